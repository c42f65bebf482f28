import { applyAndShow, readApplySettings, refuseErrors } from './apply';
import { explainCommand } from './explain';
import { CommandError, Io, Status } from './io';
import { loadLiveMesh } from './live-mesh';
import { loadMesh, meshFileIn } from './mesh-options';
import { print } from './print';
import { withSession } from './session';
import { readSelection, requestsOf, selectedPredictions, verifyMesh, VerifyOptions } from './verify';
import { didYouMean } from '../diagnostics/did-you-mean';
import { formatList, formatValue } from '../diagnostics/texts';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { formatWorkload } from '../evaluator/read/workload';
import { formatService } from '../evaluator/services/service-name';
import { compareWithClusters } from '../live/observations/applied-objects';
import { predictionReport } from '../live/reports/prediction';
import { verificationReport } from '../live/reports/verification';
import { isNamed, readTourFolders, TourFolder } from '../live/tour/tour-folder';
import { firstStopped, predictionsToExplain, takeTourStep, TourEffects, TourStep } from '../live/tour/tour-step';
import { Prediction } from '../live/verification/prediction';
import { isAsPredicted } from '../live/verification/verification';
import { counted } from '../reports/words';

/** Where `npm run synth -- EXAMPLE --steps` writes the steps of an example. */
export const DEFAULT_TOUR = 'dist/steps';

/** A step with the mesh of its folder, and the predictions that it is about. */
interface Stop extends TourFolder {
  readonly file: string;
  readonly mesh: EvaluatedMesh;
  readonly predictions: readonly Prediction[];
}

/** `cilium-mesh verify --tour`: the mesh of each folder, in the order of their names. */
export async function tourCommand(options: VerifyOptions, io: Io): Promise<Status> {
  if (options.format !== 'text') {
    throw new CommandError('--tour prints text only; for json or junit, verify each step separately');
  }
  if (options.pause && !io.pause) {
    throw new CommandError('--pause needs a terminal to wait on');
  }
  const folders = chooseSteps(readFolders(options.tour), options.step);
  return options.predict ? predictTour(folders, options, io) : takeTour(folders, options, io);
}

/** Prints the predictions of each step, and explains the first that stays unanswered. Needs no clusters. */
async function predictTour(folders: readonly TourFolder[], options: VerifyOptions, io: Io): Promise<Status> {
  const stops = folders.map(each => readStop(each, options));
  for (const [index, stop] of stops.entries()) {
    await printHeading(stop, io);
    await print(predictionReport(stop.predictions, requestsOf(options)), 'text', io);
    await explainAll([firstStopped(stop.predictions) ?? []].flat(), stop, io);
    if (!(await continues(stops[index + 1], options, io))) {
      return Status.OK;
    }
  }
  await io.out(`\n${counted(stops.length, 'step')}, predicted only: no cluster was asked\n`);
  return Status.OK;
}

/**
 * Applies, verifies and explains each step. Continues after a step with unexpected answers, and ends at a step that
 * cannot be applied.
 */
async function takeTour(folders: readonly TourFolder[], options: VerifyOptions, io: Io): Promise<Status> {
  // all steps are read, and those with errors refused, before the first is applied
  const stops = folders.map(each => ({ ...readStop(each, options), ...readTourStep(each, options, io) }));
  await confirmTour(stops, options, io);
  const different: string[] = [];
  for (const [index, stop] of stops.entries()) {
    await printHeading(stop, io);
    const verifications = await takeTourStep(stop, effects(stop, options, io));
    if (!verifications) {
      throw new CommandError(
        `The tour ends here: ${stop.name} was not applied. ` +
          `To see its state: cilium-mesh status --mesh ${stop.file}`,
        Status.FOUND,
      );
    }
    await print(verificationReport(verifications), 'text', io);
    await explainAll(predictionsToExplain(verifications), stop, io);
    different.push(...(isAsPredicted(verifications) ? [] : [stop.name]));
    if (!(await continues(stops[index + 1], options, io))) {
      return different.length === 0 ? Status.OK : Status.FOUND;
    }
  }
  const summary = different.length === 0 ? 'all as predicted' : `not as predicted: ${different.join(', ')}`;
  await io.out(`\n${counted(stops.length, 'step')}, ${summary}\n`);
  return different.length === 0 ? Status.OK : Status.FOUND;
}

