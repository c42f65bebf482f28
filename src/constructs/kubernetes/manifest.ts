import type { ApiObjectProps } from 'cdk8s';
import type {
  IntOrString,
  KubeConfigMapProps,
  KubeDeploymentProps,
  KubePodProps,
  KubeSecretProps,
  KubeServiceProps,
  Quantity,
} from 'cdk8s-plus-28/lib/imports/k8s';

/** The built-in kinds of Kubernetes that the constructs write, with their types from cdk8s-plus-28. */
interface Kinds {
  readonly ConfigMap: KubeConfigMapProps;
  readonly Deployment: KubeDeploymentProps;
  readonly Pod: KubePodProps;
  readonly Secret: KubeSecretProps;
  readonly Service: KubeServiceProps;
}

const API_VERSIONS: { readonly [kind in keyof Kinds]: string } = {
  ConfigMap: 'v1',
  Deployment: 'apps/v1',
  Pod: 'v1',
  Secret: 'v1',
  Service: 'v1',
};

/** The type in a manifest: numbers or texts where cdk8s-plus-28 has classes for both. */
type Plain<T> = T extends IntOrString | Quantity
  ? number | string
  : T extends ReadonlyArray<infer E>
    ? Array<Plain<E>>
    : T extends object
      ? { [K in keyof T]: Plain<T[K]> }
      : T;

/**
 * The manifest of a Kubernetes object, checked against the types of cdk8s-plus-28.
 *
 * Only the types of cdk8s-plus-28 are used. Programs do not load it, which would take a third of the time of a small
 * program. It adds no fields, so hand-written manifests are reproduced exactly.
 */
export function manifest<K extends keyof Kinds>(kind: K, props: Plain<Kinds[K]>): ApiObjectProps {
  return { apiVersion: API_VERSIONS[kind], kind, ...props } as ApiObjectProps;
}
