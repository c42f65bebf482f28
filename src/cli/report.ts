import { spawn } from 'child_process';
import { randomUUID } from 'crypto';
import * as fs from 'fs';
import * as path from 'path';
import { baseOf } from './base-diff';
import { readBaselineFile } from './baseline-file';
import { loadConfiguration, LoadedConfiguration } from './configuration-file';
import { readFlowArguments } from './flow-arguments';
import { CommandError, Io, Status } from './io';
import { evaluateInput, MeshOptions, quietIo, readInput, scaleOf, versionOf, withConfiguration } from './mesh-options';
import { readPageParts } from './page-parts';
import { readPeriod } from './period';
import { checkMapped, readRecording } from './recording';
import { isProblem } from '../diagnostics/problem';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { readText } from '../manifests/files/text-reader';
import { MeshInput } from '../manifests/input';
import { ReadingDiagnostic } from '../manifests/reading-diagnostic';
import { digestFlows } from '../observed/digest/digest-flows';
import { FlowDigest } from '../observed/digest/flow-digest';
import { replayFlows } from '../observed/judging/replay';
import { digestCoverage } from '../reports/page/digest-coverage';
import { PackedProblem } from '../reports/page/packed-page';
import { pageOf, ReportPage } from '../reports/page/page';
import { fillPage, PAGE_MARK } from '../reports/page/template';
import { coverageOf } from '../reports/replay-coverage';
import { counted } from '../reports/words';

export interface ReportOptions extends MeshOptions {
  readonly against?: string;
  readonly flows?: readonly string[];
  readonly since?: string;
  readonly until?: string;
  readonly out: string;
  readonly title?: string;
  readonly baseline?: string;
  readonly open?: boolean;
  readonly force?: boolean;
}

/** A mesh as it was read, or why it cannot be. */
interface ReadMesh {
  readonly input: MeshInput;
  readonly mesh?: EvaluatedMesh;
  readonly problems: readonly PackedProblem[];
}

/** `cilium-mesh report`: one HTML file that evaluates the mesh. */
export async function reportCommand(options: ReportOptions, io: Io): Promise<Status> {
  const toOutput = options.out === '-';
  if (toOutput && options.open) {
    throw new CommandError('--open needs a file: remove --out -');
  }
  if (!toOutput) {
    checkTarget(options.out, options.force ?? false);
  }
  const recorded = flowsOf(options);
  const { template, engine } = readPageParts();
  const configuration = loadConfiguration(options);
  const current = await read(withConfiguration(options, configuration), options, io);
  const old = options.against === undefined ? readBase(current, options) : await readOld(options, configuration, io);
  const observed = recorded && (await readFlows(recorded, current, old));
  const page = pageOf({
    title: options.title ?? titleOf(options, current.input),
    version: io.version ?? 'unknown',
    arguments: {
      new: meshWords(options),
      ...(options.against === undefined ? {} : { old: words(['--mesh', options.against, ...versionWords(options)]) }),
    },
    new: current,
    old,
    ...(options.cilium === undefined ? {} : { ciliumVersion: versionOf(options.cilium) }),
    replicas: scaleOf(options.scale),
    judges: judgesOf(options, configuration, current.input),
    ...(observed ? { observed } : {}),
  });
  const html = fillPage(template, { ...page, engine });
  if (toOutput) {
    await io.out(html);
  } else {
    write(options.out, html);
    quietIo(options, io).err(`${summaryOf(page)}; wrote ${options.out}\n`);
  }
  if (options.open) {
    open(options.out, io);
  }
  return page.problems > 0 || (observed?.coverage.unreadableFiles ?? 0) > 0
    ? Status.UNUSABLE
    : (options.against !== undefined && (page.changes ?? 0) > 0) || breaking(page) > 0
      ? Status.FOUND
      : Status.OK;
}

/** Recorded flows that the manifests would break, or that disagree with them. */
function breaking({ observed }: ReportPage): number {
  return observed ? BREAKING.reduce((sum, state) => sum + observed.counts[state], 0) : 0;
}

