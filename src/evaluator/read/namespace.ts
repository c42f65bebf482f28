import { GLOBAL_NAMESPACE_ANNOTATION } from '../../cilium/namespace-annotations';
import { Traits } from '../../cilium/traits';
import { Manifest } from '../../manifests/manifest';

/** A namespace of a cluster: from its object, or from the objects in it alone. */
export interface EvaluatedNamespace {
  readonly name: string;
  readonly labels: { readonly [key: string]: string };
  /** Whether its pods are known to other clusters: their identities and addresses. */
  readonly global: boolean;
  /** Whether the backends of its Services are. */
  readonly exportsServices: boolean;
  readonly manifest?: Manifest;
}

/**
 * A namespace as Kubernetes and Cilium see it: every one has the label of its name.
 *
 * Up to 1.18 every namespace is global; 1.19 keeps identities and endpoints to itself
 * (clustermesh-apiserver/clustermesh/synchronizer.go), 1.20 also Services and ServiceExports
 * (operator/watchers/service_sync.go, pkg/clustermesh/mcsapi).
 */
export function namespaceOf(name: string, manifest: Manifest | undefined, defaultGlobal: boolean, traits: Traits): EvaluatedNamespace {
  const said = manifest?.object.metadata.annotations?.[GLOBAL_NAMESPACE_ANNOTATION];
  const global = typeof said === 'string' ? said.toLowerCase() === 'true' : defaultGlobal;
  return {
    name,
    labels: { ...texts(manifest?.object.metadata.labels), 'kubernetes.io/metadata.name': name },
    global: !traits.globalNamespaces || global,
    exportsServices: !traits.globalNamespacesOfServices || global,
    manifest,
  };
}

/** The entries of a map whose values are texts: the others are refused by the API server. */
export function texts(value: unknown): { [key: string]: string } {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).filter(([, each]) => typeof each === 'string')) : {};
}
