import { GLOBAL_NAMESPACE_ANNOTATION } from '../../../cilium/namespace-annotations';
import { policyKindOf } from '../../../cilium/policy-kinds';
import { CONTROLLER_ANNOTATION, CUSTOM_WORKLOAD_ANNOTATION, workloadKindOf } from '../../../cilium/workload-kinds';
import { isMap } from '../../../diagnostics/is-map';
import { at, list } from '../../read/object-fields';

/**
 * What flows depend on in an object, as a text: two states of an object with equal texts decide all flows alike.
 * Undefined for an object that no flow depends on. The image and the number of pods of a workload change no flow.
 */
export function flowParts(object: any): string | undefined {
  const parts = partsOf(object);
  return parts === undefined ? undefined : canonical(parts);
}

function partsOf(object: any): unknown {
  const { kind, apiVersion, metadata = {}, spec, specs } = object;
  if (policyKindOf(object)) {
    return { spec, specs };
  }
  const workload = workloadKindOf(object);
  if (workload) {
    const pods = at(object, workload.template);
    const { hostNetwork, serviceAccountName, serviceAccount, containers, initContainers } = pods?.spec ?? {};
    return {
      labels: pods?.metadata?.labels,
      annotations: [CUSTOM_WORKLOAD_ANNOTATION, CONTROLLER_ANNOTATION].map(each => metadata.annotations?.[each]),
      spec: [hostNetwork, serviceAccountName ?? serviceAccount, ...[containers, initContainers].map(portsOf)],
      selector: spec?.selector,
      suspend: spec?.suspend,
      runs: workload.replicas === undefined || at(object, workload.replicas) !== 0,
      phase: kind === 'Pod' && ['Succeeded', 'Failed'].includes(object.status?.phase),
    };
  }
  switch (kind) {
    case 'Namespace':
      return [metadata.labels, metadata.annotations?.[GLOBAL_NAMESPACE_ANNOTATION]];
    case 'Node':
      return [metadata.labels, spec, object.status?.addresses];
    case 'Service':
      return [metadata.labels, metadata.annotations, spec];
    case 'Endpoints':
      return [metadata.labels, object.subsets];
    case 'EndpointSlice':
      return [metadata.labels, object.endpoints, object.ports, object.addressType];
    case 'CustomResourceDefinition':
      return /^clusternetworkpolicies\./.test(metadata.name) ? [apiVersion, metadata.annotations] : undefined;
    default:
      return undefined;
  }
}

function portsOf(containers: unknown): unknown[] {
  return list(containers).map(each => [each?.ports, each?.restartPolicy]);
}

/** Kinds on which only egress rules with `toServices` depend, beside the address of the API server. */
const OF_SERVICES = ['Service', 'Endpoints', 'EndpointSlice'];

/** Whether flows depend on an object only where a rule names Services. The API server itself is a Service too. */
export function isAboutServices({ kind, metadata }: any): boolean {
  const namespace = metadata.namespace ?? 'default';
  return OF_SERVICES.includes(kind) && !(namespace === 'default' && metadata.name.startsWith('kubernetes'));
}

/** Whether a policy has rules that name Services. */
export function namesServices({ spec, specs }: any): boolean {
  return [spec, ...list(specs)].some(each =>
    [...list(each?.egress), ...list(each?.egressDeny)].some(rule => isMap(rule) && 'toServices' in rule),
  );
}

/** JSON with sorted keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each) =>
    isMap(each) ? Object.fromEntries(Object.entries(each).sort(([one], [other]) => (one < other ? -1 : 1))) : each,
  );
}
