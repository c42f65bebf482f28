import { create } from 'log-update';
import { Io } from './io';
import { Plan, Step } from '../live/plans/plan';
import { formatCommand } from '../live/plans/script';
import { Failure, Progress } from '../live/runner/run-plan';

/** Shows the progress of a plan. */
export interface Display {
  show(progress: Progress): void;
  /** Writes a text between the steps. */
  write(text: string): void;
  /** Restores the terminal. */
  end(): void;
}

/** On a terminal, a list that changes in place; lines elsewhere. */
export function createDisplay(plan: Plan, io: Io): Display {
  return io.terminal ? new TerminalDisplay(plan, io, io.terminal) : new LineDisplay(io);
}

/** One line for each event. */
class LineDisplay implements Display {
  constructor(private readonly io: Io) {}

  public show(progress: Progress): void {
    this.io.err(progressText(progress, this.io));
  }

  public write(text: string): void {
    this.io.err(text);
  }

  public end(): void {}
}

const FRAMES = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';

/** Above, the finished steps; below, the running ones, one line for each cluster, with the time since their start. */
class TerminalDisplay implements Display {
  private readonly log: ReturnType<typeof create>;
  private readonly running = new Map<Step, number>();
  private readonly start = Date.now();
  private readonly timer: NodeJS.Timeout;
  private readonly done = new Set<string>();

  constructor(
    private readonly plan: Plan,
    private readonly io: Io,
    private readonly terminal: NodeJS.WriteStream,
  ) {
    this.log = create(terminal);
    this.timer = setInterval(() => this.draw(), 100);
    this.timer.unref();
  }

  public show(progress: Progress): void {
    const { kind, step } = progress;
    if (kind === 'started') {
      this.running.set(step, Date.now());
    } else if (kind !== 'undoing') {
      this.running.delete(step);
      if (kind === 'done' || kind === 'already-done') {
        this.done.add(step.id);
      }
    }
    if (kind === 'started') {
      this.draw();
    } else {
      this.write(progressText(progress, this.io));
    }
  }

  public write(text: string): void {
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
    const position = (step: Step) => this.plan.steps.indexOf(step);
    const running = [...this.running].sort(([one], [other]) => position(one) - position(other));
    this.log(
      [
        ...running.map(
          ([step, since]) => `${spinner} ${cut(`${stepText(step)} (${elapsed((now - since) / 1000)})`, width - 2)}`,
        ),
        ...this.waiting().map(text => `  ${colors.dim(cut(text, width - 2))}`),
        colors.dim(
          cut(`${this.done.size} of ${this.plan.steps.length} steps, ${elapsed((now - this.start) / 1000)}`, width),
        ),
      ].join('\n'),
    );
  }

  /** The clusters without a running step, with what they wait for. */
  private waiting(): string[] {
    const busy = new Set([...this.running.keys()].map(step => step.cluster));
    const { steps } = this.plan;
    const open = steps.filter(step => !this.done.has(step.id));
    const next = open.filter(
      (step, index) =>
        step.cluster !== undefined &&
        !busy.has(step.cluster) &&
        open.findIndex(each => each.cluster === step.cluster) === index,
    );
    return next.flatMap(({ cluster, needs }) => {
      const need = open.find(step => needs.includes(step.id));
      return need ? [`${cluster}: waits for ${stepText(need)}`] : [];
    });
  }
}

function progressText(progress: Progress, { colors }: Io): string {
  const { step, seconds } = progress;
  const text = stepText(step);
  switch (progress.kind) {
    case 'started':
      return `${colors.dim('...')} ${text}\n`;
    case 'undoing':
      return `${colors.dim('...')} ${text}: undoing the ${progress.what}, which a killed run left unfinished\n`;
    case 'done':
      return `${colors.green('done')} ${text} (${elapsed(seconds)})\n`;
    case 'already-done':
      return `${colors.green('done')} ${text} (before)\n`;
    case 'interrupted':
      return `${colors.yellow('ended')} ${text} (${elapsed(seconds)})\n`;
    case 'failed':
      return `${colors.red('FAILED')} ${text} (${elapsed(seconds)})\n${failureText(progress.failure)}`;
  }
}

function failureText(failure: Failure): string {
  const failed = 'command' in failure ? failure : failure.kind === 'guard' ? failure.question : undefined;
  return [
    ...(failed ? [`  command: ${formatCommand(failed.command)}`, `  status:  ${failed.result.status}`] : []),
    ...(failed && failed.result.tail !== '' ? [`  output:\n${failed.result.tail.replace(/^/gm, '    ')}`] : []),
    `  next:    ${adviceText(failure)}`,
  ]
    .map(line => `${line}\n`)
    .join('');
}

function adviceText(failure: Failure): string {
  switch (failure.kind) {
    case 'command':
      return 'correct the cause, then run the command again: it continues with this step';
    case 'unanswered':
      return (
        'could not read the current state, so this step was not run. ' +
        'Check the API server and the context, then run the command again'
      );
    default:
      return failure.message;
  }
}

/** `12 s`, `3 min 4 s`. */
export function elapsed(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** A step in messages. */
export function stepText({ cluster, title }: Step): string {
  return `${cluster === undefined ? '' : `${cluster}: `}${title}`;
}

function cut(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, Math.max(width - 1, 0))}…` : text;
}
