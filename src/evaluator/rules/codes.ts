import { Codes } from '../../diagnostics/diagnostic';

export type FindingCode = 'values-other-cluster' | 'values-not-modelled';

/** The codes about Helm values. */
export const FINDING_CODES: Codes<FindingCode> = {
  'values-other-cluster': {
    severity: 'error',
    title: 'Helm values of another cluster',
    documentation: 'The Helm values install a cluster of another name or ID than mesh.yaml names, most often because two files were swapped. '
      + 'Policies and other clusters would not find the cluster.',
    fix: 'Correct cluster.name and cluster.id, or name the values of this cluster in mesh.yaml.',
  },
  'values-not-modelled': {
    severity: 'error',
    title: 'This program does not model a Helm value',
    documentation: 'A Helm value of the cluster changes verdicts of policies, and this program does not model it. '
      + 'Verdicts in the cluster may differ from those that the program prints.',
    fix: 'Remove the value, or test flows in the cluster.',
  },
};
