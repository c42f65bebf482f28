import { Rule } from '../rule';
import { cidrsOfMesh } from '../shared/mesh-addresses';

export const cidrOfServices: Rule<'cidr-of-services'> = {
  codes: {
    'cidr-of-services': {
      severity: 'warning',
      title: 'A CIDR rule names the address of a Service',
      documentation:
        'A rule names the address of a Service as a CIDR. ' +
        "Cilium replaces that address by a backend's before it applies policies, so the rule matches nothing.",
      fix: 'Select the pods behind the Service by their labels.',
    },
  },
  check(context, report) {
    for (const { at, problem } of cidrsOfMesh(context).filter(({ use }) => use === 'Service')) {
      report('cidr-of-services', {
        at,
        message: `${problem}, but Cilium applies policies to the pods behind a Service: the rule matches nothing`,
        fix: 'select the pods behind the Service by their labels',
      });
    }
  },
};
