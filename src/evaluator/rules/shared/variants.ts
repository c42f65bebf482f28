import { Manifest } from '../../../manifests/manifest';
import { mayMatter } from '../../../manifests/relevance';
import { Duplicate, EvaluatedCluster, namespaceName } from '../../read/cluster';

/** The objects of a cluster that files other than those of kustomizations define twice, and that matter. */
export function certainDuplicates({ duplicates, input: { kustomized } }: EvaluatedCluster): Duplicate[] {
  return duplicates.filter(
    each =>
      (isInOneFile(each) || !(kustomized?.has(each.first.file) || kustomized?.has(each.second.file))) &&
      mayMatter(`kind: ${each.second.object.kind}`),
  );
}

/** The objects that several files define: variants, of which verdicts take the last one. */
export function variants(cluster: EvaluatedCluster): Duplicate[] {
  return certainDuplicates(cluster).filter(each => !isInOneFile(each));
}

/** Whether one file defines the object twice. */
export function isInOneFile({ first, second }: Duplicate): boolean {
  return first.file === second.file;
}

/** An object as `Service shop/web`. */
export function formatObject({ object }: Manifest): string {
  const namespace = namespaceName(object);
  return `${object.kind} ${namespace === '' ? '' : `${namespace}/`}${object.metadata.name}`;
}
