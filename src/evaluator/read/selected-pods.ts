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
    : candidates(service, selector, workloads).flatMap(workload => podsOf(selector, workload) ?? []);
}

/** The workloads of a Service's cluster and namespace that have one of the labels it selects by; in their order. */
function candidates(
  { cluster, namespace }: EvaluatedService,
  selector: NonNullable<EvaluatedService['selector']>,
  workloads: readonly Workload[],
): readonly Workload[] {
  const index = INDICES.get(workloads) ?? indexOf(workloads);
  INDICES.set(workloads, index);
  return Object.entries(selector)
    .filter(([key]) => !isOrdinalLabel(key))
    .map(([key, value]) => index.get(keyOf(cluster, namespace, key, value)) ?? [])
    .reduce(
      (fewest, each) => (each.length < fewest.length ? each : fewest),
      index.get(keyOf(cluster, namespace)) ?? [],
    );
}

/** The workloads of lists, by their namespaces and by their labels. */
const INDICES = new WeakMap<readonly Workload[], ReadonlyMap<string, readonly Workload[]>>();

function indexOf(workloads: readonly Workload[]): ReadonlyMap<string, readonly Workload[]> {
  const index = new Map<string, Workload[]>();
  const add = (key: string, workload: Workload) => {
    const known = index.get(key);
    if (known) {
      known.push(workload);
    } else {
      index.set(key, [workload]);
    }
  };
  for (const workload of workloads) {
    const { cluster, namespace, podLabels } = workload;
    add(keyOf(cluster, namespace), workload);
    Object.entries(podLabels).forEach(([key, value]) => add(keyOf(cluster, namespace, key, value), workload));
  }
  return index;
}

function keyOf(...parts: readonly string[]): string {
  return parts.join('\u0000');
}

/** The workloads of its cluster with pods that a Service selects. */
export function selectedWorkloads(service: EvaluatedService, workloads: readonly Workload[]): Workload[] {
  return selectedPods(service, workloads).map(({ workload }) => workload);
}

/** The Services of a cluster that select pods of a workload, in their order. */
export function servicesOf(
  { services, workloads }: { readonly services: readonly EvaluatedService[]; readonly workloads: readonly Workload[] },
  workload: Workload,
): readonly EvaluatedService[] {
  const ofWorkloads = SERVICES.get(workloads) ?? new WeakMap();
  SERVICES.set(workloads, ofWorkloads);
  const known = ofWorkloads.get(services) ?? servicesByWorkload(services, workloads);
  ofWorkloads.set(services, known);
  return known.get(workload) ?? services.filter(service => selectedPods(service, [workload]).length > 0);
}

type ServicesByWorkload = ReadonlyMap<Workload, readonly EvaluatedService[]>;

/** For the workloads and Services of clusters. */
const SERVICES = new WeakMap<readonly Workload[], WeakMap<readonly EvaluatedService[], ServicesByWorkload>>();

function servicesByWorkload(services: readonly EvaluatedService[], workloads: readonly Workload[]): ServicesByWorkload {
  const known = new Map(workloads.map((workload): [Workload, EvaluatedService[]] => [workload, []]));
  services.forEach(service =>
    selectedWorkloads(service, workloads).forEach(workload => known.get(workload)!.push(service)),
  );
  return known;
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
