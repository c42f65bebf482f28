import * as v from 'valibot';
import { END_VERDICT, PORT, VERDICT, WORKLOAD } from './parts';
import type { Structure } from '../../diagnostics/structure';
import { API_VERSION } from '../../model/mesh-file-schema';

/** Null where one of the workloads, or the port, does not exist. */
const VERDICTS = v.nullable(v.strictObject({ egress: END_VERDICT, ingress: END_VERDICT, verdict: VERDICT }));

const CHANGE = v.strictObject({
  change: v.picklist(['gained', 'lost']),
  source: WORKLOAD,
  destination: WORKLOAD,
  ...PORT,
  before: VERDICTS,
  after: VERDICTS,
});

export type ChangeJson = Structure<typeof CHANGE>;

/** `cilium-mesh diff --format json`. */
export const DIFF = v.strictObject({
  apiVersion: API_VERSION,
  addedWorkloads: v.array(WORKLOAD),
  removedWorkloads: v.array(WORKLOAD),
  flows: v.array(CHANGE),
});
