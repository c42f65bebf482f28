import {
  EvaluatedCluster,
  EvaluatedPolicy,
  lastAccepted,
  manifestFinder,
  Overrides,
  readCluster,
  readNamespaces,
  readPolicies,
  unique,
} from './cluster';
import { EvaluatedMesh, readMesh } from './mesh';
import { POLICY_KINDS, policyKindOf } from '../../cilium/policy-kinds';
import { ClusterInput, MeshInput } from '../../manifests/input';
import { Manifest } from '../../manifests/manifest';

/**
 * Reads a mesh of which another one with the same overrides was read before. Clusters that did not change stay the same
 * objects; of those where only policies changed, all but the policies does.
 */
export function rereadMesh(before: EvaluatedMesh, input: MeshInput, overrides: Overrides = {}): EvaluatedMesh {
  if (before.clusters.length !== input.clusters.length) {
    return readMesh(input, overrides);
  }
  const clusters = input.clusters.map((cluster, index) => rereadCluster(before.clusters[index], cluster, overrides));
  if (clusters.some((cluster, index) => cluster.workloads !== before.clusters[index].workloads)) {
    return readMesh(input, overrides);
  }
  const byName = new Map(clusters.map(cluster => [cluster.name, cluster]));
  return { ...before, clusters, cluster: name => byName.get(name) };
}

function rereadCluster(before: EvaluatedCluster, input: ClusterInput, overrides: Overrides): EvaluatedCluster {
  if (before.input === input) {
    return before;
  }
  const { manifests: was, ...others } = before.input;
  const { manifests: is, ...own } = input;
  const isSame = (Object.keys({ ...others, ...own }) as Array<keyof typeof own>).every(key => others[key] === own[key]);
  const [rest, restBefore] = [is, was].map(all => all.filter(manifest => !isPlainPolicy(manifest)));
  return isSame && rest.length === restBefore.length && rest.every((manifest, index) => manifest === restBefore[index])
    ? withPolicyManifests(before, input)
    : readCluster(input, overrides);
}

/** A policy; a CIDR group is none, because policies depend on it. */
export function isPlainPolicy({ object }: Manifest): boolean {
  const kind = policyKindOf(object);
  return kind !== undefined && kind !== POLICY_KINDS.CiliumCIDRGroup;
}

/** Only what is read of a policy depends on it, and the namespaces that have no other objects. */
function withPolicyManifests(cluster: EvaluatedCluster, input: ClusterInput): EvaluatedCluster {
  const known = new Map(
    cluster.policies
      // of several policies with one name, those that do not count have lost their entries
      .filter(({ entries, refusals }) => entries.length > 0 || refusals.some(({ stage }) => stage !== 'unmodelled'))
      .map(policy => [policy.manifest, policy]),
  );
  const all = input.manifests.filter(isPlainPolicy);
  const groups = cluster.policies.filter(({ manifest }) => !isPlainPolicy(manifest));
  const read = new Map(
    readPolicies(
      all.filter(manifest => !known.has(manifest)),
      { ...cluster, input },
    ).map(policy => [policy.manifest, policy]),
  );
  const policies: EvaluatedPolicy[] = [
    ...lastAccepted(all.flatMap(manifest => known.get(manifest) ?? read.get(manifest) ?? [])),
    ...groups,
  ];
  const { objects, duplicates } = unique(input.manifests);
  const namespaces = readNamespaces(
    objects,
    objects.filter(({ object }) => object.kind === 'Namespace' && object.apiVersion === 'v1'),
    cluster.settings,
  );
  return {
    ...cluster,
    input,
    namespaces,
    policies,
    entries: policies.flatMap(policy => policy.entries),
    duplicates,
    manifestOf: manifestFinder(policies),
  };
}