/** The folders of the steps. Refuses wrong step files before anything is read from the meshes. */
function readFolders(tour: VerifyOptions['tour']): readonly TourFolder[] {
  const folder = typeof tour === 'string' ? tour : DEFAULT_TOUR;
  const folders = readTourFolders(folder) ?? [];
  if (folders.length === 0) {
    throw new CommandError(
      `--tour must be a folder with a folder for each step, got ${formatValue(folder)}\n` +
        '    fix: write a folder for each step with the output of cdk8s synth; ' +
        'npm run synth -- isovalent-lab --steps writes those of the lab',
    );
  }
  const problems = folders.flatMap(each => each.problems);
  if (problems.length > 0) {
    throw new CommandError(problems.join('\n'));
  }
  return folders;
}

/** The steps with these names, in the order of the tour; all of them without names. */
function chooseSteps(folders: readonly TourFolder[], names: readonly string[] | undefined): readonly TourFolder[] {
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
function readStop(folder: TourFolder, options: VerifyOptions): Stop {
  const file = meshFileIn(folder.path);
  const { mesh } = loadMesh({ mesh: file });
  const isSelected = [options.from, options.to, options.port, options.only].some(each => each !== undefined);
  const requests = isSelected ? [{}] : (folder.step.requests ?? [{}]);
  const predictions = selectedPredictions(
    mesh,
    requests.map(each => readSelection({ ...options, ...each })),
  );
  return { ...folder, file, mesh, predictions };
}

function readTourStep(folder: TourFolder, options: VerifyOptions, io: Io): TourStep {
  const file = meshFileIn(folder.path);
  const live = loadLiveMesh(file);
  const { input, mesh } = loadMesh({ mesh: file });
  refuseErrors(mesh, input, options, io);
  const { applySet, forceConflicts } = options;
  return { live, mesh, settings: readApplySettings({ mesh: file, applySet, forceConflicts }) };
}

async function confirmTour(
  stops: ReadonlyArray<Pick<TourStep, 'live'>>,
  { yes }: VerifyOptions,
  io: Io,
): Promise<void> {
  const contexts = new Set(stops.flatMap(({ live }) => live.clusters.map(({ context }) => context)));
  io.err(
    `${counted(stops.length, 'step')} will be applied to ${[...contexts].join(', ')}, one after the other; ` +
      'each removes what is not in its mesh.\n',
  );
  if (!yes && !(await io.confirm?.('Continue?'))) {
    const message = io.confirm
      ? 'Nothing was changed.'
      : 'Nothing was changed: no terminal to ask on. To continue without asking, add --yes.';
    throw new CommandError(message, Status.FOUND);
  }
}

/** Waits before the next step, if asked for. False where the tour ends before it. */
async function continues(next: TourFolder | undefined, { pause }: VerifyOptions, io: Io): Promise<boolean> {
  if (!pause || !next || (await io.pause!(`\nNext: ${headingOf(next)}. Enter continues, q ends the tour: `))) {
    return true;
  }
  io.err(`The tour ends before ${next.name}. To take one step: cilium-mesh verify --tour --step ${next.name}\n`);
  return false;
}

function headingOf({ name, step }: TourFolder): string {
  return `${name}${step.title === undefined ? '' : `: ${step.title}`}`;
}

async function printHeading(stop: TourFolder, io: Io): Promise<void> {
  await io.out(`\n${io.colors.bold(headingOf(stop))}\n`);
}

function effects({ predictions }: Stop, options: VerifyOptions, io: Io): TourEffects {
  return {
    compare: (live, mesh, { applySet }) =>
      withSession(io, ({ shell }) => compareWithClusters(live, mesh, applySet, shell)),
    apply: async (clusters, plan, settings) =>
      (await applyAndShow(clusters, plan, settings, { yes: true }, io)) === Status.OK,
    verify: (live, mesh) => verifyMesh(live, mesh, predictions, options, io),
  };
}

async function explainAll(predictions: readonly Prediction[], { file }: Stop, io: Io): Promise<void> {
  for (const prediction of predictions) {
    const isFlow = prediction.kind === 'flow';
    const to = isFlow ? formatWorkload(prediction.destination) : formatService(prediction.service);
    const port = isFlow ? `${prediction.protocol}/${prediction.port}` : `TCP/${prediction.port.port}`;
    await io.out(`\n${io.colors.dim('why:')} `);
    await explainCommand(formatWorkload(prediction.source), to, { mesh: file, format: 'text', port: [port] }, io);
  }
}
