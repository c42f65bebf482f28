import * as v from 'valibot';
import type { Structure } from '../../diagnostics/structure';
import { API_VERSION } from '../../model/mesh-file-schema';

const STEP = v.strictObject({
  step: v.string(),
  change: v.picklist(['create', 'install', 'upgrade', 'copy', 'patch', 'enable', 'connect', 'load']),
  title: v.string(),
  restarts: v.optional(v.string()),
});

const OBJECT = { group: v.string(), kind: v.string(), namespace: v.optional(v.string()), name: v.string() };

const FIELD = v.strictObject({
  path: v.string(),
  before: v.optional(v.pipe(v.unknown(), v.description('Absent for a field that is not set, and in Secrets.'))),
  after: v.optional(v.pipe(v.unknown(), v.description('Absent for a field that is removed, and in Secrets.'))),
});

const CLUSTER = v.strictObject({
  name: v.string(),
  context: v.string(),
  new: v.pipe(v.boolean(), v.description('The cluster does not exist yet.')),
  steps: v.array(STEP),
  added: v.array(v.strictObject(OBJECT)),
  changed: v.array(
    v.strictObject({
      ...OBJECT,
      restarts: v.pipe(v.boolean(), v.description('The pods of the workload are replaced.')),
      fields: v.array(FIELD),
    }),
  ),
  removed: v.array(v.strictObject({ ...OBJECT, uid: v.string() })),
  notAsked: v.pipe(v.array(v.string()), v.description('What the clusters could not be asked, and why.')),
});

export type PlanJson = Structure<typeof CLUSTER>;

/** `cilium-mesh plan --format json`. */
export const PLAN = v.strictObject({
  apiVersion: API_VERSION,
  command: v.picklist(['up', 'apply']),
  mesh: v.pipe(v.array(STEP), v.description('What changes the mesh as a whole.')),
  clusters: v.array(CLUSTER),
});
