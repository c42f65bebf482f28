import { Engine } from './engine';
import { Schedule } from './schedule';
import { Answer, Question } from '../protocol';

/** The worker of a report. Findings take longest: they are computed while nothing else is asked. */
const channel = new MessageChannel();
const schedule = new Schedule(new Engine(), reply, () => channel.port2.postMessage(undefined));
channel.port1.onmessage = () => schedule.work();

self.onmessage = ({ data }: MessageEvent<Question>) => schedule.take(data);

function reply(answer: Answer): void {
  self.postMessage(answer, { transfer: 'answer' in answer ? buffersOf(answer.answer as object) : [] });
}

/** The arrays of an answer that move to the page instead of being copied: each is made for its answer. */
function buffersOf(answer: object): ArrayBuffer[] {
  return Object.values(answer)
    .filter(value => ArrayBuffer.isView(value))
    .map(value => value.buffer as ArrayBuffer)
    .filter((buffer, index, all) => all.indexOf(buffer) === index);
}
