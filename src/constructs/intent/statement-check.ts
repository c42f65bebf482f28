import { ApiObject } from 'cdk8s';
import { backends, EvaluatedMesh, withPolicies } from './evaluator';
import { formatWitness, Stage, verdictOf } from './stage';
import { Statement } from './statement';
import { AskedEnds, AskedPort, Claim, Law, NamedService, PodWitness, portNumber, Witness } from './witness';
import { WrittenPolicies } from './written-policies';
import { grouped } from '../../diagnostics/grouped';
import { formatList } from '../../diagnostics/texts';
import { hasFamily } from '../../model/mesh-model';
import { located } from '../faults';
import { Cluster } from '../mesh/cluster';
import { Port } from '../policy/port';
import { Refusal, refusal } from '../refusal';

/** Holds a statement against its own policies. */
export class StatementCheck {
  public readonly path: string;
  private readonly inside: readonly Witness[];
  private readonly outside: readonly Witness[];
  public readonly portNames: readonly string[];
  public readonly serviceNamespaces: readonly string[];
  /** The clusters to ask, with the policies that the statement wrote there. */
  private readonly asked = new Map<Cluster, readonly any[]>();
  /** By cluster to ask: it, and those whose answers are the same. */
  private readonly equals = new Map<Cluster, Cluster[]>();

  constructor(
    private readonly statement: Statement,
    private readonly clusters: readonly Cluster[],
    written: WrittenPolicies,
  ) {
    const { construct, law, policies } = statement;
    this.path = construct.node.path;
    const equals = new Map<string, Cluster[]>();
    const byCluster = new Map<Cluster, ApiObject[]>();
    for (const policy of policies) {
      const cluster = Cluster.enclosing(policy)!;
      byCluster.set(cluster, [...(byCluster.get(cluster) ?? []), policy]);
    }
    for (const cluster of clusters) {
      const own = (byCluster.get(cluster) ?? [])
        .map(policy => written.of(policy))
        .filter(policy => policy !== undefined);
      const key = [written.settingsOf(cluster), ...own.map(each => written.textOf(each)), law.claimsOf(cluster)].join(' ');
      const known = equals.get(key);
      if (known) {
        known.push(cluster);
      } else if (own.length > 0) {
        equals.set(key, [cluster]);
        this.asked.set(cluster, own);
        this.equals.set(cluster, equals.get(key)!);
      }
    }
    const { inside, outside } = law.witnesses([...this.asked.keys()]);
    const isModelled = (witness: Witness) => !('cluster' in witness) || clusters.includes(witness.cluster);
    this.inside = inside.filter(isModelled);
    this.outside = outside.filter(isModelled);
    this.portNames = law.portNames();
    this.serviceNamespaces = law.services().map(({ peer }) => peer.service!.namespace);
  }

  /** The endpoints that it asks about. */
  public get witnesses(): readonly Witness[] {
    return [...this.inside, ...this.outside];
  }

  /** What is not true: the first flow of each kind, with all places where the same happens. */
  public refusals(stage: Stage): readonly Refusal[] {
    const { law } = this.statement;
    const mesh = withPolicies(stage.mesh, new Map([...this.asked].map(([cluster, own]) => [cluster.name, own])));
    const inside = settled(this.inside, stage);
    const outside = settled(this.outside, stage);
    const isInside = new Set(inside);
    const ports = law.ports();
    const found = new Map<string, Untruth>();
    const ask = ({ claim, port }: AskedClaim, ends: AskedEnds) => {
      const key = `${ends.subject.cluster.name} ${ends.direction} ${claim}`;
      const verdict = found.has(key) ? undefined : contradiction(claim, ends, port, stage, mesh);
      if (verdict !== undefined) {
        found.set(key, { claim, verdict, port, ends });
      }
    };
    const askAll = (subject: PodWitness, peers: readonly Witness[]) => {
      for (const direction of ['egress', 'ingress'] as const) {
        // a rule holds for all of its peers and ports, so one peer is asked about all ports
        let isNamed = false;
        const left = { named: FEW, inside: FEW, outside: MANY };
        for (const peer of peers) {
          const ends = { direction, subject, peer };
          const { named, others } = claimsOf(law, ends, ports);
          (isNamed ? named.slice(0, 1) : named).forEach(each => ask(each, ends));
          isNamed ||= named.length > 0;
          const kind = named.length > 0 ? 'named' : isInside.has(peer) ? 'inside' : 'outside';
          if (others.length > 0 && left[kind]-- > 0) {
            const isFirst = left[kind] === MANY - 1;
            (named.length > 0 || isFirst ? firstAndLast(others) : others.slice(0, 1)).forEach(each => ask(each, ends));
          }
        }
      }
    };
    for (const cluster of this.asked.keys()) {
      const [near, far] = [inside, outside].map(list => list.filter(each => isPossible(each, cluster)));
      near.filter(each => isPodIn(each, cluster)).forEach(subject => askAll(subject, [...far, ...near]));
      // no policy selects these, so one peer of each side tells, and one outside: sources come first in the list
      const few = [...near.slice(0, 1), ...near.slice(-1), ...far.filter(({ kind }) => kind === 'address').slice(-1)];
      far.filter(each => isPodIn(each, cluster)).forEach(subject => askAll(subject, few));
    }
    const ofServices = law.services().flatMap(each => this.serviceRefusals(each, stage));
    return located([...this.untruths([...found.values()]), ...ofServices], this.statement.stack);
  }

