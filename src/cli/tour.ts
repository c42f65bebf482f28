import * as fs from 'fs';
import * as path from 'path';
import { applySettings, applyTo, refuseErrors } from './apply';
import { explainCommand } from './explain';
import { CommandError, counted, Io, Status } from './io';
import { loadLiveMesh } from './live-mesh';
import { compareWithClusters } from './live-objects';
import { loadMesh, meshFileIn } from './mesh-options';
import { verifiedText } from './verified';
import { statusOf, verify, VerifyOptions } from './verify';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { shownWorkload } from '../evaluator/read/workload';
import { shownService } from '../evaluator/services/backends';
import { LiveMesh } from '../live/plans/live-mesh';
import { deliveryPlan } from '../live/plans/up';
import { destinations, NOWHERE, Prediction } from '../live/verification/prediction';

/** Where `npm run synth -- EXAMPLE --steps` writes the steps of an example. */
export const DEFAULT_TOUR = 'dist/steps';

/**
 * `cilium-mesh verify --tour`: applies one mesh after the other, each a folder below the given one, in the order of their names; after each it
 * verifies, and explains what is stopped. A step that is not as predicted does not end the tour, one that cannot be applied does.
 */
export async function tour(options: VerifyOptions, io: Io): Promise<Status> {
  if (options.format !== 'text') {
    throw new CommandError('--tour prints text; verify each step by itself for json or junit');
  }
  const folder = typeof options.tour === 'string' ? options.tour : DEFAULT_TOUR;
  const steps = stepsIn(folder);
  // everything that is wrong with a step, before the first is applied
  const meshes = steps.map((step): TourStep => {
    const file = meshFileIn(path.join(folder, step));
    const live = loadLiveMesh(file);
    const { input, mesh } = loadMesh({ mesh: file });
    refuseErrors(mesh, input, options, io);
    return { step, file, live, mesh };
  });
  const contexts = new Set(meshes.flatMap(({ live }) => live.clusters.map(({ context }) => context)));
  io.err(`${counted(steps.length, 'step')} will be applied one after the other to ${[...contexts].join(', ')}; what a step has no more is removed.\n`);
  if (!options.yes && !(await io.confirm?.('Go on?'))) {
    throw new CommandError(io.confirm ? 'Nothing was changed.' : 'Nothing was changed: there is no terminal to ask on; --yes goes on.', Status.FOUND);
  }
  const different: string[] = [];
  for (const taken of meshes) {
    const { step, file } = taken;
    await io.out(`\n${io.colors.bold(`${step}${titleOf(path.join(folder, step))}`)}\n`);
    const status = await takeStep(taken, options, io);
    if (status === 'not-applied') {
      throw new CommandError(`The tour ends here: ${step} was not applied. To see its state: cilium-mesh status --mesh ${file}`, Status.FOUND);
    }
    different.push(...status === Status.OK ? [] : [step]);
  }
  await io.out(`\n${counted(steps.length, 'step')}, ${different.length === 0 ? 'all as predicted' : `not as predicted: ${different.join(', ')}`}\n`);
  return different.length === 0 ? Status.OK : Status.FOUND;
}

/** A step, read once. */
interface TourStep {
  readonly step: string;
  readonly file: string;
  readonly live: LiveMesh;
  readonly mesh: EvaluatedMesh;
}

async function takeStep({ file, live, mesh }: TourStep, options: VerifyOptions, io: Io): Promise<Status | 'not-applied'> {
  const settings = applySettings({ mesh: file, applySet: options.applySet, forceConflicts: options.forceConflicts });
  const objects = await compareWithClusters(live, mesh, settings.applySet, io);
  if (await applyTo(objects, deliveryPlan(live, objects, settings), settings, { yes: true }, io) !== Status.OK) {
    return 'not-applied';
  }
  const verified = await verify(live, mesh, options, io);
  await io.out(verifiedText(verified, io));
  for (const { prediction } of verified.filter(each => each.outcome === 'different' || isStopped(each.prediction))) {
    await io.out(`\n${io.colors.dim('why:')} `);
    const to = prediction.kind === 'flow' ? shownWorkload(prediction.destination) : shownService(prediction.service);
    await explainCommand(shownWorkload(prediction.source), to, { mesh: file, format: 'text', ...portOf(prediction) }, io);
  }
  return statusOf(verified);
}

/** Requests to a service some of which are stopped, from clients that are no backends of it themselves. */
function isStopped(prediction: Prediction): boolean {
  return prediction.kind === 'service' && (prediction.expected[NOWHERE] ?? 0) > 0 && !destinations(prediction).some(({ name, namespace }) => name === prediction.source.name && namespace === prediction.source.namespace);
}

function portOf(prediction: Prediction): { port: string[] } {
  return { port: [prediction.kind === 'flow' ? `${prediction.protocol}/${prediction.port}` : `TCP/${prediction.port.port}`] };
}

function stepsIn(folder: string): string[] {
  const entries = fs.existsSync(folder) && fs.statSync(folder).isDirectory() ? fs.readdirSync(folder, { withFileTypes: true }) : undefined;
  const steps = (entries ?? []).filter(each => each.isDirectory()).map(each => each.name).sort();
  if (steps.length === 0) {
    throw new CommandError(`--tour: ${entries ? `${folder} has no folders` : `there is no folder ${folder}`}\n`
      + '    fix: write one with a folder for each step, each with what cdk8s synth writes; npm run synth -- isovalent-lab --steps writes those of the lab');
  }
  return steps;
}

/** What a step is about, where it says so. */
function titleOf(folder: string): string {
  const file = path.join(folder, 'title.txt');
  return fs.existsSync(file) ? `: ${fs.readFileSync(file, 'utf8').trim()}` : '';
}