const BREAKING = ['would-break', 'requests-would-break', 'disagrees'] as const;

/** The recordings of --flows and the time of them to read. */
function flowsOf({ flows, since, until }: ReportOptions) {
  if (!flows) {
    if (since !== undefined || until !== undefined) {
      throw new CommandError('--since and --until limit recordings: name one with --flows');
    }
    return undefined;
  }
  const { sources, mesh } = readFlowArguments(flows);
  if (mesh !== undefined) {
    throw new CommandError(`--flows must name recordings of flows, got the mesh ${mesh}\n    fix: name the mesh with --mesh`);
  }
  return { sources, period: readPeriod({ since, until }, Date.now) };
}

/** The recording in short. A mesh that cannot be read has no flows. */
async function readFlows(
  { sources, period }: NonNullable<ReturnType<typeof flowsOf>>,
  { mesh }: ReadMesh,
  old: ReadMesh | undefined,
): Promise<FlowDigest | undefined> {
  if (!mesh || (old && !old.mesh)) {
    return undefined;
  }
  const meshes = [mesh, ...(old?.mesh ? [old.mesh] : [])];
  const { recording, files, flows } = await readRecording(sources, meshes, period);
  const replay = replayFlows(flows, mesh, old?.mesh);
  checkMapped(replay, mesh);
  return digestFlows(replay, meshes, digestCoverage(recording, files, coverageOf(mesh, recording, replay)));
}

function summaryOf(page: ReportPage): string {
  const { problems, findings, changes, observed } = page;
  return problems > 0
    ? `${counted(problems, 'problem')}: the mesh could not be read`
    : [
      counted(findings, 'finding'),
      ...(changes === undefined ? [] : [counted(changes, 'change')]),
      ...(observed ? [`${breaking(page)} of ${counted(observed.flows, 'recorded flow')} would break or disagree`] : []),
    ].join(', ');
}

/** Problems of reading are part of a report; wrong options are not. */
async function read(configured: MeshOptions, options: MeshOptions, io: Io): Promise<ReadMesh> {
  const { input, problems } = await readInput(configured, quietIo(options, io));
  return problems.length > 0
    ? { input, problems: problems.map(withExcerpt) }
    : { input, mesh: evaluateInput(input, options), problems: [] };
}

function readOld(options: ReportOptions, configuration: LoadedConfiguration, io: Io): Promise<ReadMesh> {
  const { against, cilium, exclude, keepGoing, quiet } = options;
  const named = { mesh: against, cilium, exclude, keepGoing, quiet };
  return read(withConfiguration(named, configuration), named, io);
}

/** What runs, of a mesh that names it as its base. */
function readBase({ input, mesh }: ReadMesh, options: ReportOptions): ReadMesh | undefined {
  const base = mesh && baseOf(input);
  return base && { input: base, mesh: evaluateInput(base, options), problems: [] };
}

function judgesOf(
  { baseline }: ReportOptions,
  { severities, baseline: configured }: LoadedConfiguration,
  { clusters }: MeshInput,
) {
  const file = baseline ?? configured;
  const isAbsolute = clusters.some(({ manifests }) => manifests.some(each => path.isAbsolute(each.file)));
  return {
    // a report does not depend on the folder in which it was made, unless the paths do
    folder: isAbsolute && file !== undefined ? process.cwd() : '.',
    more: [],
    ...(severities ? { severities } : {}),
    ...(file === undefined ? {} : { baseline: readBaselineFile(file) }),
  };
}

const LINES_AROUND = 3;

/** Lines of a file that cannot be read may be long, and there may be many of them. */
const LONGEST_LINE = 300;

