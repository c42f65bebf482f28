import { FindingContext } from './context';
import { Finding, found, some } from './finding';
import { CLUSTER_LABEL } from '../../cilium/labels';
import { EvaluatedCluster, EvaluatedPolicy } from '../read/cluster';

/** Policies that protect workloads in one cluster, while workloads with the same labels run unprotected in another. */
export function oneClusterFindings(context: FindingContext): Finding[] {
  return context.mesh.clusters.flatMap(cluster => cluster.policies.flatMap(policy => oneCluster(context, cluster, policy)));
}

function oneCluster(context: FindingContext, cluster: EvaluatedCluster, policy: EvaluatedPolicy): Finding[] {
  const seen = new Set<string>();
  return policy.entries.filter(entry => !entry.node && entry.defaultDeny).flatMap(entry => {
    const spec = `${entry.origin.path.split('.', 1)[0]} ${entry.direction}`;
    if (seen.has(spec) || entry.subject.some(({ key }) => key === CLUSTER_LABEL) || context.subjectsOf(cluster, entry).isEmpty) {
      return [];
    }
    seen.add(spec);
    const open = context.index.meeting(entry.subject).and(context.openTo(entry.direction)).andNot(context.ownClasses(cluster));
    if (open.isEmpty) {
      return [];
    }
    const names = context.namesOf(open.toArray());
    const where = [...new Set(open.toArray().map(number => context.index.classes[number].cluster))].sort().join(' and ');
    return [found('policy-in-one-cluster', cluster.name, policy.manifest, entry.origin.path,
      `it protects ${entry.direction} in ${cluster.name} only: ${some(names)} ${names.length > 1 ? 'have' : 'has'} the same labels, and no policy in ${where} turns default deny of ${entry.direction} on`,
      `apply the policy in ${where} too: policies act in the cluster where they are applied`)];
  });
}
