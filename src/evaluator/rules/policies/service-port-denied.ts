import { policyOf } from '../../engine/direction-policy';
import { PolicyEntry, PortMatch } from '../../engine/entry';
import { EvaluatedCluster } from '../../read/cluster';
import { DeclaredPort } from '../../read/declared-ports';
import { selectedWorkloads, targetPort } from '../../read/selected-pods';
import { EvaluatedService } from '../../read/service';
import { formatWorkload, Workload } from '../../read/workload';
import { RuleContext, ServiceOf } from '../context';
import { inManifest, Rule } from '../rule';
import { listNames } from '../shared/names';

/**
 * Pods may listen on ports that they do not declare. So such a port in a rule is a mistake only if no rule at all
 * allows a declared port to which a Service leads.
 */
export const servicePortDenied: Rule<'service-port-denied'> = {
  codes: {
    'service-port-denied': {
      severity: 'warning',
      title: 'Ingress rules allow no port of a Service, but another one',
      documentation:
        'A Service leads to a port that its pods declare, and no ingress rule allows any peer to connect to it. ' +
        'A rule for these pods allows a port that they do not declare and that no Service of theirs has.',
      fix: 'Write the port that the pods declare.',
    },
  },
  check(context, report) {
    for (const { cluster, service, target, entry, workloads } of denials(context)) {
      const manifest = cluster.manifestOf(entry.origin);
      if (manifest) {
        const { namespace, name } = service;
        report('service-port-denied', {
          at: inManifest(cluster.name, manifest, entry.origin.path),
          message:
            `no ingress rule allows ${target.protocol}/${target.port}, to which Service ${namespace}/${name} leads: ` +
            `this one allows ${listNames(entry.ports.map(formatPort))}, which no container of ` +
            `${listNames(workloads.map(formatWorkload))} declares`,
          namespaces: [namespace],
          fix: `write port ${target.port} in the rule`,
        });
      }
    }
  },
};

/** A declared port behind a Service that no rule allows, and a rule for the same pods with other ports. */
interface Denial {
  readonly cluster: EvaluatedCluster;
  readonly service: EvaluatedService;
  readonly target: DeclaredPort;
  readonly entry: PolicyEntry;
  readonly workloads: Workload[];
}

function denials(context: RuleContext): Iterable<Denial> {
  const found = new Map<string, Denial>();
  for (const { cluster, service } of context.services) {
    const own = selectedWorkloads(service, cluster.workloads);
    for (const workload of own.filter(each => !each.hostNetwork)) {
      const allowed = allowedEntries(context, cluster, workload);
      const targets = service.ports.flatMap(each => declaredAs(workload, each.protocol, targetPort(each, workload)));
      const isDenied = !allowed.some(entry => targets.some(each => allows(entry, each)));
      const isOther = (port: PortMatch) => port.protocol === targets[0].protocol && isForeign(context, workload, port);
      // a rule for further pods, such as one for their metrics, is about a port that only some of them have
      const isOwn = (each: PolicyEntry) => selectsOnly(context, cluster, each, own);
      const entry =
        targets.length > 0 && isDenied && allowed.find(each => each.ports.every(isOther) && isOwn(each));
      if (entry) {
        const key = JSON.stringify([cluster.name, entry.origin, targets[0]]);
        const known = found.get(key);
        if (known) {
          known.workloads.push(...(known.workloads.includes(workload) ? [] : [workload]));
        } else {
          found.set(key, { cluster, service, target: targets[0], entry, workloads: [workload] });
        }
      }
    }
  }
  return found.values();
}

/** The ingress rules that allow something to pods under default deny. */
function allowedEntries(context: RuleContext, cluster: EvaluatedCluster, workload: Workload): readonly PolicyEntry[] {
  const number = context.index.classOf(workload);
  const merged = context.mergedRulesOf(cluster, 'ingress', number);
  const policy = policyOf(context.index.classes[number], 'ingress', merged, cluster.settings.policy);
  return policy.defaultDeny && policy.settings.enforcement !== 'never'
    ? // an entry without peers and ports only turns default deny on
    policy.entries.filter(
      ({ verdict, peers, hasPorts }) => verdict !== 'deny' && peers !== 'none' && (peers.length > 0 || hasPorts),
    )
    : [];
}

function selectsOnly(
  context: RuleContext,
  cluster: EvaluatedCluster,
  entry: PolicyEntry,
  workloads: readonly Workload[],
): boolean {
  const classes = context.subjectsOf(cluster, entry).toArray();
  return classes.every(number => context.index.classes[number].workloads.every(each => workloads.includes(each)));
}

function declaredAs({ ports }: Workload, protocol: string, port: number | undefined): DeclaredPort[] {
  const declared = ports.find(each => each.protocol === protocol && each.port === port);
  return declared ? [declared] : [];
}

function allows({ hasPorts, ports }: PolicyEntry, { protocol, port }: DeclaredPort): boolean {
  return (
    !hasPorts ||
    ports.some(
      each =>
        each.protocol === protocol &&
        (each.name !== undefined ||
          each.number === 0 ||
          (each.number <= port && port <= Math.max(each.number, each.endPort))),
    )
  );
}

/** Whether neither containers nor Services of pods have a port; service-port-in-policy is about those of Services. */
function isForeign({ services }: RuleContext, workload: Workload, port: PortMatch): boolean {
  const { number, name, endPort, protocol } = port;
  const own = ({ cluster, service }: ServiceOf) => selectedWorkloads(service, cluster.workloads).includes(workload);
  return (
    name === undefined &&
    number > 0 &&
    endPort <= number &&
    ![...workload.ports, ...workload.sidecarPorts].some(each => each.port === number) &&
    !services
      .filter(own)
      .some(({ service }) =>
        service.ports.some(
          each => each.protocol === protocol && [each.port, targetPort(each, workload)].includes(number),
        ),
      )
  );
}

function formatPort({ protocol, number }: PortMatch): string {
  return `${protocol}/${number}`;
}
