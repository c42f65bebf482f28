import { applyAndShow, readApplySettings, refuseErrors } from './apply';
import { explainCommand } from './explain';
import { CommandError, Io, Status } from './io';
import { loadLiveMesh } from './live-mesh';
import { loadMesh, meshFileIn } from './mesh-options';
import { print } from './print';
import { withSession } from './session';
import { verifyMesh, VerifyOptions } from './verify';
import { formatValue } from '../diagnostics/texts';
import { formatWorkload } from '../evaluator/read/workload';
import { formatService } from '../evaluator/services/service-name';
import { compareWithClusters } from '../live/observations/applied-objects';
import { verificationReport } from '../live/reports/verification';
import { readTourFolders, TourFolder } from '../live/tour/tour-folder';
import { predictionsToExplain, takeTourStep, TourEffects, TourStep } from '../live/tour/tour-step';
import { Prediction } from '../live/verification/prediction';
import { isAsPredicted } from '../live/verification/verification';
import { counted } from '../reports/words';

/** Where `npm run synth -- EXAMPLE --steps` writes the steps of an example. */
export const DEFAULT_TOUR = 'dist/steps';

/** A step with its files. */
interface Stop extends TourStep, TourFolder {
  readonly file: string;
}

/**
 * `cilium-mesh verify --tour`: applies, verifies and explains the mesh of each folder, in the order of their names. The
 * tour continues after a step with unexpected answers, and ends at a step that cannot be applied.
 */
export async function tourCommand(options: VerifyOptions, io: Io): Promise<Status> {
  if (options.format !== 'text') {
    throw new CommandError('--tour prints text only; for json or junit, verify each step separately');
  }
  const stops = readStops(typeof options.tour === 'string' ? options.tour : DEFAULT_TOUR, options, io);
  await confirmTour(stops, options, io);
  const different: string[] = [];
  for (const stop of stops) {
    await io.out(`\n${io.colors.bold(`${stop.name}${stop.title === undefined ? '' : `: ${stop.title}`}`)}\n`);
    const verifications = await takeTourStep(stop, effects(options, io));
    if (!verifications) {
      throw new CommandError(
        `The tour ends here: ${stop.name} was not applied. ` +
          `To see its state: cilium-mesh status --mesh ${stop.file}`,
        Status.FOUND,
      );
    }
    await print(verificationReport(verifications), 'text', io);
    await explainAll(predictionsToExplain(verifications), stop, options, io);
    different.push(...(isAsPredicted(verifications) ? [] : [stop.name]));
  }
  const summary = different.length === 0 ? 'all as predicted' : `not as predicted: ${different.join(', ')}`;
  await io.out(`\n${counted(stops.length, 'step')}, ${summary}\n`);
  return different.length === 0 ? Status.OK : Status.FOUND;
}

/** Reads all steps, and refuses those with errors, before the first is applied. */
function readStops(folder: string, options: VerifyOptions, io: Io): Stop[] {
  const folders = readTourFolders(folder) ?? [];
  if (folders.length === 0) {
    throw new CommandError(
      `--tour must be a folder with a folder for each step, got ${formatValue(folder)}\n` +
        '    fix: write a folder for each step with the output of cdk8s synth; ' +
        'npm run synth -- isovalent-lab --steps writes those of the lab',
    );
  }
  return folders.map(each => {
    const file = meshFileIn(each.path);
    const live = loadLiveMesh(file);
    const { input, mesh } = loadMesh({ mesh: file });
    refuseErrors(mesh, input, options, io);
    const { applySet, forceConflicts } = options;
    return { ...each, file, live, mesh, settings: readApplySettings({ mesh: file, applySet, forceConflicts }) };
  });
}

async function confirmTour(stops: readonly Stop[], { yes }: VerifyOptions, io: Io): Promise<void> {
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

function effects(options: VerifyOptions, io: Io): TourEffects {
  return {
    compare: (live, mesh, { applySet }) =>
      withSession(io, ({ shell }) => compareWithClusters(live, mesh, applySet, shell)),
    apply: async (clusters, plan, settings) =>
      (await applyAndShow(clusters, plan, settings, { yes: true }, io)) === Status.OK,
    verify: (live, mesh) => verifyMesh(live, mesh, options, io),
  };
}

async function explainAll(
  predictions: readonly Prediction[],
  { file }: Stop,
  { http, header }: VerifyOptions,
  io: Io,
): Promise<void> {
  for (const prediction of predictions) {
    const isFlow = prediction.kind === 'flow';
    const to = isFlow ? formatWorkload(prediction.destination) : formatService(prediction.service);
    const port = isFlow ? `${prediction.protocol}/${prediction.port}` : `TCP/${prediction.port.port}`;
    await io.out(`\n${io.colors.dim('why:')} `);
    const options = { mesh: file, format: 'text', port: [port], http, header };
    await explainCommand(formatWorkload(prediction.source), to, options, io);
  }
}
