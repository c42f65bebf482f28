import { Rule } from '../rule';
import { cidrsOfMesh } from '../shared/mesh-addresses';

export const cidrOfPods: Rule<'cidr-of-pods'> = {
  codes: {
    'cidr-of-pods': {
      severity: 'warning',
      title: 'A CIDR rule names addresses of pods',
      documentation:
        "A rule names addresses of the mesh's pods as a CIDR. " +
        'CIDRs select addresses outside the mesh and never select pods (pkg/policy/types/selector.go, v1.20.2), so ' +
        'the rule matches none of them.',
      fix: 'Select the pods by their labels.',
    },
  },
  check(context, report) {
    for (const { at, problem } of cidrsOfMesh(context).filter(({ use }) => use === 'pod')) {
      report('cidr-of-pods', {
        at,
        message: `${problem}, but CIDRs never select pods: the rule matches none of them`,
        fix: 'select the pods by their labels',
      });
    }
  },
};
