import { Rule } from '../rule';
import { cidrsOfMesh } from '../shared/mesh-addresses';

export const cidrOfPods: Rule<'cidr-of-pods' | 'cidr-covers-pods'> = {
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
    'cidr-covers-pods': {
      severity: 'info',
      title: 'The CIDR of a rule covers those of pods',
      documentation:
        'The CIDR is wider than a pod CIDR of the mesh. ' +
        'CIDRs never select pods (pkg/policy/types/selector.go, v1.20.2), so the rule matches only the other addresses.',
      fix: 'Select the pods by their labels too, where the rule means them.',
    },
  },
  check(context, report) {
    for (const { at, problem, rule, isInside } of cidrsOfMesh(context).filter(({ use }) => use === 'pod')) {
      if (isInside) {
        report('cidr-of-pods', {
          at,
          message: `${problem}, but CIDRs never select pods: the rule matches none of them`,
          fix: 'select the pods by their labels',
        });
      } else {
        report('cidr-covers-pods', {
          at,
          message:
            `${problem}, but CIDRs never select pods: the rule ${rule.denies ? 'denies' : 'allows'} only the other ` +
            'addresses',
          fix: 'select the pods by their labels too, if the rule means them',
        });
      }
    }
  },
};
