import * as v from 'valibot';
import { RULE } from './explain';
import { READ } from './input';
import { COUNT, END_VERDICT, NOTES, PORT, VERDICT, WORKLOAD } from './parts';
import { RECORDING, SPAN } from './recording';
import type { Structure } from '../../diagnostics/structure';
import { API_VERSION } from '../../model/mesh-file-schema';

/** Records by what the policies of one end decided. */
const OUTCOMES = v.strictObject({
  'allowed': v.optional(COUNT),
  'redirected': v.optional(COUNT),
  'denied': v.optional(COUNT),
  'default-denied': v.optional(COUNT),
  'auth-required': v.optional(COUNT),
  'audited': v.optional(COUNT),
});

const END = v.strictObject({
  text: v.pipe(v.string(), v.description('As commands write it.')),
  workload: v.optional(WORKLOAD),
  unknown: v.optional(
    v.pipe(
      v.picklist(['no-cluster', 'other-cluster', 'no-labels', 'no-workload', 'ambiguous', 'no-identity']),
      v.description('Why the manifests do not contain the end.'),
    ),
  ),
  labels: v.optional(
    v.pipe(
      v.strictObject({ added: v.array(v.string()), missing: v.array(v.string()) }),
      v.description('Recorded labels that the manifests lack, and labels of the manifests that were not recorded.'),
    ),
  ),
});

const OBSERVED = v.strictObject({
  egress: OUTCOMES,
  ingress: OUTCOMES,
  arrived: COUNT,
  left: v.pipe(COUNT, v.description('Behind the source.')),
  forwarded: v.pipe(COUNT, v.description('At a place that the records do not name.')),
  dropped: v.pipe(
    COUNT,
    v.description('By policy at an end that the records do not name, or for a reason that they do not tell.'),
  ),
  proxied: v.pipe(
    v.strictObject({ egress: COUNT, ingress: COUNT }),
    v.description('Requests at the proxy of an end, from clients of the mesh.'),
  ),
  failures: v.pipe(v.record(v.string(), COUNT), v.description('Drops for other reasons than policy.')),
});

const DECISION = { egress: END_VERDICT, ingress: END_VERDICT, verdict: VERDICT };

const DIFFERENCE = v.strictObject({
  direction: v.picklist(['egress', 'ingress']),
  kind: v.picklist(['let-through', 'dropped', 'audited', 'enforced', 'redirected', 'not-redirected']),
  records: COUNT,
  ...SPAN,
  uuid: v.optional(v.pipe(v.string(), v.description('The identifier of one of the records.'))),
  explanation: v.optional(
    v.picklist([
      'labels',
      'policy',
      'changed',
      'audit',
      'authentication',
      'visibility',
      'placement',
      'names',
      'address',
      'conflict',
      'unmodelled',
      'unrecorded',
    ]),
  ),
  missingPolicies: v.array(
    v.strictObject({ kind: v.optional(v.string()), namespace: v.optional(v.string()), name: v.string() }),
  ),
});

const FLOW = v.strictObject({
  source: END,
  destination: END,
  ...PORT,
  records: COUNT,
  ...SPAN,
  observed: OBSERVED,
  requests: v.optional(
    v.pipe(
      v.array(v.strictObject({ request: v.string(), records: COUNT, denied: COUNT })),
      v.description('Requests that proxies saw, without queries, and how many of their records the proxies denied.'),
    ),
  ),
  moreRequests: v.optional(v.pipe(COUNT, v.description('Records of requests that are not listed.'))),
  decision: v.optional(v.strictObject(DECISION)),
  before: v.optional(v.strictObject(DECISION)),
  change: v.optional(v.picklist(['denied', 'requests-denied', 'redirected', 'allowed'])),
  undetermined: v.optional(
    v.pipe(
      v.picklist(['placement', 'names', 'address', 'unmodelled', 'unrecorded']),
      v.description('What is not known of an end and would change the decision. Such a flow has no change.'),
    ),
  ),
  rules: v.optional(v.pipe(v.array(RULE), v.description('Of a changed flow: the rules that decide it.'))),
  deniedRequests: v.optional(v.array(v.strictObject({ request: v.string(), records: COUNT }))),
  differences: v.optional(v.array(DIFFERENCE)),
});

export type ReplayedFlowJson = Structure<typeof FLOW>;

/** `cilium-mesh replay --format json`. */
export const REPLAY = v.strictObject({
  apiVersion: API_VERSION,
  read: READ,
  notes: NOTES,
  recording: RECORDING,
  summary: v.strictObject({
    flows: COUNT,
    denied: COUNT,
    requestsDenied: COUNT,
    redirected: COUNT,
    allowed: COUNT,
    compared: COUNT,
    agreed: COUNT,
    explained: COUNT,
    unexplained: COUNT,
    undetermined: v.pipe(COUNT, v.description('Flows whose verdict the manifests do not decide.')),
    unknown: COUNT,
    unproven: v.pipe(COUNT, v.description('Flows whose records show neither that policies let them pass nor that they drop them.')),
  }),
  additions: v.array(
    v.strictObject({
      cluster: v.string(),
      direction: v.picklist(['egress', 'ingress']),
      policy: v.looseObject({ apiVersion: v.string(), kind: v.string() }),
    }),
  ),
  additionsFor: v.pipe(
    v.strictObject({ flows: COUNT, allowed: COUNT }),
    v.description('The denied flows that additions were looked for, at most 100, and those that they allow together.'),
  ),
  rules: COUNT,
  undecidedRules: v.pipe(COUNT, v.description('Rules that may have let flows pass which are not judged.')),
  unusedRules: v.array(RULE),
  flows: v.array(FLOW),
});
