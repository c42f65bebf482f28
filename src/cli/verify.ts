import { CommandError, found, Io, Status } from './io';
import { loadLiveMesh } from './live-mesh';
import { loadMesh, portOf, RequestOptions, requestOf } from './mesh-options';
import { checkFormat, formatsOf, print } from './print';
import { withSession } from './session';
import { formatValue } from '../diagnostics/texts';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { lastLine } from '../live/observations/last-line';
import { LiveMesh } from '../live/plans/live-mesh';
import { verificationReport } from '../live/reports/verification';
import { SYSTEM_CLOCK } from '../live/runner/clock';
import { REPEAT_FACTOR } from '../live/verification/bound';
import { Prediction } from '../live/verification/prediction';
import { Selection, selectPredictions, selectUnpredicted } from '../live/verification/selection';
import { isAsPredicted, Verification } from '../live/verification/verification';
import { verify, VerifyEvent } from '../live/verification/verify';
import { counted } from '../reports/words';

export interface VerifyOptions extends Omit<RequestOptions, 'dns'> {
  readonly mesh?: string;
  readonly from?: string;
  readonly to?: string;
  readonly port?: readonly string[];
  readonly only?: string;
  readonly requests?: string;
  readonly maxTime?: string;
  readonly settle?: string;
  /** A folder, or true for the default one. */
  readonly tour?: string | boolean;
  readonly step?: readonly string[];
  readonly pause?: boolean;
  readonly predict?: boolean;
  readonly yes?: boolean;
  readonly applySet?: string;
  readonly forceConflicts?: boolean;
  readonly ignoreFindings?: boolean;
  readonly format: string;
}

/** `cilium-mesh verify`: compares predicted verdicts with real requests from the mesh's pods. */
export async function verifyCommand(options: VerifyOptions, io: Io): Promise<Status> {
  checkFormat(options.format, formatsOf('verify'));
  const ofTour = Object.entries(TOUR_OPTIONS).find(([name]) => options[name as keyof VerifyOptions] !== undefined);
  if (ofTour) {
    throw new CommandError(`${ofTour[1]} needs --tour`);
  }
  const { live, renderings } = await loadLiveMesh(options.mesh, io);
  const { mesh } = await loadMesh({ mesh: options.mesh }, io, renderings);
  const selection = readSelection(options);
  selectUnpredicted(mesh, selection).forEach(sentence => io.err(`not verified: ${sentence}\n`));
  const predictions = selectedPredictions(mesh, [selection]);
  const verifications = await verifyMesh(live, mesh, predictions, options, io);
  await print(verificationReport(verifications), options.format, io);
  return isAsPredicted(verifications) ? Status.OK : Status.FOUND;
}

/** Options that have no meaning for one mesh, as they are written. */
const TOUR_OPTIONS: { readonly [name in keyof VerifyOptions]?: string } = {
  step: '--step',
  pause: '--pause',
  predict: '--predict',
  yes: '--yes',
  applySet: '--apply-set',
  forceConflicts: '--force-conflicts',
  ignoreFindings: '--ignore-findings',
};

/** The number of requests of each probe. */
export function requestsOf({ requests = '10' }: Pick<VerifyOptions, 'requests'>): number {
  return readNumber('--requests', requests, 1, 1000);
}

/** Verifies predictions. */
export async function verifyMesh(
  live: LiveMesh,
  mesh: EvaluatedMesh,
  predictions: readonly Prediction[],
  options: Omit<VerifyOptions, 'format' | 'mesh'>,
  io: Io,
): Promise<Verification[]> {
  const settings = {
    requests: requestsOf(options),
    maxTime: readNumber('--max-time', options.maxTime ?? '2', 1, 60),
    settle: readNumber('--settle', options.settle ?? '2', 0, 600),
    request: requestOf(options),
  };
  const report = (event: VerifyEvent) => io.err(`${eventText(event)}\n`);
  return withSession(io, ({ shell }) =>
    verify(live, mesh, predictions, settings, { shell, clock: SYSTEM_CLOCK, report }),
  );
}

/** The predictions that any of the selections matches. */
export function selectedPredictions(mesh: EvaluatedMesh, selections: readonly Selection[]): readonly Prediction[] {
  const predictions = selections.flatMap(each => found(selectPredictions(mesh, each)));
  if (predictions.length === 0) {
    throw new CommandError(
      'No predictions to verify: the selected workloads that run have no flow to each other, ' +
        'and no service to send requests to.',
    );
  }
  return predictions;
}

/** What the options select. */
export function readSelection({ from, to, port, only, ...options }: Omit<VerifyOptions, 'format' | 'mesh'>): Selection {
  if (only !== undefined && only !== 'flows' && only !== 'services') {
    throw new CommandError(`--only must be flows or services, got ${formatValue(only)}`);
  }
  return { from, to, ports: port?.map(portOf), only, request: requestOf(options) };
}

function readNumber(option: string, text: string, least: number, most: number): number {
  if (!/^\d{1,4}$/.test(text) || Number(text) < least || Number(text) > most) {
    throw new CommandError(`${option} must be a number from ${least} to ${most}, got ${formatValue(text)}`);
  }
  return Number(text);
}

function eventText(event: VerifyEvent): string {
  switch (event.kind) {
    case 'probing':
      return `${counted(event.probes, 'probe')} with ${counted(event.requests, 'request')} each`;
    case 'repeating':
      return (
        `repeating ${counted(event.probes, 'probe')} with ${REPEAT_FACTOR} times as many requests: ` +
        'the answers are not as predicted, or unlikely'
      );
    case 'no-drops':
      return `${event.cluster}: no drops from Hubble: ${lastLine(event.result)}`;
  }
}
