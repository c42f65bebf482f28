import { GLOBAL_NAMESPACE_ANNOTATION } from '../../cilium/namespace-annotations';
import { Traits } from '../../cilium/traits';
import { Manifest } from '../../manifests/manifest';

/** A namespace of a cluster, from its manifest or from the objects in it. */
export interface EvaluatedNamespace {
  readonly name: string;
  readonly labels: { readonly [key: string]: string };
  /** Whether other clusters know the identities and addresses of its pods. */
  readonly global: boolean;
  /** Whether other clusters know the backends of its Services. */
  readonly exportsServices: boolean;
  readonly manifest?: Manifest;
}

/**
 * A namespace as Kubernetes and Cilium see it. It always has the label of its name.
 *
 * - Up to 1.18 every namespace is global.
 * - 1.19 keeps the identities and endpoints of a namespace that is not global in its cluster
 *   (clustermesh-apiserver/clustermesh/synchronizer.go).
 * - 1.20 also keeps its Services and ServiceExports there (operator/watchers/service_sync.go, pkg/clustermesh/mcsapi).
 */
export function namespaceOf(
  name: string,
  manifest: Manifest | undefined,
  defaultGlobal: boolean,
  traits: Traits,
): EvaluatedNamespace {
  const annotation = manifest?.object.metadata.annotations?.[GLOBAL_NAMESPACE_ANNOTATION];
  const global = typeof annotation === 'string' ? annotation.toLowerCase() === 'true' : defaultGlobal;
  return {
    name,
    labels: { ...texts(manifest?.object.metadata.labels), 'kubernetes.io/metadata.name': name },
    global: !traits.globalNamespaces || global,
    exportsServices: !traits.globalNamespacesOfServices || global,
    manifest,
  };
}

/** The entries of a map with text values. The API server refuses other values. */
export function texts(value: unknown): { [key: string]: string } {
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).filter(([, each]) => typeof each === 'string'))
    : {};
}
