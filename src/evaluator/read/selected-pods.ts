import { DeclaredPort } from './declared-ports';
import { EndpointPort, EvaluatedService, ServicePort } from './service';
import { Workload } from './workload';

/** The pods of a workload that a Service selects. */
export interface SelectedPods {
  readonly workload: Workload;
  /** Their number. */
  readonly replicas: number;
  /** The ordinals of a StatefulSet's pods, if the Service selects by the labels that differ between its pods. */
  readonly ordinals?: readonly number[];
}

/**
 * The labels that the StatefulSet controller gives each of its pods. They are in no template and in no identity
 * (pkg/controller/statefulset/stateful_set_utils.go of Kubernetes, v1.36.3; pkg/labelsfilter/filter.go, v1.20.2).
 */
const ORDINAL_LABELS: { readonly [key: string]: (workload: Workload, ordinal: number) => string } = {
  'statefulset.kubernetes.io/pod-name': ({ name }, ordinal) => `${name}-${ordinal}`,
  'apps.kubernetes.io/pod-index': (_, ordinal) => String(ordinal),
};

/** The pods of its cluster that a Service selects, with the workloads that have no pods now. */
export function selectedPods(service: EvaluatedService, workloads: readonly Workload[]): SelectedPods[] {
  const { selector } = service;
  return selector === undefined
    ? []
    : workloads
      .filter(({ cluster, namespace }) => cluster === service.cluster && namespace === service.namespace)
      .flatMap(workload => podsOf(selector, workload) ?? []);
}

/** The workloads of its cluster with pods that a Service selects. */
export function selectedWorkloads(service: EvaluatedService, workloads: readonly Workload[]): Workload[] {
  return selectedPods(service, workloads).map(({ workload }) => workload);
}

function isOrdinalLabel(key: string): boolean {
  return Object.hasOwn(ORDINAL_LABELS, key);
}

/** Whether the labels of a StatefulSet's single pods, which are in no template, are all that a selector lacks. */
export function selectsByOrdinal(selector: NonNullable<EvaluatedService['selector']>, workload: Workload): boolean {
  return (
    workload.kind === 'StatefulSet' &&
    Object.keys(selector).some(isOrdinalLabel) &&
    Object.entries(selector).every(([key, value]) => isOrdinalLabel(key) || workload.podLabels[key] === value)
  );
}

/** The ordinals of a StatefulSet's pods (`spec.ordinals` exists since Kubernetes 1.26). */
export function ordinalsOf({ manifest, replicas }: Workload): number[] {
  const start = manifest.object.spec?.ordinals?.start;
  const first = Number.isInteger(start) && start > 0 ? start : 0;
  return Array.from({ length: replicas }, (_, index) => first + index);
}

/** The ports of a workload's pods behind the ports of a Service. */
export function endpointPorts(service: EvaluatedService, workload: Workload): EndpointPort[] {
  return service.ports.flatMap(port => {
    const number = targetPort(port, workload);
    return number === undefined ? [] : [{ name: port.name ?? '', protocol: port.protocol, port: number }];
  });
}

/**
 * The port of a workload's pods behind a port of a Service; undefined if no container has a port of that name. Native
 * sidecars come after containers (FindPort, k8s.io/endpointslice/utils.go, v0.36.3).
 */
export function targetPort(port: ServicePort, { ports, sidecarPorts }: Workload): number | undefined {
  const isTarget = (each: DeclaredPort) => each.name === port.targetPort && each.protocol === port.protocol;
  return typeof port.targetPort === 'number' ? port.targetPort : [...ports, ...sidecarPorts].find(isTarget)?.port;
}

function podsOf(selector: NonNullable<EvaluatedService['selector']>, workload: Workload): SelectedPods | undefined {
  if (Object.entries(selector).every(([key, value]) => workload.podLabels[key] === value)) {
    return { workload, replicas: workload.replicas };
  }
  if (!selectsByOrdinal(selector, workload)) {
    return undefined;
  }
  const ordinals = ordinalsOf(workload).filter(ordinal =>
    Object.entries(selector).every(
      ([key, value]) => !isOrdinalLabel(key) || ORDINAL_LABELS[key](workload, ordinal) === value,
    ),
  );
  return ordinals.length > 0 || (workload.replicas === 0 && namesItsPod(selector, workload))
    ? { workload, replicas: ordinals.length, ordinals }
    : undefined;
}

/** Whether a StatefulSet without pods would have the selected one if it had enough. */
function namesItsPod(selector: NonNullable<EvaluatedService['selector']>, workload: Workload): boolean {
  const ordinals = [
    selector['statefulset.kubernetes.io/pod-name']?.slice(workload.name.length + 1),
    selector['apps.kubernetes.io/pod-index'],
  ].filter(each => each !== undefined);
  const [ordinal] = ordinals;
  return Object.entries(selector).every(
    ([key, value]) => !isOrdinalLabel(key) || ORDINAL_LABELS[key](workload, Number(ordinal)) === value,
  );
}
