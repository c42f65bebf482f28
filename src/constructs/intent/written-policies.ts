import { ApiObject } from 'cdk8s';
import { IConstruct } from 'constructs';
import { EvaluatedMesh, PolicyRefusal, withPolicies } from './evaluator';
import { Objects } from './stage';
import { Statement } from './statement';
import { POLICY_KINDS, policyKindOf } from '../../cilium/policy-kinds';
import { formatList, formatValue } from '../../diagnostics/texts';
import { Stack } from '../call-site';
import { located } from '../faults';
import { Cluster } from '../mesh/cluster';
import { sourceOf } from '../mesh/cluster-objects';
import { Refusal, refusal } from '../refusal';

/** The policies that a mesh writes, by cluster. */
export class WrittenPolicies {
  private readonly byCluster = new Map<Cluster, readonly any[]>();
  private readonly groups = new Map<Cluster, readonly any[]>();
  private readonly bySource = new Map<ApiObject, any>();
  private readonly settings = new Map<Cluster, string>();
  private readonly texts = new Map<object, string>();

  constructor(clusters: readonly Cluster[], objects: Objects) {
    for (const cluster of clusters) {
      const policies = (objects.get(cluster) ?? []).filter(isPolicy);
      this.byCluster.set(cluster, policies);
      this.groups.set(cluster, (objects.get(cluster) ?? []).filter(isCidrGroup));
      policies.forEach(object => this.bySource.set(sourceOf(object), object));
    }
  }

  /** Whether there are neither policies nor CIDR groups. */
  public get isEmpty(): boolean {
    return this.bySource.size === 0 && [...this.groups.values()].every(({ length }) => length === 0);
  }

  /** What is written for a policy; undefined in a cluster that is left out. */
  public of(policy: ApiObject): any {
    return this.bySource.get(policy);
  }

  /** The version and settings of a cluster, as text: equal texts mean that the same policies do the same. */
  public settingsOf(cluster: Cluster): string {
    const known = this.settings.get(cluster);
    if (known !== undefined) {
      return known;
    }
    const { name, id, podCidrs, serviceCidrs, nodeCidrs, context, kind, ...others } = cluster._model.properties;
    const text = JSON.stringify([cluster.ciliumVersion, others]);
    this.settings.set(cluster, text);
    return text;
  }

  /** What a cluster writes for an object of the mesh that was read, which has copies of CIDR groups. */
  private written(cluster: Cluster, object: any): any {
    const isSame = ({ apiVersion, metadata }: any) =>
      apiVersion === object.apiVersion && metadata.name === object.metadata.name;
    return isCidrGroup(object) ? this.groups.get(cluster)!.find(isSame) : object;
  }

  /** A policy as text. */
  public textOf(policy: object): string {
    const text = this.texts.get(policy) ?? JSON.stringify(policy);
    this.texts.set(policy, text);
    return text;
  }

  /**
   * The policies that the API server or Cilium refuses, and those that enforce nothing. What is wrong with several
   * policies of a construct is one refusal.
   */
  public refusals(mesh: EvaluatedMesh, statements: readonly Statement[]): Refusal[] {
    const equals = new Map<string, Cluster[]>();
    const found = new Map<string, FoundPolicies>();
    const added = new Map<string, any[]>();
    for (const [cluster, policies] of this.byCluster) {
      for (const policy of policies) {
        const text = this.settingsOf(cluster) + this.textOf(policy);
        const known = equals.get(text);
        if (known) {
          known.push(cluster);
        } else {
          equals.set(text, [cluster]);
          added.set(cluster.name, [...(added.get(cluster.name) ?? []), policy]);
        }
      }
    }
    const read = withPolicies(mesh, added);
    for (const cluster of this.byCluster.keys()) {
      for (const { manifest: { object }, entries, refusals } of read.cluster(cluster.name)!.policies) {
        const refused = refusals.filter(({ stage }) => stage !== 'unmodelled');
        const isIdle = entries.length === 0 && refusals.length === 0 && isPolicy(object);
        for (const problem of isIdle ? [undefined] : refused) {
          const writer = writerOf(this.written(cluster, object), statements);
          const { path } = writer.construct.node;
          const { stage, message, got } = problem ?? {};
          const what = problem ? got : (object.spec ?? object.specs);
          const key = JSON.stringify([path, cluster.ciliumVersion, stage, message, what]);
          const known = found.get(key) ?? { writer, cluster, object, problem, places: new Map() };
          found.set(key, known);
          const name = `${object.kind} ${object.metadata.name}`;
          const places = equals.get(this.settingsOf(cluster) + this.textOf(object)) ?? [cluster];
          known.places.set(name, [...(known.places.get(name) ?? []), ...places.map(each => each.name)]);
        }
      }
    }
    return [...found.values()].flatMap(each => located([refusalOf(each)], each.writer.stack));
  }
}

/** Who wrote a policy. */
interface Writer {
  readonly construct: IConstruct;
  readonly stack: Stack;
}

/** Policies of one construct that have the same problem. */
interface FoundPolicies {
  readonly writer: Writer;
  /** The first one, and its cluster. */
  readonly object: any;
  readonly cluster: Cluster;
  /** Undefined for policies without rules. */
  readonly problem?: PolicyRefusal;
  /** By kind and name: the clusters. */
  readonly places: Map<string, string[]>;
}

function refusalOf({ writer, object, cluster, problem, places }: FoundPolicies): Refusal {
  const { path } = writer.construct.node;
  const them = places.size === 1 ? 'it' : 'them';
  const all = [...places].map(([name, clusters]) => `${name} in ${formatList(clusters)}`).join(' and ');
  if (!problem) {
    return refusal('policy-without-rules', {
      path,
      message: `${all} ${places.size === 1 ? 'has' : 'have'} no rules, so Cilium enforces nothing of ${them}`,
      got: formatValue(object.spec ?? object.specs),
      allowed: 'at least one rule',
      fix: 'write a rule, or remove the policy',
    });
  }
  const { stage, path: field, message, got, fix } = problem;
  return refusal('policy-refused', {
    path,
    message:
      `${stage === 'schema' ? 'the API server' : 'Cilium'} refuses ${all} and enforces nothing of ${them}: ` +
      `${field === '' ? '' : `${field}: `}${message}`,
    got: got ?? formatValue(object.metadata.name),
    allowed: `${isCidrGroup(object) ? 'a group' : 'a policy'} that Cilium ${cluster.ciliumVersion} accepts`,
    fix: fix ?? 'correct the property that leads to the field',
  });
}

function isPolicy(object: any): boolean {
  return policyKindOf(object) !== undefined && !isCidrGroup(object);
}

function isCidrGroup(object: any): boolean {
  return policyKindOf(object) === POLICY_KINDS.CiliumCIDRGroup;
}

/**
 * The construct that wrote an object, and where the program created it: those of a statement, else the object itself,
 * whose line is not known.
 */
function writerOf(object: any, statements: readonly Statement[]): Writer {
  const source = sourceOf(object);
  return statements.find(({ policies }) => policies.includes(source)) ?? { construct: source, stack: {} };
}
