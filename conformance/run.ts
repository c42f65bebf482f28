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

/** How often Cilium is asked again about a mesh where the answers differ. */
const REPEATS = 20;

async function compare({ judge, minor, seed }: Run, cases: number): Promise<number> {
  let verdicts = 0;
  let undecided = 0;
  let decisions = 0;
  const details = await fc.check(
    fc.asyncProperty(meshCase(minor, { borders: true }), async question => {
      // the judge is another process: both answer at the same time
      const asked = judge.ask(question);
      const ours = answer(question, minor);
      const theirs = await asked;
      const { difference, varied } = await disagreement(judge, question, theirs, ours);
      const halves = ours.verdicts.flatMap(each => each.split(' / ')).filter(each => each !== 'outside');
      const open = halves.filter(each => each === 'undecided' || each.includes('+auth:?')).length;
      verdicts += halves.length - open - varied;
      undecided += open + varied;
      decisions += question.clusters.reduce((sum, cluster) => sum + (cluster.policies?.length ?? 0), 0);
      if (difference !== undefined) {
        throw new Error(difference);
      }
    }),
    { seed, numRuns: cases },
  );
  console.log(
    `seed ${seed}: ${details.numRuns} meshes, ${verdicts} verdicts, ${decisions} documents accepted or refused` +
      (undecided > 0 ? `; ${undecided} more depend on the order in which Cilium computes policies` : ''),
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

/**
 * The first difference between the two answers, and the number of flows on which Cilium's own answers vary.
 *
 * Cilium inserts the entries of its map in the order of Go's maps, which changes with every question. Where the answers
 * differ, it is asked again: if it also gives the evaluator's answer, the order decides there.
 */
async function disagreement(
  judge: Judge,
  question: Case,
  theirs: Answer,
  ours: Answer,
): Promise<{ readonly difference?: string; readonly varied: number }> {
  if (theirs.refused.join() !== ours.refused.join()) {
    return { difference: `Cilium refuses [${theirs.refused}], the evaluator [${ours.refused}]`, varied: 0 };
  }
  if (theirs.failed.join() !== ours.failed.join()) {
    return {
      difference: `in Cilium the policies of [${theirs.failed}] fail, in the evaluator those of [${ours.failed}]`,
      varied: 0,
    };
  }
  const agreesAt = (answered: Answer, at: number) => agree(answered.verdicts[at], ours.verdicts[at]);
  const differing = theirs.verdicts.flatMap((_, at) => (agreesAt(theirs, at) ? [] : [at]));
  const lasting = new Set(differing);
  for (let count = 0; lasting.size > 0 && count < REPEATS; count++) {
    const again = await judge.ask(question);
    differing.filter(at => agreesAt(again, at)).forEach(at => lasting.delete(at));
  }
  const [first] = lasting;
  return {
    ...(first === undefined ? {} : { difference: describe(question, theirs, ours, first) }),
    varied: differing.length - lasting.size,
  };
}

function describe(question: Case, theirs: Answer, ours: Answer, index: number): string {
  const { src, dst, protocol, port, http, dns } = question.flows[index];
  const request = http ? ` ${JSON.stringify(http)}` : dns ? ` ${dns}` : '';
  return (
    `${src} -> ${dst} ${protocol}/${port}${request}: Cilium says ${theirs.verdicts[index]}, the evaluator ` +
    `${ours.verdicts[index]}`
  );
}

/** Whether two answers to a flow agree. Cilium may say either where the evaluator says that the order decides. */
function agree(theirs: string, ours: string): boolean {
  const [mine, others] = [ours, theirs].map(each => each.split(' / '));
  return mine.every(
    (half, at) =>
      half === others[at] ||
      half === 'undecided' ||
      (half.includes('+auth:?') && withoutMode(half) === withoutMode(others[at])),
  );
}

function withoutMode(half: string): string {
  return half.replace(/\+auth:./, '');
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
