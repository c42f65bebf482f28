import { Replay } from './replay';
import { PolicyEntry } from '../../evaluator/engine/entry';
import { ruleReference, RuleReference } from '../../evaluator/queries/explain';
import { EvaluatedMesh } from '../../evaluator/read/mesh';
import { compareTexts } from '../../evaluator/read/text-order';

/** The rules that allow something, and those among them that let nothing pass of what was recorded. */
export interface RuleUse {
  readonly rules: number;
  /** In the order of files and lines. */
  readonly unused: readonly RuleReference[];
  /** Clusters that no node recorded in: nothing is known about their rules. */
  readonly unrecorded: readonly string[];
}

/**
 * The rules without traffic. They are not useless: a recording shows what happened while it was made, on the nodes that
 * recorded. A rule that lets through what others let through too counts as used.
 */
export function findRuleUse(mesh: EvaluatedMesh, { usedRules }: Replay, recordedIn: ReadonlySet<string>): RuleUse {
  const recorded = mesh.clusters.filter(({ name }) => recordedIn.has(name));
  const allowing = recorded.map(cluster => ({ cluster, entries: cluster.entries.filter(isAllowing) }));
  return {
    rules: allowing.reduce((sum, { entries }) => sum + entries.length, 0),
    unused: allowing
      .flatMap(({ cluster, entries }) =>
        entries
          .filter(({ origin }) => !usedRules.get(cluster.name)?.has(origin))
          .map(entry => ruleReference(cluster, entry)),
      )
      .sort(comparePlaces),
    unrecorded: mesh.clusters.filter(({ name }) => !recordedIn.has(name)).map(({ name }) => name),
  };
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
