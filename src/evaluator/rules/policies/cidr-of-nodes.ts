import { Rule } from '../rule';
import { cidrsOfMesh } from '../shared/mesh-addresses';

export const cidrOfNodes: Rule<'cidr-of-nodes'> = {
  codes: {
    'cidr-of-nodes': {
      severity: 'warning',
      title: 'A CIDR rule names addresses of nodes',
      documentation:
        "A rule names addresses of the mesh's nodes as a CIDR. " +
        'CIDRs select addresses outside the mesh, and nodes only with `policyCIDRMatchMode: [nodes]` ' +
        '(Documentation/security/policy/layer3.rst, v1.20.2). API servers on nodes are nodes too.',
      fix: 'Write the entities kube-apiserver, host or remote-node, or set policyCIDRMatchMode: [nodes].',
    },
  },
  check(context, report) {
    for (const { at, problem } of cidrsOfMesh(context).filter(
      ({ use, owner }) => use === 'node' && !owner.settings.policy.cidrMatchesNodes,
    )) {
      report('cidr-of-nodes', {
        at,
        message: `${problem}, but CIDRs select no nodes: the rule matches none of them`,
        fix:
          'write the entities kube-apiserver, host or remote-node, ' +
          'or set policyCIDRMatchMode: [nodes] in the values',
      });
    }
  },
};
