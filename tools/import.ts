/**
 * Generates imports/: the CRDs of Cilium and of the Multi-Cluster Services API, and cdk8s's typed classes for them.
 *
 * npx tsx tools/import.ts              write imports/ npx tsx tools/import.ts --check      write nothing: name every
 * file of imports/ that would change, and exit with 1 if there is one npx tsx tools/import.ts [--check] --no-go
 *                                        start from imports/crds/ instead of tools/crds, which needs Go
 *
 * imports/ holds nothing else: a file that this program does not write counts as drift, and is removed when it writes.
 * A failure other than drift exits with 2.
 */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { parseArgs } from 'node:util';

const ROOT = path.resolve(__dirname, '..');
const IMPORTS = path.join(ROOT, 'imports');
const CRDS_PROGRAM = path.join(ROOT, 'tools', 'crds');
const CDK8S = path.join(ROOT, 'node_modules', 'cdk8s-cli', 'bin', 'cdk8s');

/** The source of the CRDs. */
export interface ImportOptions {
  /** Whether the Go program tools/crds writes them. Otherwise those in the folder's crds/ are used. */
  readonly go: boolean;
}

/** A file that differs from the generated one. */
export interface Drift {
  /** Path within the folder. */
  readonly file: string;
  readonly state: 'differs' | 'missing' | 'extra';
}

/** Replaces the content of the folder by the generated files. Keeps it if generating fails. */
export function writeImports(folder: string, options: ImportOptions): void {
  withGenerated(folder, options, generated => {
    fs.rmSync(folder, { recursive: true, force: true });
    fs.cpSync(generated, folder, { recursive: true });
  });
}

/** Compares the folder byte by byte with the generated files. Returns the drift, sorted by file name. */
export function checkImports(folder: string, options: ImportOptions): Drift[] {
  return withGenerated(folder, options, generated => compare(generated, folder));
}

function withGenerated<T>(folder: string, options: ImportOptions, use: (generated: string) => T): T {
  return withTemporaryFolder(generated => {
    const crds = path.join(generated, 'crds');
    if (options.go) {
      writeCrds(crds);
    } else {
      copyCrds(path.join(folder, 'crds'), crds);
    }
    writeClasses(crds, generated);
    return use(generated);
  });
}

function writeCrds(crds: string): void {
  console.error('Running tools/crds; the first build can take minutes.');
  run(
    'go',
    ['run', '.', crds],
    CRDS_PROGRAM,
    'tools/crds needs Go, of the version in its go.mod or newer, and access to Go modules. Without them, pass ' +
      '--no-go to start from imports/crds/.',
  );
}

function copyCrds(from: string, to: string): void {
  if (!fs.existsSync(from)) {
    throw new Error(
      `--no-go starts from the CRDs in ${from}, which does not exist. Run without --no-go to write them.`,
    );
  }
  fs.cpSync(from, to, { recursive: true });
}

/** Writes one TypeScript file per API group, as cdk8s-cli does. */
function writeClasses(crds: string, target: string): void {
  withTemporaryFolder(folder => {
    // cdk8s overwrites a group's file for each spec that it imports, so all CRDs go into one.
    const spec = path.join(folder, 'crds.yaml');
    const documents = filesIn(crds)
      .filter(file => file.endsWith('.yaml'))
      .map(file => fs.readFileSync(path.join(crds, file), 'utf8'));
    fs.writeFileSync(spec, documents.join('\n---\n'));
    // The working directory keeps out a project's cdk8s.yaml, which could change the result; --no-save keeps cdk8s from
    // writing one.
    run(
      process.execPath,
      [CDK8S, 'import', spec, '--language', 'typescript', '--output', target, '--no-save', '--no-check-upgrade'],
      folder,
      'cdk8s import needs the packages of package-lock.json (run `npm ci`) and valid CRDs in imports/crds/ (run ' +
        'without --no-go).',
    );
  });
  for (const file of filesIn(target).filter(each => each.endsWith('.ts'))) {
    fs.writeFileSync(path.join(target, file), lighter(fs.readFileSync(path.join(target, file), 'utf8')));
  }
}

/** Without what only cdk8s needs and each installed package would hold: paths of schemas, and exported converters. */
export function lighter(classes: string): string {
  return classes
    .replace(/^ *\/\*\*\n *\* @schema .*\n *\*\/\n/gm, '')
    .replace(/^( *\*\n)? *\* @schema .*\n/gm, '')
    .replace(/^export function toJson_/gm, 'function toJson_');
}

function compare(generated: string, folder: string): Drift[] {
  const expected = filesIn(generated);
  const actual = filesIn(folder);
  const drift: Drift[] = [];
  for (const file of [...new Set([...expected, ...actual])].sort()) {
    if (!actual.includes(file)) {
      drift.push({ file, state: 'missing' });
    } else if (!expected.includes(file)) {
      drift.push({ file, state: 'extra' });
    } else if (!fs.readFileSync(path.join(generated, file)).equals(fs.readFileSync(path.join(folder, file)))) {
      drift.push({ file, state: 'differs' });
    }
  }
  return drift;
}

/**
 * The paths of all files below a folder. Sorted by code unit, because the order must not depend on the machine's
 * locale.
 */
function filesIn(folder: string): string[] {
  if (!fs.existsSync(folder)) {
    return [];
  }
  const entries = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return entries.filter(entry => fs.statSync(path.join(folder, entry)).isFile()).sort();
}

function withTemporaryFolder<T>(use: (folder: string) => T): T {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'imports-'));
  try {
    return use(folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a command. Prints its output only if it fails. */
function run(command: string, args: string[], cwd: string, remedy: string): void {
  const { error, status, signal, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (error) {
    throw new Error(`Cannot start ${command} in ${cwd}: ${error.message}.\n${remedy}`);
  }
  if (status !== 0) {
    throw new Error(
      `${[command, ...args].join(' ')} failed in ${cwd} ` +
        `(${signal ?? `exit code ${status}`}):\n${stdout}${stderr}${remedy}`,
    );
  }
}

const USAGE = `usage: npm run import -- [--check] [--no-go]

Writes imports/: the CRDs, the Helm chart's schema and values from Cilium's Go module,
and the typed classes of the CRDs.
  --check   writes nothing: names every file that would change, and ends with status 1 if there is one
  --no-go   starts from the files in imports/crds/, without Go`;

function main(): number {
  const { values } = parseArgs({
    options: { 'check': { type: 'boolean' }, 'no-go': { type: 'boolean' }, 'help': { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const options = { go: !values['no-go'] };
  if (!values.check) {
    writeImports(IMPORTS, options);
    return 0;
  }
  const drift = checkImports(IMPORTS, options);
  if (drift.length === 0) {
    console.log('imports/: no drift');
    return 0;
  }
  drift.forEach(({ file, state }) => console.log(`imports/${file}: ${state}`));
  console.error(
    'imports/ is not what this program writes. Write it with `npx tsx tools/import.ts`, look at the difference and ' +
      'commit it.',
  );
  return 1;
}

if (require.main === module) {
  try {
    process.exitCode = main();
  } catch (error) {
    console.error(
      error instanceof TypeError ? `${error.message}\n${USAGE}` : error instanceof Error ? error.message : error,
    );
    process.exitCode = 2;
  }
}
