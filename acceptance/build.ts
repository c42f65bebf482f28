/**
 * npx tsx acceptance/build.ts
 *
 * Builds all programs of the acceptance tests from Go modules at pinned versions, into a cache outside of this
 * repository. It builds a module again only if one of its files, its flags or the version of Go changes.
 */
import { spawnSync } from 'child_process';
import { createHash } from 'crypto';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { Module, MODULES } from './programs';

/** The folder of the built programs. */
export const CACHE = path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'cdk8s-cilium-mesh');

/** Builds what is missing, and returns the folders that hold the programs. */
export function build(modules: readonly Module[] = MODULES, say: (line: string) => void = console.log): string[] {
  const go = output('go', ['env', 'GOVERSION']).trim();
  return modules.map(each => {
    const folder = path.join(CACHE, `${each.name}-${digest(each, go)}`);
    if (!fs.existsSync(folder)) {
      const start = Date.now();
      say(`building ${Object.keys(each.programs).join(', ')}`);
      compile(each, folder);
      say(`  ${Math.round((Date.now() - start) / 1000)} s: ${folder}`);
    }
    return folder;
  });
}

/** The folder of a module that another one requires. */
export function moduleFolder({ folder }: Module, required: string): string {
  return JSON.parse(output('go', ['mod', 'download', '-json', required], folder)).Dir;
}

/** Builds all programs of a module into a folder. The folder appears as a whole or not at all. */
function compile({ folder: cwd, programs, linkerFlags = [], cgo }: Module, folder: string): void {
  fs.mkdirSync(CACHE, { recursive: true });
  const pending = fs.mkdtempSync(path.join(CACHE, '.building-'));
  try {
    for (const [program, pkg] of Object.entries(programs)) {
      const { status, error } = spawnSync(
        'nice',
        [
          'go',
          'build',
          '-p',
          '2',
          '-ldflags',
          ['-s', '-w', ...linkerFlags].join(' '),
          '-o',
          path.join(pending, program),
          pkg,
        ],
        {
          cwd,
          stdio: 'inherit',
          env: cgo ? process.env : { ...process.env, CGO_ENABLED: '0' },
        },
      );
      if (error || status !== 0) {
        throw new Error(
          `go build of ${program} in ${cwd} ` +
            `${error ? `could not be started: ${error.message}` : `ended with status ${status}`}. Go 1.26 or newer ` +
            'and a Go module proxy are needed',
        );
      }
    }
    fs.renameSync(pending, folder);
  } finally {
    fs.rmSync(pending, { recursive: true, force: true });
  }
}

/** The hash of everything that a module is built from, except the modules that go.sum hashes. */
function digest({ folder, sources = [], programs, linkerFlags }: Module, go: string): string {
  const hash = createHash('sha256').update(JSON.stringify([go, process.arch, programs, linkerFlags]));
  for (const each of [folder, ...sources]) {
    const files = fs
      .readdirSync(each, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile() && /\.(go|mod|sum|yaml)$/.test(entry.name) && !entry.name.endsWith('_test.go'))
      .map(entry => path.join(entry.parentPath, entry.name));
    files.sort().forEach(file => hash.update(`${path.relative(each, file)}\0`).update(fs.readFileSync(file)));
  }
  return hash.digest('hex').slice(0, 12);
}

function output(program: string, args: readonly string[], cwd?: string): string {
  const { stdout, status, error } = spawnSync(program, args, { encoding: 'utf8', cwd });
  if (error || status !== 0) {
    throw new Error(
      `${program} ${args.join(' ')} ` +
        `${error ? `could not be started: ${error.message}` : `ended with status ${status}`}. Go 1.26 or newer is needed`,
    );
  }
  return stdout;
}

if (process.argv[1] === __filename) {
  build();
}
