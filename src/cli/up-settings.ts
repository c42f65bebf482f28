import * as path from 'path';
import { CommandError } from './io';
import { formatProblem } from './mesh-files';
import { readTimeout } from './timeout';
import { isProblem } from '../diagnostics/problem';
import { formatValue, shorten, shortenPath } from '../diagnostics/texts';
import { CONNECTION_MODES, ConnectionMode } from '../live/plans/connect';
import { PROVIDERS } from '../live/plans/host';
import { LiveMesh } from '../live/plans/live-mesh';
import { IMAGE_PROGRAMS, ImageProgram } from '../live/plans/preload';
import { UpSettings } from '../live/plans/up';
import { readYaml } from '../manifests/documents';
import { readText } from '../manifests/files/text-reader';

/** Options of `up` about how it works. */
export interface UpChoices {
  readonly chartDirectory?: string;
  readonly connectionMode?: string;
  readonly preload?: boolean;
  readonly timeout?: string;
}

/** The settings of a plan. Throws with all problems at once. */
export function readUpSettings(
  { chartDirectory, connectionMode, preload, timeout }: UpChoices,
  mesh: LiveMesh,
  env: NodeJS.ProcessEnv = process.env,
): UpSettings {
  const faults = [
    ...modeFaults(connectionMode, mesh),
    ...(chartDirectory === undefined ? [] : chartFaults(chartDirectory, mesh)),
    ...(preload ? preloadFaults(mesh, env) : []),
  ];
  if (faults.length > 0) {
    throw new CommandError(faults.join('\n'));
  }
  return {
    chartDirectory,
    connectionMode: modeOf(connectionMode),
    preload: preload ? imageProgram(env) : undefined,
    wait: readTimeout(timeout),
    runtime: containerRuntimeOf(env),
  };
}

/** The connection mode of an option. Throws if it is invalid. */
export function readConnectionMode(text: string | undefined, mesh: LiveMesh): ConnectionMode | undefined {
  const faults = modeFaults(text, mesh);
  if (faults.length > 0) {
    throw new CommandError(faults.join('\n'));
  }
  return modeOf(text);
}

function modeOf(text: string | undefined): ConnectionMode | undefined {
  return CONNECTION_MODES.find(each => each === text);
}

function modeFaults(text: string | undefined, { clusters }: LiveMesh): string[] {
  if (text === undefined) {
    return [];
  }
  if (!modeOf(text)) {
    return [`--connection-mode must be one of ${CONNECTION_MODES.join(', ')}, got ${formatValue(text)}`];
  }
  return clusters.some(each => each.etcd)
    ? [
      '--connection-mode is not available for Cilium 1.9: ' +
          'every cluster connects to all others; remove the option',
    ]
    : [];
}

/** A chart has one version. */
function chartFaults(folder: string, { clusters }: LiveMesh): string[] {
  const file = path.join(folder, 'Chart.yaml');
  const text = readText(file);
  if (isProblem(text)) {
    return [
      `--chart-directory must be a folder with a Chart.yaml, got ${formatValue(folder)}\n` +
        "    fix: name the folder of Cilium's chart: " +
        'helm pull cilium --repo https://helm.cilium.io --version VERSION --untar',
    ];
  }
  const { value, problems } = readYaml(text.text, file);
  if (problems.length > 0) {
    return problems.map(formatProblem);
  }
  const withoutPrefix = (version: unknown) => String(version).replace(/^v/, '');
  const chart = withoutPrefix((value as any)?.version);
  return clusters
    .filter(({ version }) => withoutPrefix(version) !== chart)
    .map(
      ({ name, version }) =>
        `--chart-directory must contain the chart of ${version} for ${name}, got version ${shorten(chart)} in ` +
        `${shortenPath(folder)}\n` +
        `    fix: name a chart of ${version}, or set ciliumVersion: ${shorten(chart)}`,
    );
}

function preloadFaults({ clusters }: LiveMesh, env: NodeJS.ProcessEnv): string[] {
  const provider = env.KIND_EXPERIMENTAL_PROVIDER;
  return [
    ...(clusters.some(each => each.kind)
      ? []
      : ['--preload needs a kind cluster to load the images into; this mesh has none: remove the option']),
    ...(provider && !imageProgram(env)
      ? [
        `--preload loads images of ${IMAGE_PROGRAMS.join(' or ')} only, ` +
            `got KIND_EXPERIMENTAL_PROVIDER=${shorten(provider)}: remove the option`,
      ]
      : []),
  ];
}

/** The container runtime of kind: that of its variable, else docker. */
export function containerRuntimeOf(env: NodeJS.ProcessEnv): string {
  const provider = env.KIND_EXPERIMENTAL_PROVIDER ?? '';
  return Object.hasOwn(PROVIDERS, provider) ? PROVIDERS[provider].program : 'docker';
}

/** The container runtime that kind chooses, if images can be loaded from it. */
function imageProgram(env: NodeJS.ProcessEnv): ImageProgram | undefined {
  return IMAGE_PROGRAMS.find(each => each === (env.KIND_EXPERIMENTAL_PROVIDER || 'docker'));
}