  /** One refusal for each claim and the verdict that contradicts it, in whichever clusters and directions. */
  private untruths(found: readonly Untruth[]): Refusal[] {
    const groups = grouped(found, ({ claim, verdict }) => `${claim} ${verdict}`);
    return [...groups.values()].map(group => this.untrue(group[0], group));
  }

  private untrue({ claim, verdict, port, ends }: Untruth, group: readonly Untruth[]): Refusal {
    const { direction, subject, peer } = ends;
    const [source, destination] = direction === 'egress' ? [subject, peer] : [peer, subject];
    const places = (wanted: AskedEnds['direction']) =>
      this.clusters.filter(cluster =>
        group.some(
          ({ ends: of }) => of.direction === wanted && this.equals.get(of.subject.cluster)!.includes(cluster),
        ),
      );
    const all = this.clusters.filter(each => [...places('egress'), ...places('ingress')].includes(each));
    const others = (['egress', 'ingress'] as const).flatMap(each => {
      const clusters = places(each).filter(cluster => each !== direction || cluster !== subject.cluster);
      return clusters.length === 0 ? [] : [`${each} in ${formatNames(clusters)}`];
    });
    return refusal('statement-untrue', {
      path: this.path,
      message:
        `its policies in ${formatNames(all)} do not do what it says: ${direction} from ${formatWitness(source)} to ` +
        `${formatWitness(destination)} on ${port.protocol}/${port.port}` +
        (others.length === 0 ? '' : `; the same for ${others.join(' and ')}`),
      got: verdict,
      allowed: EXPECTED[claim],
      fix:
        'correct the settings or patches that change the meaning of the policies; ' +
        'verify: false of the mesh writes them unverified',
    });
  }

  /**
   * The clusters whose pods clients reach through a service must be those that the policies name, on the ports that
   * they name. Patches and later changes of the Service can say otherwise.
   */
  private serviceRefusals({ peer, hasOwnPorts }: NamedService, stage: Stage): Refusal[] {
    const { namespace, name, clusterset, hasAffinity } = peer.service!;
    const placed = new Set(peer.endpoints.map(({ cluster }) => cluster));
    const there = this.clusters.filter(each => placed.has(each));
    const named = (peer.defaultPorts ?? []).map(servedPort);
    const clients = [...this.asked].filter(([, own]) => own.some(isEgress)).map(([cluster]) => cluster);
    return clients.flatMap(client => {
      const names = [`${namespace}/${name}`, ...(clusterset ? [`${name}.${namespace}.svc.clusterset.local`] : [])];
      const views = names.flatMap(each => {
        const view = backends(stage.mesh, each, client.name);
        return 'problem' in view ? [] : view.backends;
      });
      const reached = new Set(views.map(({ cluster }) => cluster));
      const ports = [...new Set(views.flatMap(each => each.ports.map(({ protocol, port }) => `${protocol}/${port}`)))];
      const otherPorts = hasOwnPorts ? ports.filter(each => !named.includes(each)) : [];
      const untrue = (what: string, got: string, allowed: string, fix: string) =>
        refusal('statement-untrue', {
          path: this.path,
          message: `clients in ${client.name} ${what}`,
          got,
          allowed,
          fix,
        });
      return [
        ...there
          .filter(backend => {
            const isNamed = peer.reaches?.(client, backend) ?? true;
            return reached.has(backend.name) ? !isNamed : isNamed && !hasAffinity;
          })
          .map(backend =>
            untrue(
              `${reached.has(backend.name) ? 'reach' : 'do not reach'} the pods of ${namespace}/${name} in ` +
                `${backend.name}, which the policies ${reached.has(backend.name) ? 'do not name' : 'name'}`,
              [...reached].sort().join(', ') || 'no backends',
              there.filter(each => peer.reaches?.(client, each) ?? true).map(each => each.name).join(', '),
              'correct the settings, namespaces or patches that change which pods clients reach',
            ),
          ),
        ...(otherPorts.length === 0
          ? []
          : [
            untrue(
              `reach the pods of ${namespace}/${name} on ports that the policies do not name`,
              otherPorts.join(', '),
              named.join(', '),
              'name the ports in the policy, or set them before the policy is created instead of patching them',
            ),
          ]),
      ];
    });
  }
}