function withExcerpt({ code, file, line, message, fix }: ReadingDiagnostic): PackedProblem {
  const text = line === undefined ? undefined : readText(file);
  const all = text && !isProblem(text) ? text.text.split(/\r\n|\r|\n/) : undefined;
  const first = Math.max(1, (line ?? 1) - LINES_AROUND);
  const shown = all && isShown(all) ? all.slice(first - 1, line! + LINES_AROUND) : undefined;
  return {
    code,
    file,
    ...(line === undefined ? {} : { line }),
    message,
    fix,
    ...(shown ? { excerpt: { first, lines: shown.map(each => each.slice(0, LONGEST_LINE)) } } : {}),
  };
}

/** A file with a Secret or ConfigMap is not shown: a report contains none of their data. */
function isShown(lines: readonly string[]): boolean {
  return !lines.some(each => /\bkind["']?\s*:\s*["']?(Secret|ConfigMap)\b/.test(each));
}

function titleOf({ mesh }: MeshOptions, { source, clusters }: MeshInput): string {
  const names = clusters.map(({ name }) => name);
  return names.length > 0 && names.length <= 5 ? `Mesh ${names.join(', ')}` : `Mesh ${mesh ?? source}`;
}

/** The words by which other commands name the same mesh. Few of them take `--scale`, so the page adds it. */
function meshWords(options: MeshOptions): string {
  const { mesh, config, cluster = [], values = [], base = [], prune = [], exclude = [] } = options;
  const each = (option: string, all: readonly string[]) => all.flatMap(text => [option, text]);
  return words([
    ...(mesh === undefined ? [] : ['--mesh', mesh]),
    ...(config === undefined ? [] : ['--config', config]),
    ...each('--cluster', cluster),
    ...each('--values', values),
    ...each('--base', base),
    ...each('--prune', prune),
    ...each('--exclude', exclude),
    ...(options.keepGoing ? ['--keep-going'] : []),
    ...versionWords(options),
  ]);
}

function versionWords({ cilium }: Pick<MeshOptions, 'cilium'>): string[] {
  return cilium === undefined ? [] : ['--cilium', cilium];
}

function words(all: readonly string[]): string {
  return all.map(word => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
}

/** Refuses to replace what is not a report, before anything is read. */
function checkTarget(file: string, force: boolean): void {
  if (!fs.existsSync(file)) {
    const folder = path.dirname(file);
    if (!fs.existsSync(folder)) {
      throw new CommandError(`cannot write ${file}: the folder ${folder} does not exist\n    fix: create it first`);
    }
    return;
  }
  if (fs.statSync(file).isDirectory()) {
    throw new CommandError(
      `cannot write ${file}: it is a folder\n    fix: name a file, for example ${path.join(file, 'mesh-report.html')}`,
    );
  }
  if (!force && !startOf(file).includes(PAGE_MARK)) {
    throw new CommandError(
      `${file} exists, and is not a report\n    fix: write to another file, or add --force to replace it`,
    );
  }
}

function startOf(file: string): string {
  const buffer = Buffer.alloc(4096);
  const handle = fs.openSync(file, 'r');
  try {
    return buffer.toString('utf8', 0, fs.readSync(handle, buffer));
  } finally {
    fs.closeSync(handle);
  }
}

function write(file: string, html: string): void {
  const written = `${file}.${randomUUID()}`;
  try {
    fs.writeFileSync(written, html, { flag: 'wx' });
    fs.renameSync(written, file);
  } catch (error) {
    fs.rmSync(written, { force: true });
    throw new CommandError(`cannot write ${file}: ${(error as Error).message}`);
  }
}

/** Opens a file with the program that the desktop has for it. The report is written either way. */
function open(file: string, io: Io): void {
  const [program, ...args] =
    process.platform === 'darwin'
      ? ['open']
      : process.platform === 'win32'
        ? ['cmd', '/c', 'start', '']
        : ['xdg-open'];
  const child = spawn(program, [...args, path.resolve(file)], { stdio: 'ignore', detached: true });
  child.on('error', () => io.err(`could not run ${program}: open ${path.resolve(file)} in a browser\n`));
  child.unref();
}
