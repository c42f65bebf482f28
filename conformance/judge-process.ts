import { ChildProcess, spawn } from 'child_process';
import * as readline from 'readline';
import { Answer, Case } from '../test-support/judge';

const VERDICTS: { readonly [letter: string]: string } = {
  'a': 'allowed',
  'r': 'redirected',
  'd': 'denied',
  'n': 'default-denied',
  'u': 'unenforced',
  '-': 'outside',
  'e': 'error',
};

/** Who refuses. The evaluator does not distinguish what Cilium cannot parse from what it does not accept. */
const STAGES: { readonly [stage: string]: string } = {
  yaml: 'yaml',
  schema: 'schema',
  parse: 'cilium',
  sanitize: 'cilium',
};

/** Cilium's own engine, a process that answers each case with one line (oracle/README.md). */
export class Judge {
  private readonly child: ChildProcess;
  private readonly waiting: Array<{ resolve: (line: string) => void; reject: (error: Error) => void }> = [];

  constructor(program: string) {
    this.child = spawn(program, [], { stdio: ['pipe', 'pipe', 'inherit'] });
    readline.createInterface({ input: this.child.stdout! }).on('line', line => this.waiting.shift()?.resolve(line));
    this.child.on('exit', status =>
      this.waiting.splice(0).forEach(({ reject }) => reject(new Error(`the judge ended with status ${status}`))),
    );
    this.child.on('error', error => this.waiting.splice(0).forEach(({ reject }) => reject(error)));
  }

  /** The answers of Cilium, in the words of the evaluator. */
  public async ask(question: Case): Promise<Answer> {
    const line = await new Promise<string>((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.child.stdin!.write(`${JSON.stringify({ ...question, ports: undefined })}\n`);
    });
    const result = JSON.parse(line);
    if (result.fatal !== undefined) {
      throw new Error(`the judge cannot read the case: ${result.fatal}`);
    }
    return {
      refused: result.refused
        .map(
          (each: any) =>
            `${each.cluster} ${each.kind}/${each.namespace ? `${each.namespace}/` : ''}${each.name} ` +
            `${STAGES[each.stage]}`,
        )
        .sort(),
      failed: result.endpointErrors.map((each: any) => each.id).sort(),
      verdicts: question.flows.map((_, index) =>
        [2 * index, 2 * index + 1]
          .map(at => {
            const requests = (['auth', 'http', 'dns'] as const)
              .filter(kind => (result[kind]?.[at] ?? '-') !== '-')
              .map(kind => `+${kind}:${result[kind][at]}`);
            return [VERDICTS[result.verdicts[at]], ...requests].join('');
          })
          .join(' / '),
      ),
    };
  }

  public close(): void {
    this.child.stdin!.end();
  }
}
