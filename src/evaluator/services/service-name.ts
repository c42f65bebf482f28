import { EvaluatedMesh } from '../read/mesh';
import { compareTexts } from '../read/text-order';

/** A service of the mesh: all Services with one name and namespace. */
export interface ServiceName {
  readonly namespace: string;
  readonly name: string;
  /** A service of the Multi-Cluster Services API: `<name>.<namespace>.svc.clusterset.local`. */
  readonly clusterset: boolean;
}

/** All services of the mesh, sorted. A service of the Multi-Cluster Services API follows the Service of its name. */
export function serviceNames(mesh: EvaluatedMesh): ServiceName[] {
  const names = new Map<string, ServiceName>();
  const add = (namespace: string, name: string, clusterset: boolean) =>
    names.set(`${namespace}/${name}/${clusterset}`, { namespace, name, clusterset });
  for (const cluster of mesh.clusters) {
    cluster.services.forEach(({ namespace, name }) => add(namespace, name, false));
    if (cluster.settings.mcsApi) {
      cluster.serviceExports.forEach(({ object }) =>
        add(object.metadata.namespace ?? 'default', object.metadata.name, true),
      );
    }
  }
  return [...names.values()].sort((one, other) =>
    compareTexts(
      [one.namespace, one.name, String(one.clusterset)],
      [other.namespace, other.name, String(other.clusterset)],
    ),
  );
}

/** The reference of a service, as commands take it. */
export function formatService({ namespace, name, clusterset }: ServiceName): string {
  return clusterset ? `${name}.${namespace}.svc.clusterset.local` : `svc/${namespace}/${name}`;
}
