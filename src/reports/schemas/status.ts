import * as v from 'valibot';
import { COUNT } from './parts';
import type { Structure } from '../../diagnostics/structure';
import { API_VERSION } from '../../model/mesh-file-schema';

const READY = { ready: COUNT, desired: COUNT };

/** Parts that could not be read are absent, and listed as problems. */
const CLUSTER = v.strictObject({
  name: v.string(),
  id: COUNT,
  context: v.string(),
  nodes: v.optional(v.strictObject(READY)),
  agents: v.optional(v.strictObject({ ...READY, version: v.optional(v.string()) })),
  connections: v.optional(v.array(v.strictObject({ cluster: v.string(), ...READY }))),
  globalServices: v.optional(v.array(v.string())),
  drift: v.optional(
    v.strictObject({ missing: v.array(v.string()), changed: v.array(v.string()), left: v.array(v.string()) }),
  ),
  flows: v.optional(
    v.pipe(
      v.strictObject({ agreed: COUNT, explained: COUNT, drifted: COUNT, unexplained: COUNT }),
      v.description("With --flows: ends of recorded flows, by how Hubble's verdicts agree with the manifests."),
    ),
  ),
  problems: v.array(v.string()),
});

export type StatusJson = Structure<typeof CLUSTER>;

/** `cilium-mesh status --format json`. */
export const STATUS = v.strictObject({ apiVersion: API_VERSION, clusters: v.array(CLUSTER) });
