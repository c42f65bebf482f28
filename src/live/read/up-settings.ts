import * as path from 'path';
import { CommandError } from '../../cli/io';
import { shownProblem } from '../../cli/mesh-options';
import { CONNECTION_MODES } from '../plans/connect';
import { LiveMesh } from '../plans/live-mesh';
import { IMAGE_PROGRAMS, ImageProgram } from '../plans/preload';
import { UpSettings } from '../plans/up';
import { readYaml } from '../../manifests/documents';
import { readText } from '../../manifests/files';

/** Options of `up` that say how, not what. */
export interface UpChoices {
  readonly chartDirectory?: string;
  readonly connectionMode?: string;
  readonly preload?: boolean;
}

/** The settings of a plan; everything that is wrong with them at once. */
export function readUpSettings({ chartDirectory, connectionMode, preload }: UpChoices, mesh: LiveMesh, env: NodeJS.ProcessEnv = process.env): UpSettings {
  const mode = CONNECTION_MODES.find(each => each === connectionMode);
  const faults = [
    ...connectionMode !== undefined && !mode ? [`--connection-mode ${connectionMode}: allowed are ${CONNECTION_MODES.join(', ')}`] : [],
    ...mode && mesh.clusters.some(each => each.etcd) ? [`--connection-mode ${mode}: only the clustermesh-apiserver can be connected in several ways; leave the option out for Cilium 1.9`] : [],
    ...chartDirectory === undefined ? [] : chartFaults(chartDirectory, mesh),
    ...preload ? preloadFaults(mesh, env) : [],
  ];
  if (faults.length > 0) {
    throw new CommandError(faults.join('\n'));
  }
  return { chartDirectory, connectionMode: mode, preload: preload ? imageProgram(env) : undefined };
}

/** One chart is one version. */
function chartFaults(folder: string, { clusters }: LiveMesh): string[] {
  const file = path.join(folder, 'Chart.yaml');
  const text = readText(file);
  if ('problem' in text) {
    return [`--chart-directory ${folder}: there is no chart, which has a Chart.yaml\n    fix: name the folder of Cilium's chart: helm pull cilium --repo https://helm.cilium.io --version VERSION --untar`];
  }
  const { value, problems } = readYaml(text.text, file);
  const plain = (version: unknown) => String(version).replace(/^v/, '');
  const chart = plain((value as any)?.version);
  return problems.length > 0 ? problems.map(shownProblem) : clusters.filter(each => plain(each.version) !== chart)
    .map(each => `--chart-directory ${folder}: the chart is of version ${chart}, and ${each.name} is to run ${each.version}\n    fix: name a chart of ${each.version}, or set ciliumVersion: ${chart}`);
}

function preloadFaults({ clusters }: LiveMesh, env: NodeJS.ProcessEnv): string[] {
  const provider = env.KIND_EXPERIMENTAL_PROVIDER;
  return [
    ...clusters.some(each => each.kind) ? [] : ['--preload: images are loaded into kind clusters, and this mesh has none; leave the option out'],
    ...provider && !imageProgram(env) ? [`--preload: KIND_EXPERIMENTAL_PROVIDER is ${provider}; images can be loaded from ${IMAGE_PROGRAMS.join(' and ')}; leave the option out`] : [],
  ];
}

/** As kind chooses. */
function imageProgram(env: NodeJS.ProcessEnv): ImageProgram | undefined {
  return IMAGE_PROGRAMS.find(each => each === (env.KIND_EXPERIMENTAL_PROVIDER || 'docker'));
}
