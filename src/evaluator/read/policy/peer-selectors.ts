import { CLUSTER_LABEL, NAMESPACE_LABEL, NAMESPACE_LABELS_PREFIX } from '../../../cilium/labels';
import { LabelSelectorTerms, RawSelector } from '../../engine/label-selector';
import { PeerSelector, Requirement } from '../../engine/selector';
import { PolicySettings } from '../../engine/settings';

/** The keys that select the cluster or namespace of a peer (pkg/k8s/apis/cilium.io/utils/utils.go, v1.20.2). */
const sources = (key: string) => [`k8s:${key}`, `any:${key}`];

/**
 * The selector of peers in a policy of a namespace, or clusterwide.
 *
 * - Cilium adds the policy's namespace, unless the selector has a namespace or (since 1.16) labels of namespaces.
 * - It adds the local cluster if that is the default and the selector has no cluster.
 * - It leaves selectors with reserved labels as they are.
 *
 * As in Cilium's Sanitize, keys get the source `any` first.
 */
export function peerSelector(
  raw: RawSelector,
  namespace: string | undefined,
  matchesInit: boolean,
  settings: PolicySettings,
): PeerSelector {
  const terms = new LabelSelectorTerms().add(raw, 'any:');
  return (terms.hasKeyPrefix('reserved:') ? terms : inNamespace(terms, namespace, matchesInit, settings)).selector();
}

function inNamespace(
  terms: LabelSelectorTerms,
  namespace: string | undefined,
  matchesInit: boolean,
  settings: PolicySettings,
): LabelSelectorTerms {
  if (!sources(NAMESPACE_LABEL).some(key => terms.hasKey(key))) {
    if (namespace === undefined) {
      if (!matchesInit) {
        terms.addExpression(`k8s:${NAMESPACE_LABEL}`, 'Exists');
      }
    } else if (
      !settings.traits.namespaceLabelsReplaceNamespace ||
      !sources(`${NAMESPACE_LABELS_PREFIX}.`).some(prefix => terms.hasKeyPrefix(prefix))
    ) {
      terms.addMatch(`k8s:${NAMESPACE_LABEL}`, namespace);
    }
  }
  return withLocalCluster(terms, settings);
}

/**
 * The requirements of `fromRequires` and `toRequires`. Selectors with reserved labels get namespace and cluster too
 * (pkg/k8s/apis/cilium.io/utils/utils.go, v1.18.8).
 */
export function required(
  raw: RawSelector,
  namespace: string | undefined,
  matchesInit: boolean,
  settings: PolicySettings,
): readonly Requirement[] {
  return inNamespace(new LabelSelectorTerms().add(raw, 'any:'), namespace, matchesInit, settings).requirements();
}

/** The selector of remote nodes by their labels (pkg/k8s/apis/cilium.io/utils/utils.go, v1.20.2). */
export function nodeSelector(raw: RawSelector, settings: PolicySettings): PeerSelector {
  return withLocalCluster(
    new LabelSelectorTerms().add(raw, 'any:').addExpression('reserved:remote-node', 'Exists'),
    settings,
  ).selector();
}

function withLocalCluster(terms: LabelSelectorTerms, settings: PolicySettings): LabelSelectorTerms {
  const named = sources(CLUSTER_LABEL).some(key => terms.hasKey(key));
  return named ? terms : terms.addLocalCluster(settings);
}

/** The selector of the endpoints that a policy applies to: always in its own namespace, never limited to a cluster. */
export function subjectTerms(raw: RawSelector, namespace: string | undefined): LabelSelectorTerms {
  const terms = new LabelSelectorTerms().add(raw, 'any:');
  return namespace === undefined ? terms : terms.addMatch(`k8s:${NAMESPACE_LABEL}`, namespace);
}
