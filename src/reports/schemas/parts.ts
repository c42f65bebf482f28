import * as v from 'valibot';
import { ENDPOINT_VERDICTS, FLOW_VERDICTS } from '../../evaluator/flows/flow';

/** The identity of a workload. */
export const WORKLOAD = v.strictObject({
  cluster: v.string(),
  namespace: v.string(),
  kind: v.string(),
  name: v.string(),
});

/** The places that the verdict of a flow depends on. */
export const PLACES = {
  placement: v.optional(
    v.pipe(
      v.picklist(['same-node', 'other-node']),
      v.description(
        'Where the verdict depends on it: whether both ends are on one node. Then there is one item for each.',
      ),
    ),
  ),
  nodes: v.optional(
    v.pipe(
      v.array(v.strictObject({ source: v.optional(v.string()), destination: v.optional(v.string()) })),
      v.description('The nodes of pods with host network, where the verdict depends on them.'),
    ),
  ),
};

const PORT_NUMBER = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65535));

const PROTOCOLS = ['TCP', 'UDP', 'SCTP', 'ICMP', 'ICMPv6', 'VRRP', 'IGMP', 'GRE', 'IPIP', 'IPV6', 'ESP', 'AH'] as const;

/** Protocol and port of a flow; for ICMP, the port is the type. */
export const PORT = { protocol: v.picklist(PROTOCOLS), port: PORT_NUMBER };

/** The verdict of a flow. */
export const VERDICT = v.picklist(FLOW_VERDICTS);

/** The verdict of the policies at one end of a flow. */
export const END_VERDICT = v.picklist(ENDPOINT_VERDICTS);

/** The decision of a proxy about a request. */
export const REQUEST_VERDICT = v.picklist(['allowed', 'denied', 'unknown']);

/** What a proxy lets through: the requests that match one of the rules. */
export const REQUESTS = v.strictObject({
  protocol: v.picklist(['http', 'dns']),
  rules: v.array(v.string()),
  unknown: v.pipe(v.array(v.string()), v.description('Rules whose verdict the manifests do not decide.')),
});

/** A count. */
export const COUNT = v.pipe(v.number(), v.integer(), v.minValue(0));

/** Fraction of new connections. */
export const SHARE = v.pipe(v.number(), v.minValue(0), v.maxValue(1));

/** What limits every answer about a mesh: refused policies and audit mode. */
export const NOTES = v.optional(
  v.pipe(
    v.array(v.string()),
    v.description('What limits the answer: refused policies and audit mode.'),
  ),
);
