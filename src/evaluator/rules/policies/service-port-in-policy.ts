import { Direction, PolicyEntry, PortMatch } from '../../engine/entry';
import { PeerSelector } from '../../engine/selector';
import { BitSet } from '../../flows/bit-set';
import { dnsServers } from '../../flows/dns-servers';
import { FlowPort, isAllowed } from '../../flows/flow';
import { EvaluatedCluster } from '../../read/cluster';
import { selectedWorkloads, targetPort } from '../../read/selected-pods';
import { EvaluatedService, ServicePort } from '../../read/service';
import { Workload } from '../../read/workload';
import { serviceView } from '../../services/backends';
import { RuleContext } from '../context';
import { inManifest, Rule } from '../rule';
import { includesWorld } from '../shared/label-selectors';
import { listNames } from '../shared/names';

export const servicePortInPolicy: Rule<'service-port-in-policy'> = {
  codes: {
    'service-port-in-policy': {
      severity: 'warning',
      title: 'A rule names the port of a Service, not that of its pods',
      documentation:
        'Cilium enforces policies after it translates a Service to a backend, so policies see the ports of pods ' +
        '(cilium/cilium#48141). ' +
        'No pod that the rule is about has the port, and a Service with this port leads to another one.',
      fix: "Write the port of the pods: the Service's targetPort.",
    },
  },
  check(context, report) {
    const translations = new Translations(context);
    for (const { cluster, policy } of context.policies) {
      const seen = new Set<string>();
      for (const entry of policy.entries.filter(({ node, verdict }) => !node && verdict !== 'pass')) {
        for (const port of entry.ports.filter(each => isOnePort(each) && translations.isOfService(each))) {
          if (isDns(context, cluster, entry, port)) {
            continue;
          }
          const key = `${entry.origin.path} ${port.protocol}/${port.number}`;
          const found = translations.of(receiversOf(context, cluster, entry), port);
          if (!found || seen.has(key) || !found.some(each => changesVerdict(context, cluster, entry, port, each))) {
            continue;
          }
          seen.add(key);
          const target = [...new Set(found.map(each => each.port))].sort((one, other) => one - other).join(' or ');
          const services = listNames(found.map(({ service }) => `${service.namespace}/${service.name}`));
          const pods = listNames(context.namesOf(found.map(({ receiver }) => receiver)));
          report('service-port-in-policy', {
            at: inManifest(cluster.name, policy.manifest, entry.origin.path),
            message:
              `${port.protocol}/${port.number} is the port of Service ${services}, whose pods listen on ${target} ` +
              `(${pods}): the rule does not ${entry.verdict} connections to the Service`,
            fix: `write port ${target} in the rule, because policies see the ports of pods`,
          });
        }
      }
    }
  },
};

/** The port of a DNS server's Service: dns-denied reports the rule that is missing. */
function isDns(context: RuleContext, cluster: EvaluatedCluster, entry: PolicyEntry, { number }: PortMatch): boolean {
  return (
    number === 53 &&
    entry.direction === 'egress' &&
    entry.verdict === 'allow' &&
    dnsServers(context.mesh, cluster).pods.some(
      ({ workload }) => workload && receiversOf(context, cluster, entry).has(context.index.classOf(workload)),
    )
  );
}

/** A class of pods behind a Service whose port leads to another port of them. */
interface Translation {
  readonly receiver: number;
  readonly service: EvaluatedService;
  readonly port: number;
}

/** A port of a Service, and the one of a workload's pods that it leads to. */
interface PortOfPods {
  readonly service: EvaluatedService;
  readonly protocol: string;
  readonly port: number;
  readonly target: number;
}

/** The Services in front of the classes of pods, also those of clients in other clusters. */
class Translations {
  private readonly ports = new Map<Workload, PortOfPods[]>();
  private readonly translated = new Set<string>();

  constructor(private readonly context: RuleContext) {
    for (const { cluster, service } of context.services.filter(each => !each.service.headless)) {
      for (const workload of selectedWorkloads(service, cluster.workloads)) {
        service.ports.forEach(each => this.add(workload, service, each, targetPort(each, workload)));
      }
      if (service.global) {
        this.addShared(cluster, service);
      }
    }
  }

  /** Whether a Service of the mesh may lead from this port to another one. */
  public isOfService({ protocol, number }: PortMatch): boolean {
    return this.translated.has(`${protocol}/${number}`);
  }

