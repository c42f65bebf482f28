import { bareKey, SelectorSyntax } from '../../read/policy/syntax';
import { inManifest, Rule } from '../rule';

export const labelKeyTwice: Rule<'label-key-twice'> = {
  codes: {
    'label-key-twice': {
      severity: 'error',
      title: 'A selector has one label key under two prefixes',
      documentation:
        '`app`, `any:app` and `k8s:app` are one key to Cilium, which keeps one of the two values. ' +
        'Which value it keeps changes from run to run.',
      fix: 'Remove one of the two keys.',
    },
  },
  check(context, report) {
    for (const { cluster, policy } of context.policies) {
      for (const selector of context.syntaxOf(policy).selectors) {
        for (const key of keysTwice(selector)) {
          report('label-key-twice', {
            at: inManifest(cluster.name, policy.manifest, `${selector.path}.matchLabels`),
            message:
              `the key ${key} has two values under different prefixes. Cilium keeps one value, and which one ` +
              'changes from run to run',
            fix: 'remove one of the two keys',
          });
        }
      }
    }
  },
};

function keysTwice({ keys }: SelectorSyntax): Set<string> {
  const bare = keys.filter(({ field }) => field === 'matchLabels').map(({ key }) => bareKey(key));
  return new Set(bare.filter((key, index) => bare.indexOf(key) !== index));
}
