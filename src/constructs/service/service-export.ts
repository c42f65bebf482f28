import { AnnotationKeys, annotationsOf, GlobalServiceFlavor, ServiceAnnotations } from './annotations';
import { GlobalServiceSettings } from './global-service-settings';
import * as mcs from '../../../imports/multicluster.x-k8s.io';
import { SERVICE_KEYS } from '../../cilium/service-annotations';
import { formatValue } from '../../diagnostics/texts';
import { Cluster } from '../mesh/cluster';
import { PropertyRefusals } from '../refusal';

/** The ServiceExport of a cluster; undefined if the cluster exports no backends. */
export function exportManifest(
  cluster: Cluster,
  settings: GlobalServiceSettings,
  metadata: { readonly name: string; readonly namespace?: string },
  annotations: { readonly [key: string]: string },
): ReturnType<typeof mcs.ServiceExport.manifest> | undefined {
  if (!(settings.isGlobal ?? true) || !(settings.shared ?? true)) {
    return undefined;
  }
  const { [SERVICE_KEYS.global]: _, ...exportedAnnotations } = annotations;
  const type = cluster._model.version.traits.serviceExportV1Beta1 ? mcs.ServiceExportV1Beta1 : mcs.ServiceExport;
  return type.manifest({
    metadata,
    ...(Object.keys(exportedAnnotations).length > 0 ? { spec: { exportedAnnotations } } : {}),
  });
}

/** Refuses exports in a cluster without the Multi-Cluster Services API. */
export function checkApi(cluster: Cluster, refusals: PropertyRefusals): void {
  if (!cluster._model.mcsApi) {
    refusals.add(
      'mcs-api-disabled',
      'flavor',
      `the Multi-Cluster Services API is off in ${cluster.name}`,
      GlobalServiceFlavor.MCS_API,
      'mcsApi: true of the cluster',
      `set mcsApi of cluster ${cluster.name}`,
    );
  }
}

/**
 * Refuses exports that differ between clusters. With the Multi-Cluster Services API, one service is the same in the
 * whole mesh. Cilium resolves differences by age.
 */
export function checkExports(
  perCluster: ReadonlyMap<Cluster, GlobalServiceSettings>,
  refusals: PropertyRefusals,
): void {
  const exports = [...perCluster].map(
    ([cluster, settings]) =>
      [
        cluster,
        annotationsOf(
          { ...settings, shared: undefined, isGlobal: undefined } as ServiceAnnotations,
          AnnotationKeys.CURRENT,
        ),
      ] as const,
  );
  const [[, first]] = exports;
  for (const [cluster, annotations] of exports) {
    if (JSON.stringify(annotations) !== JSON.stringify(first)) {
      refusals.add(
        'mcs-api-conflict',
        `perCluster.${cluster.name}`,
        'exports of one service must not differ (Documentation/network/clustermesh/mcsapi.rst, v1.20.2)',
        annotations,
        formatValue(first),
        'set the same values in all clusters',
      );
    }
  }
}
