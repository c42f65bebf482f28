import {
  Frontend,
  ServiceQuery,
  ServiceView,
  Target,
  UnsharedBackend,
  compareBackends,
  emptyView,
  formatBackend,
  viewOf,
} from './service-view';
import { Family } from '../../cilium/ip-address';
import { Traits } from '../../cilium/traits';
import { formatList, formatValue } from '../../diagnostics/texts';
import { isDeclaredWorkload } from '../../manifests/layers/declared-workloads';
import { formatPort } from '../flows/flow';
import { EvaluatedSettings } from '../read/cluster-settings';
import { EvaluatedMesh } from '../read/mesh';
import { EndpointPort, EvaluatedService, ServicePort } from '../read/service';

/**
 * Chooses the backends at every frontend of a Service: by the client, traffic policy, port, IP family and affinity.
 *
 * `local` are the backends of the clients' own cluster, `remote` those that other clusters share.
 */
export function balancedView(
  mesh: EvaluatedMesh,
  cluster: string,
  service: EvaluatedService,
  local: readonly UnsharedBackend[],
  remote: readonly UnsharedBackend[],
  reasons: readonly string[],
  { port, client = 'pod' }: ServiceQuery,
): ServiceView {
  const { settings } = mesh.cluster(cluster)!;
  const { traits } = settings.policy;
  const closed = client === 'outside' ? closedReason(cluster, service, settings) : undefined;
  if (closed !== undefined) {
    return emptyView(cluster, [closed], service);
  }
  if (service.headless) {
    const ports = port ? [port] : service.ports.length > 0 ? service.ports : [undefined];
    const targets = (family: Family) => withFamily([...local, ...remote], family).map(backend => ({ backend }));
    const frontends = ports.flatMap(each =>
      frontendsOf(service, each, family => targets(family).map(target => ({ ...target, port: each?.port }))),
    );
    return viewOf(cluster, service, frontends, reasons);
  }
  const allReasons = new Set(reasons);
  const byKubeProxy =
    (client === 'host' && !settings.balancesForHosts) || (client === 'outside' && !settings.balancesNodePorts);
  const policy = client === 'outside' ? 'externalTrafficPolicy' : 'internalTrafficPolicy';
  const isLocal = client === 'outside' ? service.externalLocal : service.internalLocal;
  // load balancers ask the health check of such Services, and leave out nodes without pods
  const isSentToPods = client === 'outside' && service.type === 'LoadBalancer';
  const near = isLocal
    ? local.map(each => ({ ...each, onlySameNode: true, mayBeElsewhere: !isSentToPods && !runsOnEveryNode(each) }))
    : local;
  const far = !byKubeProxy
    ? remote
    : !isLocal && service.endpointSliceSync && settings.endpointSliceSync
      ? remote
      : [];
  if (far.length < remote.length) {
    allReasons.add(kubeProxyReason(cluster, client === 'host'));
  }
  const ports = port ? [port] : service.ports;
  const frontends = ports.flatMap(each =>
    frontendsOf(service, each, family => {
      const [nearby, distant] = [near, far].map(some => targetsOf(withFamily(some, family), each, traits));
      if (!byKubeProxy) {
        explain(cluster, service, each, nearby, withFamily(far, family), distant, allReasons);
      }
      return byKubeProxy ? [...nearby, ...distant] : byAffinity(service.affinity, nearby, distant);
    }),
  );
  const bound = frontends.flatMap(({ targets }) => targets.filter(({ backend }) => backend.onlySameNode));
  const names = [...new Set(bound.map(({ backend }) => formatBackend(backend)))];
  if (names.length > 0) {
    allReasons.add(
      `${policy} is Local, so a connection reaches only the pods of ${formatList(names)} that run on the node ` +
        `${client === 'outside' ? 'that it enters on' : 'of the client'}. Manifests do not say where pods run`,
    );
  }
  const uncounted = new Set(
    frontends.flatMap(({ targets }) =>
      targets.flatMap(({ backend }) => (isDeclared(backend) ? [formatBackend(backend)] : [])),
    ),
  );
  if (uncounted.size > 0) {
    allReasons.add(`no manifest contains ${formatList([...uncounted].sort())}, so the number of pods is unknown`);
  }
  return viewOf(cluster, service, frontends, allReasons);
}

function runsOnEveryNode({ workload }: UnsharedBackend): boolean {
  const pod = workload?.manifest.object.spec?.template?.spec;
  return workload?.kind === 'DaemonSet' && !pod?.nodeSelector && !pod?.affinity?.nodeAffinity;
}

/** Whether only mesh.yaml declares the pods. */
function isDeclared({ workload }: UnsharedBackend): boolean {
  return workload !== undefined && isDeclaredWorkload(workload.manifest.object);
}

/** Why clients outside of a cluster cannot connect to a Service. */
function closedReason(
  cluster: string,
  service: EvaluatedService,
  { balancesNodePorts, externalClusterIps }: EvaluatedSettings,
): string | undefined {
  return service.headless
    ? `the Service is headless, so clients outside of ${cluster} have no address to connect to`
    : !service.isExposed && !(balancesNodePorts && externalClusterIps)
      ? `the Service has only a cluster IP, which clients outside of ${cluster} cannot reach`
      : undefined;
}

