import { packLines } from './line-tree';
import { PackedCluster, PackedManifest, PackedMesh } from './packed-page';
import { redactObject } from './redact';
import { redactKindConfiguration, redactSettings, redactValues } from './redact-settings';
import { policyKindOf } from '../../cilium/policy-kinds';
import { readManifests } from '../../manifests/documents';
import { ClusterInput, MeshInput } from '../../manifests/input';
import { Manifest } from '../../manifests/manifest';

/** Packs meshes. What several clusters or meshes have alike is there once. */
export class Packer {
  private readonly packed: PackedManifest[] = [];
  private readonly byManifest = new Map<Manifest, number>();
  private readonly byText = new Map<string, number>();

  /** The manifests of all meshes so far; clusters name them by their index. */
  public get manifests(): readonly PackedManifest[] {
    return this.packed;
  }

  public mesh(input: MeshInput, options: Pick<PackedMesh, 'version' | 'replicas'> = {}): PackedMesh {
    const { source, fromArguments, comments } = input;
    // all of them before the manifests: documents keep the positions of the last one that was asked
    const declared = input.clusters.map(cluster => packDeclared(cluster));
    return {
      source,
      ...(fromArguments === undefined ? {} : { fromArguments }),
      ...(comments === undefined ? {} : { comments }),
      clusters: input.clusters.map((cluster, index) => ({ ...this.cluster(cluster), ...declared[index] })),
      ...options,
    };
  }

  private cluster(input: ClusterInput): Omit<PackedCluster, keyof Declared> {
    const { name, id, notes, comments, files, kustomized, delivered, placements, values, kindConfiguration } =
      input;
    const redacted = values && redactValues(values.values);
    return {
      name,
      id,
      manifests: input.manifests.map(manifest => this.manifest(manifest)),
      notes,
      ...(comments === undefined ? {} : { comments }),
      ...(files === undefined ? {} : { files }),
      ...(kustomized === undefined ? {} : { kustomized: [...kustomized].sort() }),
      ...(delivered === undefined ? {} : { delivered }),
      ...(placements === undefined || placements.size === 0 ? {} : { placements: [...placements] }),
      ...(values && redacted
        ? {
          values: {
            file: values.file,
            ...(values.comments === undefined ? {} : { comments: values.comments }),
            values: redacted,
            ...withLines(redacted, path => values.line(path)),
          },
        }
        : {}),
      ...(kindConfiguration === undefined ? {} : { kindConfiguration: redactKindConfiguration(kindConfiguration) }),
    };
  }

  private manifest(manifest: Manifest): number {
    const known = this.byManifest.get(manifest);
    if (known !== undefined) {
      return known;
    }
    const packed = packText(manifest) ?? packObject(manifest);
    const text = JSON.stringify(packed);
    const index = this.byText.get(text) ?? this.packed.push(packed) - 1;
    this.byText.set(text, index);
    this.byManifest.set(manifest, index);
    return index;
  }
}

/** What mesh.yaml says of a cluster. */
type Declared = Pick<PackedCluster, 'settings' | 'declared'>;

function packDeclared({ settings, declared }: ClusterInput): Declared {
  const redacted = redactSettings(settings);
  return { settings: redacted, declared: { file: declared.file, ...withLines(redacted, path => declared.line(path)) } };
}

function packObject(manifest: Manifest): PackedManifest {
  const redacted = redactObject(manifest.object);
  return {
    file: manifest.file,
    ...(manifest.source === undefined ? {} : { source: manifest.source }),
    object: redacted,
    ...withLines(redacted, path => manifest.line(path)),
  };
}

/** The text of a policy, if reading it again gives the same object. */
function packText({ file, source, object, document }: Manifest): PackedManifest | undefined {
  if (!policyKindOf(object) || source !== undefined || !document) {
    return undefined;
  }
  const { manifests, problems, notes } = readManifests(document.text, file);
  return manifests.length === 1 &&
    problems.length + notes.length === 0 &&
    JSON.stringify(manifests[0].object) === JSON.stringify(object)
    ? { file, ...document }
    : undefined;
}

function withLines(value: unknown, lineOf: (path?: string) => number | undefined): { lines?: number[] } {
  const lines = packLines(value, lineOf);
  return lines ? { lines } : {};
}
