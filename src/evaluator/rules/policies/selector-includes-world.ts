import { NAMESPACE_LABEL, CLUSTER_LABEL } from '../../../cilium/labels';
import { inManifest, Rule } from '../rule';
import { includesWorld, labelSelectors } from '../shared/label-selectors';

export const selectorIncludesWorld: Rule<'selector-includes-world'> = {
  codes: {
    'selector-includes-world': {
      severity: 'warning',
      title: 'A selector that excludes namespaces includes the world',
      documentation:
        'A selector of peers with only `NotIn` or `DoesNotExist` also matches what has no such label. ' +
        'That is the world, the nodes and the API server (pkg/k8s/apis/cilium.io/utils/utils.go, v1.20.2). ' +
        'Since 1.19 the default local cluster keeps them out.',
      fix: 'Add {key: "k8s:io.kubernetes.pod.namespace", operator: Exists} to the selector.',
    },
  },
  check(context, report) {
    for (const { cluster, policy } of context.policies) {
      const seen = new Set<string>();
      for (const entry of policy.entries) {
        const { origin, verdict } = entry;
        for (const { id, requirements } of labelSelectors(entry)) {
          const excluded = requirements.find(
            ({ key, operator }) =>
              (key === NAMESPACE_LABEL || key === CLUSTER_LABEL) &&
              (operator === 'NotIn' || operator === 'DoesNotExist'),
          );
          if (!excluded || seen.has(`${origin.path} ${id}`) || !includesWorld(requirements)) {
            continue;
          }
          seen.add(`${origin.path} ${id}`);
          report('selector-includes-world', {
            at: inManifest(cluster.name, policy.manifest, origin.path),
            message:
              `a selector with ${excluded.operator} of ${excluded.key} also matches the world, the nodes and the ` +
              'API server, ' +
              `so the rule ${verdict === 'deny' ? 'denies' : verdict === 'pass' ? 'passes' : 'allows'} them too`,
            fix: `add {key: "k8s:${NAMESPACE_LABEL}", operator: Exists} to matchExpressions of the selector`,
          });
        }
      }
    }
  },
};
