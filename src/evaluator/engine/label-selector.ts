import { parseSelectKey } from './label-set';
import { PeerSelector, Requirement } from './selector';
import { PolicySettings } from './settings';
import { CLUSTER_LABEL } from '../../cilium/labels';

export const OPERATORS: readonly string[] = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

/** A label selector (`matchLabels`, `matchExpressions`) with the source of every key. */
export class LabelSelectorTerms {
  private readonly labels = new Map<string, string>();
  private readonly expressions: Array<{ key: string; operator: Requirement['operator']; values: readonly string[] }> =
    [];
  /** The local cluster, and whether it is the default; undefined for selectors that name a cluster. */
  private localCluster?: Pick<PolicySettings, 'clusterName' | 'defaultLocalCluster'>;

  /** Adds a selector as written. Keys without a source get the prefix. */
  public add(selector: RawSelector, prefix: string): this {
    for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
      this.labels.set(withSource(key, prefix), value);
    }
    for (const { key, operator, values } of selector.matchExpressions ?? []) {
      this.expressions.push({ key: withSource(key, prefix), operator, values: values ?? [] });
    }
    return this;
  }

  public addMatch(key: string, value: string): this {
    this.labels.set(key, value);
    return this;
  }

  public addExpression(key: string, operator: Requirement['operator'], values: readonly string[] = []): this {
    this.expressions.push({ key, operator, values });
    return this;
  }

  /** Adds the local cluster, if that is the default. */
  public addLocalCluster({ clusterName, defaultLocalCluster }: PolicySettings): this {
    this.localCluster = { clusterName, defaultLocalCluster };
    return this;
  }

  public hasKey(key: string): boolean {
    return this.matchLabels.has(key) || this.expressions.some(each => each.key === key);
  }

  public hasKeyPrefix(prefix: string): boolean {
    return [...this.matchLabels.keys(), ...this.expressions.map(each => each.key)].some(key => key.startsWith(prefix));
  }

  /** The requirements on labels. Cilium ignores unknown operators. */
  public requirements(): Requirement[] {
    const all = [
      ...[...this.matchLabels].map(([key, value]) => requirementOf(key, 'In', [value])),
      ...this.expressions
        .filter(({ operator }) => OPERATORS.includes(operator))
        .map(({ key, operator, values }) => requirementOf(key, operator, values)),
    ];
    return all.sort((one, other) => compareTexts(one.source, other.source) || compareTexts(one.key, other.key));
  }

  /** The selector as Kubernetes writes it, every key with its source. */
  public raw(): RawSelector {
    return { matchLabels: Object.fromEntries(this.matchLabels), matchExpressions: this.expressions };
  }

  /**
   * Selectors are equal if they are written alike, not if they mean the same (EndpointSelector.SelectorKey, v1.20.2).
   */
  public selector(): PeerSelector {
    const labels = [...this.matchLabels].sort(([one], [other]) => (one < other ? -1 : 1));
    return {
      kind: 'labels',
      id: `labels ${JSON.stringify([labels, this.expressions])}`,
      requirements: this.requirements(),
      ...(this.localCluster ? { withOtherDefault: () => this.withOtherDefault().selector() } : {}),
    };
  }

  /** The terms with `policy-default-local-cluster` inverted. */
  private withOtherDefault(): LabelSelectorTerms {
    const { clusterName, defaultLocalCluster } = this.localCluster!;
    const other = new LabelSelectorTerms();
    this.labels.forEach((value, key) => other.addMatch(key, value));
    other.expressions.push(...this.expressions);
    other.localCluster = { clusterName, defaultLocalCluster: !defaultLocalCluster };
    return other;
  }

  private get matchLabels(): ReadonlyMap<string, string> {
    return this.localCluster?.defaultLocalCluster
      ? new Map([...this.labels, [`k8s:${CLUSTER_LABEL}`, this.localCluster.clusterName]])
      : this.labels;
  }
}

/** V8 gives each object a class of its own that begins with a spread one; meshes have very many requirements. */
function requirementOf(text: string, operator: Requirement['operator'], values: readonly string[]): Requirement {
  const { source, key } = parseSelectKey(text);
  return { source, key, operator, values };
}

function compareTexts(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** A label selector as Kubernetes writes it. */
export interface RawSelector {
  readonly matchLabels?: { readonly [key: string]: string };
  readonly matchExpressions?: ReadonlyArray<{
    readonly key: string;
    readonly operator: Requirement['operator'];
    readonly values?: readonly string[];
  }>;
}

/** The selector of all identities with a reserved label. */
export function reservedSelector(name: string): PeerSelector {
  return new LabelSelectorTerms().addMatch(`reserved:${name}`, '').selector();
}

/** The selector of all identities. */
export const WILDCARD = new LabelSelectorTerms().selector();

/** A key with its source; `$host` is `reserved:host` (pkg/labels/labels.go, v1.20.2). */
export function withSource(key: string, prefix: string): string {
  if (key.startsWith('$')) {
    return `reserved:${key.slice(1)}`;
  }
  return key.indexOf(':') > 0 ? key : prefix + (key.startsWith(':') ? key.slice(1) : key);
}
