import { CommandError, found, Io, Status } from './io';
import { loadLiveMesh } from './live-mesh';
import { loadMesh, portOf, RequestOptions, requestOf } from './mesh-options';
import { checkFormat, formatsOf, print } from './print';
import { firstSet, OptionTexts } from './refused-options';
import { withSession } from './session';
import { formatValue } from '../diagnostics/texts';
import { EvaluatedMesh, readMesh } from '../evaluator/read/mesh';
import { formatWorkload } from '../evaluator/read/workload';
import { formatService } from '../evaluator/services/service-name';
import { lastLine } from '../live/observations/last-line';
import { LiveMesh } from '../live/plans/live-mesh';
import { verificationReport } from '../live/reports/verification';
import { SYSTEM_CLOCK } from '../live/runner/clock';
import { Prediction } from '../live/verification/prediction';
import { ProbeSettings } from '../live/verification/probing';
import { Selection, selectPredictions, selectUnpredicted } from '../live/verification/selection';
import { isAsPredicted, Verification } from '../live/verification/verification';
import { verify, VerifiedMesh, VerifyEvent } from '../live/verification/verify';
import { MeshInput } from '../manifests/input';
import { counted, percent } from '../reports/words';

export interface VerifyOptions extends Omit<RequestOptions, 'dns'> {
  readonly mesh?: string;
  readonly from?: string;
  readonly to?: string;
  readonly port?: readonly string[];
  readonly only?: string;
  readonly requests?: string;
  readonly pods?: string;
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
  refuseTourOptions(options);
  const { live, renderings } = await loadLiveMesh(options.mesh, io);
  const { input, mesh } = await loadMesh({ mesh: options.mesh }, io, renderings);
  const selection = readSelection(options);
  selectUnpredicted(mesh, selection).forEach(sentence => io.err(`not verified: ${sentence}\n`));
  const predictions = selectedPredictions(mesh, [selection]);
  const verifications = await verifyMesh(live, verifiedMesh(input, mesh), predictions, options, io);
  await print(verificationReport(verifications), options.format, io);
  return isAsPredicted(verifications) ? Status.OK : Status.FOUND;
}

/** Options that have no meaning for one mesh, as they are written. */
const TOUR_OPTIONS: OptionTexts<VerifyOptions> = {
  step: '--step',
  pause: '--pause',
  predict: '--predict',
  yes: '--yes',
  applySet: '--apply-set',
  forceConflicts: '--force-conflicts',
  ignoreFindings: '--ignore-findings',
};

/** Refuses options that need a tour. */
export function refuseTourOptions(options: Partial<VerifyOptions>): void {
  const ofTour = firstSet(options, TOUR_OPTIONS);
  if (ofTour !== undefined) {
    throw new CommandError(`${ofTour} needs --tour`);
  }
}

/** How probes send their requests. */
export function probeSettings(options: Omit<VerifyOptions, 'format' | 'mesh'>): ProbeSettings {
  const { requests, pods, maxTime = '2' } = options;
  return {
    ...(requests === undefined ? {} : { requests: readNumber('--requests', requests, 1, 1000) }),
    ...(pods === undefined ? {} : { pods: readNumber('--pods', pods, 1, 1000) }),
    maxTime: readNumber('--max-time', maxTime, 1, 60),
    request: requestOf(options),
  };
}

/** A mesh that can be evaluated again with the number of pods that its clusters have. */
export function verifiedMesh(input: MeshInput, mesh: EvaluatedMesh): VerifiedMesh {
  return { mesh, withReplicas: replicas => readMesh(input, { replicas }) };
}

/** Verifies predictions. */
export async function verifyMesh(
  live: LiveMesh,
  mesh: VerifiedMesh,
  predictions: readonly Prediction[],
  options: Omit<VerifyOptions, 'format' | 'mesh'>,
  io: Io,
): Promise<Verification[]> {
  const settings = { ...probeSettings(options), settle: readNumber('--settle', options.settle ?? '2', 0, 600) };
  const report = (event: VerifyEvent) => eventLines(event).forEach(line => io.err(`${line}\n`));
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

function eventLines(event: VerifyEvent): readonly string[] {
  switch (event.kind) {
    case 'replicas':
      return event.others.map(
        ({ workload, ready }) =>
          `${formatWorkload(workload)}: ${counted(ready, 'ready pod')}, ${workload.replicas} in its manifest; ` +
          'shares are predicted for the ready ones',
      );
    case 'unrealized':
      return event.agents.map(
        ({ cluster, reason }) => `${cluster}: policies may not be enforced yet, as its agents do not tell: ${reason}`,
      );
    case 'probing': {
      const { probes, least, most } = event;
      const requests = least === most ? counted(most, 'request') : `${least} to ${counted(most, 'request')}`;
      return [`${counted(probes, 'probe')} with ${requests} each`];
    }
    case 'small-share': {
      const { source, service } = event.prediction;
      return [
        `${formatWorkload(source)} to ${formatService(service)}: a cluster with ${percent(event.share)} of the ` +
          'answers that never answers may go unnoticed',
      ];
    }
    case 'repeating':
      return [`repeating ${counted(event.probes, 'probe')}: the answers are not as predicted`];
    case 'no-records':
      return [`${event.cluster}: no records from Hubble: ${lastLine(event.result)}`];
  }
}
