import * as v from 'valibot';
import { COUNT } from './parts';
import type { Structure } from '../../diagnostics/structure';

const KIND_COUNT = v.strictObject({ kind: v.string(), count: COUNT });

/** What a mesh was read from. */
export const INPUT = v.strictObject({
  clusters: COUNT,
  workloads: COUNT,
  policies: COUNT,
  services: COUNT,
  files: v.optional(v.pipe(COUNT, v.description('Files of manifests; missing for live clusters.'))),
  excluded: v.optional(v.pipe(COUNT, v.description('Files and folders that patterns exclude.'))),
  invalid: v.pipe(COUNT, v.description('Invalid documents that are left out.')),
  notFollowed: v.optional(v.pipe(COUNT, v.description('Links to folders outside of the repository.'))),
  notRendered: v.pipe(
    v.array(v.strictObject({ what: v.string(), count: COUNT })),
    v.description('Objects and folders that another program renders: what becomes of them is unknown.'),
  ),
  ignoredKinds: v.pipe(
    v.array(KIND_COUNT),
    v.description('Kinds of extensions of Kubernetes that this program does not read.'),
  ),
  gaps: v.pipe(
    v.array(v.strictObject({ cluster: v.string(), what: v.string(), reason: v.string() })),
    v.description('What snapshots could not read.'),
  ),
});

export type InputJson = Structure<typeof INPUT>;

/** The field of a document about what was read: one mesh, or for `diff` the old and the new one. */
export const READ = v.optional(v.pipe(v.array(INPUT), v.description('What each mesh was read from.')));
