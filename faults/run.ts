/**
 * npm run faults -- [--only COMMAND] [--every N] [--jobs N]
 *
 * Runs `cilium-mesh up`, `apply` and `down` with stand-ins for kind, cilium, docker and kubectl. Each command that the
 * program starts has each fault once: the program is killed before, during and after it, it fails, or half of what it
 * prints is lost. After that the program runs again, without a fault. What the user then has must be what a run without
 * faults leaves, and no lock and no process may be left.
 */
import { execFileSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { parseArgs } from 'util';
import { Fault, KINDS } from './fault';
import { Scenario, SCENARIOS } from './scenarios';
import { World } from './world';

const USAGE = `usage: npm run faults -- [--only COMMAND] [--every N] [--jobs N]

Kills up, apply and down at each of their steps, runs them again, and compares what is left.
  --only COMMAND   ${SCENARIOS.map(({ name }) => name).join(', ')}; default: all
  --every N        only each Nth fault (default: 1)
  --jobs N         runs at once (default: the number of processors)`;

/** The most characters of a problem that are shown. */
const MOST = 1000;

/** What is wrong after a fault. */
interface Problem {
  readonly fault: Fault;
  readonly what: string;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      every: { type: 'string' },
      jobs: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const [every, jobs] = [Number(values.every ?? 1), Number(values.jobs ?? os.availableParallelism())];
  const chosen = SCENARIOS.filter(({ name }) => values.only === undefined || values.only === name);
  if (chosen.length === 0 || ![every, jobs].every(each => Number.isInteger(each) && each > 0)) {
    console.error(USAGE);
    return 2;
  }
  process.env.TMPDIR = fs.mkdtempSync(path.join(os.tmpdir(), 'cilium-mesh-faults-'));
  try {
    const program = bundle();
    let wrong = 0;
    for (const scenario of chosen) {
      wrong += await tryScenario(scenario, program, every, jobs);
    }
    return wrong === 0 ? 0 : 1;
  } finally {
    fs.rmSync(process.env.TMPDIR, { recursive: true, force: true });
  }
}

/** The program in one file, as it is published. */
function bundle(): string {
  const file = path.join(process.env.TMPDIR!, 'cilium-mesh.js');
  execFileSync(path.join(__dirname, '..', 'node_modules', '.bin', 'esbuild'), [
    path.join(__dirname, '..', 'src', 'cli', 'main.ts'),
    '--bundle',
    '--platform=node',
    '--target=node20',
    '--log-level=warning',
    `--outfile=${file}`,
  ]);
  return file;
}

/** Tries all faults of a scenario, prints what came of it, and returns how many went wrong. */
async function tryScenario(scenario: Scenario, program: string, every: number, jobs: number): Promise<number> {
  const start = await scenario.prepare(program);
  const reference = worldFrom(start, program);
  const { status, err } = await reference.run(scenario.args);
  if (status !== 0) {
    throw new Error(`${scenario.name} without a fault ended with ${status}:\n${err}`);
  }
  const expected = scenario.state(reference);
  const commands = reference.commands();
  const faults = commands
    .flatMap((command, index) =>
      KINDS.map((kind): Fault => ({ command, occurrence: index - commands.indexOf(command) + 1, kind })),
    )
    // of each command another fault
    .filter((_, index) => (index + Math.floor(index / KINDS.length)) % every === 0);
  const problems: Problem[] = [];
  const queue = [...faults];
  await Promise.all(
    Array.from({ length: jobs }, async () => {
      for (let fault = queue.shift(); fault; fault = queue.shift()) {
        const world = worldFrom(start, program);
        problems.push(...(await tryFault(scenario, world, fault, expected)));
        fs.rmSync(world.tools.env.HOME!, { recursive: true, force: true });
      }
    }),
  );
  console.log(
    `${scenario.name}: ${commands.length} commands, ${faults.length} faults; ${problems.length} problems`,
  );
  for (const { fault, what } of problems) {
    const text = what.length > MOST ? `… ${what.slice(-MOST)}` : what;
    console.log(`  ${fault.kind}: ${fault.command} (${fault.occurrence})\n    ${text.replaceAll('\n', '\n    ')}`);
  }
  return problems.length;
}

async function tryFault(scenario: Scenario, world: World, fault: Fault, expected: string): Promise<Problem[]> {
  const first = await world.run(scenario.args, fault);
  const problem = (what: string): Problem => ({ fault, what });
  if (!world.hadFault()) {
    return [problem(`the run ended with ${first.status ?? first.signal} without this command:\n${first.err}`)];
  }
  if (fault.kind.startsWith('killed') && first.signal !== 'SIGKILL') {
    return [problem(`the program was not killed: status ${first.status}`)];
  }
  const second = await world.run(scenario.args);
  const state = scenario.state(world);
  const [leftovers, processes] = [world.leftovers(), world.processes()];
  return [
    ...(second.status === 0 ? [] : [problem(`the next run ended with ${second.status}:\n${second.err.slice(-600)}`)]),
    ...(state === expected ? [] : [problem(`the state differs:\n${difference(expected, state)}`)]),
    ...(leftovers.length === 0 ? [] : [problem(`left: ${leftovers.join(', ')}`)]),
    ...(processes.length === 0 ? [] : [problem(`still running: ${processes.join('; ')}`)]),
  ];
}

function worldFrom(start: World, program: string): World {
  const world = new World(program, start.folder);
  world.continueFrom(start);
  return world;
}

/** The lines that only one of two states has. */
function difference(expected: string, got: string): string {
  const [one, other] = [expected.split('\n'), got.split('\n')];
  return [
    ...one.filter(line => !other.includes(line)).map(line => `missing: ${line}`),
    ...other.filter(line => !one.includes(line)).map(line => `too many: ${line}`),
  ].join('\n');
}

void main().then(status => (process.exitCode = status));
