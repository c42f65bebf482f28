import {
  Affinity,
  AnnotationKeys,
  annotationsOf,
  ExposedType,
  ForwardingMode,
  LoadBalancingAlgorithm,
  ProxyDelegation,
  ServiceAnnotations,
  SourceRangesPolicy,
} from './annotations';
import { GlobalServiceSettings } from './global-service-settings';
import { OLD_ANNOTATION_KEYS } from '../../cilium/service-annotations';
import { formatValue } from '../../diagnostics/texts';
import { closedSetRefusals } from '../closed-set';
import { Cluster } from '../mesh/cluster';
import { PropertyRefusals } from '../refusal';

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
  const closed = {
    affinity: Affinity,
    loadBalancingAlgorithm: LoadBalancingAlgorithm,
    forwardingMode: ForwardingMode,
    exposedType: ExposedType,
    sourceRangesPolicy: SourceRangesPolicy,
    proxyDelegation: ProxyDelegation,
  };
  for (const [property, set] of Object.entries(closed)) {
    const value = settings[property as keyof typeof closed];
    refusals.include(closedSetRefusals(refusals.pathOf(`${at}.${property}`), value, set));
  }
  for (const [key, value] of Object.entries({ ...annotations, ...settings.annotations })) {
    if (key.startsWith('service.cilium.io/') || Object.values(OLD_ANNOTATION_KEYS).includes(key)) {
      refusals.add(
        'annotation-owned',
        `${at}.annotations`,
        'properties set the annotations of Cilium',
        key,
        'other annotations',
        'use the property',
      );
    } else if (typeof value !== 'string') {
      refusals.add(
        'annotation-not-text',
        `${at}.annotations`,
        'values of annotations must be text',
        value,
        'a text',
        `write ${formatValue(String(value))}`,
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
