import { ChildProcess, spawn } from 'child_process';
import { Command, Condition } from '../orchestrator/command';

/** What a command left. */
export interface Ended {
  readonly status: number;
  /** Standard output; of a command that is asked, not shown. */
  readonly output: string;
  /** The last of what it wrote, both streams together, for a report. */
  readonly last: string;
}

/** Starts processes, and ends those that still run. */
export class Processes {
  private readonly running = new Set<ChildProcess>();

  constructor(private readonly env: NodeJS.ProcessEnv) {}

  /** Runs a command to its end. Never throws: what cannot be started has status 127. */
  public async run(command: Command): Promise<Ended> {
    const chain: Command[] = [];
    for (let each: Command | undefined = command; each; each = each.input) {
      chain.unshift(each);
    }
    // of a chain only the last one's output is kept: what goes between the others may be secret
    const children = chain.map(({ program, args, stdin, env }, index) => spawn(program, args, {
      env: { ...this.env, ...env }, stdio: [index === 0 && stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'], detached: true,
    }));
    const ended = children.map(child => this.watch(child));
    if (chain[0].stdin !== undefined) {
      children[0].stdin!.on('error', () => undefined); // it ended before it read all
      children[0].stdin!.end(chain[0].stdin);
    }
    children.slice(1).forEach((child, index) => {
      child.stdin!.on('error', () => undefined); // it ended before it read all
      children[index].stdout!.pipe(child.stdin!);
    });
    const output: string[] = [];
    const last: string[] = [];
    children.forEach((child, index) => {
      child.stderr!.on('data', data => last.push(String(data)));
      if (index === children.length - 1) {
        child.stdout!.on('data', data => {
          output.push(String(data));
          last.push(String(data));
        });
      }
    });
    const statuses = await Promise.all(ended);
    const failed = statuses.find(({ status }) => status !== 0);
    return { status: failed?.status ?? 0, output: output.join(''), last: [last.join(''), ...statuses.flatMap(({ error }) => error ?? [])].join('\n').split('\n').slice(-20).join('\n').trim() };
  }

  /** Whether a condition holds. A command that fails shows nothing. */
  public async holds(condition: Condition): Promise<boolean> {
    const ask = async (command: Command) => {
      const { status, output } = await this.run(command);
      return status === 0 ? output : undefined;
    };
    switch (condition.kind) {
      case 'succeeds': return await ask(condition.command) !== undefined;
      case 'prints-line': return (await ask(condition.command))?.split('\n').includes(condition.line) ?? false;
      case 'prints': return (await ask(condition.command))?.includes(condition.text) ?? false;
      case 'prints-anything': return ((await ask(condition.command)) ?? '').trim() !== '';
      case 'same-output': {
        const [one, other] = await Promise.all(condition.commands.map(ask));
        return one !== undefined && one.trim() !== '' && one === other;
      }
    }
  }

  /** Ends everything that still runs, with the processes that it started itself. */
  public end(): void {
    for (const { pid } of this.running) {
      try {
        process.kill(-pid!, 'SIGTERM');
      } catch {
        // it ended by itself
      }
    }
  }

  private watch(child: ChildProcess): Promise<{ status: number; error?: string }> {
    this.running.add(child);
    return new Promise(resolve => {
      child.on('error', error => {
        this.running.delete(child);
        resolve({ status: 127, error: error.message });
      });
      child.on('close', (status, signal) => {
        this.running.delete(child);
        resolve({ status: status ?? 128, ...signal ? { error: `ended by ${signal}` } : {} });
      });
    });
  }
}
