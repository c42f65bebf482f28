import { MaskOption, observeCommand } from './observe';
import { newCounts, RecordedCounts, RecordedLines } from './recorded-lines';
import { maskFields } from '../../cilium/hubble-fields';
import { CiliumVersion } from '../../cilium/version';
import { LineSplitter } from '../../observed/reading/lines';
import { Redactor } from '../../observed/redaction/redactor';
import { lastLine } from '../observations/last-line';
import { Clock } from '../runner/clock';
import { CommandResult, Follower } from '../runner/shell';

/** A cluster to record. */
export interface RecordingTarget {
  /** In messages and the name of the file: that of the mesh file, else the context. */
  readonly name: string;
  readonly context: string;
  /** Undefined where no mesh file tells; records are whole then. */
  readonly version?: CiliumVersion;
}

/** What happened while a cluster was recorded. */
export type RecordingEvent =
  /** Records came. */
  | { readonly kind: 'records'; readonly counts: RecordedCounts }
  /** Hubble has no field mask of these fields; it prints whole records. */
  | { readonly kind: 'whole-records'; readonly message: string }
  /** `hubble observe` ended before its time, and is started again after some seconds. */
  | { readonly kind: 'interrupted'; readonly message: string; readonly seconds: number }
  | { readonly kind: 'failed'; readonly message: string };

/** What is needed to record. */
export interface RecordingTools {
  readonly follower: Follower;
  readonly clock: Clock;
  /** The namespace of Hubble Relay. */
  readonly namespace: string;
  readonly maskOption?: MaskOption;
  readonly redactor?: Redactor;
  /** Writes whole lines, each with its newline. */
  readonly write: (lines: string) => Promise<void>;
  readonly report: (event: RecordingEvent) => void;
}

/** A cluster, as it was recorded. */
export interface ClusterRecording {
  readonly target: RecordingTarget;
  readonly counts: RecordedCounts;
  /** How often `hubble observe` ended before its time. */
  readonly interruptions: number;
  /** Why the cluster could not be recorded at all. */
  readonly failure?: CommandResult;
}

/** Seconds after which a connection that ends was one. */
const CONNECTED = 10;

/** The most seconds between two attempts to connect again. */
const MOST_WAIT = 30;

/**
 * Records a cluster until `end`. Where the connection breaks, it connects again, and asks for what Hubble still has
 * since the last record.
 */
export async function recordCluster(
  target: RecordingTarget,
  tools: RecordingTools,
  end: AbortSignal,
): Promise<ClusterRecording> {
  const { follower, clock, namespace, report } = tools;
  const counts = newCounts();
  const lines = new RecordedLines(counts, tools.redactor);
  let { maskOption } = tools;
  let [interruptions, failures] = [0, 0];
  let asked = clock.now();
  while (!end.aborted) {
    const [started, before] = [clock.now(), counts.records];
    const mask =
      maskOption && target.version ? { option: maskOption, fields: maskFields(target.version.traits) } : undefined;
    const command = observeCommand({
      context: target.context,
      namespace,
      ...(mask ? { mask } : {}),
      ...(interruptions > 0 ? { since: counts.last ?? new Date(asked).toISOString() } : {}),
    });
    asked = interruptions > 0 ? asked : started;
    const sink = sinkOf(lines, tools);
    const result = await follower.follow(command, sink, end);
    await sink.flush();
    if (end.aborted) {
      break;
    }
    const isSame = counts.records === before;
    if (isSame && mask && result.status !== 0 && MASK_REFUSED.test(result.tail)) {
      maskOption = undefined;
      report({ kind: 'whole-records', message: lastLine(result) });
      continue;
    }
    const wasConnected = counts.records > 0 || clock.now() - started >= CONNECTED * 1000;
    if (result.missing !== undefined || (!wasConnected && interruptions === 0 && result.status !== 0)) {
      report({ kind: 'failed', message: lastLine(result) });
      return { target, counts, interruptions, failure: result };
    }
    interruptions++;
    failures = isSame ? failures + 1 : 0;
    const seconds = Math.min(MOST_WAIT, 2 ** Math.min(failures, 5));
    report({ kind: 'interrupted', message: lastLine(result), seconds });
    await clock.sleep(seconds * 1000, end);
  }
  return { target, counts, interruptions };
}

/** The CLI or the server does not know a field (hubble/cmd/observe/flows.go, pkg/hubble/parser/fieldmask, v1.20.2). */
const MASK_REFUSED = /field ?mask|unknown flag/i;

/** What is read of one `hubble observe`: a line that its end cuts off is left out. */
function sinkOf(lines: RecordedLines, { write, report }: RecordingTools) {
  let ready: string[] = [];
  const splitter = () => new LineSplitter({ line: keep, tooLong: () => undefined });
  const keep = (text: string) => {
    const line = lines.read(text);
    if (line !== undefined) {
      ready.push(`${line}\n`);
    }
  };
  const [out, errors] = [splitter(), splitter()];
  const flush = async () => {
    const text = ready.join('');
    ready = [];
    if (text !== '') {
      await write(text);
      report({ kind: 'records', counts: lines.counts });
    }
  };
  return {
    output: (piece: Buffer) => {
      out.push(piece);
      return flush();
    },
    // Hubble prints the states of nodes there
    errors: (piece: Buffer) => errors.push(piece),
    flush,
  };
}
