import { Engine } from './engine';
import { Answer, Question } from '../protocol';

/** The worker of a report: answers the page's questions in their order. */
const engine = new Engine();

self.onmessage = ({ data: { number, name, ask } }: MessageEvent<Question>) => {
  try {
    const answer = engine.answer(name, ask as never);
    const reply: Answer = { number, answer };
    self.postMessage(reply, { transfer: buffersOf(answer) });
  } catch (error) {
    const reply: Answer = { number, error: String((error as Error)?.stack ?? error) };
    self.postMessage(reply);
  }
};

/** The arrays of an answer that move to the page instead of being copied: each is made for its answer. */
function buffersOf(answer: object): ArrayBuffer[] {
  return Object.values(answer)
    .filter(value => ArrayBuffer.isView(value))
    .map(value => value.buffer as ArrayBuffer)
    .filter((buffer, index, all) => all.indexOf(buffer) === index);
}
