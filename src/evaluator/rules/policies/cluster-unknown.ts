import { CLUSTER_LABEL } from '../../../cilium/labels';
import { didYouMean, isTypingError } from '../../../diagnostics/did-you-mean';
import { formatValue } from '../../../diagnostics/texts';
import { bareKey } from '../../read/policy/syntax';
import { RuleContext } from '../context';
import { inManifest, Place, Rule } from '../rule';
import { listNames } from '../shared/names';

export const clusterUnknown: Rule<'cluster-unknown' | 'cluster-not-read'> = {
  codes: {
    'cluster-unknown': {
      severity: 'warning',
      title: 'A selector names a cluster outside the mesh',
      documentation:
        `The label \`${CLUSTER_LABEL}\` of a selector has the name of a cluster that is not in the ` +
        'mesh, so the selector matches no pods.',
      fix: 'Write the name of a cluster of the mesh.',
    },
    'cluster-not-read': {
      severity: 'info',
      title: 'Selectors name clusters that were not read',
      documentation:
        'One cluster was read, and selectors name others. Their pods are unknown, so the selectors match ' +
        'none here. If one of them is the cluster itself, it must have the name that Cilium knows (`cluster.name`).',
      fix: 'Add the other clusters, each with its own name: to mesh.yaml, as `--cluster NAME=FOLDER` or `--context NAME`.',
    },
  },
  check(context, report) {
    const clusters = context.mesh.clusters.map(({ name }) => name);
    const unknown = unknownClusters(context, clusters);
    const isAlone = clusters.length === 1;
    const elsewhere = isAlone ? unknown.filter(({ name }) => !isTypingError(name, clusters[0])) : [];
    for (const { at, name, excludes, more } of unknown.filter(each => !elsewhere.includes(each))) {
      report('cluster-unknown', {
        at,
        message:
          `unknown cluster ${formatValue(name)}${didYouMean(name, clusters)}: ` +
          `the mesh has no pods of this cluster to ${excludes ? 'exclude' : 'select'}` +
          (more === 0 ? '' : `. ${more} more ${more === 1 ? 'selector of this policy names' : 'selectors of this policy name'} it`),
        fix: `write the name of a cluster of the mesh: ${clusters.join(', ')}`,
      });
    }
    if (elsewhere.length > 0) {
      const [{ at }] = elsewhere;
      const policies = new Set(elsewhere.map(({ policy }) => policy)).size;
      report('cluster-not-read', {
        at,
        message:
          `selectors of ${policies === 1 ? '1 policy' : `${policies} policies`} name ` +
          `${listNames(elsewhere.map(({ name }) => name))}, and only ${clusters[0]} was read, so they match no pods`,
        fix:
          `${context.input.fromArguments ? 'pass these clusters too, --cluster NAME=FOLDER' : 'add these clusters to mesh.yaml'}, ` +
          'each with the name that Cilium knows (cluster.name)',
      });
    }
  },
};

/** A cluster outside the mesh that selectors of a policy name. */
interface UnknownCluster {
  /** The first place. */
  readonly at: Place;
  readonly name: string;
  readonly policy: unknown;
  readonly excludes: boolean;
  /** The number of further places. */
  readonly more: number;
}

function unknownClusters(context: RuleContext, clusters: readonly string[]): UnknownCluster[] {
  return context.policies.flatMap(({ cluster, policy }) => {
    const byName = new Map<string, UnknownCluster>();
    for (const { key, operator, values, path } of context.syntaxOf(policy).selectors.flatMap(({ keys }) => keys)) {
      for (const name of bareKey(key) === CLUSTER_LABEL ? values.filter(each => !clusters.includes(each)) : []) {
        const first = byName.get(name);
        byName.set(
          name,
          first
            ? { ...first, more: first.more + 1 }
            : {
              at: inManifest(cluster.name, policy.manifest, path),
              name,
              policy,
              excludes: operator === 'NotIn',
              more: 0,
            },
        );
      }
    }
    return [...byName.values()];
  });
}
