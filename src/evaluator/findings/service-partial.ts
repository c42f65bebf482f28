import { FindingContext } from './context';
import { Finding, found, some } from './finding';
import { backendPort, serviceNames, ServiceName, serviceView, ServiceView, shownService } from '../backends';
import { FlowPort, lets } from '../flow';
import { EvaluatedCluster } from '../mesh/cluster';
import { EvaluatedService, ServicePort } from '../mesh/service';
import { shownWorkload, Workload } from '../mesh/workload';

/** Clients whose connections to a service arrive by chance: policies let them through to some of its backends only. */
export function partialServiceFindings(context: FindingContext): Finding[] {
  return serviceNames(context.mesh).flatMap(name => context.mesh.clusters.flatMap(cluster => {
    const view = serviceView(context.mesh, name, cluster.name);
    const workloads = view.backends.flatMap(({ workload }) => workload ?? []);
    return view.service && workloads.length > 1 ? view.service.ports.flatMap(port => partial(context, cluster, name, view, view.service!, port)) : [];
  }));
}

function partial(context: FindingContext, cluster: EvaluatedCluster, name: ServiceName, view: ServiceView, service: EvaluatedService, port: ServicePort): Finding[] {
  const backends = view.backends.flatMap(backend => backend.workload ? [{ workload: backend.workload, port: backendPort(port, backend) }] : []);
  const byLoss = new Map<string, { lost: string[]; clients: Workload[] }>();
  context.index.classes.forEach((each, number) => {
    if (each.cluster !== cluster.name) {
      return;
    }
    const lost = backends.flatMap(({ workload, port: target }) => loss(context, number, workload, target === undefined ? undefined : { protocol: port.protocol, port: target }));
    // a client is no backend of its own
    const clients = each.workloads.filter(client => lost.length > 0 && lost.length < backends.filter(({ workload }) => workload !== client).length);
    if (clients.length > 0) {
      byLoss.set(lost.join(), { lost, clients: [...byLoss.get(lost.join())?.clients ?? [], ...clients] });
    }
  });
  return [...byLoss.values()].map(({ lost, clients }) => found('service-partial', service.cluster, service.manifest, undefined,
    `connections of ${some(clients.map(shownWorkload))} to ${shownService(name)} ${port.protocol}/${port.port} arrive by chance only: those that are balanced to ${some(lost)} are stopped`,
    `allow them, or keep them away with affinity or shared: cilium-mesh explain ${shownWorkload(clients[0])} svc/${name.namespace}/${name.name}@${clients[0].cluster} shows each backend`));
}

/** Why connections of a class do not arrive at a backend, if they do not. */
function loss(context: FindingContext, client: number, backend: Workload, port: FlowPort | undefined): string[] {
  if (port === undefined) {
    return [`${shownWorkload(backend)} (no such port)`];
  }
  const from = context.index.classes[client].workloads[0];
  const { egress, ingress } = context.on(port).verdict(from, backend);
  return lets(egress) && lets(ingress) ? [] : [`${shownWorkload(backend)} (${lets(egress) ? `ingress in ${backend.cluster}` : `egress in ${from.cluster}`})`];
}
