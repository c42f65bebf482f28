import * as v from 'valibot';
import { COUNT, END_VERDICT, PORT, REQUEST_VERDICT, VERDICT, WORKLOAD } from './parts';
import type { Structure } from '../../diagnostics/structure';
import { API_VERSION } from '../../model/mesh-file-schema';

const FLOW = v.strictObject({
  source: WORKLOAD,
  destination: WORKLOAD,
  ...PORT,
  egress: END_VERDICT,
  ingress: END_VERDICT,
  request: v.optional(v.pipe(REQUEST_VERDICT, v.description('What becomes of the request, with --http or --dns.'))),
  verdict: VERDICT,
});

export type FlowJson = Structure<typeof FLOW>;

/** `cilium-mesh matrix --format json`. */
export const MATRIX = v.strictObject({ apiVersion: API_VERSION, flows: v.array(FLOW) });

const CLUSTER_FLOWS = v.strictObject({
  source: v.pipe(v.string(), v.description('A cluster.')),
  destination: v.pipe(v.string(), v.description('A cluster.')),
  ...PORT,
  flows: COUNT,
  allowed: COUNT,
});

export type ClusterFlowsJson = Structure<typeof CLUSTER_FLOWS>;

/** `cilium-mesh matrix --summary --format json`. */
export const MATRIX_SUMMARY = v.strictObject({ apiVersion: API_VERSION, summary: v.array(CLUSTER_FLOWS) });
