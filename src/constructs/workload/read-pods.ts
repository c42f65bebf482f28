import { isIdentityLabel } from '../../cilium/identity-labels';
import { shorten } from '../../diagnostics/texts';

/** Pods, as policies see them. */
export interface PodFacts {
  readonly namespace: string;
  readonly labels: { readonly [key: string]: string };
}

/**
 * The pods of a rendered Kubernetes object, or the reason why it has none.
 *
 * For a controller, the labels are those of its selector: they never change, while other labels of its pods may.
 */
export function readPods(object: any): PodFacts | string {
  const template = podTemplate(object);
  if (!template) {
    return `a ${shorten(String(object.kind))} has no pods`;
  }
  const all: { [key: string]: unknown } = template.metadata?.labels ?? {};
  const selected: { [key: string]: unknown } = object.spec?.selector?.matchLabels ?? {};
  const chosen = Object.entries(Object.keys(selected).length > 0 ? selected : all)
    .filter(([key, value]) => all[key] === value && isIdentityLabel(key))
    .map(([key, value]) => [key, String(value)] as const)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  if (chosen.length === 0) {
    return `the pods of the ${shorten(String(object.kind))} have no labels that are part of Cilium identities`;
  }
  return { namespace: object.metadata?.namespace ?? 'default', labels: Object.fromEntries(chosen) };
}

function podTemplate(object: any): any {
  switch (object.kind) {
    case 'Pod':
      return object;
    case 'Deployment':
    case 'StatefulSet':
    case 'DaemonSet':
    case 'ReplicaSet':
    case 'Job':
      return object.spec?.template;
    case 'CronJob':
      return object.spec?.jobTemplate?.spec?.template;
    default:
      return undefined;
  }
}
