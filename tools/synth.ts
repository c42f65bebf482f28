/**
 * npm run synth -- [example] [variant]
 *
 * Runs an example and replaces dist/ with its output, only if it succeeds. Then it prints which files belong to which
 * cluster, the findings of `cilium-mesh check`, and who can reach whom. Without arguments: the last step of the
 * Isovalent lab.
 *
 * With `--steps` it writes each step of an example that has steps (steps.ts) to a folder of dist/steps, for
 * `cilium-mesh verify --tour`.
 */
import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';
import { createColors } from 'picocolors';
import { parseAllDocuments, parse } from 'yaml';
import { run } from '../src/cli/program';

const ROOT = path.join(__dirname, '..');
const DIST = path.join(ROOT, 'dist');
const EXAMPLES = path.join(ROOT, 'examples');

async function main(args: readonly string[]): Promise<number> {
  const names = fs
    .readdirSync(EXAMPLES)
    .filter(name => fs.existsSync(path.join(EXAMPLES, name, 'main.ts')))
    .sort();
  const [example = 'isovalent-lab', ...rest] = args;
  if (example === '--help' || example === '-h' || !names.includes(example)) {
    const text =
      `usage: npm run synth -- [example] [variant] [--steps]\n\nexamples: ${names.join(', ')}\nEach ` +
      "example's main.ts begins with its variants.\n";
    if (example === '--help' || example === '-h') {
      process.stdout.write(text);
      return 0;
    }
    process.stderr.write(`Unknown example ${JSON.stringify(example)}.\n${text}`);
    return 2;
  }
  const pending = path.join(ROOT, 'dist.pending');
  fs.rmSync(pending, { recursive: true, force: true });
  const withSteps = rest.includes('--steps');
  const failed =
    runExample(
      example,
      rest.filter(each => each !== '--steps'),
      pending,
    ) || (withSteps ? await runSteps(example, path.join(pending, 'steps')) : 0);
  if (failed) {
    fs.rmSync(pending, { recursive: true, force: true });
    process.stderr.write('Nothing was written; dist/ is as it was.\n');
    return failed;
  }
  fs.rmSync(DIST, { recursive: true, force: true });
  fs.renameSync(pending, DIST);
  process.stdout.write(summary(`${[example, ...rest].join(' ')}`));
  if (withSteps) {
    process.stdout.write(
      `  steps for cilium-mesh verify --tour\n${fs
        .readdirSync(path.join(DIST, 'steps'))
        .sort()
        .map(each => `    dist/steps/${each}\n`)
        .join('')}`,
    );
  }
  return judge();
}

/** Runs an example. Returns its status, or 1 if it wrote nothing. */
function runExample(example: string, args: readonly string[], outdir: string): number {
  const program = [
    require.resolve('tsx/cli'),
    '--tsconfig',
    path.join(ROOT, 'test', 'tsconfig.json'),
    path.join(EXAMPLES, example, 'main.ts'),
    ...args,
  ];
  const { status, error } = spawnSync(process.execPath, program, {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, CDK8S_OUTDIR: outdir },
  });
  process.stderr.write(error ? `${error.message}\n` : '');
  return status === 0 && fs.existsSync(outdir) ? 0 : status || 1;
}

/** Writes each step of an example in a numbered folder, with its title. */
async function runSteps(example: string, folder: string): Promise<number> {
  const file = path.join(EXAMPLES, example, 'steps.ts');
  if (!fs.existsSync(file)) {
    process.stderr.write(`The example ${example} has no steps: missing ${path.relative(ROOT, file)}.\n`);
    return 2;
  }
  const { STEPS }: { STEPS: { readonly [name: string]: { readonly title: string } } } = await import(file);
  return Object.entries(STEPS).reduce((failed, [name, { title }], index) => {
    const outdir = path.join(folder, `${String(index + 1).padStart(2, '0')}-${name}`);
    const status = failed || runExample(example, [name], outdir);
    if (!status) {
      fs.writeFileSync(path.join(outdir, 'title.txt'), `${title}\n`);
    }
    return status;
  }, 0);
}

/** Prints the matrix, then the findings. The reader judges the traps. Errors fail the command, but the files stay. */
async function judge(): Promise<number> {
  process.chdir(ROOT);
  const io = {
    out: (text: string) => void process.stdout.write(text),
    err: (text: string) => void process.stderr.write(text),
    colors: createColors(process.stdout.isTTY && !process.env.NO_COLOR),
  };
  process.stdout.write('\ncilium-mesh matrix\n');
  await run(['matrix'], io);
  process.stdout.write('\ncilium-mesh check\n');
  await run(['check'], io);
  return run(['check', '--severity', 'error', '--format', 'json'], { ...io, out: () => undefined });
}

/** The files of each cluster. */
function summary(title: string): string {
  const mesh = parse(fs.readFileSync(path.join(DIST, 'mesh', 'mesh.yaml'), 'utf8'));
  const others = fs.readdirSync(path.join(DIST, 'mesh')).sort();
  const lines = [`${title}: dist/ holds`, '  dist/mesh/mesh.yaml'];
  for (const cluster of mesh.clusters) {
    const file = path.normalize(path.join('dist', 'mesh', cluster.manifests[0]));
    const counts = new Map<string, number>();
    for (const document of parseAllDocuments(fs.readFileSync(path.join(ROOT, file), 'utf8'))) {
      const kind = document.toJS()?.kind;
      if (kind) {
        counts.set(kind, (counts.get(kind) ?? 0) + 1);
      }
    }
    lines.push(`  cluster ${cluster.name} (ID ${cluster.id}, Cilium ${cluster.ciliumVersion})`);
    lines.push(`    ${file}: ${[...counts].map(([kind, count]) => `${count} ${kind}`).join(', ') || 'nothing'}`);
    lines.push(...others.filter(name => name.startsWith(`${cluster.name}.`)).map(name => `    dist/mesh/${name}`));
  }
  return `${lines.join('\n')}\n`;
}

main(process.argv.slice(2)).then(
  status => {
    process.exitCode = status;
  },
  error => {
    console.error(error);
    process.exitCode = 1;
  },
);
