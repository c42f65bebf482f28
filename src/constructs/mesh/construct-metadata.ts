import { createHash } from 'crypto';
import * as path from 'path';
import { ApiObject } from 'cdk8s';
import { Cluster } from './cluster';
import { OutputFiles } from './output-files';
import { placeOf } from '../origins';
import { originOf } from '../scopes';

/** The file in which cdk8s-cli finds the constructs of objects. Source: App.synth of cdk8s 2.70. */
export const CONSTRUCT_METADATA_FILE = 'construct-metadata.json';

interface Resource {
  readonly path: string;
  readonly file?: string;
  readonly line?: number;
}

/**
 * The constructs of objects, for reports of validations and for `cilium-mesh check`. The keys of cdk8s are the names of
 * objects, which several objects of a mesh share, so such a name has the paths of all of them. The other keys name one
 * object each: `CiliumNetworkPolicy shop/allow (paris)`, with the line of the program that created the construct.
 * `others` are the entries of objects outside of the clusters.
 *
 * `files` has the SHA-256 digests of the files of manifests by their path relative to `folder`. So readers know whether
 * the entries are about the files that they see.
 */
export function constructMetadata(
  clusters: readonly Cluster[],
  outputs: readonly OutputFiles[] = [],
  folder: string = '',
  others: { readonly [key: string]: Resource } = {},
): string {
  const constructs = new Map<string, Resource[]>(Object.entries(others).map(([key, resource]) => [key, [resource]]));
  for (const cluster of clusters) {
    for (const object of cluster.node.findAll().filter(ApiObject.isApiObject) as ApiObject[]) {
      const { kind, name, metadata } = object;
      const namespace = metadata.namespace === undefined ? '' : `${metadata.namespace}/`;
      const construct = originOf(object);
      const resource = { path: construct.node.path, ...placeOf(construct, [cluster, cluster.node.scope]) };
      for (const key of [name, `${kind} ${namespace}${name} (${cluster.name})`]) {
        constructs.set(key, [...(constructs.get(key) ?? []), resource]);
      }
    }
  }
  const resources = [...constructs]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, all]) => [key, all.length === 1 ? all[0] : { path: pathsOf(all) }] as const);
  return JSON.stringify({
    version: '1.0.0',
    resources: Object.fromEntries(resources),
    files: Object.fromEntries(outputs.flatMap(output => digestsOf(output, folder)).sort()),
  });
}

function pathsOf(resources: readonly Resource[]): string {
  return [...new Set(resources.map(each => each.path))].join(', ');
}

function digestsOf({ folder: outdir, meshFolder, files }: OutputFiles, folder: string): Array<[string, string]> {
  return Object.entries(files)
    .filter(([file]) => !file.startsWith(`${meshFolder}/`))
    .map(([file, text]) => [
      path.relative(folder, path.join(outdir, file)).split(path.sep).join('/'),
      createHash('sha256').update(text).digest('hex'),
    ]);
}
