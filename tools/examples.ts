/** The examples as programs: their names, their steps, and runs of them. */
import { spawn } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { stringify } from 'yaml';
import { Step } from '../examples/step';

export const ROOT = path.join(__dirname, '..');
const EXAMPLES = path.join(ROOT, 'examples');

export function exampleNames(): string[] {
  return fs
    .readdirSync(EXAMPLES)
    .filter(name => fs.existsSync(path.join(EXAMPLES, name, 'main.ts')))
    .sort();
}

/** What the steps.ts of an example exports. */
export interface ExampleSteps {
  /** The steps of a tour, in its order. */
  readonly STEPS: { readonly [name: string]: Step };
  /** The steps, and the variants that no tour leads to. */
  readonly VARIANTS?: { readonly [name: string]: Step };
  /** The variant of a run without arguments; by default the first. */
  readonly DEFAULT_VARIANT?: string;
}

/** The steps of an example. Undefined where it has none. */
export async function stepsOf(example: string): Promise<ExampleSteps | undefined> {
  const file = path.join(EXAMPLES, example, 'steps.ts');
  return fs.existsSync(file) ? import(file) : undefined;
}

/** Runs an example. Returns its status, or 1 if it wrote nothing. */
export async function runExample(example: string, args: readonly string[], outdir: string): Promise<number> {
  const program = [
    require.resolve('tsx/cli'),
    '--tsconfig',
    path.join(ROOT, 'test', 'tsconfig.json'),
    path.join(EXAMPLES, example, 'main.ts'),
    ...args,
  ];
  const child = spawn(process.execPath, program, {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, CDK8S_OUTDIR: outdir },
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return status === 0 && fs.existsSync(outdir) ? 0 : status || 1;
}

/** Writes each step of an example in a numbered folder, with its step.yaml. Returns the first status that is not 0. */
export async function runSteps(
  example: string,
  { STEPS }: ExampleSteps,
  options: readonly string[],
  folder: string,
): Promise<number> {
  const pending = Object.entries(STEPS).map(([name, step], index) => ({ name, step, index }));
  let failed = 0;
  const work = async () => {
    for (let each = pending.shift(); each && !failed; each = pending.shift()) {
      const outdir = path.join(folder, stepFolder(each.index, each.name));
      failed ||= await runExample(example, [each.name, ...options], outdir);
      if (!failed) {
        fs.writeFileSync(path.join(outdir, 'step.yaml'), stepFile(each.step));
      }
    }
  };
  await Promise.all(Array.from({ length: os.availableParallelism() }, work));
  return failed;
}

/** The name of the folder of a step: numbered, so names sort in the order of the steps. */
export function stepFolder(index: number, name: string): string {
  return `${String(index + 1).padStart(2, '0')}-${name}`;
}

/** step.yaml in the folder of a step, which `cilium-mesh verify --tour` reads. */
export function stepFile({ title, requests }: Step): string {
  return stringify({ title, ...(requests ? { requests } : {}) }, { lineWidth: 0 });
}
