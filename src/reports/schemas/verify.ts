import * as v from 'valibot';
import { COUNT, END_VERDICT, PLACES, PORT, SHARE, VERDICT, WORKLOAD } from './parts';
import { API_VERSION } from '../../model/mesh-file-schema';

const PROBED = v.strictObject({
  requests: COUNT,
  answers: v.pipe(v.record(v.string(), COUNT), v.description('How many answers of each kind.')),
  clusters: v.optional(v.array(v.strictObject({ cluster: v.string(), answers: COUNT }))),
  unknown: v.optional(v.pipe(COUNT, v.description('Answers whose cluster is not known.'))),
  byHubble: v.optional(v.pipe(v.boolean(), v.description('Hubble saw who answered; otherwise the answers tell.'))),
  problem: v.optional(v.pipe(v.string(), v.description('Why the flow was not probed, or why its answers tell nothing.'))),
  drops: v.pipe(
    v.array(v.strictObject({ cluster: v.string(), packets: COUNT, reasons: v.array(v.string()) })),
    v.description('Packets that Hubble saw dropped.'),
  ),
});

const COMPARED = { probed: PROBED, outcome: v.picklist(['as-predicted', 'different', 'not-probed']) };

const STOPPED_IN = v.array(v.string());

const FLOW = v.strictObject({
  source: WORKLOAD,
  destination: WORKLOAD,
  ...PLACES,
  ...PORT,
  predicted: v.strictObject({ verdict: VERDICT, egress: END_VERDICT, ingress: END_VERDICT, stoppedIn: STOPPED_IN }),
  ...COMPARED,
});

const SERVICE = v.strictObject({
  source: WORKLOAD,
  service: v.strictObject({ namespace: v.string(), name: v.string(), clusterset: v.optional(v.literal(true)) }),
  ...PORT,
  predicted: v.strictObject({
    clusters: v.array(v.strictObject({ cluster: v.string(), share: SHARE })),
    unanswered: SHARE,
    sessionAffinity: v.optional(v.pipe(v.literal(true), v.description('All connections of a client go to one backend.'))),
    stoppedIn: STOPPED_IN,
  }),
  ...COMPARED,
});

/** `cilium-mesh verify --format json`. */
export const VERIFY = v.strictObject({ apiVersion: API_VERSION, verified: v.array(v.union([FLOW, SERVICE])) });
