import { randomUUID } from 'crypto';
import * as fs from 'fs';
import * as path from 'path';
import { CommandError } from './io';
import { formatList, formatValue, shorten } from '../diagnostics/texts';
import { RecordedFile, RecordingResult } from '../live/reports/recording';
import { Item } from '../observed/reading/envelopes';
import { FlowSource, readFlowFiles } from '../observed/reading/flow-files';
import { Redactor } from '../observed/redaction/redactor';
import { counted } from '../reports/words';

/** The characters of lines that are written at once. */
const PIECE = 2 ** 20;

/**
 * Writes redacted copies of recordings: `NAME.jsonl` for each `NAME=PATH`, and `flows.jsonl` for all others. All or
 * none: no file is there before all are whole.
 */
export async function redactRecordings(sources: readonly FlowSource[], folder: string): Promise<RecordingResult> {
  const names = [...new Set(sources.map(({ cluster }) => cluster))];
  const copies = new Map(names.map(name => [name, new Copy(path.join(folder, `${name ?? 'flows'}.jsonl`), name)]));
  const existing = [...copies.values()].filter(({ file }) => fs.existsSync(file));
  if (existing.length > 0) {
    throw new CommandError(
      `${existing.map(({ file }) => `${file} exists already`).join('\n')}\n` +
        '    fix: name another folder with --output; nothing was written',
    );
  }
  const inside = sources.filter(({ path: source }) => isWithin(folder, source));
  if (inside.length > 0) {
    throw new CommandError(
      `${formatValue(folder)} is where the recording ${formatList(inside.map(({ path: source }) => source))} is: read together, ` +
        'they would count each flow twice\n    fix: name a folder outside of it with --output; nothing was written',
    );
  }
  const redactor = new Redactor();
  let created: string | undefined;
  try {
    created = fs.mkdirSync(folder, { recursive: true });
    copies.forEach(copy => copy.open());
    const read = await readFlowFiles(sources, process.stdin, (item, { cluster }) =>
      copies.get(cluster)!.add(item, redactor),
    );
    const problems = [
      ...read.problems.map(({ file, message, fix }) => `${file}: ${message}\n    fix: ${fix}`),
      ...(read.broken.count > 0 ? [`${counted(read.broken.count, 'line')} of invalid JSON left out`] : []),
    ];
    if ([...copies.values()].every(copy => copy.isEmpty)) {
      throw new CommandError(['no flows of Hubble in the recording, so nothing was written', ...problems].join('\n'));
    }
    copies.forEach(copy => copy.finish());
    const [first, ...others] = [...copies.values()].map(copy => copy.result());
    const problem = problems.length === 0 ? {} : { problem: problems.join('\n') };
    return { folder, files: [{ ...first, ...problem }, ...others], isRedacted: true };
  } catch (error) {
    throw error instanceof CommandError
      ? error
      : new CommandError(`nothing was written: ${shorten((error as Error).message)}`);
  } finally {
    copies.forEach(copy => copy.discard());
    if (created !== undefined && fs.readdirSync(created).length === 0) {
      fs.rmdirSync(created);
    }
  }
}

/** Whether a folder is a folder of recordings, or in one, or has the file of a recording. */
function isWithin(folder: string, source: string): boolean {
  if (source === '-') {
    return false;
  }
  if (!fs.statSync(source, { throwIfNoEntry: false })?.isDirectory()) {
    return path.resolve(path.dirname(source)) === path.resolve(folder);
  }
  const steps = path.relative(source, folder).split(path.sep);
  return steps[0] !== '..' && !path.isAbsolute(steps[0]);
}

class Copy {
  private readonly temporary: string;
  private handle: number | undefined;
  private ready: string[] = [];
  private size = 0;
  private readonly counts = {
    records: 0,
    lost: 0,
    nodes: new Set<string>(),
    unavailable: new Set<string>(),
    first: undefined as string | undefined,
    last: undefined as string | undefined,
  };

  constructor(
    public readonly file: string,
    private readonly name: string | undefined,
  ) {
    this.temporary = path.join(path.dirname(file), `.${path.basename(file)}.${randomUUID().slice(0, 8)}`);
  }

  public get isEmpty(): boolean {
    return this.counts.records === 0;
  }

  public open(): void {
    this.handle = fs.openSync(this.temporary, 'wx', 0o600);
  }

  public add(item: Item, redactor: Redactor): void {
    const value = redactor.redact(item);
    if (value === undefined) {
      return;
    }
    this.count(item, value);
    const line = `${JSON.stringify(value)}\n`;
    this.ready.push(line);
    this.size += line.length;
    if (this.size >= PIECE) {
      this.flush();
    }
  }

  private count(item: Item, value: { readonly [field: string]: unknown }): void {
    const { counts } = this;
    if (item.kind === 'flow') {
      counts.records++;
      const { node_name: node, time } = value;
      if (typeof node === 'string' && counts.nodes.size < 20_000) {
        counts.nodes.add(node);
      }
      if (typeof time === 'string') {
        counts.first = counts.first === undefined || time < counts.first ? time : counts.first;
        counts.last = counts.last === undefined || time > counts.last ? time : counts.last;
      }
    } else if (item.kind === 'lost') {
      counts.lost += item.count;
    } else if (item.kind === 'node-status' && /UNAVAILABLE|ERROR/.test(item.state)) {
      item.nodes.forEach(name => counts.unavailable.add(name));
    }
  }

  private flush(): void {
    fs.writeFileSync(this.handle!, this.ready.join(''));
    [this.ready, this.size] = [[], 0];
  }

  /** Puts the file into its place, unless another one came there meanwhile. */
  public finish(): void {
    this.flush();
    fs.closeSync(this.handle!);
    this.handle = undefined;
    if (!this.isEmpty) {
      fs.linkSync(this.temporary, this.file);
    }
  }

  public discard(): void {
    if (this.handle !== undefined) {
      fs.closeSync(this.handle);
      this.handle = undefined;
    }
    fs.rmSync(this.temporary, { force: true });
  }

  public result(): RecordedFile {
    const { name, counts, file } = this;
    return {
      ...(name === undefined ? {} : { name }),
      ...(this.isEmpty ? {} : { file }),
      counts,
      interruptions: 0,
    };
  }
}
