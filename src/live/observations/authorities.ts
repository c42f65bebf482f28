import { answerAll } from './answers';
import { LiveCluster } from '../plans/live-mesh';
import { authorityQueries } from '../plans/rotation';
import { Shell } from '../runner/shell';

/**
 * The clusters whose certificate authority is neither that of the first one nor one that a rotation gave them. Throws
 * an UnansweredError with all questions that fail.
 */
export async function otherAuthorities(clusters: readonly LiveCluster[], shell: Shell): Promise<string[]> {
  const answers = await answerAll(shell, clusters.flatMap(authorityQueries));
  const old = clusters.flatMap(({ name }, index) => {
    const [now, next] = answers.slice(2 * index, 2 * index + 2).map(({ result }) => result.output.trim());
    return now === next ? [] : [{ name, now }];
  });
  return old.filter(({ now }) => now !== old[0].now).map(({ name }) => name);
}
