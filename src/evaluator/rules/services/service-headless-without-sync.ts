import { isTrue, SERVICE_KEYS } from '../../../cilium/service-annotations';
import { EvaluatedCluster } from '../../read/cluster';
import { EvaluatedService } from '../../read/service';
import { inManifest, Reported, Rule } from '../rule';
import { annotationPath, textAnnotations } from '../shared/metadata';

const SYNC = SERVICE_KEYS.endpointSliceSync;

export const serviceHeadlessWithoutSync: Rule<'service-headless-without-sync'> = {
  codes: {
    'service-headless-without-sync': {
      severity: 'warning',
      title: 'A global Service needs EndpointSlices that its cluster does not get',
      documentation:
        'The Service is global, and its clients need EndpointSlices: it is headless, or an annotation ' +
        'asks for them. ' +
        'The cluster gets no EndpointSlices of other clusters, so DNS answers with its own pods only.',
      fix:
        'Set clustermesh.enableEndpointSliceSynchronization: true in the Helm values, and annotate the Service ' +
        'with service.cilium.io/global: "true".',
    },
  },
  check(context, report) {
    for (const { cluster, service } of context.services) {
      const finding =
        service.global && cluster.version.traits.endpointSliceSync ? withoutSync(cluster, service) : undefined;
      if (finding) {
        report('service-headless-without-sync', finding);
      }
    }
  },
};

function withoutSync(cluster: EvaluatedCluster, { manifest, headless }: EvaluatedService): Reported | undefined {
  const annotations = textAnnotations(manifest);
  const sync = annotations[SYNC];
  if (!(sync === undefined ? headless : isTrue(sync))) {
    return undefined;
  }
  const at = inManifest(cluster.name, manifest, sync === undefined ? 'spec.clusterIP' : annotationPath(SYNC));
  const effect =
    sync === undefined
      ? `so DNS answers for this headless Service with pods of ${cluster.name} only`
      : `so ${cluster.name} gets none of other clusters for this Service`;
  if (!cluster.settings.endpointSliceSync) {
    return {
      at,
      message: `${cluster.name} does not synchronize EndpointSlices, ${effect}`,
      fix: `set clustermesh.enableEndpointSliceSynchronization: true in the Helm values of ${cluster.name}`,
    };
  }
  return isTrue(annotations[SERVICE_KEYS.global])
    ? undefined
    : {
      at,
      message:
          'Cilium does not synchronize EndpointSlices of Services with the old key io.cilium/global-service, ' +
          `${effect}`,
      fix: 'add service.cilium.io/global: "true"',
    };
}