function kubeProxyReason(cluster: string, forHosts: boolean): string {
  return forHosts
    ? `kube-proxy balances for clients with host network, and knows only the backends of ${cluster}: ` +
        'kubeProxyReplacement and socketLB are off there'
    : `kube-proxy balances for clients outside of ${cluster}, and knows only its backends: ` +
        'kubeProxyReplacement is off there';
}

/** The frontends of a port: one for each IP family, or one for all that have the same backends. */
function frontendsOf(
  { families }: EvaluatedService,
  port: ServicePort | undefined,
  choose: (family: Family) => readonly Target[],
): Frontend[] {
  const frontends = families.map(family => ({ port, family, targets: withShares(choose(family)) }));
  const [first, ...others] = frontends;
  const isSame = ({ targets }: Frontend) =>
    targets.length === first.targets.length &&
    targets.every((each, at) => each.backend === first.targets[at].backend && each.port === first.targets[at].port);
  // a cluster without any IP family has no frontends
  return first && others.every(isSame) ? [{ port, targets: first.targets }] : frontends;
}

/** Every pod has an equal share at every of its ports that match. */
function withShares(targets: readonly Target[]): Target[] {
  const pods = targets.reduce((sum, { backend }) => sum + backend.replicas, 0);
  const areKnown =
    targets.length === 1
      ? !targets[0].backend.mayBeElsewhere
      : targets.every(({ backend }) => (!backend.onlySameNode || runsOnEveryNode(backend)) && !isDeclared(backend));
  return targets
    .map(each => ({ ...each, ...(areKnown ? { share: each.backend.replicas / pods } : {}) }))
    .sort((one, other) => compareBackends(one.backend, other.backend));
}

function withFamily(backends: readonly UnsharedBackend[], family: Family): UnsharedBackend[] {
  return backends.filter(({ families }) => families.includes(family));
}

function targetsOf(backends: readonly UnsharedBackend[], port: ServicePort, traits: Traits): Target[] {
  return backends.flatMap(backend => matchingPorts(port, backend.ports, traits).map(each => ({ backend, port: each })));
}

/**
 * The ports of a backend that Cilium balances connections to a port of a Service to. A port of a backend has all names
 * that the backend's Service gives its number (matchesFrontend, pkg/loadbalancer/writer/writer.go, and
 * ClusterServiceToBackendParams, pkg/clustermesh/service_merger.go, v1.20.2).
 */
function matchingPorts(port: ServicePort, ports: readonly EndpointPort[], traits: Traits): number[] {
  const own = port.name ?? '';
  const ofProtocol = ports.filter(({ protocol }) => protocol === port.protocol);
  return [...new Set(ofProtocol.map(each => each.port))].filter(number => {
    const names = ofProtocol.filter(each => each.port === number).map(({ name }) => name);
    const isNameless = own === '' || names.every(name => name === '');
    return names.includes(own) || (traits.namelessPortsMeetAll && isNameless);
  });
}

/** Says why a frontend does not have all backends of all clusters. */
function explain(
  cluster: string,
  { affinity }: EvaluatedService,
  port: ServicePort,
  near: readonly Target[],
  remote: readonly UnsharedBackend[],
  far: readonly Target[],
  reasons: Set<string>,
): void {
  const mismatched = remote.filter(
    backend =>
      !far.some(target => target.backend === backend) &&
      backend.ports.some(({ protocol }) => protocol === port.protocol),
  );
  [...new Set(mismatched.map(backend => backend.cluster))].forEach(other =>
    reasons.add(
      `the port ${formatPort(port)} has the name ${formatValue(port.name ?? '')} in ${cluster}, ` +
        `and ${other} has no port of that name, so Cilium does not use its backends for it`,
    ),
  );
  if (affinity === 'local' && near.length > 0 && far.length > 0) {
    reasons.add(
      `affinity is local, and ${cluster} has backends, ` +
        `so Cilium uses those of other clusters only if ${cluster} loses all of its own`,
    );
  }
  if (affinity === 'remote' && far.length > 0 && near.length > 0) {
    reasons.add(
      'affinity is remote, and other clusters have backends, ' +
        `so Cilium uses those of ${cluster} only if the others lose all of theirs`,
    );
  }
  if (affinity === 'unknown' && far.length > 0) {
    reasons.add(
      'the affinity is neither local nor remote, so Cilium 1.18 and 1.19 drop the backends of other clusters, ' +
        'even for none. Remove the annotation',
    );
  }
}

/** With affinity `local` and pods that may run on other nodes, remote backends count where there are no local ones. */
function byAffinity(
  affinity: EvaluatedService['affinity'],
  local: readonly Target[],
  remote: readonly Target[],
): readonly Target[] {
  switch (affinity) {
    case 'local':
      return local.some(({ backend }) => !backend.mayBeElsewhere) ? local : [...local, ...remote];
    case 'remote':
      return remote.length > 0 ? remote : local;
    case 'unknown':
      return local;
    case 'none':
      return [...local, ...remote];
  }
}
