import * as v from 'valibot';
import { READ } from './input';
import { COUNT, END_VERDICT, NOTES, PLACES, PORT, REQUESTS, REQUEST_VERDICT, VERDICT, WORKLOAD } from './parts';
import type { Structure } from '../../diagnostics/structure';
import { API_VERSION } from '../../model/mesh-file-schema';

/** An end of a flow: a workload, addresses or names as policies write them, or a reference. */
export const MEMBER = v.union([
  WORKLOAD,
  v.strictObject({
    addresses: v.array(v.strictObject({ cidr: v.string(), except: v.optional(v.array(v.string())) })),
  }),
  v.strictObject({ names: v.array(v.string()) }),
  v.strictObject({
    reference: v.string(),
    placement: v.optional(
      v.pipe(
        v.picklist(['same-node', 'other-node']),
        v.description('Of a node: whether it runs the pods at the other end.'),
      ),
    ),
  }),
]);

export type MemberJson = Structure<typeof MEMBER>;

const FLOW = v.strictObject({
  source: MEMBER,
  destination: MEMBER,
  ...PORT,
  ...PLACES,
  egress: END_VERDICT,
  ingress: END_VERDICT,
  request: v.optional(v.pipe(REQUEST_VERDICT, v.description('What becomes of the request, with --http or --dns.'))),
  verdict: VERDICT,
});

export type FlowJson = Structure<typeof FLOW>;

/** Ports on which connections are allowed. Without requests, proxies let every request through. */
export const ALLOWED_RANGE = v.strictObject({
  protocol: PORT.protocol,
  first: PORT.port,
  last: PORT.port,
  requests: v.optional(v.array(REQUESTS)),
});

const CONNECTIONS = v.strictObject({
  source: MEMBER,
  destination: MEMBER,
  ...PLACES,
  allowed: v.pipe(v.array(ALLOWED_RANGE), v.description('The allowed ports, sorted. All others are denied.')),
  listening: v.pipe(
    v.array(v.strictObject({ ...PORT, egress: END_VERDICT, ingress: END_VERDICT, verdict: VERDICT })),
    v.description('The ports that containers and Services of the destination declare.'),
  ),
  verdicts: v.pipe(
    v.strictObject({ egress: v.array(END_VERDICT), ingress: v.array(END_VERDICT) }),
    v.description('The verdicts of each end on any port.'),
  ),
});

export type ConnectionsJson = Structure<typeof CONNECTIONS>;

/** `cilium-mesh matrix --format json`: pairs on all ports; with --port, --http or --dns, flows on single ports. */
export const MATRIX = v.strictObject({
  apiVersion: API_VERSION,
  read: READ,
  notes: NOTES,
  flows: v.union([v.array(CONNECTIONS), v.array(FLOW)]),
});

const GROUP_CELL = v.strictObject({
  source: v.pipe(v.string(), v.description('A group.')),
  destination: v.pipe(v.string(), v.description('A group.')),
  pairs: COUNT,
  connecting: v.pipe(COUNT, v.description('Pairs that may connect on any port.')),
  dependent: v.pipe(
    COUNT,
    v.description('Pairs whose connections depend on the nodes of pods: an end has the network of its node.'),
  ),
  flows: v.pipe(COUNT, v.description('Flows of the pairs to declared ports.')),
  allowed: v.pipe(COUNT, v.description('Flows to declared ports that are allowed.')),
  connections: v.pipe(
    v.array(
      v.strictObject({
        ...PLACES,
        allowed: v.array(ALLOWED_RANGE),
        sources: v.array(MEMBER),
        destinations: v.array(MEMBER),
      }),
    ),
    v.description('What each source may do with each destination; never a member with itself without --all.'),
  ),
});

export type GroupCellJson = Structure<typeof GROUP_CELL>;

/** `cilium-mesh matrix --group-by --format json`. */
export const MATRIX_GROUPS = v.strictObject({
  apiVersion: API_VERSION,
  read: READ,
  notes: NOTES,
  groups: v.array(GROUP_CELL),
});

const CLUSTER_FLOWS = v.strictObject({
  source: v.pipe(v.string(), v.description('A cluster.')),
  destination: v.pipe(v.string(), v.description('A cluster.')),
  ...PORT,
  flows: COUNT,
  allowed: COUNT,
});

export type ClusterFlowsJson = Structure<typeof CLUSTER_FLOWS>;

const CLUSTER_CONNECTIONS = v.strictObject({
  source: v.pipe(v.string(), v.description('A cluster, or a kind of endpoints outside of clusters.')),
  destination: v.pipe(v.string(), v.description('A cluster, or a kind of endpoints outside of clusters.')),
  pairs: COUNT,
  connecting: v.pipe(COUNT, v.description('Pairs that may connect on any port.')),
  dependent: v.pipe(
    COUNT,
    v.description('Pairs whose connections depend on the nodes of pods: an end has the network of its node.'),
  ),
  flows: v.pipe(COUNT, v.description('Flows of the pairs to declared ports.')),
  allowed: v.pipe(COUNT, v.description('Flows to declared ports that are allowed.')),
});

/** `cilium-mesh matrix --summary --format json`; with --port, --http or --dns, a row for each port. */
export const MATRIX_SUMMARY = v.strictObject({
  apiVersion: API_VERSION,
  read: READ,
  notes: NOTES,
  summary: v.union([v.array(CLUSTER_CONNECTIONS), v.array(CLUSTER_FLOWS)]),
});
