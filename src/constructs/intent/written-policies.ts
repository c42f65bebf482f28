import { ApiObject } from 'cdk8s';
import { IConstruct } from 'constructs';
import { EvaluatedMesh, PolicyRefusal, withPolicies } from './evaluator';
import { Objects } from './stage';
import { Statement } from './statement';
import { policyKindOf } from '../../cilium/policy-kinds';
import { formatValue } from '../../diagnostics/texts';
import { Stack } from '../call-site';
import { located } from '../faults';
import { Cluster } from '../mesh/cluster';
import { sourceOf } from '../mesh/cluster-objects';
import { Refusal, refusal } from '../refusal';

/** The policies that a mesh writes, by cluster. */
export class WrittenPolicies {
  private readonly byCluster = new Map<Cluster, readonly any[]>();
  private readonly bySource = new Map<ApiObject, any>();
  private readonly settings = new Map<Cluster, string>();
  private readonly texts = new Map<object, string>();

  constructor(clusters: readonly Cluster[], objects: Objects) {
    for (const cluster of clusters) {
      const policies = (objects.get(cluster) ?? []).filter(isPolicy);
      this.byCluster.set(cluster, policies);
      policies.forEach(object => this.bySource.set(sourceOf(object), object));
    }
  }

  public get count(): number {
    return this.bySource.size;
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

  /** A policy as text. */
  public textOf(policy: object): string {
    const text = this.texts.get(policy) ?? JSON.stringify(policy);
    this.texts.set(policy, text);
    return text;
  }

  /** The policies that the API server or Cilium refuses, and those that enforce nothing. */
  public refusals(mesh: EvaluatedMesh, statements: readonly Statement[]): Refusal[] {
    const seen = new Set<string>();
    const added = new Map<string, any[]>();
    for (const [cluster, policies] of this.byCluster) {
      for (const policy of policies) {
        const text = this.settingsOf(cluster) + this.textOf(policy);
        if (!seen.has(text)) {
          seen.add(text);
          added.set(cluster.name, [...(added.get(cluster.name) ?? []), policy]);
        }
      }
    }
    const read = withPolicies(mesh, added);
    return [...this.byCluster.keys()].flatMap(cluster =>
      read.cluster(cluster.name)!.policies.flatMap(({ manifest: { object }, entries, refusals }) => {
        const what = `${object.kind} ${object.metadata.name} in ${cluster.name}`;
        const refused = refusals.filter(({ stage }) => stage !== 'unmodelled');
        const isIdle = entries.length === 0 && refusals.length === 0 && isPolicy(object);
        if (refused.length === 0 && !isIdle) {
          return [];
        }
        const { construct, stack } = writerOf(object, statements);
        const { path } = construct.node;
        return located(
          refused.length > 0
            ? refused.map(each => refusedFault(path, what, cluster, object, each))
            : [
              refusal('policy-without-rules', {
                path,
                message: `${what} has no rules, so Cilium enforces nothing of it`,
                got: formatValue(object.spec ?? object.specs),
                allowed: 'at least one rule',
                fix: 'write a rule, or remove the policy',
              }),
            ],
          stack,
        );
      }),
    );
  }
}

function refusedFault(
  path: string,
  what: string,
  cluster: Cluster,
  object: any,
  { stage, path: field, message, got, fix }: PolicyRefusal,
): Refusal {
  return refusal('policy-refused', {
    path,
    message:
      `${stage === 'schema' ? 'the API server' : 'Cilium'} refuses ${what} and enforces nothing of it: ` +
      `${field === '' ? '' : `${field}: `}${message}`,
    got: got ?? formatValue(object.metadata.name),
    allowed: `a policy that Cilium ${cluster.ciliumVersion} accepts`,
    fix: fix ?? 'correct the property that leads to the field',
  });
}

function isPolicy(object: any): boolean {
  const kind = policyKindOf(object);
  return kind !== undefined && kind.kind !== 'CiliumCIDRGroup';
}

/**
 * The construct that wrote an object, and where the program created it: those of a statement, else the object itself,
 * whose line is not known.
 */
function writerOf(
  object: any,
  statements: readonly Statement[],
): { readonly construct: IConstruct; readonly stack: Stack } {
  const source = sourceOf(object);
  return statements.find(({ policies }) => policies.includes(source)) ?? { construct: source, stack: {} };
}
