import { create } from 'log-update';
import { Io } from './io';
import { Plan, Step } from '../live/plans/plan';
import { Progress } from '../live/runner/run-plan';

/** Shows how a plan goes on. */
export interface Display {
  show(progress: Progress): void;
  /** A text between the steps. */
  say(text: string): void;
  /** Leaves the terminal as it was. */
  end(): void;
}

/** On a terminal a list that changes in place; lines elsewhere. */
export function display(plan: Plan, io: Io): Display {
  return io.terminal ? new Live(plan, io, io.terminal) : new Plain(io);
}

/** One line for each thing that happens. */
class Plain implements Display {
  constructor(private readonly io: Io) {}

  public show(progress: Progress): void {
    this.io.err(progressText(progress, this.io));
  }

  public say(text: string): void {
    this.io.err(text);
  }

  public end(): void {}
}

const FRAMES = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';

/** What is done stands above; below it are the steps that run, one line for each cluster, with the time that they took so far. */
class Live implements Display {
  private readonly log: ReturnType<typeof create>;
  private readonly running = new Map<Step, number>();
  private readonly start = Date.now();
  private readonly timer: NodeJS.Timeout;
  private readonly done = new Set<string>();

  constructor(private readonly plan: Plan, private readonly io: Io, private readonly terminal: NodeJS.WriteStream) {
    this.log = create(terminal);
    this.timer = setInterval(() => this.draw(), 100);
    this.timer.unref();
  }

  public show(progress: Progress): void {
    const { kind, step } = progress;
    if (kind === 'started') {
      this.running.set(step, Date.now());
    } else if (kind !== 'undone') {
      this.running.delete(step);
      if (kind === 'done' || kind === 'already-done') {
        this.done.add(step.id);
      }
    }
    if (kind === 'started') {
      this.draw();
    } else {
      this.say(progressText(progress, this.io));
    }
  }

  public say(text: string): void {
    this.log.clear();
    this.terminal.write(text);
    this.draw();
  }

  public end(): void {
    clearInterval(this.timer);
    this.log.clear();
    // shows the cursor again
    this.log.done();
  }

  private draw(): void {
    const { colors } = this.io;
    const now = Date.now();
    const spinner = colors.cyan(FRAMES[Math.floor(now / 100) % FRAMES.length]);
    const width = (this.terminal.columns || 80) - 1;
    const running = [...this.running].sort(([one], [other]) => this.plan.steps.indexOf(one) - this.plan.steps.indexOf(other));
    this.log([
      ...running.map(([step, since]) => `${spinner} ${cut(`${what(step)} (${elapsed((now - since) / 1000)})`, width - 2)}`),
      ...this.waiting().map(text => `  ${colors.dim(cut(text, width - 2))}`),
      colors.dim(cut(`${this.done.size} of ${this.plan.steps.length} steps, ${elapsed((now - this.start) / 1000)}`, width)),
    ].join('\n'));
  }

  /** The clusters of which no step runs, with what they wait for. */
  private waiting(): string[] {
    const busy = new Set([...this.running.keys()].map(step => step.cluster));
    const { steps } = this.plan;
    const next = steps.filter((step, index) => step.cluster !== undefined && !this.done.has(step.id) && !busy.has(step.cluster)
      && !steps.slice(0, index).some(earlier => earlier.cluster === step.cluster && !this.done.has(earlier.id)));
    return next.flatMap(({ cluster, needs }) => {
      const need = steps.find(step => needs.includes(step.id) && !this.done.has(step.id));
      return need ? [`${cluster}: waits for ${what(need)}`] : [];
    });
  }
}

function progressText(progress: Progress, { colors }: Io): string {
  const { step, seconds } = progress;
  switch (progress.kind) {
    case 'started': return `${colors.dim('...')} ${what(step)}\n`;
    case 'undone': return `${colors.dim('...')} ${what(step)}: undoing the ${progress.what}, which a run that was killed left half made\n`;
    case 'done': return `${colors.green('done')} ${what(step)} (${elapsed(seconds)})\n`;
    case 'already-done': return `${colors.green('done')} ${what(step)} (before)\n`;
    case 'interrupted': return `${colors.yellow('ended')} ${what(step)} (${elapsed(seconds)})\n`;
    case 'failed': {
      const { command, status, last, otherwise } = progress.failure;
      return [
        `${colors.red('FAILED')} ${what(step)} (${elapsed(seconds)})`,
        ...command === undefined ? [] : [`  command: ${command}`, `  status:  ${status}`],
        ...last ? [`  output:\n${last.replace(/^/gm, '    ')}`] : [],
        `  next:    ${otherwise ?? 'correct what the output says, then run the same command again: it goes on with this step'}`,
      ].join('\n') + '\n';
    }
  }
}

/** `12 s`, `3 min 4 s`. */
export function elapsed(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

function what({ cluster, title }: Step): string {
  return `${cluster === undefined ? '' : `${cluster}: `}${title}`;
}

function cut(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, Math.max(width - 1, 0))}…` : text;
}
