import type * as k8sTypes from 'cdk8s-plus-28/lib/imports/k8s';

/**
 * The low-level Kubernetes types of cdk8s-plus-28: they add nothing to what is said, so that hand-written manifests are reproduced exactly.
 *
 * Loaded on first use, and without the rest of cdk8s-plus-28, which would take half of the time of a small program.
 */
export function k8s(): typeof k8sTypes {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- on first use
  return require('cdk8s-plus-28/lib/imports/k8s');
}
