import * as v from 'valibot';
import { COUNT, SHARE } from './parts';
import type { Structure } from '../../diagnostics/structure';
import { API_VERSION } from '../../model/mesh-file-schema';

const BACKEND = v.strictObject({
  cluster: v.string(),
  workload: v.optional(v.strictObject({ kind: v.string(), name: v.string() })),
  address: v.optional(v.pipe(v.string(), v.description('A backend that is not of a workload.'))),
  replicas: COUNT,
  share: v.pipe(SHARE, v.description('Fraction of new connections, equal for each ready pod.')),
});

export type BackendJson = Structure<typeof BACKEND>;

const SERVICE = v.strictObject({
  namespace: v.string(),
  name: v.string(),
  clusterset: v.optional(v.pipe(v.literal(true), v.description('A service of the Multi-Cluster Services API.'))),
  clients: v.array(
    v.strictObject({ cluster: v.string(), backends: v.array(BACKEND), reasons: v.optional(v.array(v.string())) }),
  ),
});

export type ServiceJson = Structure<typeof SERVICE>;

/** `cilium-mesh backends --format json`. */
export const BACKENDS = v.strictObject({ apiVersion: API_VERSION, services: v.array(SERVICE) });
