import { create } from 'log-update';
import { Io } from './io';
import { elapsed } from './progress';
import { RecordingEvent, RecordingTarget } from '../live/recording/record-cluster';
import { RecordedCounts } from '../live/recording/recorded-lines';
import { counted } from '../reports/words';

/** Shows the progress of a recording on stderr. */
export interface RecordDisplay {
  show(target: RecordingTarget, event: RecordingEvent): void;
  write(text: string): void;
  end(): void;
}

/** Seconds between two lines where nothing can be replaced in place. */
const BETWEEN_LINES = 60;

/** On a terminal, one line that changes in place; elsewhere, a line each minute. */
export function createRecordDisplay(targets: readonly RecordingTarget[], milliseconds: number, io: Io): RecordDisplay {
  const { err, colors, terminal } = io;
  const counts = new Map<RecordingTarget, RecordedCounts>();
  const start = Date.now();
  const log = terminal && create(terminal);
  const line = () => {
    const texts = targets.map(target => {
      const { records = 0, lost = 0 } = counts.get(target) ?? {};
      return `${target.name} ${counted(records, 'record')}${lost > 0 ? ` (${lost} lost)` : ''}`;
    });
    const left = elapsed(Math.max(0, start + milliseconds - Date.now()) / 1000);
    return `${texts.join(', ')}; ${left} left`;
  };
  const draw = () => log!(line().slice(0, Math.max((terminal!.columns || 80) - 1, 0)));
  const write = (text: string) => {
    if (log) {
      log.clear();
      terminal!.write(text);
    } else {
      err(text);
    }
  };
  const timer = setInterval(() => (log ? draw() : err(`${colors.dim('...')} ${line()}\n`)), log ? 500 : BETWEEN_LINES * 1000);
  timer.unref();
  return {
    show(target, event) {
      switch (event.kind) {
        case 'records':
          counts.set(target, event.counts);
          break;
        case 'whole-records':
          write(`${target.name}: records whole flows, because this Hubble has no such field mask: ${event.message}\n`);
          break;
        case 'interrupted':
          write(
            `${colors.yellow('ended')} ${target.name}: hubble observe ended (${event.message}); ` +
              `connecting again in ${event.seconds} s\n`,
          );
          break;
        case 'failed':
          write(`${colors.red('FAILED')} ${target.name}: cannot be recorded: ${event.message}\n`);
          break;
      }
    },
    write,
    end() {
      clearInterval(timer);
      log?.clear();
      log?.done();
    },
  };
}
