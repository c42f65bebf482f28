import { AnswerCounts, compareAnswers, countAnswers, ProbeResult, recognizer } from '../../../src/live/verification/comparison';
import { RunningPod } from '../../../src/live/verification/pods';
import { PredictedService } from '../../../src/live/verification/prediction';
import { Answer } from '../../../src/live/verification/probe';

const pod = (name: string) => ({ name, address: `address of ${name}`, ready: true }) as RunningPod;
const answered = (body: string): Answer => ({ kind: 'answered', http: 200, body });
const SILENT: Answer = { kind: 'silent' };
const recognize = (answer: Answer) => (answer.kind === 'answered' && answer.body !== '?' ? answer.body : undefined);

const service = (expected: PredictedService['expected'], sessionAffinity: boolean) =>
  ({ kind: 'service', expected, sessionAffinity }) as PredictedService;
const halves = { clusters: { paris: 0.5, lyon: 0.5 }, unanswered: 0 };
const blocked = { clusters: { paris: 0.5 }, unanswered: 0.5 };

const compare = (prediction: PredictedService, ...clients: Array<readonly Answer[]>) => {
  const result: ProbeResult = {
    prediction,
    clients: clients.map((answers, index) => ({ pod: pod(`web-${index}`), answers })),
  };
  return compareAnswers(result, recognize, 0.03);
};
const times = (number: number, answer: Answer) => Array<Answer>(number).fill(answer);

describe('with session affinity, a client always gets the same backend', () => {
  test.each([
    ['each client another cluster', halves, [times(20, answered('paris')), times(20, answered('lyon'))], 'as-predicted'],
    ['one cluster for all clients is chance', halves, [times(20, answered('paris'))], 'as-predicted'],
    ['a client of two clusters', halves, [[answered('paris'), answered('lyon')]], 'different'],
    ['a cluster that has no share', halves, [times(20, answered('nice'))], 'different'],
    ['no answer where all clusters may answer', halves, [times(20, SILENT)], 'different'],
    ['no answer where policies drop some', blocked, [times(20, SILENT), times(20, answered('paris'))], 'as-predicted'],
    ['some answers of one client', blocked, [[SILENT, answered('paris')]], 'different'],
    ['answers that tell no cluster', halves, [times(20, answered('?'))], 'as-predicted'],
  ] as const)('%s: %s', (_, expected, clients, outcome) => {
    expect(compare(service(expected, true), ...clients)).toBe(outcome);
  });

  test('without it, the answers of all clients together are chance', () => {
    const apart = [times(20, answered('paris')), times(20, answered('lyon'))];
    expect(compare(service(halves, false), ...apart)).toBe('as-predicted');
    expect(compare(service(halves, false), apart[0])).toBe('different');
  });
});

test('pods that could not ask leave open what the others found as predicted, and hide no difference', () => {
  const result = (answer: Answer): ProbeResult => ({
    prediction: service({ clusters: { paris: 1 }, unanswered: 0 }, false),
    clients: [{ pod: pod('web-0'), answers: [answer] }],
    problem: 'web-1: kubectl exec: error',
  });
  expect(compareAnswers(result(answered('paris')), recognize, 0.03)).toBe('not-probed');
  expect(compareAnswers(result(SILENT), recognize, 0.03)).toBe('different');
});

describe('the cluster of an answer', () => {
  const flow = (cluster: string, ...bodies: string[]): ProbeResult =>
    ({
      prediction: { kind: 'flow', destination: { cluster } },
      clients: [{ pod: pod('web-0'), answers: bodies.map(answered) }],
    }) as unknown as ProbeResult;
  const of = (body: string, ...flows: ProbeResult[]) => recognizer(['test', 'prod'], flows)(answered(body));

  test.each([
    ['its name', of('this is prod'), 'prod'],
    ['the names of two', of('test and prod'), undefined],
    ['the same answer of its pods', of('hello', flow('prod', 'hello'), flow('test', 'hi')), 'prod'],
    ['the same answer of pods of two', of('hello', flow('prod', 'hello'), flow('test', 'hello')), undefined],
    ['a word that pods of both answer', of('test page', flow('prod', 'test page'), flow('test', 'test page')), undefined],
    ['a word in another answer of another cluster', of('test page 2', flow('prod', 'test page 1')), undefined],
    ['a word that only pods of the other cluster answer', of('test page', flow('prod', 'test page')), 'prod'],
    ['its name, which its pods answer too', of('this is prod', flow('prod', 'this is prod')), 'prod'],
    ['nothing', of('', flow('prod', '')), undefined],
  ])('%s', (_, cluster, expected) => {
    expect(cluster).toBe(expected);
  });
});

test('a refusal is no answer of a backend', () => {
  const clients = [{ pod: pod('web-0'), answers: [answered('paris'), { kind: 'refused' } as const, SILENT] }];
  expect(countAnswers({ clients }, recognize)).toEqual<AnswerCounts>({
    clusters: { paris: 1 },
    unknown: 0,
    unanswered: 2,
    byHubble: false,
  });
});
