import { Rule } from '../rule';
import { refusalsOf } from '../shared/refusals';

export const policyNotModelled: Rule<'policy-not-modelled'> = {
  codes: {
    'policy-not-modelled': {
      severity: 'error',
      title: 'This program does not model a part of the policy',
      documentation:
        'Cilium accepts this part of the policy, but its meaning depends on something outside the ' +
        'manifests, such as labels of nodes. ' +
        'Verdicts of this program leave the part out.',
      fix: 'Write the rule in another way, or test flows of these pods in the cluster.',
    },
  },
  check(context, report) {
    for (const { at, problem, fix } of refusalsOf(context, 'unmodelled')) {
      report('policy-not-modelled', {
        at,
        message: `${problem}. Verdicts of this program leave this part out`,
        fix: fix ?? 'write the rule in another way, or test these flows in the cluster',
      });
    }
  },
};
