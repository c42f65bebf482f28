import * as path from 'path';
import type { Command } from 'commander';
import {
  configuredMeshFile,
  loadConfiguration,
  LoadedConfiguration,
  withConfigurationOption,
} from './configuration-file';
import { CommandError, Io } from './io';
import { DEFAULT_MESH_FILE, formatProblem, meshFileIn, WRITTEN_MESH_FILE } from './mesh-files';
import { meshPlace } from './mesh-folder';
import { withPatch } from '../cilium/minor-version';
import { CiliumVersion } from '../cilium/version';
import { didYouMean } from '../diagnostics/did-you-mean';
import { formatValue, shorten } from '../diagnostics/texts';
import { FlowPort } from '../evaluator/flows/flow';
import { Request } from '../evaluator/flows/request';
import { parseHttpRequest } from '../evaluator/queries/http-pattern';
import { parsePort } from '../evaluator/queries/matrix';
import { nearestText } from '../evaluator/queries/nearest-text';
import { EvaluatedMesh, readMesh } from '../evaluator/read/mesh';
import { formatWorkload } from '../evaluator/read/workload';
import { argumentSources, readClusterArguments } from '../manifests/cluster-arguments';
import { ExcludedPaths } from '../manifests/files/exclusions';
import { MeshInput } from '../manifests/input';
import { meshFileSources, readMeshFile } from '../manifests/mesh-input';
import { ReadingDiagnostic } from '../manifests/reading-diagnostic';
import { Renderings } from '../manifests/sources/rendering';
import { RenderedSource } from '../manifests/sources/source';
import { counted } from '../reports/words';

