import * as fs from 'fs';
import * as path from 'path';
import { readFlowArguments } from './flow-arguments';
import { CommandError, Io, Status } from './io';
import { meshFileIn } from './mesh-files';
import { readSpan } from './period';
import { checkFormat, formatsOf, print } from './print';
import { ciliumNamespaceOf, targetsOf } from './read-clusters';
import { createRecordDisplay, RecordDisplay } from './record-progress';
import { redactRecordings } from './redact-recordings';
import { withSession } from './session';
import { CiliumVersion } from '../cilium/version';
import { formatValue } from '../diagnostics/texts';
import { lastLine } from '../live/observations/last-line';
import { maskOptionOf, OBSERVE_HELP } from '../live/recording/observe';
import { ClusterRecording, recordCluster, RecordingTarget } from '../live/recording/record-cluster';
import { newCounts } from '../live/recording/recorded-lines';
import { RecordedFile, recordingReport, RecordingResult } from '../live/reports/recording';
import { SYSTEM_CLOCK } from '../live/runner/clock';
import { RecordingFile } from '../live/runner/recording-file';
import { ask, Follower } from '../live/runner/shell';
import { Redactor } from '../observed/redaction/redactor';

export interface RecordOptions {
  readonly mesh?: string;
  readonly context?: readonly string[];
  readonly ciliumNamespace?: string;
  readonly for?: string;
  readonly output: string;
  readonly redact?: boolean;
  readonly recording?: readonly string[];
  readonly format: string;
}

/** The longest recording: timers of JavaScript take no more milliseconds. */
const LONGEST = 2 ** 31 - 1;

/** `cilium-mesh record [MESH]`: the flows of all clusters, for some time; or redacted copies of recordings. */
export async function recordCommand(mesh: string | undefined, options: RecordOptions, io: Io): Promise<Status> {
  checkFormat(options.format, formatsOf('record'));
  const { output: folder, recording } = options;
  if (folder === '') {
    throw new CommandError('--output must name the folder to write');
  }
  const result: EndedRecording =
    recording === undefined
      ? await recordClusters(mesh, options, io)
      : await redactRecordings(sourcesOf(mesh, options), folder);
  await print(recordingReport(result), options.format, io);
  return result.isInterrupted
    ? Status.INTERRUPTED
    : result.files.some(({ problem }) => problem !== undefined) || result.files.every(({ file }) => file === undefined)
      ? Status.FOUND
      : Status.OK;
}

function sourcesOf(mesh: string | undefined, { recording, redact, for: time, context }: RecordOptions) {
  const others = [
    ...(mesh === undefined ? [] : [formatValue(mesh)]),
    ...(time === undefined ? [] : ['--for']),
    ...(context === undefined ? [] : ['--context']),
  ];
  if (!redact || others.length > 0) {
    throw new CommandError(
      redact
        ? `--recording copies a recording and records no cluster: remove ${others.join(' and ')}`
        : '--recording needs --redact: it copies a recording without addresses, names and requests',
    );
  }
  return readFlowArguments(recording!).sources;
}

interface EndedRecording extends RecordingResult {
  readonly isInterrupted?: boolean;
}

