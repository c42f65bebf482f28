import * as v from 'valibot';
import { REASON, RULE } from './explain';
import { READ } from './input';
import { COUNT, END_VERDICT, NOTES, PORT, REQUESTS, SHARE, VERDICT, WORKLOAD } from './parts';
import type { Structure } from '../../diagnostics/structure';
import { CHANGE_KINDS } from '../../evaluator/queries/diff/range-changes';
import { API_VERSION } from '../../model/mesh-file-schema';

/** Null where one of the endpoints does not exist. */
const SIDE = v.nullable(
  v.strictObject({
    egress: END_VERDICT,
    ingress: END_VERDICT,
    verdict: VERDICT,
    rules: v.array(RULE),
    reasons: v.pipe(
      v.strictObject({ egress: v.optional(REASON), ingress: v.optional(REASON) }),
      v.description('Why, at the ends where no rule decided.'),
    ),
  }),
);

const PLACEMENT = v.optional(
  v.pipe(
    v.picklist(['same-node', 'other-node']),
    v.description('Of pods with host network: only flows to and from the pods on their own node, or on other nodes.'),
  ),
);

/** Endpoints that no policy can distinguish. */
const ENDPOINTS = v.strictObject({
  kind: v.picklist(['pods', 'node', 'entity', 'addresses', 'name']),
  state: v.picklist(['kept', 'added', 'removed']),
  names: v.array(v.string()),
  placement: PLACEMENT,
  workloads: v.optional(v.array(WORKLOAD)),
});

const RANGE = v.strictObject({
  protocol: PORT.protocol,
  first: PORT.port,
  last: PORT.port,
  before: v.optional(v.array(REQUESTS)),
  after: v.optional(v.array(REQUESTS)),
  undetermined: v.optional(
    v.pipe(
      v.array(v.picklist(['before', 'after'])),
      v.description('The sides on which the order in which Cilium computes the rules decides.'),
    ),
  ),
});

export const CHANGE = v.strictObject({
  change: v.picklist(CHANGE_KINDS),
  sources: v.array(ENDPOINTS),
  destinations: v.array(ENDPOINTS),
  ports: v.array(RANGE),
  example: v.strictObject({
    source: v.string(),
    destination: v.string(),
    ...PORT,
    placement: PLACEMENT,
    before: SIDE,
    after: SIDE,
  }),
});

export type FlowChangeJson = Structure<typeof CHANGE>;

const SHARES = v.nullable(
  v.array(v.strictObject({ backend: v.string(), port: v.optional(PORT.port), share: v.optional(SHARE) })),
);

export const SERVICE_CHANGE = v.strictObject({
  service: v.string(),
  cluster: v.string(),
  clients: v.array(v.picklist(['pod', 'host', 'outside'])),
  port: v.string(),
  before: SHARES,
  after: SHARES,
  conditions: v.optional(
    v.pipe(
      v.strictObject({ before: v.array(v.string()), after: v.array(v.string()) }),
      v.description('Which clients may connect, and what backends see instead of them.'),
    ),
  ),
  reasons: v.optional(
    v.pipe(
      v.strictObject({ before: v.array(v.string()), after: v.array(v.string()) }),
      v.description('Why backends are missing.'),
    ),
  ),
  causes: v.pipe(
    v.array(
      v.strictObject({
        change: v.picklist(['added', 'removed', 'changed']),
        cluster: v.string(),
        kind: v.string(),
        namespace: v.string(),
        name: v.string(),
        paths: v.array(v.string()),
        file: v.string(),
        line: v.optional(COUNT),
      }),
    ),
    v.description('The objects that change, among those that the connections depend on, with the fields that change.'),
  ),
});

export type ServiceChangeJson = Structure<typeof SERVICE_CHANGE>;

/** `cilium-mesh diff --format json`. */
export const DIFF = v.strictObject({
  apiVersion: API_VERSION,
  read: READ,
  notes: NOTES,
  addedWorkloads: v.array(WORKLOAD),
  removedWorkloads: v.array(WORKLOAD),
  renamedWorkloads: v.array(v.strictObject({ before: WORKLOAD, after: WORKLOAD })),
  renamedPlaces: v.optional(
    v.pipe(
      v.strictObject({
        clusters: v.array(v.strictObject({ before: v.string(), after: v.string() })),
        namespaces: v.array(v.strictObject({ cluster: v.string(), before: v.string(), after: v.string() })),
        flows: v.pipe(v.array(CHANGE), v.description('What changes apart from the names.')),
      }),
      v.description('Clusters and namespaces with the same workloads under another name.'),
    ),
  ),
  comparedAsNodes: v.pipe(
    v.array(WORKLOAD),
    v.description(
      'Workloads whose pods are compared as nodes: they use the network of their nodes, which policies distinguish.',
    ),
  ),
  services: v.array(SERVICE_CHANGE),
  compared: v.strictObject({
    clusters: COUNT,
    workloads: COUNT,
    nodes: COUNT,
    addresses: COUNT,
    names: COUNT,
    services: COUNT,
    ports: v.optional(v.array(v.strictObject(PORT))),
  }),
  unknown: v.array(v.string()),
  flows: v.array(CHANGE),
});
