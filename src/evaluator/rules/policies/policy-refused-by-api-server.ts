import { Rule } from '../rule';
import { refusalsOf } from '../shared/refusals';

export const policyRefusedByApiServer: Rule<'policy-refused-by-api-server'> = {
  codes: {
    'policy-refused-by-api-server': {
      severity: 'error',
      title: 'The API server refuses the policy',
      documentation: 'The policy does not fit the schema of its kind in the cluster\'s version of Cilium or Kubernetes. '
        + 'The API server refuses it, so nothing of it is in the cluster.',
      fix: 'Correct the field that the finding names.',
    },
  },
  check(context, report) {
    for (const { at, object, problem, fix } of refusalsOf(context, 'schema')) {
      report('policy-refused-by-api-server', {
        at,
        message: `the API server refuses this ${object}: ${problem}`,
        fix: fix ?? `correct the field; until then nothing of the ${object} is in the cluster`,
      });
    }
  },
};
