import { identity } from './merge-layers';
import { isClusterScoped, withDefaultNamespace } from '../../cilium/cluster-scoped-kinds';
import { formatList } from '../../diagnostics/texts';
import { Manifest } from '../manifest';
import { ReadingDiagnostic, readingDiagnostic } from '../reading-diagnostic';
import { mayMatter } from '../relevance';

/**
 * Manifests in the namespaces that Kustomize, Flux or Argo CD give to objects of their files that write none, where
 * that is one and known: an object is the same as one of the base in that namespace.
 */
export function placedManifests(
  manifests: readonly Manifest[],
  placements: ReadonlyMap<string, readonly string[]>,
): readonly Manifest[] {
  return manifests.map(each => {
    const [namespace, ...others] = placements.get(each.file) ?? [];
    const object =
      namespace === undefined || others.length > 0 ? each.object : withDefaultNamespace(each.object, namespace);
    return object === each.object ? each : Object.create(each, { object: { value: object } });
  });
}

/**
 * The objects that write no namespace, and that the base has in other namespaces than `default` only. Perhaps they are
 * the same: the context of kubectl may set the namespace.
 */
export function unknownNamespaces(manifests: readonly Manifest[], base: readonly Manifest[]): ReadingDiagnostic[] {
  const bare = manifests.filter(
    ({ object: { kind, metadata } }) => !metadata.namespace && !isClusterScoped(kind) && mayMatter(`kind: ${kind}`),
  );
  const known = new Map(bare.map(({ object }) => [identity(object), new Set<string>()]));
  for (const { object } of base) {
    known.get(identity(withoutNamespace(object)))?.add(object.metadata.namespace || 'default');
  }
  return bare.flatMap(each => {
    const { file, object } = each;
    const namespaces = [...known.get(identity(object))!].sort();
    const { kind, metadata } = object;
    return namespaces.length === 0 || namespaces.includes('default')
      ? []
      : [
        readingDiagnostic('namespace-unknown', {
          file,
          line: each.line('metadata'),
          message:
            `this ${kind} writes no namespace, so it counts as a new one of default, and the base keeps ` +
            formatList(namespaces.map(namespace => `${namespace}/${metadata.name}`)),
          fix: 'write metadata.namespace, or name a source that sets it, such as kustomize or helm with a namespace',
        }),
      ];
  });
}

function withoutNamespace(object: any): any {
  return { ...object, metadata: { ...object.metadata, namespace: undefined } };
}
