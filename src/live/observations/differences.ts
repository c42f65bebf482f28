import { ApplySettings, ClusterObjects, Removal } from '../plans/apply-objects';
import { Command } from '../plans/command';
import { differenceQueries } from '../plans/difference';
import { redact } from '../runner/redact';
import { askAll, CommandResult, FailedCommand, Shell } from '../runner/shell';

/** What apply would change in a cluster. */
export interface ClusterDifferences {
  readonly cluster: string;
  /** The output of `kubectl diff`. */
  readonly text: string;
  readonly removals: readonly Removal[];
  /** Comparisons that failed. */
  readonly failures: readonly FailedCommand[];
}

/** Compares the manifests with the objects in the clusters, and changes nothing. */
export async function compareObjects(
  clusters: readonly ClusterObjects[],
  settings: ApplySettings,
  shell: Shell,
): Promise<ClusterDifferences[]> {
  const queries = clusters.flatMap(cluster =>
    differenceQueries(cluster, settings).map(command => ({ cluster, command })),
  );
  const results = await askAll(
    shell,
    queries.map(({ command }) => command),
  );
  const answers = queries.map((query, index) => ({ ...query, result: results[index] }));
  return clusters.map(cluster => ({
    cluster: cluster.name,
    ...readAnswers(answers.filter(each => each.cluster === cluster)),
    removals: cluster.current.removals,
  }));
}

/** kubectl hides the values of a Secret, but not the copy of them in the annotation of `kubectl apply`. */
function hideCopies(differences: string): string {
  return differences
    .split(/^(?=diff -u -N )/m)
    .map(each => (/^diff .*\/v1\.Secret\.[^/]*$/m.test(each) ? redact(each) : each))
    .join('');
}

/** Status 1 means differences, any higher one an error. */
function readAnswers(
  answers: ReadonlyArray<{ readonly command: Command; readonly result: CommandResult }>,
): Pick<ClusterDifferences, 'text' | 'failures'> {
  return {
    text: answers.map(({ result }) => (result.status === 1 ? hideCopies(result.output) : '')).join(''),
    failures: answers.filter(({ result }) => result.status > 1).map(({ command, result }) => ({ command, result })),
  };
}
