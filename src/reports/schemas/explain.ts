import * as v from 'valibot';
import { READ } from './input';
import { COUNT, END_VERDICT, NOTES, PLACES, PORT, REQUEST_VERDICT, SHARE, VERDICT, WORKLOAD } from './parts';
import type { Structure } from '../../diagnostics/structure';
import { DECISION_REASONS } from '../../evaluator/queries/decision-reason';
import { API_VERSION } from '../../model/mesh-file-schema';

export const RULE = v.strictObject({
  cluster: v.string(),
  kind: v.string(),
  namespace: v.optional(v.string()),
  name: v.string(),
  path: v.pipe(v.string(), v.description('Path of the rule in the object.')),
  file: v.optional(v.string()),
  line: v.optional(COUNT),
});

/** Why an end has a verdict that no rule makes. */
export const REASON = v.strictObject({
  kind: v.picklist(DECISION_REASONS),
  setting: v.optional(
    v.pipe(
      v.strictObject({ path: v.string(), file: v.optional(v.string()), line: v.optional(COUNT) }),
      v.description('The Helm value that makes it.'),
    ),
  ),
  failure: v.optional(v.pipe(v.string(), v.description('What the policies contradict each other in.'))),
});

export const EXPLAINED_END = v.strictObject({
  verdict: END_VERDICT,
  cluster: v.optional(v.pipe(v.string(), v.description('The cluster whose policies decided.'))),
  failure: v.optional(v.pipe(v.string(), v.description('Why Cilium cannot compute the policy.'))),
  request: v.optional(REQUEST_VERDICT),
  rules: v.array(RULE),
  reason: v.optional(v.pipe(REASON, v.description('Why, if no rule decided.'))),
  nearMisses: v.array(v.strictObject({ rule: RULE, why: v.string() })),
});

/** An end of a flow: a workload, or a reference such as `world:192.0.2.1`. */
const FLOW_END = v.union([WORKLOAD, v.strictObject({ reference: v.string() })]);

export const EXPLAINED_FLOW = v.strictObject({
  source: FLOW_END,
  destination: FLOW_END,
  ...PORT,
  ...PLACES,
  verdict: VERDICT,
  unsupported: v.optional(
    v.pipe(v.string(), v.description('Why Cilium promises no connections between the ends, whatever policies allow.')),
  ),
  egress: EXPLAINED_END,
  ingress: EXPLAINED_END,
  additions: v.pipe(
    v.array(
      v.strictObject({
        cluster: v.string(),
        direction: v.picklist(['egress', 'ingress']),
        policy: v.looseObject({ apiVersion: v.string(), kind: v.string() }),
      }),
    ),
    v.description('The smallest policies that would allow the flow. All those of a report can be applied together.'),
  ),
  alsoOpened: v.pipe(
    v.array(
      v.strictObject({
        source: FLOW_END,
        destination: FLOW_END,
        protocol: v.optional(PORT.protocol),
        port: v.optional(PORT.port),
      }),
    ),
    v.description('The flows that the additions open beside this one. Without port: on every port or type of ICMP.'),
  ),
});

export type ExplainedFlowJson = Structure<typeof EXPLAINED_FLOW>;

const POD_SHARE = {
  ordinals: v.optional(
    v.pipe(v.array(COUNT), v.description('Of the pods of a StatefulSet, if only some are backends.')),
  ),
  replicas: COUNT,
  share: v.optional(v.pipe(SHARE, v.description('Missing if it depends on the nodes of pods.'))),
};

const BACKEND = v.union([
  v.strictObject({
    cluster: v.string(),
    workload: WORKLOAD,
    ...POD_SHARE,
    flow: EXPLAINED_FLOW,
    ways: v.optional(
      v.pipe(
        v.array(
          v.strictObject({
            ...PLACES,
            source: v.string(),
            verdict: VERDICT,
          }),
        ),
        v.description('If the node that a connection enters on matters: what the backend sees as its source there.'),
      ),
    ),
  }),
  v.strictObject({
    cluster: v.string(),
    address: v.optional(v.string()),
    ...POD_SHARE,
    verdict: v.picklist(['allowed', 'denied', 'partial', 'unknown']),
    request: v.optional(REQUEST_VERDICT),
  }),
]);

export type ExplainedBackendJson = Structure<typeof BACKEND>;

const SERVICE = v.strictObject({
  ...PORT,
  verdict: v.picklist(['allowed', 'partial', 'denied', 'no-backends', 'unknown']),
  family: v.optional(
    v.pipe(v.picklist(['IPv4', 'IPv6']), v.description('If its backends differ from the other family.')),
  ),
  route: v.optional(
    v.pipe(v.string(), v.description('The Ingress or route of a Gateway through which requests come as `ingress`.')),
  ),
  reachable: v.optional(
    v.pipe(
      SHARE,
      v.description(
        'Fraction of new connections, or of requests, that arrive. Missing if it depends on the nodes of pods.',
      ),
    ),
  ),
  backends: v.array(BACKEND),
});

export type ExplainedServiceJson = Structure<typeof SERVICE>;

/** `cilium-mesh explain FROM TO --format json`: flows to a workload or to the outside, or connections to a service. */
export const EXPLAIN = v.union([
  v.strictObject({ apiVersion: API_VERSION, read: READ, notes: NOTES, flows: v.array(EXPLAINED_FLOW) }),
  v.strictObject({
    apiVersion: API_VERSION,
    read: READ,
    notes: NOTES,
    namespace: v.string(),
    name: v.string(),
    cluster: v.string(),
    reasons: v.array(v.string()),
    services: v.pipe(v.array(SERVICE), v.description('One for each port and IP family.')),
  }),
]);
