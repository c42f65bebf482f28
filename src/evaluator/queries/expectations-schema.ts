import * as v from 'valibot';
import { parsePort } from './matrix';
import { oneOf } from '../../diagnostics/structure';
import { API_VERSION } from '../../model/mesh-file-schema';

const PORT = v.pipe(
  v.union([v.string(), v.number()], 'PROTOCOL/NUMBER such as TCP/80'),
  v.check(port => parsePort(String(port)) !== undefined),
  v.examples(['TCP/80', 'UDP/53', 'ICMP/8']),
);

const end = (name: string) =>
  v.optional(
    v.pipe(
      oneOf('allowed', 'redirected', 'denied', 'default-denied', 'auth-required', 'audited', 'unenforced', 'failed', 'outside'),
      v.description(`The verdict of ${name}.`),
    ),
  );

const FLOW = v.strictObject(
  {
    from: v.pipe(
      v.string('a reference or a pattern'),
      v.examples(['x-wing@koornacht', '*@koornacht', 'shop/*', 'app=web']),
    ),
    to: v.pipe(
      v.string('a reference or a pattern'),
      v.examples(['rebel-base@*', 'svc/rebel-base', 'world:192.0.2.1', 'fqdn:example.org', 'entity:host@tion']),
    ),
    ports: v.optional(
      v.pipe(
        v.union([PORT, v.array(PORT)], 'a list of ports such as [TCP/80]'),
        v.description('Without them, those that the destination declares.'),
      ),
    ),
    verdict: v.optional(
      v.pipe(
        oneOf('allowed', 'denied', 'partial', 'no-backends', 'unknown'),
        v.description('`partial`, `no-backends` and `unknown` are of services.'),
      ),
    ),
    egress: end('the policies at the source'),
    ingress: end('the policies at the destination'),
    why: v.optional(
      v.pipe(
        v.nullable(v.union([v.string(), v.number(), v.boolean()])),
        v.description('Printed where the flow is not as expected.'),
      ),
    ),
  },
  'a mapping with from, to and a verdict',
);

/** Which flows must be allowed, and which denied; where several entries are about a flow, the last one counts. */
export const EXPECTATIONS_FILE = v.strictObject(
  {
    apiVersion: API_VERSION,
    default: v.optional(
      v.pipe(
        oneOf('allowed', 'denied'),
        v.description(
          'Verdict of every flow of the matrix without an entry. Without it, these flows are not compared.',
        ),
      ),
    ),
    flows: v.optional(v.array(FLOW, 'a list of entries with from, to and verdict')),
  },
  'a mapping with apiVersion and flows',
);
