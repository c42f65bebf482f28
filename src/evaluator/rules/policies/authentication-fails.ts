import { PolicyEntry } from '../../engine/entry';
import { EvaluatedCluster, EvaluatedPolicy } from '../../read/cluster';
import { RuleContext } from '../context';
import { firstOfSeveral, inManifest, Rule } from '../rule';
import { listNames } from '../shared/names';

export const authenticationFails: Rule<'authentication-fails' | 'authentication-disabled'> = {
  codes: {
    'authentication-fails': {
      severity: 'warning',
      title: 'A rule requires an authentication that fails',
      documentation:
        'Cilium authenticates pods of its own cluster, and only with SPIRE. Clusters of a mesh have no common trust ' +
        'domain, so pods of other clusters are never authenticated ' +
        '(Documentation/network/servicemesh/mutual-authentication, Limitations, v1.20.2). ' +
        'Cilium drops what a rule allows only with authentication.',
      fix: 'Allow peers of other clusters in a rule of their own, without authentication.',
    },
    'authentication-disabled': {
      severity: 'warning',
      title: 'A rule requires authentication, and it is disabled',
      documentation:
        'Without `authentication.enabled` and SPIRE Cilium authenticates no peer (values.yaml, v1.20.2). ' +
        'It drops what a rule allows only with authentication. Where the Helm values are unknown, this is a fact.',
      fix: 'Enable authentication with SPIRE, or remove authentication from the rules.',
    },
  },
  check(context, report) {
    for (const cluster of context.mesh.clusters) {
      const failing = cluster.policies.flatMap(policy =>
        requiringRules(policy).flatMap(entries => {
          const failure = failureOf(context, cluster, entries);
          return failure
            ? [
              {
                ...failure,
                at: inManifest(cluster.name, policy.manifest, `${entries[0].origin.path}.authentication`),
              },
            ]
            : [];
        }),
      );
      // without SPIRE all of them fail for one reason
      const [first, ...more] = failing.filter(({ isDisabled }) => isDisabled);
      for (const { at, message, fix, isDisabled } of failing.filter(each => !more.includes(each))) {
        report(isDisabled ? 'authentication-disabled' : 'authentication-fails', {
          at: isDisabled ? firstOfSeveral(at, '') : at,
          message: `${message}${at === first?.at && more.length > 0 ? `. ${more.length} more ${more.length === 1 ? 'rule requires' : 'rules require'} it` : ''}`,
          fix,
        });
      }
    }
  },
};

/** The entries of each rule that allows with authentication only. */
function requiringRules({ entries }: EvaluatedPolicy): PolicyEntry[][] {
  const byPath = new Map<string, PolicyEntry[]>();
  for (const entry of entries.filter(({ verdict, authentication }) => verdict === 'allow' && isRequired(authentication))) {
    byPath.set(entry.origin.path, [...(byPath.get(entry.origin.path) ?? []), entry]);
  }
  return [...byPath.values()];
}

function isRequired(mode: PolicyEntry['authentication']): boolean {
  return mode === 'required' || mode === 'test-always-fail';
}

interface Failure {
  readonly message: string;
  readonly fix: string;
  /** Whether it fails for all peers, because no authentication is enabled. */
  readonly isDisabled?: boolean;
}

function failureOf(
  context: RuleContext,
  cluster: EvaluatedCluster,
  entries: readonly PolicyEntry[],
): Failure | undefined {
  if (entries[0].authentication === 'test-always-fail') {
    return {
      message: 'the authentication test-always-fail is for tests: Cilium drops what this rule allows',
      fix: 'write mode: required, or remove authentication',
    };
  }
  const others = otherClusters(context, cluster, entries);
  if (others.length > 0) {
    return {
      message:
        `the rule requires authentication of ${listNames(others)}, and clusters of a mesh cannot authenticate each ` +
        "other's pods: Cilium drops these connections",
      fix: 'allow these peers in a rule of their own, without authentication',
    };
  }
  if (!cluster.settings.policy.authenticates) {
    return {
      message:
        `the rule requires authentication, and Cilium in ${cluster.name} authenticates no peer without SPIRE, so it ` +
        'drops what the rule allows',
      fix: 'set authentication.enabled and authentication.mutual.spire.enabled to true, or remove authentication',
      isDisabled: true,
    };
  }
  return undefined;
}

/** The workloads of other clusters that the rules select. */
function otherClusters(context: RuleContext, cluster: EvaluatedCluster, entries: readonly PolicyEntry[]): string[] {
  const selected = entries.flatMap(({ peers, direction }) =>
    peers === 'none' ? [] : peers.flatMap(peer => context.peersOf(cluster, direction).selecting(peer).toArray()),
  );
  return context.namesOf(
    [...new Set(selected)].filter(number => {
      const { cluster: owner, workloads } = context.index.classes[number];
      return owner !== cluster.name && workloads.length > 0;
    }),
  );
}