/** Options of every command that reads manifests. */
export interface MeshOptions {
  /** A mesh file, or a folder with one. */
  readonly mesh?: string;
  readonly config?: string;
  readonly cluster?: readonly string[];
  readonly values?: readonly string[];
  readonly base?: readonly string[];
  readonly prune?: readonly string[];
  readonly cilium?: string;
  readonly scale?: readonly string[];
  readonly exclude?: readonly string[];
  /** Paths that the configuration excludes. */
  readonly configured?: ExcludedPaths;
  readonly keepGoing?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** Adds the options of every command that reads manifests. */
export function withMeshOptions(
  command: Command,
  cilium = 'evaluate all clusters with this version of Cilium, for example 1.18',
): Command {
  return withConfigurationOption(
    command.option(
      '--mesh <path>',
      'mesh file, or folder with mesh.yaml or with a folder for each cluster ' +
        `(default: ${DEFAULT_MESH_FILE}, else ${WRITTEN_MESH_FILE})`,
    ),
  )
    .option(
      '--cluster <name=path>',
      'name of a cluster, and the file or folder of its manifests, kustomize:DIR, helm:CHART or snapshot:DIR; ' +
        'repeat for each cluster, instead of --mesh',
      collect,
    )
    .option('--base <name=path>', 'what runs in a cluster that --cluster names, such as snapshot:DIR', collect)
    .option('--prune <name=labels>', 'labels of the objects that are deleted from the base, repeatable', collect)
    .option('--values <name=file>', 'Helm values of a cluster that --cluster names, repeatable', collect)
    .option('--exclude <glob>', 'leave out files and folders of manifests, as in .gitignore, repeatable', collect)
    .option('--keep-going', 'leave out invalid files that may contain what matters, and evaluate the rest')
    .option('--cilium <version>', cilium)
    .option('--quiet', 'print only the answer: no notes, and not what was read')
    .option('--verbose', 'also print which files were used, and what was read of each cluster');
}

/** Collects the values of a repeatable option. */
export function collect(value: string, all: readonly string[] = []): string[] {
  return [...all, value];
}

/** The mesh that the options name, and the configuration that comes with it. */
export interface ConfiguredMesh {
  readonly input: MeshInput;
  readonly mesh: EvaluatedMesh;
  readonly configuration: LoadedConfiguration;
}

/** Reads the mesh that the options and the configuration name. Throws with all problems at once. */
export async function loadConfiguredMesh(options: MeshOptions, io: Io): Promise<ConfiguredMesh> {
  const configuration = loadConfiguration(options);
  const read = await loadMesh(withConfiguration(options, configuration), quietIo(options, io));
  if (options.verbose) {
    io.err(usedFiles(read.input, configuration));
  }
  return { ...read, configuration };
}

/** Where a command writes its notes: nowhere if it is quiet. */
export function quietIo({ quiet }: MeshOptions, io: Io): Io {
  return quiet ? { ...io, err: () => undefined, terminal: undefined } : io;
}

/** The files that a command uses, and what it read of each cluster; one line each. */
function usedFiles({ source, clusters }: MeshInput, { file, baseline }: LoadedConfiguration): string {
  return [
    `configuration: ${file ?? 'none'}`,
    ...(baseline === undefined ? [] : [`baseline: ${baseline}`]),
    `mesh: ${source}`,
    ...clusters.flatMap(({ name, files, manifests, values, notes }) => [
      `${name}: ${counted(manifests.length, 'object')}` +
        (files === undefined ? '' : ` in ${counted(files.read, 'file')}, ${counted(files.excluded, 'path')} excluded`) +
        `; Helm values: ${values?.file ?? 'none'}`,
      ...notes.map(
        ({ code, file: place, line }) => `  ${place}${line === undefined ? '' : `:${line}`}: ignored [${code}]`,
      ),
    ]),
  ].map(text => `${shorten(text, LINE_LENGTH)}\n`).join('');
}

/** As long as a path may be on Linux. */
const LINE_LENGTH = 4096;

/** Reads the input that the options and the configuration name. */
export async function loadConfiguredInput(options: MeshOptions, io: Io): Promise<MeshInput> {
  return loadInput(withConfiguration(options, loadConfiguration(options)), io);
}

/** Options that the configuration completes. */
export function withConfiguration(options: MeshOptions, { file, mesh, exclude }: LoadedConfiguration): MeshOptions {
  const isNamed = options.mesh !== undefined || options.cluster !== undefined;
  return {
    ...options,
    ...(isNamed || mesh === undefined ? {} : { mesh: meshFileIn(mesh) }),
    ...(file === undefined || exclude === undefined
      ? {}
      : { configured: { folder: path.dirname(file), patterns: exclude } }),
  };
}

/** Reads the mesh that the options name. Throws with all problems at once, before it evaluates anything. */
export async function loadMesh(
  options: MeshOptions,
  io: Io,
  rendered?: Renderings,
): Promise<{ readonly input: MeshInput; readonly mesh: EvaluatedMesh }> {
  const input = await loadInput(options, io, rendered);
  return { input, mesh: evaluateInput(input, options) };
}

/** The mesh of an input, with the version and the numbers of pods that the options set. */
export function evaluateInput(input: MeshInput, options: Pick<MeshOptions, 'cilium' | 'scale'>): EvaluatedMesh {
  const mesh = readMesh(input, {
    version: versionOf(options.cilium),
    replicas: scaleOf(options.scale),
  });
  const workloads = mesh.workloads.map(each => `${each.cluster}/${each.namespace}/${each.name}`);
  const unknown = [...scaleOf(options.scale).keys()].filter(key => !workloads.includes(key));
  if (unknown.length > 0) {
    const references = mesh.workloads.map(formatWorkload);
    throw new CommandError(
      unknown
        .map(key => key.split('/'))
        .map(([cluster, namespace, name]) => formatWorkload({ cluster, namespace, name }))
        .map(
          text =>
            `--scale: unknown workload ${formatValue(text)}${didYouMean(text, references)}; ` +
            nearestText('workloads', text, references),
        )
        .join('\n'),
    );
  }
  return mesh;
}

/** Reads the input that the options name, and renders its sources unless somebody has. Throws with all problems. */
export async function loadInput(options: MeshOptions, io: Io, rendered?: Renderings): Promise<MeshInput> {
  const { input, problems } = await readInput(options, io, rendered);
  if (problems.length > 0) {
    const isNamed = options.mesh !== undefined || (options.cluster ?? []).length > 0;
    const missing = !isNamed && problems[0].code === 'file-missing';
    throw new CommandError(
      problems.map(formatProblem).join('\n') +
        (missing
          ? '\nRun cdk8s synth first, or name the mesh with --mesh FILE or --cluster NAME=PATH.'
          : !options.keepGoing && problems.some(each => canBeLeftOut(each, input, options))
            ? '\nTo leave out such files and evaluate the rest: --keep-going, or --exclude GLOB.'
            : ''),
    );
  }
  return input;
}

/** The input that the options name, with the problems of reading it. */
export async function readInput(
  options: MeshOptions,
  io: Io,
  rendered?: Renderings,
): Promise<{ readonly input: MeshInput; readonly problems: readonly ReadingDiagnostic[] }> {
  const { mesh, cluster = [], values = [], base = [], prune = [], keepGoing } = options;
  if (mesh !== undefined && cluster.length > 0) {
    throw new CommandError('--mesh and --cluster cannot be used together: name either a mesh file or the clusters');
  }
  if (values.length > 0 && cluster.length === 0) {
    throw new CommandError('--values needs --cluster; in a mesh file, write values: in the cluster');
  }
  if (base.length + prune.length > 0 && cluster.length === 0) {
    throw new CommandError('--base and --prune need --cluster; in a mesh file, write base: and prune: in the cluster');
  }
  const exclude = [
    ...(options.exclude === undefined ? [] : [{ folder: '.', patterns: options.exclude }]),
    ...(options.configured === undefined ? [] : [options.configured]),
  ];
  const ofArguments = cluster
    .map(text => named('--cluster', text, 'path'))
    .map(({ name, rest }) => ({ name, source: rest }));
  const place = ofArguments.length > 0 ? { clusters: ofArguments } : meshPlace(mesh ?? configuredMeshFile());
  if ('note' in place) {
    io.err(`${place.note}\n`);
  }
  const argument = (option: string, all: readonly string[], what: string) =>
    all.map(text => named(option, text, what)).map(({ name, rest }) => ({ name, text: rest }));
  const of = {
    values: argument('--values', values, 'file'),
    base: argument('--base', base, 'path'),
    prune: argument('--prune', prune, 'labels'),
  };
  const sources =
    'clusters' in place
      ? argumentSources([...place.clusters.map(each => each.source), ...of.base.map(each => each.text)])
      : meshFileSources(place.file);
  const renderings = rendered ?? (await renderIfAny(sources, io));
  return 'clusters' in place
    ? readClusterArguments(place.clusters, { exclude, keepGoing, renderings, ...of })
    : readMeshFile(place.file, { exclude, keepGoing, renderings });
}

/** Whether a problem is one of manifests. The mesh file and Helm values cannot be left out. */
function canBeLeftOut(
  { code, file }: ReadingDiagnostic,
  { source, clusters }: MeshInput,
  { values = [] }: MeshOptions,
): boolean {
  const needed = [
    source,
    ...values.map(text => named('--values', text, 'file').rest),
    ...clusters.flatMap(({ settings }) =>
      settings.values === undefined ? [] : [path.resolve(path.dirname(source), settings.values)],
    ),
  ];
  return LEFT_OUT_CODES.test(code) && !needed.some(each => path.resolve(each) === path.resolve(file));
}

/** Problems of one file among others. */
const LEFT_OUT_CODES = /^(yaml|object|document|list|helm|file-(?!missing))/;

/** Renders sources. Meshes without any do not load what that needs. */
export async function renderIfAny(sources: readonly RenderedSource[], io: Io): Promise<Renderings> {
  return sources.length === 0
    ? new Map()
    : // eslint-disable-next-line @typescript-eslint/no-require-imports
    (require('./renderings') as typeof import('./renderings.js')).renderAll(sources, io);
}

/** Parses a version of Cilium: `1.18`, `v1.18` or `1.18.3`. */
export function versionOf(text: string | undefined): CiliumVersion | undefined {
  if (text === undefined) {
    return undefined;
  }
  const version = CiliumVersion.parse(withPatch(text));
  if (!version || !version.traits.clusterMeshApiserver) {
    throw new CommandError(`--cilium must be a version from 1.14 to 1.20, got ${formatValue(text)}`);
  }
  return version;
}

/** Options of commands that decide single requests. */
export interface RequestOptions {
  readonly http?: string;
  readonly header?: readonly string[];
  readonly dns?: string;
}

/** Adds the options of commands that decide single requests. */
export function withRequestOptions(command: Command): Command {
  return command
    .option('--http <request>', "apply layer 7 rules to this request: 'GET /path' or 'GET http://host/path'")
    .option('--header <header>', "add a header to the request: 'X-Key: value', repeatable", collect)
    .option('--dns <name>', 'apply layer 7 rules to a DNS query for this name');
}

/** The request that the options describe. */
export function requestOf({ http, header = [], dns }: RequestOptions): Request | undefined {
  if (http !== undefined && dns !== undefined) {
    throw new CommandError('--http and --dns cannot be used together: a flow carries either HTTP or DNS');
  }
  if (http === undefined && header.length > 0) {
    throw new CommandError('--header needs --http');
  }
  if (dns !== undefined) {
    return { kind: 'dns', name: dns };
  }
  if (http !== undefined && !parseHttpRequest(http)) {
    throw new CommandError(
      `--http must be a method and a path such as 'GET /path' or 'GET http://host/path', got ${formatValue(http)}`,
    );
  }
  const headers = Object.fromEntries(
    header.map(text => {
      const parts = /^([^:\s]+):\s*((?!\s).*)$/.exec(text);
      if (!parts) {
        throw new CommandError(`--header must be 'Name: value', got ${formatValue(text)}`);
      }
      return [parts[1], parts[2]];
    }),
  );
  return http === undefined ? undefined : { kind: 'http', http: parseHttpRequest(http, headers)! };
}

/** Parses a port of a flow, such as `TCP/80`. */
export function portOf(text: string): FlowPort {
  const port = parsePort(text);
  if (!port) {
    throw new CommandError(
      '--port must be PROTOCOL/NUMBER such as TCP/80 or UDP/53 (ports 1 to 65535), or ICMP/8 (types 0 to 255), ' +
        `got ${formatValue(text)}`,
    );
  }
  return port;
}

/**
 * The numbers of pods by `cluster/namespace/name`: of `namespace/name@cluster=replicas` as in all references, and of
 * the older form `cluster/namespace/name=replicas`.
 */
export function scaleOf(scale: readonly string[] = []): Map<string, number> {
  return new Map(
    scale.map(text => {
      const [, reference, replicas] = /^([^=]+)=(\d{1,6})$/.exec(text) ?? [];
      const [, kindOrNamespace, namespace, name, cluster] =
        /^(?:([^/@]+)\/)?(?:([^/@]+)\/)?([^/@]+)@([^/@]+)$/.exec(reference ?? '') ?? [];
      const older = /^[^/@]+\/[^/@]+\/[^/@]+$/.test(reference ?? '');
      if (name === undefined && !older) {
        throw new CommandError(
          `--scale must be namespace/name@cluster=replicas, got ${formatValue(text)}`,
        );
      }
      const key = older ? reference : `${cluster}/${namespace ?? kindOrNamespace ?? 'default'}/${name}`;
      return [key, Number(replicas)];
    }),
  );
}

function named(option: string, text: string, what: string): { name: string; rest: string } {
  const at = text.indexOf('=');
  if (at <= 0 || at === text.length - 1) {
    throw new CommandError(`${option} must be NAME=${what.toUpperCase()}, got ${formatValue(text)}`);
  }
  return { name: text.slice(0, at), rest: text.slice(at + 1) };
}
