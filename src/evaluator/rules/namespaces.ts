import { FindingContext } from './context';
import { Finding, found, some } from './finding';
import { labelSelectors, namesPods } from './label-selectors';
import { CLUSTER_LABEL, GLOBAL_NAMESPACE_ANNOTATION } from '../../cilium/labels';
import { firstMinorWith } from '../../cilium/traits';
import { didYouMean } from '../../diagnostics/did-you-mean';
import { isKnownElsewhere } from '../flows/endpoint';
import { EvaluatedCluster, EvaluatedPolicy } from '../read/cluster';

/** Namespaces whose pods no other cluster knows, and rules that would need to know them. */
export function namespaceFindings(context: FindingContext): Finding[] {
  return context.mesh.clusters.flatMap(cluster => [
    ...cluster.policies.flatMap(policy => namespacesNotGlobal(context, cluster, policy)),
    ...annotations(cluster),
  ]);
}

/** Rules for pods of other clusters in namespaces that are not global: their identities are known to their own cluster only. */
function namespacesNotGlobal(context: FindingContext, cluster: EvaluatedCluster, policy: EvaluatedPolicy): Finding[] {
  const seen = new Set<string>();
  return policy.entries.flatMap(entry => {
    const hidden = labelSelectors(entry).filter(({ requirements }) => requirements.some(({ key, source }) => key === CLUSTER_LABEL && source !== 'reserved') || requirements.some(namesPods))
      .flatMap(({ requirements }) => context.index.meeting(requirements).toArray())
      .filter(number => context.index.classes[number].cluster !== cluster.name && !isKnownElsewhere(context.index.classes[number].workloads[0], context.mesh));
    if (hidden.length === 0 || seen.has(entry.origin.path)) {
      return [];
    }
    seen.add(entry.origin.path);
    const namespaces = some(hidden.map(number => context.index.classes[number].workloads[0]).map(({ namespace, cluster: name }) => `${namespace} in ${name}`));
    return [found('namespace-not-global', cluster.name, policy.manifest, entry.origin.path,
      `it names ${some(context.namesOf(hidden))}, but the namespace is not global: ${cluster.name} does not know these pods, and the rule never matches them`,
      `annotate namespace ${namespaces} with ${GLOBAL_NAMESPACE_ANNOTATION}: "true", or set clustermesh.defaultGlobalNamespace: true there`)];
  });
}

const PREFIX = 'clustermesh.cilium.io/';

/** Annotations of Namespaces that do not say what they look like. */
function annotations(cluster: EvaluatedCluster): Finding[] {
  return [...cluster.namespaces.values()].flatMap(({ manifest }) => Object.entries(manifest?.object.metadata.annotations ?? {}).flatMap(([key, value]) => {
    const finding = (message: string, fix: string) => [found('namespace-annotation', cluster.name, manifest!, `metadata.annotations[${JSON.stringify(key)}]`, message, fix)];
    if (key !== GLOBAL_NAMESPACE_ANNOTATION) {
      const near = didYouMean(key, [GLOBAL_NAMESPACE_ANNOTATION]);
      return key.startsWith(PREFIX) || (near !== '' && /cil+ium/.test(key)) ? finding(`Cilium reads no annotation ${key} of Namespaces${near}`, `write ${GLOBAL_NAMESPACE_ANNOTATION}`) : [];
    }
    if (typeof value !== 'string') {
      return finding(`the annotation ${key} must be a text, not ${JSON.stringify(value)}: the API server refuses the Namespace`, `put it in quotes: "${String(value)}"`);
    }
    if (!cluster.version.traits.globalNamespaces) {
      return finding(`Cilium ${cluster.version.text} does not read ${key}: every namespace is global before 1.${firstMinorWith('globalNamespaces')}`, 'upgrade the cluster, or remove the annotation');
    }
    return /^(true|false)$/i.test(value) ? [] : finding(`${key} does not take ${JSON.stringify(value)}: everything but true is false, and the namespace is not global`, 'write "true" or "false"');
  }));
}
