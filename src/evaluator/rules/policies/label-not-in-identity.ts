import { bareKey } from '../../read/policy/syntax';
import { inManifest, Rule } from '../rule';

export const labelNotInIdentity: Rule<'label-not-in-identity'> = {
  codes: {
    'label-not-in-identity': {
      severity: 'error',
      title: 'A selector names a label that identities of pods lack',
      documentation:
        'Cilium leaves labels that controllers add, such as `pod-template-hash`, out of the identities ' +
        'of pods ' +
        '(pkg/labelsfilter/filter.go, v1.20.2), and since 1.18 `topology.kubernetes.io` labels. The Helm value ' +
        '`labels` adds to them. A condition that wants such a label never matches; one that ' +
        'excludes it always holds.',
      fix: 'Select by another label of the pods.',
    },
  },
  check(context, report) {
    for (const { cluster, policy } of context.policies) {
      const filter = cluster.settings.identityLabels;
      const selectors = context.syntaxOf(policy).selectors.filter(({ selects }) => selects === 'pods');
      for (const { key, path, operator } of selectors.flatMap(({ keys }) => keys)) {
        if (!isOtherSource(key) && !filter.keeps(bareKey(key))) {
          const effect =
            operator === 'NotIn' || operator === 'DoesNotExist'
              ? 'every pod meets this condition'
              : 'no pod meets this condition';
          report('label-not-in-identity', {
            at: inManifest(cluster.name, policy.manifest, path),
            message: `Cilium leaves the label ${bareKey(key)} out of identities, so ${effect}`,
            fix: 'select by another label of the pods',
          });
        }
      }
    }
  },
};

function isOtherSource(key: string): boolean {
  return key.startsWith('$') || (/^[A-Za-z0-9]+:/.test(key) && !/^(k8s|any):/.test(key));
}
