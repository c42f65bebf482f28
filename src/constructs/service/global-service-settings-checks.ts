import {
  Affinity,
  AnnotationKeys,
  annotationsOf,
  ServiceAnnotations,
} from './annotations';
import { GlobalServiceSettings } from './global-service-settings';
import { OLD_ANNOTATION_KEYS } from '../../cilium/service-annotations';
import { Cluster } from '../mesh/cluster';
import { PropertyRefusals } from '../property-refusals';

/** Refuses the settings of one cluster; `annotations` are those of the Service in all clusters. */
export function checkSettings(
  cluster: Cluster,
  settings: GlobalServiceSettings,
  annotations: GlobalServiceSettings['annotations'],
  refusals: PropertyRefusals,
): void {
  const at = `perCluster.${cluster.name}`;
  if (settings.isGlobal === false && settings.affinity !== undefined && settings.affinity !== Affinity.NONE) {
    refusals.add(
      'affinity-without-global',
      `${at}.affinity`,
      'Cilium ignores affinity of services that are not global',
      settings.affinity,
      'isGlobal: true with affinity',
      'remove affinity',
    );
  }
  if (settings.isGlobal === false && settings.shared !== undefined) {
    refusals.add(
      'shared-without-global',
      `${at}.shared`,
      'Cilium ignores shared of services that are not global',
      settings.shared,
      'isGlobal: true with shared',
      'remove shared',
    );
  }
  for (const key of Object.keys({ ...annotations, ...settings.annotations })) {
    if (key.startsWith('service.cilium.io/') || Object.values(OLD_ANNOTATION_KEYS).includes(key)) {
      refusals.add(
        'annotation-owned',
        `${at}.annotations`,
        'properties set the annotations of Cilium',
        key,
        'other annotations',
        'use the property',
      );
    }
  }
  if (settings.endpointSliceSync === true && !cluster._model.endpointSliceSync) {
    refusals.add(
      'endpoint-slice-sync-disabled',
      `${at}.endpointSliceSync`,
      `EndpointSlice synchronization is off in ${cluster.name}, so the annotation has no effect`,
      true,
      'endpointSliceSync: true of the cluster',
      `set endpointSliceSync of cluster ${cluster.name}`,
    );
  }
  const written = Object.keys(
    annotationsOf(
      { ...settings, isGlobal: undefined, shared: undefined, affinity: undefined } as ServiceAnnotations,
      AnnotationKeys.CURRENT,
    ),
  );
  if (written.length > 0 && !cluster._model.version.traits.furtherServiceAnnotations) {
    refusals.add(
      'feature-unknown-to-version',
      at,
      `Cilium ${cluster._model.version.text} does not know these annotations`,
      written,
      'Cilium 1.16 or later',
      'remove them, or upgrade the cluster',
    );
  }
}
