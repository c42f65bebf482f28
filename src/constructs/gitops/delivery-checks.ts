import { Construct } from 'constructs';
import { formatValue } from '../../diagnostics/texts';
import { callError } from '../faults';
import { checkNamespace, checkObjectName } from '../kubernetes/names';
import { Cluster } from '../mesh/cluster';
import { MeshTree } from '../mesh/mesh-tree';
import { OutputLayout } from '../mesh/output-layout';
import { PropertyRefusals } from '../property-refusals';

/** Checks what the constructs for GitOps tools have in common. */
export function checkDelivery(
  tree: MeshTree,
  { name, namespace, path }: { readonly name: string; readonly namespace: string; readonly path: string },
  refusals: PropertyRefusals,
): void {
  checkObjectName(name, 'name', refusals);
  checkNamespace(namespace, refusals);
  if (path === '' || /^\/|\\|\s/.test(path) || path.split('/').includes('..')) {
    refusals.add(
      'gitops-path',
      'path',
      'invalid folder of a repository',
      path,
      'a path below the root of the repository, such as dist',
      'name the folder into which the mesh is written and committed',
    );
  }
  if (tree.places.layout === OutputLayout.FLAT) {
    refusals.add(
      'gitops-layout',
      'mesh',
      'GitOps tools need a folder with nothing but the objects of one cluster',
      'the layout flat',
      'the layouts folders and per-resource',
      'set layout of the mesh',
    );
  }
}

/** Checks a map by cluster: its keys are clusters, and the value of each means one cluster. */
export function checkClusterMap(
  property: string,
  map: { readonly [cluster: string]: string } | undefined,
  clusters: readonly Cluster[],
  refusals: PropertyRefusals,
): void {
  const values = Object.values(map ?? {});
  const twice = values.find((value, index) => values.indexOf(value) < index);
  if (twice !== undefined) {
    refusals.add(
      'gitops-cluster-shared',
      property,
      'two clusters of the mesh would be one cluster, which would get the objects of both',
      Object.fromEntries(Object.entries(map ?? {}).filter(([, value]) => value === twice)),
      'another value for each cluster',
      'correct the values',
    );
  }
  const names = clusters.map(({ name }) => name);
  for (const key of Object.keys(map ?? {}).filter(each => !names.includes(each))) {
    refusals.add(
      'cluster-not-found',
      `${property}[${formatValue(key)}]`,
      'unknown cluster',
      key,
      names.join(', '),
      'name a cluster of the mesh',
    );
  }
}

/**
 * Reports the refusals of a construct, and returns whether there are any. A construct beside a mesh has no mesh that
 * would refuse them at synth, so they are thrown.
 */
export function reportOrThrow(construct: Construct, refusals: PropertyRefusals, caller: Function): boolean {
  if (!refusals.isEmpty && MeshTree.find(construct) === undefined) {
    throw callError(refusals.all, caller);
  }
  return refusals.report();
}

/** The folder of a cluster in a repository; `.` is its root. */
export function clusterPath(path: string, cluster: string): string {
  return [...path.split('/').filter(part => part !== '' && part !== '.'), cluster].join('/');
}
