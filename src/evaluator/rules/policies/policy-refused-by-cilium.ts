import { Rule } from '../rule';
import { refusalsOf } from '../shared/refusals';

export const policyRefusedByCilium: Rule<'policy-refused-by-cilium'> = {
  codes: {
    'policy-refused-by-cilium': {
      severity: 'error',
      title: 'Cilium refuses the policy',
      documentation:
        'The API server accepts the policy, but the Cilium agents refuse it (Sanitize in ' +
        'pkg/policy/api/rule_validation.go). ' +
        'Cilium enforces nothing of it, so the pods that it should protect stay open.',
      fix: 'Correct the field that the finding names. kubectl get cnp shows a refused policy as not valid.',
    },
  },
  check(context, report) {
    for (const { at, object, problem, fix } of refusalsOf(context, 'cilium')) {
      report('policy-refused-by-cilium', {
        at,
        message: `${problem}. Cilium refuses this ${object} and enforces nothing of it`,
        fix: fix ?? 'correct the field; until then kubectl get cnp shows the policy as not valid',
      });
    }
  },
};
