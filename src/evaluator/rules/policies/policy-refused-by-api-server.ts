import { Rule } from '../rule';
import { refusalsOf } from '../shared/refusals';

export const policyRefusedByApiServer: Rule<'policy-refused-by-api-server'> = {
  codes: {
    'policy-refused-by-api-server': {
      severity: 'error',
      title: 'The API server refuses the policy',
      documentation:
        "The policy does not fit the schema of its kind in the cluster's version of Cilium or " +
        'Kubernetes. ' +
        'The API server refuses it, so nothing of it is in the cluster. ' +
        'Of unknown fields, kubectl asks the API server to refuse them; with `--validate=false` it drops them.',
      fix: 'Correct the field that the finding names.',
    },
  },
  check(context, report) {
    for (const { at, object, problem, fix, isUnknownField } of refusalsOf(context, 'schema')) {
      report('policy-refused-by-api-server', {
        at,
        message: isUnknownField
          ? `${problem}. kubectl refuses this ${object}, so it has no effect; without validation only the field is lost`
          : `${problem}. The API server refuses this ${object}, so it has no effect`,
        fix: fix ?? 'correct the field, then apply the manifest again',
      });
    }
  },
};
