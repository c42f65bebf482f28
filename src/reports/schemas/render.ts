import * as v from 'valibot';
import { COUNT } from './parts';
import type { Structure } from '../../diagnostics/structure';
import { REASONS } from '../../manifests/delivery/not-built';
import { API_VERSION } from '../../model/mesh-file-schema';

const NOT_BUILT = v.strictObject({
  object: v.pipe(v.string(), v.description('Kind, namespace and name of the object of Flux or Argo CD.')),
  reason: v.picklist(Object.keys(REASONS)),
  detail: v.pipe(v.string(), v.description('A path, a name or an error.')),
});

const CLUSTER = v.strictObject({
  name: v.string(),
  parts: v.pipe(COUNT, v.description('Objects of Flux and Argo CD that are built.')),
  objects: COUNT,
  workloads: COUNT,
  notBuilt: v.array(NOT_BUILT),
});

export type RenderJson = Structure<typeof CLUSTER>;

/** `cilium-mesh render --format json`. */
export const RENDER = v.strictObject({ apiVersion: API_VERSION, folder: v.string(), clusters: v.array(CLUSTER) });
