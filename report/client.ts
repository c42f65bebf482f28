import { Answer, Protocol, Question, QuestionName } from './protocol';

/** What the page needs of a worker, so tests can run the engine without one. */
export interface WorkerPort {
  onmessage: ((event: any) => void) | null;
  postMessage(question: Question): void;
}

/** The page's side of the protocol: asks the worker, and drops answers to questions that it no longer asks. */
export class Client {
  private number = 0;
  private readonly waiting = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>();
  private readonly newest = new Map<string, number>();

  constructor(private readonly worker: WorkerPort) {
    worker.onmessage = ({ data }: { readonly data: Answer }) => this.receive(data);
  }

  /** Asks a question. The promise is rejected only for defects of the program. */
  public ask<Name extends QuestionName>(name: Name, ask: Protocol[Name]['ask']): Promise<Protocol[Name]['answer']> {
    const number = ++this.number;
    return new Promise((resolve, reject) => {
      this.waiting.set(number, { resolve: resolve as (answer: unknown) => void, reject });
      this.worker.postMessage({ number, name, ask });
    });
  }

  /**
   * Asks a question that replaces those of the same topic. Answers to replaced ones are dropped: their promises never
   * settle.
   */
  public askNewest<Name extends QuestionName>(
    topic: string,
    name: Name,
    ask: Protocol[Name]['ask'],
  ): Promise<Protocol[Name]['answer']> {
    const replaced = this.newest.get(topic);
    if (replaced !== undefined) {
      this.waiting.delete(replaced);
    }
    this.newest.set(topic, this.number + 1);
    return this.ask(name, ask);
  }

  private receive(answer: Answer): void {
    const waiting = this.waiting.get(answer.number);
    this.waiting.delete(answer.number);
    if (!waiting) {
      return;
    }
    if ('error' in answer) {
      waiting.reject(new Error(answer.error));
    } else {
      waiting.resolve(answer.answer);
    }
  }
}
