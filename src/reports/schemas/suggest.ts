import * as v from 'valibot';
import { READ } from './input';
import { COUNT, NOTES, PORT, WORKLOAD } from './parts';
import { RECORDING, SPAN } from './recording';
import type { Structure } from '../../diagnostics/structure';
import { API_VERSION } from '../../model/mesh-file-schema';

const PEER = v.strictObject({
  text: v.pipe(v.string(), v.description('As commands write it, without clusters.')),
  namespace: v.optional(v.string()),
  labels: v.optional(v.record(v.string(), v.string())),
  absentLabels: v.optional(v.pipe(v.array(v.string()), v.description('Labels that the pods must not have.'))),
  serviceAccount: v.optional(v.string()),
  clusters: v.optional(v.pipe(v.array(v.string()), v.description('Of pods.'))),
});

const RANGE_FIELDS = { protocol: PORT.protocol, first: PORT.port, last: PORT.port };

const RANGE = v.strictObject(RANGE_FIELDS);

const NAMED_RANGE = v.strictObject({
  ...RANGE_FIELDS,
  name: v.optional(v.pipe(v.string(), v.description('The name of the port in all pods of the destinations.'))),
});

const FLOW = v.strictObject({ source: v.string(), destination: v.string(), ...PORT, records: COUNT, ...SPAN });

const STATEMENT = v.strictObject({
  name: v.string(),
  sources: v.array(PEER),
  destinations: v.array(PEER),
  ports: v.array(NAMED_RANGE),
  http: v.optional(
    v.pipe(
      v.array(v.strictObject({ method: v.string(), path: v.string() })),
      v.description('Regular expressions (RE2) of the requests that are allowed; all without it.'),
    ),
  ),
  dns: v.optional(v.pipe(v.array(v.string()), v.description('The DNS names whose queries are allowed.'))),
  sameCluster: v.boolean(),
  defaultDenyEgress: v.boolean(),
  defaultDenyIngress: v.boolean(),
  records: COUNT,
  ...SPAN,
  flows: v.array(FLOW),
  review: v.pipe(
    v.array(
      v.picklist([
        'addresses',
        'world',
        'entity',
        'few-records',
        'undeclared-port',
        'unrecorded',
        'names-not-learned',
      ]),
    ),
    v.description('Why a person should look at it.'),
  ),
});

export type SuggestedStatementJson = Structure<typeof STATEMENT>;
export type SuggestedPeerJson = Structure<typeof PEER>;

/** `cilium-mesh suggest --format json`. */
export const SUGGEST = v.strictObject({
  apiVersion: API_VERSION,
  read: READ,
  notes: NOTES,
  recording: RECORDING,
  files: v.pipe(v.array(v.string()), v.description('The files that were written.')),
  summary: v.strictObject({
    workloads: v.pipe(COUNT, v.description('For which policies are suggested.')),
    statements: COUNT,
    seen: v.pipe(COUNT, v.description('Flows with such a workload that were let through.')),
    alreadyAllowed: v.pipe(COUNT, v.description('Of them, those that the mesh allows, or default deny lets pass.')),
    notAllowed: v.pipe(COUNT, v.description('Of them, those that the suggestion does not allow.')),
    denied: v.pipe(COUNT, v.description('Flows that policies dropped: nothing is suggested for them.')),
    failed: v.pipe(COUNT, v.description('Flows that were dropped for other reasons: nothing is suggested for them.')),
    onlyAudited: v.pipe(COUNT, v.description('Flows that only audit mode let through.')),
    opened: v.pipe(COUNT, v.description('Pairs of workloads with connections that are opened and were not seen.')),
  }),
  defaultDenies: v.array(
    v.strictObject({
      name: v.string(),
      namespace: v.string(),
      clusters: v.array(v.string()),
      pods: v.optional(PEER),
      dns: v.pipe(v.boolean(), v.description('Whether DNS to kube-dns passes.')),
      onlyDns: v.pipe(
        v.boolean(),
        v.description("Whether it only sends DNS through Cilium's proxy: another policy denies the rest already."),
      ),
    }),
  ),
  left: v.pipe(
    v.array(
      v.strictObject({
        ...FLOW.entries,
        reason: v.picklist([
          'unknown',
          'unselectable',
          'no-address',
          'many-addresses',
          'port',
          'not-chosen',
          'denied',
          'requests',
          'failed',
          'not-allowed',
        ]),
      }),
    ),
    v.description('Flows that were seen and that the suggestion does not allow.'),
  ),
  opened: v.array(v.strictObject({ source: WORKLOAD, destination: WORKLOAD, ports: v.array(RANGE) })),
  open: v.pipe(v.array(WORKLOAD), v.description('Chosen workloads whose policies do not deny the rest.')),
  policies: v.array(
    v.strictObject({ cluster: v.string(), policy: v.looseObject({ apiVersion: v.string(), kind: v.string() }) }),
  ),
  statements: v.array(STATEMENT),
});
