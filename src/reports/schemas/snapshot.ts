import * as v from 'valibot';
import { COUNT } from './parts';
import type { Structure } from '../../diagnostics/structure';
import { API_VERSION } from '../../model/mesh-file-schema';

const GAP = v.strictObject({
  what: v.pipe(v.string(), v.description('A resource, `configmaps/cilium-config`, `helm-values` or `version`.')),
  reason: v.picklist(['forbidden', 'unauthorized', 'not-served', 'timeout', 'failed']),
  message: v.string(),
  fix: v.string(),
});

const CLUSTER = v.strictObject({
  name: v.string(),
  id: COUNT,
  context: v.string(),
  ciliumVersion: v.optional(v.string()),
  settings: v.pipe(
    v.array(v.picklist(['cilium-config', 'helm'])),
    v.description("Where the settings come from; empty if they are unknown, and Cilium's defaults apply."),
  ),
  workloads: v.pipe(COUNT, v.description('Workloads in the snapshot.')),
  objects: v.pipe(
    v.array(v.strictObject({ resource: v.string(), objects: COUNT })),
    v.description('How many objects the API server has of each resource.'),
  ),
  gaps: v.pipe(v.array(GAP), v.description('What could not be read.')),
});

export type SnapshotJson = Structure<typeof CLUSTER>;

/** `cilium-mesh snapshot --format json`. */
export const SNAPSHOT = v.strictObject({ apiVersion: API_VERSION, folder: v.string(), clusters: v.array(CLUSTER) });
