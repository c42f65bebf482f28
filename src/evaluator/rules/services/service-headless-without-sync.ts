import { isTrue, SERVICE_KEYS } from '../../../cilium/service-annotations';
import { EvaluatedCluster } from '../../read/cluster';
import { texts } from '../../read/namespace';
import { EvaluatedService } from '../../read/service';
import { inManifest, Reported, Rule } from '../rule';
import { annotationPath } from '../shared/metadata';

const SYNC = SERVICE_KEYS.endpointSliceSync;

export const serviceHeadlessWithoutSync: Rule<'service-headless-without-sync'> = {
  codes: {
    'service-headless-without-sync': {
      severity: 'warning',
      title: 'A global Service needs EndpointSlices that its cluster does not get',
      documentation: 'The Service is global, and its clients need EndpointSlices: it is headless, or an annotation asks for them. '
        + 'The cluster gets no EndpointSlices of other clusters, so DNS answers with its own pods only.',
      fix: 'Set clustermesh.enableEndpointSliceSynchronization: true in the Helm values, and annotate the Service with service.cilium.io/global: "true".',
    },
  },
  check(context, report) {
    for (const { cluster, service } of context.services) {
      const finding = service.global && cluster.version.traits.endpointSliceSync ? withoutSync(cluster, service) : undefined;
      if (finding) {
        report('service-headless-without-sync', finding);
      }
    }
  },
};

function withoutSync(cluster: EvaluatedCluster, { manifest, headless }: EvaluatedService): Reported | undefined {
  const annotations = texts(manifest.object.metadata.annotations);
  const sync = annotations[SYNC];
  if (!(sync === undefined ? headless : isTrue(sync))) {
    return undefined;
  }
  const at = inManifest(cluster.name, manifest, sync === undefined ? 'spec.clusterIP' : annotationPath(SYNC));
  const effect = sync === undefined
    ? `the Service is headless: DNS answers with the pods of ${cluster.name} alone`
    : `${cluster.name} gets no EndpointSlices of other clusters`;
  if (!cluster.settings.endpointSliceSync) {
    return {
      at,
      message: `${effect}, since ${cluster.name} does not synchronize EndpointSlices`,
      fix: 'set clustermesh.enableEndpointSliceSynchronization: true in the Helm values of the cluster',
    };
  }
  return isTrue(annotations[SERVICE_KEYS.global]) ? undefined : {
    at,
    message: `${effect}, since EndpointSlices are synchronized for service.cilium.io/global only, not for its old name`,
    fix: 'write service.cilium.io/global: "true"',
  };
}
