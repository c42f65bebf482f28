import {
  Affinity,
  AnnotationKeys,
  annotationsOf,
  ExposedType,
  ServiceAnnotations,
} from './annotations';
import { ServiceType } from './global-service-props';
import { GlobalServiceSettings } from './global-service-settings';
import { labelSelectorProblem } from '../../cilium/label-selector-text';
import {
  OLD_ANNOTATION_KEYS,
  readsAnnotation,
  SERVICE_ANNOTATIONS,
  SERVICE_KEYS,
} from '../../cilium/service-annotations';
import { formatValue } from '../../diagnostics/texts';
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
  const { version } = cluster._model;
  for (const key of written.filter(each => !readsAnnotation(version, SERVICE_ANNOTATIONS[each]))) {
    const minor = SERVICE_ANNOTATIONS[key].since;
    refusals.add(
      'feature-unknown-to-version',
      `${at}.${propertyOf(key)}`,
      `Cilium ${version.text} does not know the annotation ${key}, and ignores it`,
      settings[propertyOf(key)],
      `Cilium 1.${minor} or later`,
      `remove ${propertyOf(key)}, or upgrade the cluster`,
    );
  }
  const problem = settings.nodeSelector === undefined ? undefined : labelSelectorProblem(settings.nodeSelector);
  if (problem !== undefined) {
    refusals.add(
      'node-selector-invalid',
      `${at}.nodeSelector`,
      `invalid label selector: ${formatValue(problem)} is not a requirement`,
      settings.nodeSelector,
      'a label selector such as tier=edge or tier in (edge,core)',
      'correct the selector',
    );
  }
}

/** Refuses a part of the Service that its type does not have: Cilium would provision nothing. */
export function checkExposedType(
  cluster: Cluster,
  { exposedType }: GlobalServiceSettings,
  serviceType: ServiceType,
  refusals: PropertyRefusals,
): void {
  const parts = PARTS[serviceType];
  if (exposedType !== undefined && !parts.some(part => part.valueOf() === exposedType.valueOf())) {
    refusals.add(
      'exposed-type',
      `perCluster.${cluster.name}.exposedType`,
      `a Service of type ${serviceType} has no such part, so Cilium would provision nothing of it`,
      exposedType,
      parts.join(', '),
      'remove exposedType, or set serviceType',
    );
  }
}

/** The parts of a Service by its type. */
const PARTS: { readonly [type in ServiceType]: readonly ExposedType[] } = {
  [ServiceType.CLUSTER_IP]: [ExposedType.CLUSTER_IP],
  [ServiceType.NODE_PORT]: [ExposedType.CLUSTER_IP, ExposedType.NODE_PORT],
  [ServiceType.LOAD_BALANCER]: [ExposedType.CLUSTER_IP, ExposedType.NODE_PORT, ExposedType.LOAD_BALANCER],
};

/** The property that sets an annotation. */
function propertyOf(key: string): keyof GlobalServiceSettings {
  return Object.entries(SERVICE_KEYS).find(([, each]) => each === key)![0] as keyof GlobalServiceSettings;
}
