import { Manifest } from '../../manifests/manifest';
import { GLOBAL_NAMESPACE_ANNOTATION } from '../../model/labels';

/** A namespace of a cluster: from its object, or from the objects in it alone. */
export interface EvaluatedNamespace {
  readonly name: string;
  readonly labels: { readonly [key: string]: string };
  /** Whether its pods and Services are known to other clusters. */
  readonly global: boolean;
  readonly manifest?: Manifest;
}

/** A namespace as Kubernetes and Cilium see it: every one has the label of its name. */
export function namespaceOf(name: string, manifest: Manifest | undefined, defaultGlobal: boolean): EvaluatedNamespace {
  const said = manifest?.object.metadata.annotations?.[GLOBAL_NAMESPACE_ANNOTATION];
  return {
    name,
    labels: { ...texts(manifest?.object.metadata.labels), 'kubernetes.io/metadata.name': name },
    global: typeof said === 'string' ? said.toLowerCase() === 'true' : defaultGlobal,
    manifest,
  };
}

/** The entries of a map whose values are texts: the others are refused by the API server. */
export function texts(value: unknown): { [key: string]: string } {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).filter(([, each]) => typeof each === 'string')) : {};
}
