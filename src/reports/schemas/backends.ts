import * as v from 'valibot';
import { READ } from './input';
import { COUNT, SHARE } from './parts';
import type { Structure } from '../../diagnostics/structure';
import { API_VERSION } from '../../model/mesh-file-schema';

const BACKEND_FIELDS = {
  cluster: v.string(),
  workload: v.optional(v.strictObject({ kind: v.string(), name: v.string() })),
  address: v.optional(v.pipe(v.string(), v.description('A backend that is not of a workload.'))),
  ordinals: v.optional(
    v.pipe(v.array(COUNT), v.description('Of the pods of a StatefulSet, if only some are backends.')),
  ),
  replicas: COUNT,
  share: v.optional(
    v.pipe(
      SHARE,
      v.description(
        'Fraction of new connections, equal for each ready pod. Missing if it depends on the nodes of pods.',
      ),
    ),
  ),
};

const BACKEND = v.strictObject(BACKEND_FIELDS);

const FRONTEND = v.strictObject({
  protocol: v.optional(v.string()),
  port: v.optional(v.number()),
  family: v.optional(
    v.pipe(v.picklist(['IPv4', 'IPv6']), v.description('If its backends differ from the other family.')),
  ),
  backends: v.array(
    v.strictObject({ ...BACKEND_FIELDS, port: v.optional(v.pipe(v.number(), v.description('The port of the pods.'))) }),
  ),
});

export type FrontendJson = Structure<typeof FRONTEND>;

export type BackendJson = Structure<typeof BACKEND>;

const VIEW_FIELDS = {
  backends: v.array(BACKEND),
  frontends: v.optional(
    v.pipe(v.array(FRONTEND), v.description('If the shares differ by port or IP family: those of each.')),
  ),
  reasons: v.optional(v.array(v.string())),
};

const VIEW = v.strictObject(VIEW_FIELDS);

export type ServiceViewJson = Structure<typeof VIEW>;

const SERVICE = v.strictObject({
  namespace: v.string(),
  name: v.string(),
  clusterset: v.optional(v.pipe(v.literal(true), v.description('A service of the Multi-Cluster Services API.'))),
  clients: v.array(
    v.strictObject({
      cluster: v.string(),
      ...VIEW_FIELDS,
      host: v.optional(
        v.pipe(VIEW, v.description('What clients on nodes and with host network reach, if it is not what pods reach.')),
      ),
      outside: v.optional(
        v.pipe(VIEW, v.description('What clients outside of the cluster reach, if it is not what pods reach.')),
      ),
    }),
  ),
});

export type ServiceJson = Structure<typeof SERVICE>;

/** `cilium-mesh backends --format json`. */
export const BACKENDS = v.strictObject({ apiVersion: API_VERSION, read: READ, services: v.array(SERVICE) });
