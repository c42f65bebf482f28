import type { ApiObjectProps } from 'cdk8s';
import type { IntOrString, KubeConfigMapProps, KubeDeploymentProps, KubePodProps, KubeSecretProps, KubeServiceProps, Quantity } from 'cdk8s-plus-28/lib/imports/k8s';

/** The kinds of Kubernetes' own that the constructs write, with their types from cdk8s-plus-28. */
interface Kinds {
  readonly ConfigMap: KubeConfigMapProps;
  readonly Deployment: KubeDeploymentProps;
  readonly Pod: KubePodProps;
  readonly Secret: KubeSecretProps;
  readonly Service: KubeServiceProps;
}

const API_VERSIONS: { readonly [kind in keyof Kinds]: string } = { ConfigMap: 'v1', Deployment: 'apps/v1', Pod: 'v1', Secret: 'v1', Service: 'v1' };

/** The type as it is in a manifest: numbers and texts where cdk8s-plus-28 has classes for either. */
type Plain<T> = T extends IntOrString | Quantity ? number | string : T extends ReadonlyArray<infer E> ? Array<Plain<E>> : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;

/**
 * The manifest of an object of Kubernetes, checked against the types of cdk8s-plus-28.
 *
 * The types are all that is used of it: it is not loaded by programs, which would take a third of the time of a small one, and adds nothing
 * to what is said, so that hand-written manifests are reproduced exactly.
 */
export function manifest<K extends keyof Kinds>(kind: K, props: Plain<Kinds[K]>): ApiObjectProps {
  return { apiVersion: API_VERSIONS[kind], kind, ...props } as ApiObjectProps;
}
