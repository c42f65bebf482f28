import { ObjectChange } from './change-states';
import { PolicyEntry } from '../../engine/entry';
import { meets } from '../../engine/selector';
import { isPlainPolicy } from '../../read/changed-policies';
import { EvaluatedCluster } from '../../read/cluster';
import { EvaluatedMesh } from '../../read/mesh';

/**
 * Whether changes only add policies, and these only allow flows, whatever labels the pods of other clusters have: each
 * rule allows without conditions on layer 7, and turns default deny on only for pods that have it already.
 */
export function onlyAddAllows(changes: readonly ObjectChange[], before: EvaluatedMesh, after: EvaluatedMesh): boolean {
  return changes.every(({ cluster, before: was, after: is }) => {
    if (was || !is || !isPlainPolicy(is)) {
      return false;
    }
    const policy = after.cluster(cluster)?.policies.find(({ manifest }) => manifest === is);
    const own = before.cluster(cluster);
    return (
      policy !== undefined &&
      own !== undefined &&
      policy.refusals.length === 0 &&
      policy.entries.length > 0 &&
      policy.entries.every(each => isPlainAllow(each) && (!each.defaultDeny || isDefaultDenied(each, own)))
    );
  });
}

/** Layer 7 rules, authentication and required labels may narrow what other rules allow. */
function isPlainAllow({ node, verdict, authentication, requires = [], ports }: PolicyEntry): boolean {
  return (
    !node &&
    verdict === 'allow' &&
    authentication === undefined &&
    requires.length === 0 &&
    ports.every(({ l7, parser }) => l7 === undefined && parser === undefined)
  );
}

/** Whether default deny is on already, in the direction of a rule, for all pods that it selects. */
function isDefaultDenied({ subject, direction }: PolicyEntry, cluster: EvaluatedCluster): boolean {
  const { workloads, policies, settings } = cluster;
  const denying = policies
    .flatMap(({ entries }) => entries)
    .filter(each => each.defaultDeny && !each.node && each.direction === direction);
  return (
    settings.policy.enforcement === 'always' ||
    workloads
      .filter(({ labels, hostNetwork }) => !hostNetwork && meets(subject, labels))
      .every(({ labels }) => denying.some(each => meets(each.subject, labels)))
  );
}
