import { ApiObject } from 'cdk8s';
import { Cluster } from './cluster';

/** The file in which cdk8s-cli finds the constructs of objects. Source: App.synth of cdk8s 2.70. */
export const CONSTRUCT_METADATA_FILE = 'construct-metadata.json';

/**
 * The construct paths of objects, for reports of validations. The keys of cdk8s are the names of objects, which several
 * objects of a mesh share, so such a name has the paths of all of them. The other keys name one object each:
 * `CiliumNetworkPolicy shop/allow (paris)`. `others` are the entries of objects outside of the clusters.
 */
export function constructMetadata(
  clusters: readonly Cluster[],
  others: { readonly [key: string]: { readonly path: string } } = {},
): string {
  const paths = new Map(Object.entries(others).map(([key, { path }]) => [key, [path]]));
  for (const cluster of clusters) {
    for (const object of cluster.node.findAll().filter(ApiObject.isApiObject) as ApiObject[]) {
      const { kind, name, metadata } = object;
      const namespace = metadata.namespace === undefined ? '' : `${metadata.namespace}/`;
      for (const key of [name, `${kind} ${namespace}${name} (${cluster.name})`]) {
        paths.set(key, [...(paths.get(key) ?? []), object.node.path]);
      }
    }
  }
  const resources = [...paths]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, all]) => [key, { path: all.join(', ') }] as const);
  return JSON.stringify({ version: '1.0.0', resources: Object.fromEntries(resources) });
}
