import { applyAndShow } from './apply';
import { CommandError, Io, Status } from './io';
import { print } from './print';
import { withSession } from './session';
import { explainPredictions } from './tour-explanations';
import { chooseSteps, readFolders, readStop, readTourStep, Stop } from './tour-stops';
import { probeSettings, verifiedMesh, verifyMesh, VerifyOptions } from './verify';
import { compareWithClusters } from '../live/observations/applied-objects';
import { predictionReport } from '../live/reports/prediction';
import { verificationReport } from '../live/reports/verification';
import { Shell } from '../live/runner/shell';
import { predictionsToExplain } from '../live/tour/explanations';
import { TourFolder } from '../live/tour/tour-folder';
import { takeTourStep, TourEffects, TourStep } from '../live/tour/tour-step';
import { isAsPredicted } from '../live/verification/verification';
import { counted } from '../reports/words';

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
  const stops = await Promise.all(folders.map(each => readStop(each, options, io)));
  for (const [index, stop] of stops.entries()) {
    await printHeading(stop, io);
    await print(predictionReport(stop.predictions, probeSettings(options)), 'text', io);
    await explainPredictions(stop, predictionsToExplain(stop.predictions), options, io);
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
  const read = await Promise.all(folders.map(each => readStop(each, options, io)));
  const stops = await Promise.all(
    read.map(async stop => ({ ...stop, ...(await readTourStep(stop, options, io)) })),
  );
  await confirmTour(stops, options, io);
  const unexpected: string[] = [];
  for (const [index, stop] of stops.entries()) {
    await printHeading(stop, io);
    const before = stops[index - 1];
    const done = before && `${before.name} was applied, and nothing of ${stop.name}`;
    const verifications = await takeTourStep(stop, effects(stop, options, { ...io, done }));
    if (!verifications) {
      throw new CommandError(
        `The tour ends here: ${stop.name} was not applied. ` +
          `To see its state: cilium-mesh status --mesh ${stop.file}`,
        Status.FOUND,
      );
    }
    await print(verificationReport(verifications), 'text', io);
    const different = verifications.filter(each => each.outcome === 'different').map(each => each.prediction);
    await explainPredictions(stop, predictionsToExplain(stop.predictions, different), options, io);
    unexpected.push(...(isAsPredicted(verifications) ? [] : [stop.name]));
    if (!(await continues(stops[index + 1], options, io))) {
      return unexpected.length === 0 ? Status.OK : Status.FOUND;
    }
  }
  const summary = unexpected.length === 0 ? 'all as predicted' : `not as predicted: ${unexpected.join(', ')}`;
  await io.out(`\n${counted(stops.length, 'step')}, ${summary}\n`);
  return unexpected.length === 0 ? Status.OK : Status.FOUND;
}

async function confirmTour(
  stops: ReadonlyArray<Pick<TourStep, 'live'>>,
  { yes }: VerifyOptions,
  io: Io,
): Promise<void> {
  const contexts = new Set(stops.flatMap(({ live }) => live.clusters.map(({ context }) => context)));
  const order = stops.length > 1 ? ', one after the other; each' : '; it';
  io.err(
    `${counted(stops.length, 'step')} will be applied to ${[...contexts].join(', ')}${order} removes what is not in ` +
      'its mesh.\n',
  );
  if (!yes && !(await io.confirm?.('Continue?'))) {
    const message = io.confirm
      ? 'Nothing was changed.'
      : 'Nothing was changed: no terminal to ask on. To continue without asking, add --yes.';
    throw new CommandError(message, Status.FOUND);
  }
}

/** Waits before the next step, if asked for. False where the tour ends before it. */
async function continues(next: TourFolder | undefined, options: VerifyOptions, io: Io): Promise<boolean> {
  const { pause, tour, predict } = options;
  if (!pause || !next || (await io.pause!(`\nNext: ${headingOf(next)}. Enter continues, q ends the tour: `))) {
    return true;
  }
  const folder = typeof tour === 'string' ? ` ${tour}` : '';
  const command = `cilium-mesh verify --tour${folder}${predict ? ' --predict' : ''} --step ${next.name}`;
  io.err(`The tour ends before ${next.name}. To take one step: ${command}\n`);
  return false;
}

function headingOf({ name, step }: TourFolder): string {
  return `${name}${step.title === undefined ? '' : `: ${step.title}`}`;
}

async function printHeading(stop: TourFolder, io: Io): Promise<void> {
  await io.out(`\n${io.colors.bold(headingOf(stop))}\n`);
}

function effects(
  { input, predictions, live: ownMesh, mesh: evaluated }: Stop & Pick<TourStep, 'live'>,
  options: VerifyOptions,
  io: Io,
): TourEffects {
  return {
    compare: (live, mesh, { applySet }) =>
      withSession(io, ({ shell }) => compareWithClusters(live, mesh, applySet, shell)),
    apply: async (clusters, planOf, settings) => {
      const again = (shell: Shell) => compareWithClusters(ownMesh, evaluated, settings.applySet, shell);
      try {
        const yes = { yes: true };
        const application = { live: ownMesh, mesh: evaluated, objects: clusters, planOf, settings, again };
        const status = await applyAndShow(application, yes, io);
        return status === Status.OK;
      } catch (error) {
        if (!(error instanceof CommandError) || error.status === Status.INTERRUPTED) {
          throw error;
        }
        io.err(`${error.message}\n`);
        return false;
      }
    },
    verify: (live, mesh) => verifyMesh(live, verifiedMesh(input, mesh), predictions, options, io),
  };
}
