/**
 * npm run conformance -- [--seed N] [--cases N] [--cilium 1.20|1.15] [--record N]
 *
 * Compares the evaluator with Cilium's own policy engine on random meshes:
 *
 * - which documents are refused, and by whom
 * - which endpoints' policies cannot be computed
 * - the verdict on each flow in both directions, and on HTTP requests and DNS names of redirected flows
 *
 * It shrinks a disagreement to a small case, and exits with status 1. `--record N` writes N cases with Cilium's answers
 * to test/evaluator/recorded, where `npm test` replays them without Go.
 */
import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { parseArgs } from 'util';
import * as fc from 'fast-check';
import { Judge } from './judge-process';
import { answer, Answer, Case, compact, compactNames, RECORDED_FLOWS } from '../test-support/judge';
import { meshCase } from '../test-support/meshes/generator';

const ROOT = path.join(__dirname, '..');

/** The versions of Cilium that the judges link (oracle/README.md). */
const VERSIONS: { readonly [version: string]: { readonly minor: number; readonly patch: string } } = {
  '1.20': { minor: 20, patch: '1.20.2' },
  '1.15': { minor: 15, patch: '1.15.19' },
};

const USAGE = `usage: npm run conformance -- [--seed N] [--cases N] [--cilium VERSION] [--record N]

Compares the evaluator with Cilium's own policy engine on random meshes. Needs Go 1.26 or newer.
  --seed N           repeats a run; without it a seed is chosen and printed
  --cases N          number of meshes (default: 10000)
  --cilium VERSION   ${Object.keys(VERSIONS).join(' or ')}; default: the first
  --record N         compares nothing: writes N meshes with Cilium's answers for npm test`;

interface Run {
  readonly judge: Judge;
  readonly minor: number;
  readonly seed: number;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      cases: { type: 'string' },
      cilium: { type: 'string' },
      record: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
  const cases = Number(values.cases ?? 10_000);
  const name = values.cilium ?? Object.keys(VERSIONS)[0];
  if (
    !Number.isInteger(seed) ||
    ![cases, Number(values.record ?? 1)].every(count => Number.isInteger(count) && count > 0)
  ) {
    console.error(`--seed takes a whole number, --cases and --record one from 1\n${USAGE}`);
    return 2;
  }
  if (!(name in VERSIONS)) {
    console.error(`there is a judge for Cilium ${Object.keys(VERSIONS).join(' and ')}, not for ${name}\n${USAGE}`);
    return 2;
  }
  const { minor, patch } = VERSIONS[name];
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cilium-judge-'));
  const program = path.join(folder, 'judge');
  console.log(`building the judge: Cilium ${patch}`);
  const { error, status } = spawnSync('go', ['build', '-o', program, '.'], {
    cwd: path.join(ROOT, 'oracle', `v${name}`),
    stdio: 'inherit',
  });
  if (error || status !== 0) {
    fs.rmSync(folder, { recursive: true });
    console.error(
      error ? `cannot start go: ${error.message}. Go 1.26 or newer is needed` : `go build failed with status ${status}`,
    );
    return 2;
  }
  const judge = new Judge(program);
  try {
    const run = { judge, minor, seed };
    return values.record === undefined
      ? await compare(run, cases)
      : await record(
        run,
        Number(values.record),
        path.join(ROOT, 'test', 'evaluator', 'recorded', `cilium-${patch}.jsonl`),
      );
  } finally {
    judge.close();
    fs.rmSync(folder, { recursive: true });
  }
}

/** How often Cilium is asked again about a mesh where the order of its computations decides. */
const REPEATS = 20;

interface Counts {
  verdicts: number;
  decisions: number;
  /** Verdicts that the evaluator calls dependent on the order of Cilium's computations. */
  dependent: number;
  /** Those of them where Cilium gave different answers. */
  varied: number;
}

