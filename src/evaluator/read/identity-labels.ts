import { EvaluatedNamespace } from './namespace';
import { LabelFilter } from '../../cilium/identity-labels';
import {
  CLUSTER_LABEL,
  isCiliumLabel,
  NAMESPACE_LABEL,
  NAMESPACE_LABELS_PREFIX,
  SERVICE_ACCOUNT_LABEL,
} from '../../cilium/labels';
import { LabelSet } from '../engine/label-set';

/** The labels of the identity of pods. */
export function identityLabels(
  cluster: string,
  namespace: Pick<EvaluatedNamespace, 'name' | 'labels'>,
  podLabels: { readonly [key: string]: string },
  serviceAccount: string,
  filter: LabelFilter,
): LabelSet {
  const labels = new Map([
    ...Object.entries(podLabels).filter(([key]) => !isCiliumLabel(key)),
    ...Object.entries(namespace.labels).map(([key, value]): [string, string] => [
      `${NAMESPACE_LABELS_PREFIX}.${key}`,
      value,
    ]),
    [NAMESPACE_LABEL, namespace.name],
    [CLUSTER_LABEL, cluster],
    [SERVICE_ACCOUNT_LABEL, serviceAccount],
  ]);
  return new LabelSet(
    [...labels]
      .filter(([key]) => filter.keeps(key))
      .map(([key, value]) => ({ source: 'k8s', key, value })),
  );
}
