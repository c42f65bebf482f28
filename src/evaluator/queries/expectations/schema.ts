import * as v from 'valibot';
import { oneOf } from '../../../diagnostics/structure';
import { API_VERSION } from '../../../model/mesh-file-schema';
import { ENDPOINT_VERDICTS } from '../../flows/flow';
import { parseHttpRequest } from '../http-pattern';
import { parsePortPattern } from '../port-pattern';

/** All ports of all protocols. */
export const ALL_PORTS = 'all';

/** Connections of which proxies let every request through. */
export const EVERY_REQUEST = 'all';

const RULES = 'a list of rules such as [HTTP GET /api]';
const RULE = v.string('a rule such as HTTP GET /api');

const PORTS = 'ports such as TCP/80, TCP/80,443, TCP/8000-8099 (lowest to highest, 1 to 65535), UDP, ICMP/8 or all';

const PORT = v.pipe(
  v.union([v.string(), v.number()], PORTS),
  v.check(port => port === ALL_PORTS || parsePortPattern(String(port)) !== undefined),
  v.examples(['TCP/80', 'TCP/80,443', '8000-8099', 'UDP', 'ICMP/8', 'all']),
);

const verdictOf = (name: string) =>
  v.optional(
    v.pipe(
      oneOf(...ENDPOINT_VERDICTS),
      v.description(`The verdict of ${name}.`),
    ),
  );

const endpoints = (...examples: string[]) => {
  const pattern = v.string('a reference or a pattern');
  return v.pipe(
    v.union(
      [pattern, v.pipe(v.array(pattern, 'a list of references or patterns'), v.minLength(1))],
      'a reference or a pattern',
    ),
    v.description('A reference, a pattern, or a list of them.'),
    v.examples(examples),
  );
};

const FLOW = v.strictObject(
  {
    from: endpoints('x-wing@koornacht', '*@koornacht', 'shop/*', 'label:app=web', 'world', 'entity:host@tion'),
    to: endpoints(
      'rebel-base@*',
      'svc/default/rebel-base',
      'svc/shop/*',
      'world',
      'world:192.0.2.0/24',
      'fqdn:example.org',
      'entity:kube-apiserver',
      'node:worker@tion',
      'itself',
    ),
    ports: v.optional(
      v.pipe(
        v.union([PORT, v.array(PORT)], PORTS),
        v.description(
          'Without them, those that the destination declares; all ports of destinations that are not workloads.',
        ),
      ),
    ),
    http: v.optional(
      v.pipe(
        v.string("a method and a path such as 'GET /path' or 'GET http://host/path'"),
        v.check(text => parseHttpRequest(text) !== undefined),
        v.description('The verdict is that of this request, which layer 7 rules decide.'),
        v.examples(['GET /api', 'POST http://example.org/orders']),
      ),
    ),
    placement: v.optional(
      v.pipe(
        oneOf('same-node', 'other-node'),
        v.description(
          'Only flows of pods with host network in one cluster: those between pods on one node, or on two nodes. ' +
            'Without it, both.',
        ),
      ),
    ),
    verdict: v.optional(
      v.pipe(
        oneOf('allowed', 'denied', 'partial', 'no-backends', 'unknown'),
        v.description('`partial` and `no-backends` are of services, `unknown` is of services and requests.'),
      ),
    ),
    egress: verdictOf('the policies at the source'),
    ingress: verdictOf('the policies at the destination'),
    requests: v.optional(
      v.pipe(
        v.union(
          [v.literal(EVERY_REQUEST), v.array(v.union([RULE, v.array(RULE)], RULES), RULES)],
          `all, or ${RULES}`,
        ),
        v.description(
          'The layer 7 rules of allowed connections; `all` if every request passes. A list for each proxy if requests ' +
            'pass several.',
        ),
        v.examples(['all', ['HTTP GET /api', 'HTTP POST /orders'], ['DNS *.example.org']]),
      ),
    ),
    backends: v.optional(
      v.pipe(
        v.array(v.string('a backend such as TCP/80 web@paris 50 %'), 'a list of backends'),
        v.description(
          'For services: all ports and backends of the service with their shares of new connections, whatever policies ' +
            'allow, and which clients outside may connect. An empty list: clients have no such service.',
        ),
        v.examples([['TCP/80 web@paris 50 %', 'TCP/80 web@lyon 50 %'], ['TCP/80 no backends']]),
      ),
    ),
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
          'Verdict of every flow between workloads, on declared ports, without an entry. Without it, these flows are ' +
            'not compared.',
        ),
      ),
    ),
    flows: v.optional(v.array(FLOW, 'a list of entries with from, to and verdict')),
  },
  'a mapping with apiVersion and flows',
);
