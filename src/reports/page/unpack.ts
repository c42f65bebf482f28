import { LineTree } from './line-tree';
import { PackedCluster, PackedManifest, PackedMesh, PackedPage, PackedText } from './packed-page';
import { readManifests } from '../../manifests/documents';
import { ClusterInput, MeshInput } from '../../manifests/input';
import { Manifest } from '../../manifests/manifest';

/** The manifests of a page, each read when it is first needed. */
export class PackedManifests {
  private readonly read: Array<Manifest | undefined> = [];

  constructor(private readonly packed: PackedPage['manifests']) {}

  public at(index: number): Manifest {
    this.read[index] ??= unpackManifest(this.packed[index]);
    return this.read[index];
  }
}

/** The input of a mesh, as it was packed. Equal manifests of several meshes are one object. */
export function unpackMesh(
  { source, fromArguments, comments, clusters }: PackedMesh,
  manifests: PackedManifests,
): MeshInput {
  return {
    source,
    ...(fromArguments === undefined ? {} : { fromArguments }),
    ...(comments === undefined ? {} : { comments }),
    clusters: clusters.map(cluster => unpackCluster(cluster, manifests)),
  };
}

function unpackCluster(packed: PackedCluster, all: PackedManifests): ClusterInput {
  const { manifests, kustomized, placements, values, declared, settings, ...others } = packed;
  const lines = new LineTree(settings, declared.lines);
  return {
    ...others,
    settings,
    manifests: manifests.map(index => all.at(index)),
    ...(kustomized === undefined ? {} : { kustomized: new Set(kustomized) }),
    ...(placements === undefined ? {} : { placements: new Map(placements) }),
    values: values && unpackValues(values),
    declared: { file: declared.file, line: path => lines.line(path) },
  };
}

function unpackValues({ lines, ...values }: NonNullable<PackedCluster['values']>): ClusterInput['values'] {
  const tree = new LineTree(values.values, lines);
  return { ...values, line: path => tree.line(path) };
}

function unpackManifest(packed: PackedManifest): Manifest {
  if ('text' in packed) {
    return documentManifest(packed);
  }
  const { file, source, object, lines } = packed;
  const tree = new LineTree(object, lines);
  return { file, ...(source === undefined ? {} : { source }), object, line: path => tree.line(path) };
}

function documentManifest({ file, ...document }: PackedText): Manifest {
  const [manifest] = readManifests(document.text, file).manifests;
  return { file, object: manifest.object, document, line: path => manifest.line(path)! + document.first - 1 };
}
