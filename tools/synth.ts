/**
 * npm run synth -- [example] [variant] [--cilium-version VERSION] [--steps]
 *
 * Runs an example and replaces dist/ (or CDK8S_OUTDIR) and dist-mesh/ with its output, only if it succeeds. Then it
 * prints which files belong to which cluster, the backends of the service that the step is about, who can reach whom,
 * the findings of `cilium-mesh check`, and commands to continue with. Without arguments: the last step of the Isovalent
 * lab.
 *
 * With `--steps` it also writes each step of the example to a folder of dist/steps, for `cilium-mesh verify --tour`;
 * dist/ then has the first step, unless a variant is named.
 */
import * as fs from 'fs';
import * as path from 'path';
import { createColors } from 'picocolors';
import { exampleNames, ExampleSteps, ROOT, runExample, runSteps, stepFolder, stepsOf } from './examples';
import { nextCommands, RUN, summary } from './synth-summary';
import { parseCommandLine } from '../examples/arguments';
import { run } from '../src/cli/program';
import { didYouMean } from '../src/diagnostics/did-you-mean';

const DIST = path.resolve(process.env.CDK8S_OUTDIR ?? path.join(ROOT, 'dist'));

async function main(args: readonly string[]): Promise<number> {
  const names = exampleNames();
  const usage =
    'usage: npm run synth -- [example] [variant] [--cilium-version VERSION] [--steps]\n\n' +
    `examples: ${names.join(', ')}\nexamples/README.md lists their variants.\n`;
  const { words, ciliumVersion, switches } = parseCommandLine(args, ['steps', 'help'], `\n${usage.trimEnd()}`);
  const [example = 'isovalent-lab', named, ...others] = words;
  if (switches.has('help')) {
    process.stdout.write(usage);
    return 0;
  } else if (!names.includes(example)) {
    process.stderr.write(`Unknown example ${JSON.stringify(example)}${didYouMean(example, names)}.\n${usage}`);
    return 2;
  }
  const withSteps = switches.has('steps');
  const steps = await stepsOf(example);
  const options = ciliumVersion === undefined ? [] : ['--cilium-version', ciliumVersion];
  const variant = named ?? (withSteps && steps ? Object.keys(steps.STEPS)[0] : undefined);
  const folder = `${DIST}.pending`;
  // a folder of the same name, for the paths between it and the folder of the mesh beside it
  const pending = path.join(folder, path.basename(DIST));
  fs.rmSync(folder, { recursive: true, force: true });
  const failed =
    (await runExample(example, [...(variant === undefined ? [] : [variant]), ...others, ...options], pending)) ||
    (withSteps && steps ? await runSteps(example, steps, options, path.join(pending, 'steps')) : 0);
  if (failed) {
    fs.rmSync(folder, { recursive: true, force: true });
    process.stderr.write('Nothing was written; dist/ is as it was.\n');
    return failed;
  }
  for (const suffix of ['', '-mesh']) {
    fs.rmSync(`${DIST}${suffix}`, { recursive: true, force: true });
    if (fs.existsSync(`${pending}${suffix}`)) {
      fs.renameSync(`${pending}${suffix}`, `${DIST}${suffix}`);
    }
  }
  fs.rmSync(folder, { recursive: true });
  process.chdir(path.dirname(DIST));
  return report(example, { variant, options, withSteps }, steps);
}

interface Written {
  readonly variant?: string;
  readonly options: readonly string[];
  readonly withSteps: boolean;
}

/** Prints what was written and what it does. Findings that are errors fail the command, but the files stay. */
async function report(
  example: string,
  { variant, options, withSteps }: Written,
  steps: ExampleSteps | undefined,
): Promise<number> {
  const out = (text: string) => void process.stdout.write(text);
  const io = {
    out,
    err: (text: string) => void process.stderr.write(text),
    colors: createColors(process.stdout.isTTY && !process.env.NO_COLOR),
  };
  const variants = steps ? (steps.VARIANTS ?? steps.STEPS) : {};
  const name = variant ?? steps?.DEFAULT_VARIANT ?? Object.keys(variants)[0];
  const step = name === undefined ? undefined : variants[name];
  const title = [example, ...(name === undefined ? [] : [name]), ...options].join(' ');
  out(summary(step ? `${title}: ${step.title}` : title, DIST));
  if (withSteps) {
    out(
      steps
        ? `  steps for ${RUN} verify --tour\n${Object.keys(steps.STEPS)
          .map((each, index) => `    dist/steps/${stepFolder(index, each)}\n`)
          .join('')}`
        : `  ${example} has no steps, so --steps wrote only dist/.\n`,
    );
  }
  for (const args of [...(step?.service === undefined ? [] : [['backends', step.service]]), ['matrix'], ['check']]) {
    out(`\n$ ${RUN} ${args.join(' ')}\n`);
    await run(args, io);
  }
  out(`\nNext:\n${nextCommands(example, { step, name, options, withSteps }, steps)}`);
  return run(['check', '--severity', 'error', '--format', 'json'], { ...io, out: () => undefined });
}

// a reader such as head may end early
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') {
    process.exit();
  }
  throw error;
});

main(process.argv.slice(2)).then(
  status => {
    process.exitCode = status;
  },
  error => {
    console.error(error);
    process.exitCode = 1;
  },
);
