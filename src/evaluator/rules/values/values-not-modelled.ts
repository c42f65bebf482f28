import { Rule } from '../rule';
import { inValues } from '../shared/helm-values';

export const valuesNotModelled: Rule<'values-not-modelled'> = {
  codes: {
    'values-not-modelled': {
      severity: 'info',
      title: 'This program does not model a Helm value',
      documentation:
        'A Helm value of the cluster changes verdicts of policies, and this program does not model it. ' +
        'Verdicts in the cluster may differ from those that the program prints. Commands that print verdicts say so too.',
      fix: 'Remove the value, or test flows in the cluster.',
    },
  },
  check({ mesh }, report) {
    for (const { name, input, settings } of mesh.clusters) {
      for (const { path, value } of settings.unmodelled) {
        report('values-not-modelled', {
          at: inValues(input, path),
          message:
            `${path}${value === undefined ? '' : `: ${value}`} changes verdicts, and this program does not model it: ` +
            `its verdicts in ${name} may be wrong`,
          fix: 'remove the value, or test flows in the cluster',
        });
      }
    }
  },
};
