import { readApplySettings, refuseErrors } from './apply';
import { CommandError, Io } from './io';
import { loadLiveMesh } from './live-mesh';
import { meshFileIn } from './mesh-files';
import { loadMesh } from './mesh-options';
import { readSelection, selectedPredictions, VerifyOptions } from './verify';
import { didYouMean } from '../diagnostics/did-you-mean';
import { formatList, formatValue, shortenPath } from '../diagnostics/texts';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { isNamed, readTourFolders, TourFolder } from '../live/tour/tour-folder';
import { TourStep } from '../live/tour/tour-step';
import { Prediction } from '../live/verification/prediction';
import { MeshInput } from '../manifests/input';

/** The folder of the steps, beside `dist/mesh`. */
const DEFAULT_TOUR = 'dist/steps';

/** A step with the mesh of its folder, and the predictions that it is about. */
export interface Stop extends TourFolder {
  readonly file: string;
  readonly input: MeshInput;
  readonly mesh: EvaluatedMesh;
  readonly predictions: readonly Prediction[];
}

/** The folders of the steps. Refuses wrong step files before anything is read from the meshes. */
export function readFolders(tour: VerifyOptions['tour']): readonly TourFolder[] {
  const folder = typeof tour === 'string' ? tour : DEFAULT_TOUR;
  const folders = readTourFolders(folder) ?? [];
  if (folders.length === 0) {
    throw new CommandError(
      `--tour must be a folder with a folder for each step, got ${formatValue(folder)}\n` +
        '    fix: write each step to a folder of its own: ' +
        `cdk8s synth --output ${shortenPath(folder)}/01-NAME`,
    );
  }
  const problems = folders.flatMap(each => each.problems);
  if (problems.length > 0) {
    throw new CommandError(problems.join('\n'));
  }
  return folders;
}

/** The steps with these names, in the order of the tour; all of them without names. */
export function chooseSteps(
  folders: readonly TourFolder[],
  names: readonly string[] | undefined,
): readonly TourFolder[] {
  const known = folders.map(({ name }) => name);
  const unknown = names?.filter(name => !folders.some(each => isNamed(each, name))) ?? [];
  if (unknown.length > 0) {
    const all = [...known, ...known.map(name => name.replace(/^\d+-/, ''))];
    throw new CommandError(
      unknown.map(name => `--step: unknown step ${formatValue(name)}${didYouMean(name, all)}`).join('\n') +
        `\nThe steps are: ${formatList(known)}`,
    );
  }
  return folders.filter(each => !names || names.some(name => isNamed(each, name)));
}

/** The mesh of a step, and the predictions that the options select, otherwise those that its step.yaml names. */
export async function readStop(folder: TourFolder, options: VerifyOptions, io: Io): Promise<Stop> {
  const file = meshFileIn(folder.path);
  const { input, mesh } = await loadMesh({ mesh: file }, io);
  const isSelected = [options.from, options.to, options.port, options.only].some(each => each !== undefined);
  const requests = isSelected ? [{}] : (folder.step.requests ?? [{}]);
  const predictions = selectedPredictions(
    mesh,
    requests.map(each => readSelection({ ...options, ...each })),
  );
  return { ...folder, file, input, mesh, predictions };
}

/** What a step needs to be applied. Refuses a mesh with errors. */
export async function readTourStep({ file, input, mesh }: Stop, options: VerifyOptions, io: Io): Promise<TourStep> {
  const { live } = await loadLiveMesh(file, io);
  refuseErrors(mesh, input, options, io);
  const { applySet, forceConflicts } = options;
  return { live, mesh, settings: readApplySettings({ mesh: file, applySet, forceConflicts }) };
}

