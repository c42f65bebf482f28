/**
 * npm run bench
 *
 * Whole processes, medians of alternating runs, ratios side by side. Machines are shared and noisy: ratios are what counts.
 */
import { execFileSync, spawnSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { build } from 'esbuild';
import { parseAllDocuments } from 'yaml';

const ROOT = path.join(__dirname, '..');
const RUNS = 11;

interface Run {
  readonly milliseconds: number;
  readonly output: string;
}

async function main(): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cilium-mesh-bench-'));
  console.log(`${os.cpus().length} cores, ${os.cpus()[0].model}, Node.js ${process.version}; medians`);
  execFileSync(process.execPath, [require.resolve('projen/bin/projen'), 'compile'], { cwd: ROOT, stdio: 'ignore' });
  await coldStart(folder);
  largeMesh(folder);
  fs.rmSync(folder, { recursive: true });
}

/** Synth of the lab, cold, beside a program that builds the same objects with cdk8s alone. */
async function coldStart(folder: string): Promise<void> {
  const program = path.join(folder, 'lab.js');
  await build({
    entryPoints: [path.join(ROOT, 'examples', 'isovalent-lab', 'main.ts')], outfile: program, bundle: true, platform: 'node', logLevel: 'error',
    alias: { 'cdk8s-cilium-mesh': path.join(ROOT, 'lib', 'src', 'index.js') }, external: [path.join(ROOT, 'lib', '*'), 'cdk8s'],
  });
  const outdir = path.join(folder, 'lab');
  run([program], outdir);
  const objects = Object.fromEntries(fs.readdirSync(outdir).filter(file => file.endsWith('.k8s.yaml')).map(file => [
    file.replace('.k8s.yaml', ''), parseAllDocuments(fs.readFileSync(path.join(outdir, file), 'utf8')).map(document => document.toJS()),
  ]));
  fs.writeFileSync(path.join(folder, 'objects.json'), JSON.stringify(objects));
  const [library, bare] = alternate([() => run([program], outdir), () => run([path.join(__dirname, 'bare-lab.js'), path.join(folder, 'objects.json')], outdir)]);
  console.log(`synth of the lab, cold: ${library.toFixed(0)} ms; the same objects with cdk8s alone: ${bare.toFixed(0)} ms; ratio ${(library / bare).toFixed(2)} (at most 1.5)`);
}

/** A mesh of ten times the clusters and objects. */
function largeMesh(folder: string): void {
  const program = path.join(__dirname, 'large-mesh.js');
  const sizes: Array<[clusters: number, apps: number]> = [[10, 25], [100, 25]];
  const [small, large] = sizes.map(([clusters, apps]) => {
    const runs = Array.from({ length: 3 }, () => run([program, String(clusters), String(apps)], path.join(folder, `mesh-${clusters}`)));
    const result = {
      clusters,
      objects: clusters * apps * 4,
      seconds: median(runs.map(each => each.milliseconds)) / 1000,
      megabytes: median(runs.map(each => JSON.parse(each.output).rssKiB)) / 1024,
    };
    console.log(`synth of ${result.clusters} clusters with ${result.objects} objects: ${result.seconds.toFixed(2)} s, ${result.megabytes.toFixed(0)} MiB`);
    return result;
  });
  console.log(`ratio for ten times the objects: ${(large.seconds / small.seconds).toFixed(1)} in time, ${(large.megabytes / small.megabytes).toFixed(1)} in memory`);
}

function run(args: readonly string[], outdir: string): Run {
  const start = process.hrtime.bigint();
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { env: { ...process.env, CDK8S_OUTDIR: outdir }, encoding: 'utf8' });
  const milliseconds = Number(process.hrtime.bigint() - start) / 1e6;
  if (status !== 0) {
    throw new Error(`${args.join(' ')} failed with status ${status}:\n${stderr}`);
  }
  return { milliseconds, output: stdout };
}

/** Runs the programs in turn, so that what else the machine does hits them alike; the median of each, the first run left out. */
function alternate(programs: ReadonlyArray<() => Run>): number[] {
  const times: number[][] = programs.map(() => []);
  for (let index = 0; index <= RUNS; index++) {
    programs.forEach((program, which) => times[which].push(program().milliseconds));
  }
  return times.map(each => median(each.slice(1)));
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)];
}

if (process.argv.length > 2) {
  const asked = ['--help', '-h'].includes(process.argv[2]);
  (asked ? console.log : console.error)('usage: npm run bench\n\nMeasures speed and memory of whole processes, and prints medians and ratios. Takes no options.');
  process.exitCode = asked ? 0 : 2;
} else {
  main().catch(error => {
    console.error(error);
    process.exitCode = 1;
  });
}
