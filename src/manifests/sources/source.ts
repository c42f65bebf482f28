import type { MeshFileSource } from '../../model/mesh-file';
import { isReference, sourceOfText } from '../../model/source-text';

/** Where objects of a cluster come from. Paths are relative to the working directory, or absolute. */
export type Source = PathSource | SnapshotSource | RenderedSource;

/** A file or folder that is read as it is. */
export interface PathSource {
  readonly kind: 'path';
  readonly path: string;
}

/** A cluster in a folder that `cilium-mesh snapshot` wrote. */
export interface SnapshotSource {
  readonly kind: 'snapshot';
  readonly folder: string;
}

/** A source that a program renders. */
export type RenderedSource = KustomizeSource | HelmSource | FluxSource | CommandSource;

/** A folder for `kustomize build`. */
export interface KustomizeSource {
  readonly kind: 'kustomize';
  readonly folder: string;
  /** Whether files may be out of the folders of the kustomizations, as for Flux. */
  readonly loadsAll?: true;
}

/** A chart for `helm template`. */
export interface HelmSource {
  readonly kind: 'helm';
  /** A folder or an archive; a reference such as `oci://example.org/shop`; or a name in `repo`. */
  readonly chart: string;
  /** Whether Helm fetches the chart, so its content is not a matter of this machine. */
  readonly isRemote: boolean;
  readonly release: string;
  readonly namespace: string;
  readonly values: readonly string[];
  /** Values that take precedence over those of the files, as JSON. */
  readonly inlineValues?: string;
  readonly repo?: string;
  readonly version?: string;
  readonly kubeVersion?: string;
  readonly apiVersions?: readonly string[];
}

/** A Kustomization of Flux for `flux build`. */
export interface FluxSource {
  readonly kind: 'flux';
  readonly kustomization: string;
  readonly name: string;
  /** As the file has it. */
  readonly namespace?: string;
  readonly folder: string;
}

/** A program that prints manifests. */
export interface CommandSource {
  readonly kind: 'command';
  readonly command: readonly string[];
  /** The folder in which it runs. */
  readonly folder: string;
}

/** A source in mesh.yaml. */
export type WrittenSource = MeshFileSource;

/** The kinds of sources that a mapping in mesh.yaml names. */
export const SOURCE_KINDS = ['kustomize', 'helm', 'flux', 'command', 'snapshot'] as const;

/** Whether a program renders a source. */
export function isRendered(source: Source): source is RenderedSource {
  return source.kind !== 'path' && source.kind !== 'snapshot';
}

/** The kinds that a written source names: a valid one names exactly one. */
export function kindsOf(written: Exclude<WrittenSource, string>): Array<(typeof SOURCE_KINDS)[number]> {
  return SOURCE_KINDS.filter(kind => written[kind] !== undefined && written[kind] !== null);
}

/** A source in mesh.yaml that names one kind. `beside` resolves the paths in it; `folder` is that of the file. */
export function readSource(written: WrittenSource, folder: string, beside: (path: string) => string): Source {
  if (typeof written === 'string') {
    return { kind: 'path', path: beside(written) };
  }
  const { kustomize, helm, flux, command, snapshot } = written;
  if (kustomize) {
    return { kind: 'kustomize', folder: beside(kustomize) };
  }
  if (helm) {
    return helmSource(helm, beside);
  }
  if (flux) {
    const { kustomization, name, path } = flux;
    return { kind: 'flux', kustomization: beside(kustomization), name, folder: beside(path) };
  }
  return command ? { kind: 'command', command, folder } : { kind: 'snapshot', folder: beside(snapshot!) };
}

/** A source of the argument `--cluster NAME=SOURCE`. */
export function parseSource(text: string): Source {
  return readSource(sourceOfText(text), '.', each => each);
}

/** A source in messages: `kustomize:overlays/paris`. */
export function formatSource(source: Source): string {
  switch (source.kind) {
    case 'path':
      return source.path;
    case 'helm':
      return `helm:${source.chart}`;
    case 'flux':
      return `flux:${source.name}`;
    case 'command':
      return `command:${source.command[0]}`;
    default:
      return `${source.kind}:${source.folder}`;
  }
}

/** A key for maps: equal sources have equal keys. */
export function sourceKey(source: Source): string {
  return JSON.stringify(source);
}

function helmSource(
  helm: NonNullable<Exclude<WrittenSource, string>['helm']>,
  beside: (path: string) => string,
): HelmSource {
  const { chart, release, namespace = 'default', values = [], ...rest } = helm;
  const isRemote = rest.repo !== undefined || isReference(chart);
  return {
    kind: 'helm',
    chart: isRemote ? chart : beside(chart),
    isRemote,
    release: release ?? releaseName(chart),
    namespace,
    values: values.map(beside),
    ...rest,
  };
}

/** The name of a chart: of `charts/shop-1.2.3.tgz` and `oci://example.org/shop` it is `shop`. */
function releaseName(chart: string): string {
  const name = chart.replace(/\/+$/, '').replace(/^.*\//, '');
  return name.replace(/-v?\d+\.\d+\.\d+[^/]*\.tgz$|\.tgz$/, '').replace(/:.*$/, '');
}