  /**
   * Where a port is that of Services only: the ports of the pods behind them. Undefined where pods may listen on the
   * port itself.
   */
  public of(receivers: BitSet, { protocol, number }: PortMatch): Translation[] | undefined {
    const translations: Translation[] = [];
    for (const receiver of receivers.toArray()) {
      for (const workload of this.context.index.classes[receiver].workloads.filter(each => !each.hostNetwork)) {
        const declared = [...workload.ports, ...workload.sidecarPorts];
        const ports = (this.ports.get(workload) ?? []).filter(each => each.protocol === protocol);
        const translated = ports.filter(each => each.port === number);
        if (
          declared.some(each => each.port === number && each.protocol === protocol) ||
          ports.some(({ target }) => target === number) ||
          (translated.length === 0 && declared.length === 0)
        ) {
          return undefined;
        }
        translations.push(...translated.map(({ service, target }) => ({ receiver, service, port: target })));
      }
    }
    return translations.length > 0 ? translations : undefined;
  }

  /** The pods of other clusters behind a Service. Its clients connect to its own ports, whichever the others have. */
  private addShared({ name: cluster }: EvaluatedCluster, service: EvaluatedService): void {
    const { namespace, name } = service;
    const { frontends } = serviceView(this.context.mesh, { namespace, name, clusterset: false }, cluster);
    for (const { port, targets } of frontends) {
      for (const { backend, port: target } of targets.filter(each => each.backend.cluster !== cluster)) {
        if (backend.workload && port) {
          this.add(backend.workload, service, port, target);
        }
      }
    }
  }

  private add(workload: Workload, service: EvaluatedService, port: ServicePort, target: number | undefined): void {
    if (target !== undefined) {
      const ports = this.ports.get(workload) ?? [];
      this.ports.set(workload, ports);
      ports.push({ service, protocol: port.protocol, port: port.port, target });
      if (port.port !== target) {
        this.translated.add(`${port.protocol}/${port.port}`);
      }
    }
  }
}

/** The classes of pods that receive what a rule is about; empty if it is also about destinations without pods. */
function receiversOf(context: RuleContext, cluster: EvaluatedCluster, entry: PolicyEntry): BitSet {
  if (entry.direction === 'ingress') {
    return context.subjectsOf(cluster, entry);
  }
  const peers = entry.peers === 'none' ? [] : entry.peers;
  const onlyPods = peers.every(
    peer => peer.kind === 'labels' && peer.requirements.length > 0 && !includesWorld(peer.requirements),
  );
  return onlyPods ? selected(context, cluster, peers) : new BitSet(context.index.size);
}

function selected(context: RuleContext, cluster: EvaluatedCluster, peers: readonly PeerSelector[]): BitSet {
  const index = context.peersOf(cluster, 'egress');
  return peers.reduce((all, peer) => all.or(index.selecting(peer)), new BitSet(context.index.size));
}

function isOnePort({ number, name, endPort }: PortMatch): boolean {
  return name === undefined && number > 0 && endPort <= number;
}

/** Whether the port of the pods in the rule would change a verdict: another rule may name it already. */
function changesVerdict(
  context: RuleContext,
  cluster: EvaluatedCluster,
  entry: PolicyEntry,
  { protocol }: PortMatch,
  { receiver, port }: Translation,
): boolean {
  const { direction, verdict, peers, ports } = entry;
  const covers = (each: PortMatch) =>
    each.protocol === protocol &&
    (each.name !== undefined ||
      each.number === 0 ||
      (each.number <= port && port <= Math.max(each.number, each.endPort)));
  if (peers === 'none' || ports.some(covers)) {
    return false;
  }
  if (direction === 'egress') {
    const subjects = context.subjectsOf(cluster, entry).toArray();
    return subjects.some(
      each => allows(context, each, direction, receiver, { protocol, port }) !== (verdict === 'allow'),
    );
  }
  const pods = peers.length === 0 ? context.index.present : selected(context, cluster, peers);
  return pods.isEmpty
    ? !context
      .rulesOf(cluster, direction, receiver)
      .entries.some(each => each.verdict === verdict && (!each.hasPorts || each.ports.some(covers)))
    : pods
      .toArray()
      .some(each => allows(context, receiver, direction, each, { protocol, port }) !== (verdict === 'allow'));
}

function allows(context: RuleContext, self: number, direction: Direction, peer: number, port: FlowPort): boolean {
  return isAllowed(context.on(port).row(self, direction).verdict(peer));
}