async function compare({ judge, minor, seed }: Run, cases: number): Promise<number> {
  const counts: Counts = { verdicts: 0, decisions: 0, dependent: 0, varied: 0 };
  const details = await fc.check(
    fc.asyncProperty(meshCase(minor, { borders: true }), async question => {
      // the judge is another process: both answer at the same time
      const asked = judge.ask(question);
      const ours = answer(question, minor);
      const answers = [await asked];
      const dependent = ours.verdicts.flatMap((each, at) =>
        each.split(' / ').flatMap((half, end) => (answersOf(half) === undefined ? [] : [{ at, end }])),
      );
      for (let count = 0; dependent.length > 0 && count < REPEATS; count++) {
        answers.push(await judge.ask(question));
      }
      counts.verdicts += ours.verdicts.flatMap(each => each.split(' / ')).filter(each => each !== 'outside').length;
      counts.dependent += dependent.length;
      counts.varied += dependent.filter(
        ({ at, end }) => new Set(answers.map(({ verdicts }) => verdicts[at].split(' / ')[end])).size > 1,
      ).length;
      counts.decisions += question.clusters.reduce((sum, cluster) => sum + (cluster.policies?.length ?? 0), 0);
      for (const theirs of answers) {
        const difference = disagreement(question, theirs, ours);
        if (difference !== undefined) {
          throw new Error(difference);
        }
      }
    }),
    { seed, numRuns: cases },
  );
  console.log(
    `seed ${seed}: ${details.numRuns} meshes, ${counts.verdicts} verdicts, ${counts.decisions} documents accepted or ` +
      `refused; ${counts.dependent} verdicts depend on the order in which Cilium computes policies, and its answers to ` +
      `${counts.varied} of them differed`,
  );
  if (details.failed) {
    const { errorInstance, counterexample } = details;
    console.log(
      `${errorInstance instanceof Error ? errorInstance.message : errorInstance}\n${JSON.stringify({ ...counterexample?.[0], flows: undefined }, null, 1)}`,
    );
    console.log('1 disagreement');
    return 1;
  }
  console.log('0 disagreements');
  return 0;
}

async function record({ judge, minor, seed }: Run, count: number, file: string): Promise<number> {
  const lines: string[] = [];
  for (const question of fc.sample(meshCase(minor, { borders: true, most: RECORDED_FLOWS }), {
    seed,
    numRuns: count,
  })) {
    const theirs = await judge.ask(question);
    lines.push(
      JSON.stringify({
        question: { ...question, flows: undefined },
        answer: { ...theirs, verdicts: compact(theirs.verdicts), names: compactNames(theirs.verdicts) },
      }),
    );
  }
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `${lines.join('\n')}\n`);
  console.log(`${count} cases, seed ${seed}: ${path.relative(ROOT, file)}`);
  return 0;
}

/** The first difference between the two answers. */
function disagreement(question: Case, theirs: Answer, ours: Answer): string | undefined {
  if (theirs.refused.join() !== ours.refused.join()) {
    return `Cilium refuses [${theirs.refused}], the evaluator [${ours.refused}]`;
  }
  if (theirs.failed.join() !== ours.failed.join()) {
    return `in Cilium the policies of [${theirs.failed}] fail, in the evaluator those of [${ours.failed}]`;
  }
  const first = theirs.verdicts.findIndex((verdict, at) => !agree(verdict, ours.verdicts[at]));
  return first === -1 ? undefined : describe(question, theirs, ours, first);
}

function describe(question: Case, theirs: Answer, ours: Answer, index: number): string {
  const { src, dst, protocol, port, http, dns } = question.flows[index];
  const request = http ? ` ${JSON.stringify(http)}` : dns ? ` ${dns}` : '';
  return (
    `${src} -> ${dst} ${protocol}/${port}${request}: Cilium says ${theirs.verdicts[index]}, the evaluator ` +
    `${ours.verdicts[index]}`
  );
}

/** Whether two answers to a flow agree: that of Cilium is one that the evaluator calls possible. */
function agree(theirs: string, ours: string): boolean {
  const [mine, others] = [ours, theirs].map(each => each.split(' / '));
  return mine.every(
    (half, at) => half === others[at] || half === 'undecided' || (answersOf(half)?.includes(others[at]) ?? false),
  );
}

/** The answers of which the order of Cilium's computations decides; undefined if it does not. */
function answersOf(half: string): string[] | undefined {
  const modes = /\+auth:([^+]*\|[^+]*)/.exec(half);
  return half === 'undecided'
    ? []
    : modes?.[1].split('|').map(mode => half.replace(modes[0], mode === '-' ? '' : `+auth:${mode}`));
}

main().then(
  status => {
    process.exitCode = status;
  },
  error => {
    console.error(
      error instanceof TypeError ? `${error.message}\n${USAGE}` : error instanceof Error ? error.message : error,
    );
    process.exitCode = 2;
  },
);
