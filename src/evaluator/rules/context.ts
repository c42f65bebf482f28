import { mayHaveMore, Unrendered, unrenderedOf } from './shared/unrendered';
import { CiliumVersion } from '../../cilium/version';
import { MeshInput } from '../../manifests/input';
import { Manifest } from '../../manifests/manifest';
import { applyingEntries } from '../engine/direction-policy';
import { Direction, PolicyEntry } from '../engine/entry';
import { MergedRules, mergeRules } from '../engine/l4-filter';
import { BitSet } from '../flows/bit-set';
import { FlowPort } from '../flows/flow';
import { IdentityIndex, PeerIndex } from '../flows/identity-index';
import { PortReachability, Reachability } from '../flows/reachability';
import { declaredPorts, sortedPorts } from '../queries/matrix';
import { EvaluatedCluster, EvaluatedPolicy } from '../read/cluster';
import { EvaluatedMesh, withOtherDefault } from '../read/mesh';
import { PolicySyntax, RuleSyntax, SpecSyntax } from '../read/policy/syntax';
import { readPolicySyntax } from '../read/policy/syntax-reader';
import { EvaluatedService } from '../read/service';
import { formatWorkload } from '../read/workload';

/** The rules that are about a class in one direction. Classes with the same rules have the same key. */
export interface Rules {
  readonly key: string;
  readonly entries: readonly PolicyEntry[];
}

/** A policy and the cluster in which it is applied. */
export interface PolicyOf {
  readonly cluster: EvaluatedCluster;
  readonly policy: EvaluatedPolicy;
}

/** A Service and its cluster. */
export interface ServiceOf {
  readonly cluster: EvaluatedCluster;
  readonly service: EvaluatedService;
}

/** What the rules share; each part is computed when it is first asked for. */
export class RuleContext {
  public readonly index: IdentityIndex;
  /** The policies of all clusters, and their refused CIDR groups. */
  public readonly policies: readonly PolicyOf[];
  /** The Services of all clusters. */
  public readonly services: readonly ServiceOf[];
  private readonly reachability: Reachability;
  private readonly own = new Map<string, BitSet>();
  private readonly subjects = new Map<EvaluatedCluster, Map<PolicyEntry['subject'], BitSet>>();
  private readonly syntax = new Map<EvaluatedPolicy, PolicySyntax>();
  private readonly ports = new Map<string, Map<number, PortReachability>>();
  private readonly rules = new Map<string, ReadonlyMap<number, Rules>>();
  private readonly merged = new Map<EvaluatedCluster, Map<string, MergedRules>>();
  private readonly open = new Map<Direction, BitSet>();
  private readonly unrendered = new Map<string, Unrendered>();
  private declared?: ReadonlyArray<readonly FlowPort[]>;
  private otherDefault?: RuleContext;

  constructor(
    public readonly mesh: EvaluatedMesh,
    public readonly input: MeshInput,
    public readonly version?: CiliumVersion,
  ) {
    this.reachability = new Reachability(mesh);
    this.index = this.reachability.index;
    this.policies = mesh.clusters.flatMap(cluster => cluster.policies.map(policy => ({ cluster, policy })));
    this.services = mesh.clusters.flatMap(cluster => cluster.services.map(service => ({ cluster, service })));
  }

  /** How a policy is written. */
  public syntaxOf(policy: EvaluatedPolicy): PolicySyntax {
    return kept(this.syntax, policy, () => readPolicySyntax(policy.manifest));
  }

  /** How the rule of an entry is written; undefined for the default deny of a NetworkPolicy's `policyTypes`. */
  public ruleOf(policy: EvaluatedPolicy, { origin }: PolicyEntry): RuleSyntax | undefined {
    return this.syntaxOf(policy).rulesByPath.get(origin.path);
  }

  /** The spec that an entry belongs to. */
  public specOf(policy: EvaluatedPolicy, entry: PolicyEntry): SpecSyntax {
    const { specs } = this.syntaxOf(policy);
    if (specs.length === 1) {
      return specs[0];
    }
    const path = this.ruleOf(policy, entry)?.spec;
    return specs.find(spec => spec.path === path) ?? specs[0];
  }

  /** Whom the selectors of a cluster's policies select in one direction. */
  public peersOf(cluster: EvaluatedCluster, direction: Direction): PeerIndex {
    return this.index.seenBy(cluster, direction);
  }

  /**
   * Whom the rules of a cluster's policies can be about: its classes, without those that use the network of their
   * nodes.
   */
  public ownClasses(cluster: EvaluatedCluster): BitSet {
    return kept(this.own, cluster.name, () => {
      const own = new BitSet(this.index.size);
      this.index.classes.forEach(
        (each, number) => each.cluster === cluster.name && !each.hostNetwork && own.add(number),
      );
      return own;
    });
  }

