import * as path from 'path';
import { eventually, ok } from './commands';
import { Output } from '../../test/support/examples';

/** The clusters of the meshes that are written by hand. */
export const CLUSTERS = ['a', 'b'] as const;
export const CONTEXTS = CLUSTERS.map(contextOf);

const CRD = path.join(__dirname, '..', '..', 'imports', 'crds', 'ciliumnetworkpolicies.cilium.io.yaml');

/** Creates the clusters, which serve CiliumNetworkPolicies and have no Cilium. */
export async function createTwoClusters(): Promise<void> {
  for (const name of CLUSTERS) {
    const context = contextOf(name);
    await ok('kind', ['create', 'cluster', '--name', name]);
    await ok('kubectl', ['--context', context, 'apply', '--server-side', '-f', CRD]);
    // the kind is served, and found by kubectl
    await eventually(async () => void (await ok('kubectl', ['--context', context, 'get', 'ciliumnetworkpolicies'])));
  }
}

/**
 * The files of a mesh of both clusters. Its objects are in a namespace of its own, whose name stands in the place of
 * NAMESPACE, so tests do not affect each other.
 */
export function meshOf(namespace: string, objects: (cluster: 'a' | 'b') => readonly string[]): Output {
  const own = `{apiVersion: v1, kind: Namespace, metadata: {name: ${namespace}}}`;
  return {
    'mesh/mesh.yaml': [
      'apiVersion: cilium-mesh/v1',
      'clusters:',
      ...CLUSTERS.map(
        (name, index) =>
          `- {name: ${name}, id: ${index + 1}, manifests: [../${name}.k8s.yaml], context: ${contextOf(name)}}`,
      ),
    ].join('\n'),
    ...Object.fromEntries(
      CLUSTERS.map(name => [
        `${name}.k8s.yaml`,
        [own, ...objects(name)].map(each => each.replace(/NAMESPACE/g, namespace)).join('\n---\n'),
      ]),
    ),
  };
}

function contextOf(cluster: string): string {
  return `kind-${cluster}`;
}
