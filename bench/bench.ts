/**
 * npm run bench
 *
 * Measures whole processes: medians of alternating runs, side by side. Machines are shared and noisy, so only ratios
 * count.
 */
import { execFileSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { gzipSync } from 'zlib';
import { build } from 'esbuild';
import { parseAllDocuments } from 'yaml';
import { evaluator } from './evaluator';
import { observed } from './observed';
import { page } from './page';
import { plan } from './plan';
import { alternate, megabytes, median, run, seconds } from './processes';
import { up } from './up';

const ROOT = path.join(__dirname, '..');

async function main(): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cilium-mesh-bench-'));
  console.log(`${os.cpus().length} cores, ${os.cpus()[0].model}, Node.js ${process.version}; medians`);
  for (const task of ['compile', 'post-compile']) {
    execFileSync(process.execPath, [require.resolve('projen/bin/projen'), task], { cwd: ROOT, stdio: 'ignore' });
  }
  await coldStart(folder);
  largeMesh(folder);
  evaluator(folder, path.join(folder, 'lab'));
  observed(folder);
  await page(path.join(folder, 'pages'));
  up(folder);
  await plan(folder);
  await browserBundle();
  fs.rmSync(folder, { recursive: true });
}

/** Cold synthesis of the lab, compared with a program that builds the same objects with cdk8s alone. */
async function coldStart(folder: string): Promise<void> {
  const program = path.join(folder, 'lab.js');
  await build({
    entryPoints: [path.join(ROOT, 'examples', 'isovalent-lab', 'main.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    logLevel: 'error',
    alias: { 'cdk8s-cilium-mesh': path.join(ROOT, 'lib', 'index.js') },
    external: [path.join(ROOT, 'lib', '*'), 'cdk8s'],
  });
  const outdir = path.join(folder, 'lab');
  // the program lies outside of the project, whose modules it needs
  const env = { CDK8S_OUTDIR: outdir, NODE_PATH: path.join(ROOT, 'node_modules') };
  run([program], { env });
  const objects = Object.fromEntries(
    fs
      .readdirSync(outdir)
      .filter(file => file.endsWith('.k8s.yaml'))
      .map(file => [
        file.replace('.k8s.yaml', ''),
        parseAllDocuments(fs.readFileSync(path.join(outdir, file), 'utf8')).map(document => document.toJS()),
      ]),
  );
  fs.writeFileSync(path.join(folder, 'objects.json'), JSON.stringify(objects));
  const [library, bare] = alternate([
    () => run([program], { env }),
    () =>
      run([path.join(__dirname, 'bare-lab.js'), path.join(folder, 'objects.json')], {
        env: { CDK8S_OUTDIR: path.join(folder, 'bare') },
      }),
  ]);
  console.log(
    `synth of the lab, cold: ${library.toFixed(0)} ms; the same objects with cdk8s alone: ${bare.toFixed(0)} ms; ` +
      `ratio ${(library / bare).toFixed(2)} (at most 1.5)`,
  );
}

/** The evaluator alone, as browsers load it. */
async function browserBundle(): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: [path.join(ROOT, 'src', 'evaluator', 'index.ts')],
    bundle: true,
    platform: 'browser',
    format: 'esm',
    minify: true,
    write: false,
    logLevel: 'error',
  });
  const bytes = outputFiles[0].contents;
  console.log(
    `evaluator for browsers: ${(bytes.length / 1024).toFixed(0)} KiB minified, ` +
      `${(gzipSync(bytes).length / 1024).toFixed(0)} KiB with gzip`,
  );
}

/** A mesh of ten times the clusters and objects. */
function largeMesh(folder: string): void {
  const program = path.join(__dirname, 'large-mesh.js');
  const sizes: Array<[clusters: number, apps: number]> = [
    [10, 25],
    [100, 25],
  ];
  const [small, large] = sizes.map(([clusters, apps]) => {
    const runs = Array.from({ length: 3 }, () =>
      run([program, String(clusters), String(apps)], { env: { CDK8S_OUTDIR: path.join(folder, `mesh-${clusters}`) } }),
    );
    const [milliseconds, rssKiB] = [median(runs.map(each => each.milliseconds)), median(runs.map(each => each.rssKiB))];
    console.log(
      `synth of ${clusters} clusters with ${clusters * apps * 4} objects: ${seconds(milliseconds)}, ` +
        `${megabytes(rssKiB)}`,
    );
    return { milliseconds, rssKiB };
  });
  for (const clusters of ['10', '50']) {
    const env = { CDK8S_OUTDIR: path.join(folder, `mesh-${clusters}`) };
    const [verified, unverified] = alternate([
      () => run([program, clusters, '25'], { env }),
      () => run([program, clusters, '25'], { env: { ...env, VERIFY: 'no' } }),
    ]);
    console.log(
      `synth of ${clusters} clusters: ${verified.toFixed(0)} ms verified, ${unverified.toFixed(0)} ms unverified; ` +
        `ratio ${(verified / unverified).toFixed(2)} (at most 1.3)`,
    );
  }
  console.log(
    `ratio for ten times the objects: ${(large.milliseconds / small.milliseconds).toFixed(1)} in time, ` +
      `${(large.rssKiB / small.rssKiB).toFixed(1)} in memory`,
  );
}

if (process.argv.length > 2) {
  const asked = ['--help', '-h'].includes(process.argv[2]);
  (asked ? console.log : console.error)(
    'usage: npm run bench\n\nMeasures speed and memory of whole processes, and prints medians and ratios. Takes no ' +
      'options.',
  );
  process.exitCode = asked ? 0 : 2;
} else {
  main().catch(error => {
    console.error(error);
    process.exitCode = 1;
  });
}
