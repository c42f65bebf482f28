import { ChildProcess, spawn } from 'child_process';
import { redacted } from './redact';
import { Command, Condition } from '../plans/command';
import { GRACE, secondsOf } from '../plans/limits';

/** What a command left. */
export interface Ended {
  readonly status: number;
  /** Standard output; of a command that is asked, not shown. */
  readonly output: string;
  /** The last of what it wrote, both streams together, for a report: without what may be secret. */
  readonly last: string;
  /** It was ended from outside: after its limit of time, or because all is to end. */
  readonly ended?: 'too-long' | 'interrupted';
  /** It was ended by a signal, whoever sent it. */
  readonly signalled: boolean;
}

/** Whether a condition holds; or the question that nobody answered. */
export type Verdict =
  | { readonly kind: 'holds' }
  /** With what was asked, where the failure of that is the answer. */
  | { readonly kind: 'fails'; readonly command?: Command; readonly ended?: Ended }
  | { readonly kind: 'unanswered'; readonly command: Command; readonly ended: Ended };

/** Of each command at most so much is kept for a report. */
const KEPT = 64 * 1024;

/** Starts processes, and ends those that still run. */
export class Processes {
  private readonly running = new Set<ChildProcess>();
  private interruption = false;

  /** `grace`: seconds between SIGTERM and SIGKILL. */
  constructor(private readonly env: NodeJS.ProcessEnv, private readonly grace: number = GRACE) {}

  /** All is to end: nothing more is started. */
  public get interrupted(): boolean {
    return this.interruption;
  }

  /** Runs a command to its end, or to its limit of time. Never throws: what cannot be started has status 127. `started` is told the processes. */
  public async run(command: Command, question: boolean = false, started?: (pids: readonly number[]) => void): Promise<Ended> {
    if (this.interruption) {
      return { status: 128, output: '', last: 'not started', ended: 'interrupted', signalled: false };
    }
    const chain: Command[] = [];
    for (let each: Command | undefined = command; each; each = each.input) {
      chain.unshift(each);
    }
    // of a chain only the last one's output is kept: what goes between the others may be secret
    const children = chain.map(({ program, args, stdin, env }, index) => spawn(program, args, {
      env: { ...this.env, ...env }, stdio: [index === 0 && stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'], detached: true,
    }));
    const ended = children.map(child => this.watch(child));
    started?.(children.flatMap(({ pid }) => pid ?? []));
    if (chain[0].stdin !== undefined) {
      children[0].stdin!.on('error', () => undefined); // it ended before it read all
      children[0].stdin!.end(chain[0].stdin);
    }
    const between: Buffer[] = [];
    children.slice(1).forEach((child, index) => {
      child.stdin!.on('error', () => undefined); // it ended before it read all
      children[index].stdout!.on('data', data => between.push(data));
      children[index].stdout!.pipe(child.stdin!);
    });
    const output: Buffer[] = [];
    const last: Buffer[] = [];
    children.forEach((child, index) => {
      child.stderr!.on('data', data => last.push(data));
      if (index === children.length - 1) {
        child.stdout!.on('data', data => {
          output.push(data);
          last.push(data);
        });
      }
    });
    const seconds = secondsOf(command, question);
    let late = false;
    const limit = setTimeout(() => {
      late = true;
      this.endAll(children);
    }, seconds * 1000);
    const statuses = await Promise.all(ended);
    clearTimeout(limit);
    const failed = statuses.find(({ status }) => status !== 0);
    const interrupted = this.interruption && failed !== undefined;
    const said = [
      text(last).slice(-KEPT), ...statuses.flatMap(({ error }) => error ?? []), ...late ? [`ended after ${seconds} s, which is as long as it may take`] : [],
    ].join('\n');
    return {
      status: failed?.status ?? (late ? 128 : 0),
      output: text(output),
      last: redacted(said, [text(between)]).split('\n').slice(-20).join('\n').trim(),
      signalled: statuses.some(({ signalled }) => signalled),
      ...late ? { ended: 'too-long' } : interrupted ? { ended: 'interrupted' } : {},
    };
  }

  /** Whether a condition holds. Only `succeeds` takes a failure for an answer: what other commands print counts when they succeed. */
  public async check(condition: Condition): Promise<Verdict> {
    const verdict = (holds: boolean): Verdict => ({ kind: holds ? 'holds' : 'fails' });
    const compared = async (commands: readonly Command[], compare: (...outputs: string[]) => boolean): Promise<Verdict> => {
      const answers = await Promise.all(commands.map(each => this.run(each, true)));
      const index = answers.findIndex(({ status }) => status !== 0);
      return index < 0 ? verdict(compare(...answers.map(({ output }) => output))) : { kind: 'unanswered', command: commands[index], ended: answers[index] };
    };
    switch (condition.kind) {
      case 'succeeds': {
        const ended = await this.run(condition.command, true);
        const kind = ended.ended === 'interrupted' ? 'unanswered' : 'fails';
        return ended.status === 0 ? { kind: 'holds' } : { kind, command: condition.command, ended };
      }
      case 'prints-line': return compared([condition.command], output => output.split('\n').includes(condition.line));
      case 'prints': return compared([condition.command], output => output.includes(condition.text));
      case 'prints-anything': return compared([condition.command], output => output.trim() !== '');
      case 'prints-nothing': return compared([condition.command], output => output.trim() === '');
      case 'same-output': return compared(condition.commands, (one, other) => one.trim() !== '' && one === other);
    }
  }

  /** Ends everything that still runs, with the processes that it started itself; nothing more is started. */
  public end(): void {
    this.interruption = true;
    this.endAll(this.running);
  }

  /** Kills everything that still runs, at once; nothing more is started. */
  public kill(): void {
    this.interruption = true;
    killAll(this.running);
  }

  /** Asks to end, and kills what does not. */
  private endAll(children: Iterable<ChildProcess>): void {
    const asked = [...children];
    asked.forEach(child => signal(child, 'SIGTERM'));
    setTimeout(() => killAll(asked.filter(child => this.running.has(child))), this.grace * 1000).unref();
  }

  private watch(child: ChildProcess): Promise<{ status: number; error?: string; signalled: boolean }> {
    this.running.add(child);
    return new Promise(resolve => {
      child.on('error', error => {
        this.running.delete(child);
        resolve({ status: 127, error: error.message, signalled: false });
      });
      child.on('close', (status, ended) => {
        this.running.delete(child);
        resolve({ status: status ?? 128, ...ended ? { error: `ended by ${ended}` } : {}, signalled: ended !== null });
      });
    });
  }
}

function text(pieces: readonly Buffer[]): string {
  return Buffer.concat(pieces).toString('utf8');
}

function killAll(children: Iterable<ChildProcess>): void {
  for (const child of children) {
    signal(child, 'SIGKILL');
    // what left the process group may hold them open for ever
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

/** To the whole process group. */
function signal({ pid }: ChildProcess, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(-pid!, name);
  } catch {
    // it ended by itself
  }
}
