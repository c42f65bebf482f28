import { Engine } from './engine';
import { Answer, Question } from '../protocol';

/**
 * The order in which a worker answers. Questions about findings wait: their work is done in parts, and other questions
 * are answered between two of them.
 */
export class Schedule {
  private readonly waiting: Array<Question<'findings'>> = [];

  /** `later` calls `work` once the questions that have arrived are taken. */
  constructor(
    private readonly engine: Pick<Engine, 'answer' | 'prepareFindings'>,
    private readonly reply: (answer: Answer) => void,
    private readonly later: () => void,
  ) {}

  public take(question: Question): void {
    if (isAboutFindings(question)) {
      this.waiting.push(question);
      if (this.waiting.length === 1) {
        this.later();
      }
    } else {
      this.attempt(question.number, () => this.engine.answer(question.name, question.ask as never));
    }
  }

  /** Does one part of the work for the first question that waits. */
  public work(): void {
    const [question] = this.waiting;
    if (question) {
      let isReady = true;
      try {
        isReady = this.engine.prepareFindings(question.ask);
      } catch {
        // the answer fails in the same way, and says so
      }
      if (isReady) {
        this.waiting.shift();
        this.attempt(question.number, () => this.engine.answer('findings', question.ask));
      }
      if (this.waiting.length > 0) {
        this.later();
      }
    }
  }

  private attempt(number: number, answer: () => unknown): void {
    let reply: Answer;
    try {
      reply = { number, answer: answer() };
    } catch (error) {
      reply = { number, error: String((error as Error)?.stack ?? error) };
    }
    this.reply(reply);
  }
}

function isAboutFindings(question: Question): question is Question<'findings'> {
  return question.name === 'findings';
}