async function recordClusters(mesh: string | undefined, options: RecordOptions, io: Io): Promise<EndedRecording> {
  const milliseconds = durationOf(options.for ?? '10m');
  const namespace = ciliumNamespaceOf(options);
  if (mesh !== undefined && (options.mesh !== undefined || options.context !== undefined)) {
    throw new CommandError(`${formatValue(mesh)} already names the mesh: remove --mesh and --context`);
  }
  const targets = recordingTargets(mesh, options);
  const files = targets.map(({ name }) => path.join(options.output, `${name}.jsonl`));
  const existing = files.filter(file => fs.existsSync(file));
  if (existing.length > 0) {
    throw new CommandError(
      `${existing.map(file => `${file} exists already`).join('\n')}\n` +
        '    fix: name another folder with --output, or remove the old recording; nothing was recorded',
    );
  }
  const display = createRecordDisplay(targets, milliseconds, io);
  const redactor = options.redact ? new Redactor() : undefined;
  try {
    return await withSession(io, async ({ shell, writeWith }) => {
      writeWith(text => display.write(text));
      const help = await ask(shell, OBSERVE_HELP);
      if (help.missing !== undefined) {
        throw new CommandError(help.tail);
      }
      const maskOption = maskOptionOf(help.output);
      const end = endAfter(milliseconds, shell.interruption);
      const recorded = await Promise.all(
        targets.map((target, index) =>
          recordInto(files[index], target, display, shell, end, {
            namespace,
            ...(maskOption ? { maskOption } : {}),
            ...(redactor ? { redactor } : {}),
          }),
        ),
      );
      return {
        folder: options.output,
        files: recorded,
        isRedacted: redactor !== undefined,
        isInterrupted: shell.interruption.aborted,
      };
    });
  } finally {
    display.end();
  }
}

/** Records one cluster into a file. Whatever fails is a problem of that cluster only. */
async function recordInto(
  file: string,
  target: RecordingTarget,
  display: RecordDisplay,
  follower: Follower,
  end: AbortSignal,
  settings: Pick<Parameters<typeof recordCluster>[1], 'namespace' | 'maskOption' | 'redactor'>,
): Promise<RecordedFile> {
  const { name, context } = target;
  let opened: RecordingFile | undefined;
  let recording: ClusterRecording = { target, counts: newCounts(), interruptions: 0 };
  let problem: string | undefined;
  try {
    const out = await RecordingFile.create(file);
    opened = out;
    recording = await recordCluster(
      target,
      {
        ...settings,
        follower,
        clock: SYSTEM_CLOCK,
        write: lines => out.write(lines),
        report: event => {
          recording = event.kind === 'records' ? { ...recording, counts: event.counts } : recording;
          display.show(target, event);
        },
      },
      end,
    );
    problem = recording.failure && `cannot be recorded: ${lastLine(recording.failure)}`;
  } catch (error) {
    problem = `${file} cannot be written: ${(error as Error).message}`;
    display.show(target, { kind: 'failed', message: problem });
  } finally {
    await opened?.close();
  }
  return {
    name,
    context,
    ...(opened && opened.length > 0 ? { file } : {}),
    counts: recording.counts,
    interruptions: recording.interruptions,
    ...(problem === undefined ? {} : { problem }),
  };
}

function durationOf(text: string): number {
  const milliseconds = readSpan(text);
  if (milliseconds === undefined || milliseconds === 0 || milliseconds > LONGEST) {
    throw new CommandError(`--for must be a time such as 90s, 10m or 8h, up to 24d, got ${formatValue(text)}`);
  }
  return milliseconds;
}

/** The clusters, with names for files. */
function recordingTargets(mesh: string | undefined, { context, mesh: named }: RecordOptions): RecordingTarget[] {
  const file = mesh === undefined ? named : meshFileIn(mesh);
  const names = new Set<string>();
  return targetsOf({ context, mesh: file }).map(({ context: of, declared }) => {
    const version = CiliumVersion.parse(declared?.ciliumVersion);
    const base = declared?.name ?? of.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[.-]+/, '').slice(0, 100);
    let name = base === '' ? 'cluster' : base;
    for (let number = 2; names.has(name); number++) {
      name = `${base}-${number}`;
    }
    names.add(name);
    return { name, context: of, ...(version ? { version } : {}) };
  });
}

/** Aborted after a time, or by an interruption. */
function endAfter(milliseconds: number, interruption: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), milliseconds);
  interruption.addEventListener('abort', () => {
    clearTimeout(timer);
    controller.abort();
  });
  // a recording that ends before leaves no timer behind
  timer.unref();
  return controller.signal;
}
