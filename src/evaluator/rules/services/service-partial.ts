import { FlowPort, isAllowed } from '../../flows/flow';
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

/** The clients of a port of a service for which some backends are lost. */
function partialPort(
  context: RuleContext,
  cluster: EvaluatedCluster,
  name: ServiceName,
  port: ServicePort,
): Reported[] {
  const byLoss = new Map<string, { service: EvaluatedService; lost: Loss[]; clients: Workload[] }>();
  for (const forHosts of [false, true]) {
    const view = serviceView(context.mesh, name, cluster.name, { port, client: forHosts ? 'host' : 'pod' });
    const targets = targetsOf(view.frontends.flatMap(frontend => frontend.targets), port);
    const { service } = view;
    if (!service || targets.length < 2) {
      continue;
    }
    context.index.classes.forEach((each, number) => {
      const lost =
        each.cluster === cluster.name && each.hostNetwork === forHosts
          ? targets.flatMap(target => loss(context, number, target))
          : [];
      // a client is no backend of its own
      const clients =
        lost.length === 0
          ? []
          : each.workloads.filter(client => lost.length < targets.filter(({ workload }) => workload !== client).length);
      if (clients.length > 0) {
        const key = formatLosses(lost);
        byLoss.set(key, { service, lost, clients: [...(byLoss.get(key)?.clients ?? []), ...clients] });
      }
    });
  }
  return [...byLoss.values()].map(({ service, lost, clients }) => ({
    at: inManifest(service.cluster, service.manifest),
    message:
      `${listNames(clients.map(formatWorkload))} -> ${formatService(name)} ${port.protocol}/${port.port} ` +
      'fails intermittently: ' +
      formatLosses(lost),
    fix:
      'allow these connections, or exclude the backends by the annotation affinity or shared; ' +
      `cilium-mesh explain ${formatWorkload(clients[0])} svc/${name.namespace}/${name.name}@${cluster.name} shows ` +
      'each backend',
  }));
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

/** A backend that policies keep clients from. */
interface Loss {
  readonly backend: string;
  /** `egress policy in paris`. */
  readonly policy: string;
}

function formatLosses(lost: readonly Loss[]): string {
  const policies = [...new Set(lost.map(({ policy }) => policy))];
  const backendsOf = (policy: string) =>
    listNames(lost.filter(each => each.policy === policy).map(({ backend }) => backend));
  return policies.map(policy => `${policy} drops connections balanced to ${backendsOf(policy)}`).join(', ');
}

/** Why connections of a class do not arrive at a backend, if they do not. */
function loss(context: RuleContext, client: number, { workload, ports }: Target): Loss[] {
  const from = context.index.classes[client].workloads[0];
  const verdicts = ports.map(port => context.on(port).verdict(from, workload));
  const stopped = verdicts.find(({ egress, ingress }) => !isAllowed(egress) || !isAllowed(ingress));
  return stopped === undefined
    ? []
    : [
      {
        backend: formatWorkload(workload),
        policy: isAllowed(stopped.egress)
          ? `ingress policy in ${workload.cluster}`
          : `egress policy in ${from.cluster}`,
      },
    ];
}
