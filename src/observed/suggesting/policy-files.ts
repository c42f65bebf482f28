/** A suggestion as YAML, one file for each cluster with policies, as kubectl applies it. */
import { comment } from './construct-program';
import { evidenceText, flowTexts } from './evidence';
import { SuggestedPolicy } from './policies';
import { Suggestion } from './suggestion';
import { toYaml } from '../../model/yaml';

/** The most flows that a comment names. */
const MOST_FLOWS = 3;

/** The texts of the files by cluster, sorted. `heading` is the comment at the beginning of each, one line each. */
export function policyFiles({ policies }: Suggestion, heading: readonly string[]): Map<string, string> {
  const byCluster = new Map<string, SuggestedPolicy[]>();
  for (const policy of policies) {
    byCluster.set(policy.cluster, [...(byCluster.get(policy.cluster) ?? []), policy]);
  }
  const lines = heading.map(line => `# ${comment(line)}\n`).join('');
  return new Map(
    [...byCluster]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([cluster, own]) => [cluster, `${lines}${own.map(document).join('')}`]),
  );
}

function document({ of, object }: SuggestedPolicy): string {
  const comments = 'flows' in of ? [evidenceText(of), ...flowTexts(of, MOST_FLOWS).map(each => `  ${each}`)] : [];
  return `---\n${comments.map(line => `# ${comment(line)}\n`).join('')}${toYaml(object)}`;
}
