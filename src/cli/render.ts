import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { CommandError, Io, Status } from './io';
import { checkFormat, formatsOf, print } from './print';
import { withRenderer } from './renderings';
import { formatValue } from '../diagnostics/texts';
import { renderedFiles, renderTree } from '../live/rendering/tree/render-tree';
import { renderingReport } from '../live/reports/rendering';
import { checkFolder, FolderError, RENDERED_FOLDER, replaceFolder } from '../live/runner/output-folder';

export interface RenderOptions {
  readonly output?: string;
  readonly charts?: readonly string[];
  readonly repo?: readonly string[];
  readonly root?: readonly string[];
  readonly format: string;
}

/** `cilium-mesh render FOLDER -o OUT`: builds a tree of Flux or Argo CD, cluster by cluster. */
export async function renderCommand(folder: string, options: RenderOptions, io: Io): Promise<Status> {
  checkFormat(options.format, formatsOf('render'));
  const { output, charts = [], repo = [], root: roots = [] } = options;
  if (output === undefined || output === '') {
    throw new CommandError('--output must name the folder to write: cilium-mesh render FOLDER -o OUT');
  }
  const missing = [folder, ...charts].find(each => !fs.statSync(each, { throwIfNoEntry: false })?.isDirectory());
  if (missing !== undefined) {
    throw new CommandError(`${formatValue(missing)} must be a folder`);
  }
  const places = roots.map(each => (isInside(each) ? placeOf(folder, each) : undefined));
  const unknown = roots.filter((_, index) => places[index] === undefined);
  if (unknown.length > 0) {
    const got = unknown.map(each => formatValue(each)).join(', ');
    throw new CommandError(`--root must name a file or folder in ${folder}, relative to it, got ${got}`);
  }
  const twice = roots.find((_, index) => places.indexOf(places[index]) !== index);
  if (twice !== undefined) {
    throw new CommandError(`--root names ${formatValue(twice)} twice: each root is one cluster`);
  }
  inFolder(() => checkFolder(output, process.cwd(), RENDERED_FOLDER));
  const clusters = await withRenderer(io, renderer =>
    renderTree(
      {
        folder,
        charts: [...charts, helmCache(process.env)],
        repositories: repo,
        roots: places.filter(each => each !== undefined),
      },
      renderer,
    ),
  );
  if (clusters.length === 0) {
    throw new CommandError(
      `${roots.length === 0 ? folder : roots.map(each => path.join(folder, each)).join(', ')} contains no Kustomization or HelmRelease of Flux and no Application of Argo CD\n` +
        '    fix: name the root of the repository; for other folders, write sources in mesh.yaml',
    );
  }
  inFolder(() => replaceFolder(output, renderedFiles(clusters), process.cwd(), RENDERED_FOLDER));
  await print(renderingReport(clusters, output), options.format, io);
  return clusters.some(({ notBuilt }) => notBuilt.length > 0) ? Status.FOUND : Status.OK;
}

/** Whether a path is relative to a folder and stays in it. */
function isInside(file: string): boolean {
  const normal = path.normalize(file);
  return !path.isAbsolute(file) && normal !== '..' && !normal.startsWith(`..${path.sep}`);
}

/** The path in a folder, without links; undefined if there is nothing, or a link leads out of the folder. */
function placeOf(folder: string, file: string): string | undefined {
  try {
    const place = path.relative(fs.realpathSync(folder), fs.realpathSync(path.join(folder, file)));
    return isInside(place) ? place : undefined;
  } catch {
    return undefined;
  }
}

/** The folder in which Helm keeps the charts that it has fetched (helmpath, v3). */
function helmCache(env: NodeJS.ProcessEnv): string {
  const cache = env.HELM_CACHE_HOME ?? path.join(env.XDG_CACHE_HOME ?? path.join(env.HOME ?? os.homedir(), '.cache'), 'helm');
  return env.HELM_REPOSITORY_CACHE ?? path.join(cache, 'repository');
}

function inFolder(action: () => void): void {
  try {
    action();
  } catch (error) {
    throw error instanceof FolderError ? new CommandError(error.message) : error;
  }
}
