import { serviceIn } from './service-view';
import { Manifest } from '../../manifests/manifest';
import { EvaluatedCluster } from '../read/cluster';
import { EvaluatedMesh } from '../read/mesh';
import { texts } from '../read/namespace';
import { EvaluatedService } from '../read/service';
import { compareTexts } from '../read/text-order';

/** A Service that a cluster exports through the Multi-Cluster Services API. */
export interface ServiceExport {
  readonly service: EvaluatedService;
  readonly manifest: Manifest;
  /** The creation time in the manifest of the ServiceExport. */
  readonly created: string;
  readonly annotations: { readonly [key: string]: string };
}

/** The ServiceExport of a name in a cluster that reads them. */
export function exportManifest(
  { settings, serviceExports }: EvaluatedCluster,
  namespace: string,
  name: string,
): Manifest | undefined {
  return settings.mcsApi
    ? serviceExports.find(
      ({ object }) => object.metadata.name === name && (object.metadata.namespace ?? 'default') === namespace,
    )
    : undefined;
}

/** The Service that a ServiceExport exports; undefined if it exports no pods. */
export function serviceExport(
  mesh: EvaluatedMesh,
  cluster: EvaluatedCluster,
  namespace: string,
  name: string,
): ServiceExport | undefined {
  const manifest = exportManifest(cluster, namespace, name);
  const service = serviceIn(mesh, namespace, name, cluster.name);
  if (!manifest || !service || service.externalName) {
    return undefined;
  }
  const { creationTimestamp } = manifest.object.metadata;
  return {
    service,
    manifest,
    annotations: cluster.settings.policy.traits.exportedAnnotations
      ? texts(manifest.object.spec?.exportedAnnotations)
      : {},
    created: typeof creationTimestamp === 'string' ? creationTimestamp : '~',
  };
}

/** The oldest export first, those of equal age by the names of their clusters (orderSvcExportByPriority). */
export function olderFirst(one: ServiceExport, other: ServiceExport): number {
  return compareTexts([one.created, one.service.cluster], [other.created, other.service.cluster]);
}
