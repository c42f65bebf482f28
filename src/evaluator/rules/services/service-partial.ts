import { FlowPort, isDropped } from '../../flows/flow';
import { EvaluatedCluster } from '../../read/cluster';
import { EvaluatedService, ServicePort } from '../../read/service';
import { formatWorkload, Workload } from '../../read/workload';
import { serviceView } from '../../services/backends';
import { serviceNames, ServiceName, formatService } from '../../services/service-name';
import { Frontend } from '../../services/service-view';
import { RuleContext } from '../context';
import { inManifest, Reported, Rule } from '../rule';
import { listNames } from '../shared/names';

export const servicePartial: Rule<'service-partial'> = {
  codes: {
    'service-partial': {
      severity: 'warning',
      title: 'Policies let a client reach only some backends of a Service',
      documentation:
        'The Service balances connections over backends, and policies drop those to some of them. ' +
        'A part of the requests times out, in no pattern that the client can see.',
      fix:
        'Allow the client to reach every backend, or exclude backends with the affinity or shared annotation of ' +
        'the Service.',
    },
  },
  check(context, report) {
    for (const name of serviceNames(context.mesh)) {
      for (const cluster of context.mesh.clusters) {
        const ports = serviceView(context.mesh, name, cluster.name).service?.ports ?? [];
        ports
          .flatMap(port => partialPort(context, cluster, name, port))
          .forEach(finding => report('service-partial', finding));
      }
    }
  },
};

/** A workload that connections are balanced to, with the ports that they arrive at. */
interface Target {
  readonly workload: Workload;
  readonly ports: readonly FlowPort[];
}

/** A backend that policies keep clients from. */
interface Loss {
  readonly backend: string;
  /** `egress policy in paris`. */
  readonly policy: string;
}

/** Clients that lose the same backends. */
interface LosingClients {
  readonly service: EvaluatedService;
  readonly lost: readonly Loss[];
  readonly clients: readonly Workload[];
}

/** A finding for each group of clients that lose the same backends of a port. */
function partialPort(
  context: RuleContext,
  cluster: EvaluatedCluster,
  name: ServiceName,
  port: ServicePort,
): Reported[] {
  const byLoss = new Map<string, LosingClients>();
  for (const group of [false, true].flatMap(forHosts => losingClients(context, cluster, name, port, forHosts))) {
    const key = formatLosses(group.lost);
    byLoss.set(key, { ...group, clients: [...(byLoss.get(key)?.clients ?? []), ...group.clients] });
  }
  return [...byLoss.values()].map(group => findingOf(group, cluster, name, port));
}

/** The clients of one kind, pods or pods with host network, that lose some backends and keep others. */
function losingClients(
  context: RuleContext,
  { name: cluster }: EvaluatedCluster,
  name: ServiceName,
  port: ServicePort,
  forHosts: boolean,
): LosingClients[] {
  const { service, frontends } = serviceView(context.mesh, name, cluster, { port, client: forHosts ? 'host' : 'pod' });
  const targets = targetsOf(
    frontends.flatMap(frontend => frontend.targets),
    port,
  );
  if (!service || targets.length < 2) {
    return [];
  }
  return context.index.classes.flatMap((each, number) => {
    if (each.cluster !== cluster || each.hostNetwork !== forHosts) {
      return [];
    }
    const lost = targets.flatMap(target => lossOf(context, number, target) ?? []);
    // a client is no backend of its own
    const keepsSome = (client: Workload) => lost.length < targets.filter(({ workload }) => workload !== client).length;
    const clients = lost.length === 0 ? [] : each.workloads.filter(keepsSome);
    return clients.length === 0 ? [] : [{ service, lost, clients }];
  });
}

function targetsOf(all: ReadonlyArray<Frontend['targets'][number]>, { protocol }: ServicePort): Target[] {
  const byWorkload = new Map<Workload, Map<number, FlowPort>>();
  for (const { backend: { workload }, port } of all) {
    if (workload && port !== undefined) {
      const ports = byWorkload.get(workload) ?? new Map<number, FlowPort>();
      byWorkload.set(workload, ports.set(port, { protocol, port }));
    }
  }
  return [...byWorkload].map(([workload, ports]) => ({ workload, ports: [...ports.values()] }));
}

/** Why connections of a class do not arrive at a backend; undefined if they do. */
function lossOf(context: RuleContext, client: number, { workload, ports }: Target): Loss | undefined {
  const from = context.index.classes[client].workloads[0];
  const stopped = ports
    .map(port => context.on(port).verdict(from, workload))
    .find(({ verdict }) => verdict === 'denied');
  return (
    stopped && {
      backend: formatWorkload(workload),
      policy: isDropped(stopped.egress) ? `egress policy in ${from.cluster}` : `ingress policy in ${workload.cluster}`,
    }
  );
}

function findingOf(
  { service, lost, clients }: LosingClients,
  cluster: EvaluatedCluster,
  name: ServiceName,
  port: ServicePort,
): Reported {
  return {
    at: inManifest(service.cluster, service.manifest),
    message:
      `${listNames(clients.map(formatWorkload))} -> ${formatService(name)} ${port.protocol}/${port.port} ` +
      `fails intermittently: ${formatLosses(lost)}`,
    namespaces: [...new Set([name.namespace, ...clients.map(({ namespace }) => namespace)])],
    fix:
      'allow these connections, or exclude the backends by the annotation affinity or shared; ' +
      `cilium-mesh explain ${formatWorkload(clients[0])} svc/${name.namespace}/${name.name}@${cluster.name} shows ` +
      'each backend',
  };
}

function formatLosses(lost: readonly Loss[]): string {
  const policies = [...new Set(lost.map(({ policy }) => policy))];
  const backendsOf = (policy: string) =>
    listNames(lost.filter(each => each.policy === policy).map(({ backend }) => backend));
  return policies.map(policy => `${policy} drops connections balanced to ${backendsOf(policy)}`).join(', ');
}