  /** The classes of a cluster that a rule is about. */
  public subjectsOf(cluster: EvaluatedCluster, entry: PolicyEntry): BitSet {
    const ofCluster = kept(this.subjects, cluster, () => new Map<PolicyEntry['subject'], BitSet>());
    return kept(ofCluster, entry.subject, () =>
      this.index.knownMeeting(entry.subject).copy().and(this.ownClasses(cluster)),
    );
  }

  /** The verdicts on a port. */
  public on(port: FlowPort): PortReachability {
    const ofProtocol = kept(this.ports, port.protocol, () => new Map<number, PortReachability>());
    return kept(ofProtocol, port.port, () => this.reachability.on(port));
  }

  /** The ports that the workloads of a class declare, or their Services for them. */
  public portsOf(classNumber: number): readonly FlowPort[] {
    this.declared ??= this.index.classes.map(({ workloads }) =>
      sortedPorts(workloads.flatMap(each => declaredPorts(this.mesh, each))),
    );
    return this.declared[classNumber];
  }

  /** The rules that are about a class of a cluster. */
  public rulesOf(cluster: EvaluatedCluster, direction: Direction, classNumber: number): Rules {
    const ofClasses = kept(this.rules, `${cluster.name} ${direction}`, () => {
      const numbers = new Map<number, number[]>();
      cluster.entries.forEach(
        (entry, which) =>
          entry.direction === direction &&
          !entry.node &&
          this.subjectsOf(cluster, entry).forEach(number => kept(numbers, number, () => []).push(which)),
      );
      return new Map(
        [...numbers].map(([number, which]) => [
          number,
          { key: `${direction} ${which.join()}`, entries: which.map(each => cluster.entries[each]) },
        ]),
      );
    });
    return ofClasses.get(classNumber) ?? { key: `${direction} `, entries: [] };
  }

  /** The same rules, merged as Cilium does. */
  public mergedRulesOf(cluster: EvaluatedCluster, direction: Direction, classNumber: number): MergedRules {
    const { key, entries } = this.rulesOf(cluster, direction, classNumber);
    return kept(kept(this.merged, cluster, () => new Map<string, MergedRules>()), key, () =>
      entries.some(({ requires }) => requires)
        ? mergeRules(applyingEntries(this.index.classes[classNumber], direction, entries))
        : this.reachability.mergedRules(cluster, classNumber, direction),
    );
  }

  /** The classes of all clusters that nothing denies by default. */
  public openTo(direction: Direction): BitSet {
    return kept(this.open, direction, () => {
      const open = new BitSet(this.index.size);
      for (const cluster of this.mesh.clusters.filter(({ settings }) => settings.policy.enforcement !== 'always')) {
        open.or(this.ownClasses(cluster));
        cluster.entries
          .filter(entry => entry.direction === direction && entry.defaultDeny && !entry.node)
          .forEach(entry => open.andNot(this.subjectsOf(cluster, entry)));
      }
      return open;
    });
  }

  /** What a cluster has besides its manifests. */
  public unrenderedIn(cluster: EvaluatedCluster): Unrendered {
    return kept(this.unrendered, cluster.name, () => unrenderedOf(cluster));
  }

  /** Whether a cluster may have more pods, Services and policies in these namespaces than its manifests show. */
  public mayHaveMore(cluster: EvaluatedCluster, namespaces: readonly string[] | undefined): boolean {
    return mayHaveMore(this.unrenderedIn(cluster), namespaces);
  }

  /** Whether a kustomization that is not built, or Flux or Argo CD, may change an object. */
  public mayBeChanged({ input: { kustomized } }: EvaluatedCluster, { file }: Manifest): boolean {
    return kustomized?.has(file) ?? false;
  }

  /** The names of the workloads of classes, as a person reads them. */
  public namesOf(classes: Iterable<number>): string[] {
    return [...classes].flatMap(number => this.index.classes[number].workloads.map(formatWorkload));
  }

  /** The namespaces of classes. */
  public namespacesOf(classes: Iterable<number>): string[] {
    const workloads = [...classes].flatMap(number => this.index.classes[number].workloads);
    return [...new Set(workloads.map(({ namespace }) => namespace))];
  }

  /** The verdicts on a port with `policy-default-local-cluster` inverted in all clusters. The classes are the same. */
  public withOtherDefaultOn(port: FlowPort): PortReachability {
    this.otherDefault ??= new RuleContext(withOtherDefault(this.mesh), this.input, this.version);
    return this.otherDefault.on(port);
  }
}

function kept<K, V>(map: Map<K, V>, key: K, compute: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = compute();
    map.set(key, value);
  }
  return value;
}