function formatNames(clusters: readonly Cluster[]): string {
  return formatList(clusters.map(({ name }) => name));
}

/** A port of a service, by the number that the containers of witnesses give to its name. */
function servedPort(port: Port): string {
  const { port: text, protocol } = port._port!;
  return `${protocol}/${port._isNamed ? portNumber(text) : text}`;
}

const EXPECTED: { readonly [claim in Claim]: string } = {
  'allowed': 'allowed',
  'redirected': 'redirected to the proxy, which applies the layer 7 rules',
  'authenticated': 'allowed once authenticated',
  'denied': 'denied',
  'default-denied': 'default-denied',
  'unchanged': 'unchanged by the policies',
  'unknown': '',
};

/**
 * The number of peers that tell what happens to the flows of a pod that a statement does not name: on other ports of
 * the peers that it names, to other peers inside of it, and to peers outside.
 */
const FEW = 4;
const MANY = 32;

/** A claim that a verdict contradicts. */
interface Untruth {
  readonly claim: Claim;
  readonly verdict: string;
  readonly port: AskedPort;
  readonly ends: AskedEnds;
}

interface AskedClaim {
  readonly claim: Claim;
  readonly port: AskedPort;
}

/** The claims of a law on the flows between two endpoints: on the ports that it names for them, and on the others. */
function claimsOf(
  law: Law,
  ends: AskedEnds,
  ports: readonly AskedPort[],
): { readonly named: AskedClaim[]; readonly others: AskedClaim[] } {
  const claims = law.claims(ends, ports).map((claim, index) => ({ claim, port: ports[index] }));
  return {
    named: claims.filter(({ claim }) => !['unchanged', 'default-denied', 'unknown'].includes(claim)),
    others: claims.filter(({ claim }) => claim === 'unchanged' || claim === 'default-denied'),
  };
}

function isEgress({ spec, specs }: any): boolean {
  return [spec, ...(specs ?? [])].some(each => each?.egress || each?.egressDeny);
}

/** The first and the last. */
function firstAndLast<T>(list: readonly T[]): T[] {
  return list.length > 1 ? [list[0], list[list.length - 1]] : [...list];
}

/** Witnesses with the labels of their namespaces, each once. */
function settled(witnesses: readonly Witness[], stage: Stage): Witness[] {
  return [...new Map(witnesses.map(each => [keyOf(each), each.kind === 'pod' ? stage.settle(each) : each])).values()];
}

function keyOf(witness: Witness): string {
  return witness.kind === 'pod'
    ? JSON.stringify({ ...witness, cluster: witness.cluster.name, namespaceLabels: {} })
    : `${witness.kind} ${formatWitness(witness)}`;
}

function isPodIn(witness: Witness, cluster: Cluster): witness is PodWitness {
  return witness.kind === 'pod' && witness.cluster === cluster;
}

/** Whether pods of a cluster can exchange packets with a witness: addresses of other families have no route. */
function isPossible(peer: Witness, { _model }: Cluster): boolean {
  return peer.kind !== 'address' || hasFamily(_model, peer.address.family);
}

/** The verdict that contradicts a claim; undefined if none does. */
function contradiction(
  claim: Claim,
  { direction, subject, peer }: AskedEnds,
  port: AskedPort,
  stage: Stage,
  mesh: EvaluatedMesh,
): string | undefined {
  const [self, other] = [subject, peer].map(each => stage.endpointOf(each, subject.cluster));
  const verdict = verdictOf(mesh, self, other, direction, port);
  switch (claim) {
    case 'allowed':
      return ['allowed', 'unenforced'].includes(verdict) ? undefined : verdict;
    case 'authenticated':
      return ['allowed', 'redirected', 'auth-required', 'undetermined', 'unenforced'].includes(verdict) ? undefined : verdict;
    case 'unchanged': {
      const before = stage.verdictBefore(subject, self, other, direction, port);
      const isAllowed = (each: string) => ['allowed', 'unenforced'].includes(each);
      return verdict === before || (isAllowed(verdict) && isAllowed(before)) ? undefined : verdict;
    }
    default:
      return verdict === claim ? undefined : verdict;
  }
}
