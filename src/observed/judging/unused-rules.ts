import { Replay } from './replay';
import { PolicyEntry } from '../../evaluator/engine/entry';
import { ruleReference, RuleReference } from '../../evaluator/queries/explain';
import { EvaluatedCluster } from '../../evaluator/read/cluster';
import { EvaluatedMesh } from '../../evaluator/read/mesh';
import { compareTexts } from '../../evaluator/read/text-order';

/** The rules that allow something, and those among them that let nothing pass of what was recorded. */
export interface RuleUse {
  readonly rules: number;
  /** In the order of files and lines. */
  readonly unused: readonly UnusedRule[];
  /** Rules that may have let flows pass which are undetermined, or whose other end the manifests lack. */
  readonly undecided: number;
  /** Clusters that no node recorded in: nothing is known about their rules. */
  readonly unrecorded: readonly string[];
}

/** A rule that let nothing pass. */
export interface UnusedRule extends RuleReference {
  /** No other rule of its policy let anything pass either. */
  readonly ofUnusedPolicy: boolean;
}

/**
 * The rules without traffic. They are not useless: a recording shows what happened while it was made, on the nodes that
 * recorded. A rule that lets through what others let through too counts as used.
 */
export function findRuleUse(
  mesh: EvaluatedMesh,
  { usedRules, possibleRules }: Pick<Replay, 'usedRules' | 'possibleRules'>,
  recordedIn: ReadonlySet<string>,
): RuleUse {
  const clusters = mesh.clusters
    .filter(({ name }) => recordedIn.has(name))
    .map(cluster => {
      const entries = cluster.entries.filter(isAllowing);
      const [used, possible] = [usedRules.get(cluster.name), possibleRules.get(cluster.name)];
      const notUsed = entries.filter(({ origin }) => !used?.has(origin));
      const unused = notUsed.filter(({ origin }) => !possible?.has(origin));
      const others = new Set(
        entries.filter(({ origin }) => used?.has(origin) || possible?.has(origin)).map(policyKey),
      );
      return { cluster, entries, notUsed, unused, others };
    });
  return {
    rules: clusters.reduce((sum, { entries }) => sum + entries.length, 0),
    unused: clusters
      .flatMap(({ cluster, unused, others }) => unused.map(entry => unusedRule(cluster, entry, others)))
      .sort(comparePlaces),
    undecided: clusters.reduce((sum, { notUsed, unused }) => sum + notUsed.length - unused.length, 0),
    unrecorded: mesh.clusters.filter(({ name }) => !recordedIn.has(name)).map(({ name }) => name),
  };
}

function unusedRule(cluster: EvaluatedCluster, entry: PolicyEntry, others: ReadonlySet<string>): UnusedRule {
  return { ofUnusedPolicy: !others.has(policyKey(entry)), ...ruleReference(cluster, entry) };
}

function policyKey({ origin: { kind, namespace, name } }: PolicyEntry): string {
  return `${kind}/${namespace ?? ''}/${name}`;
}

/** Whether a rule allows anything; one without peers only turns default deny on. */
function isAllowing({ verdict, peers, hasPorts }: PolicyEntry): boolean {
  return verdict === 'allow' && peers !== 'none' && (peers.length > 0 || hasPorts);
}

function comparePlaces(one: RuleReference, other: RuleReference): number {
  return (
    compareTexts([one.file ?? ''], [other.file ?? '']) ||
    (one.line ?? 0) - (other.line ?? 0) ||
    compareTexts(namesOf(one), namesOf(other))
  );
}

function namesOf({ cluster, kind, namespace, name, path }: RuleReference): string[] {
  return [cluster, kind, namespace ?? '', name, path];
}
