/** Findings are computed in parts: what is asked meanwhile is answered first, and about what is supposed then. */
import * as path from 'path';
import { engineOf } from './page-engine';
import { Schedule } from '../../report/engine/schedule';
import { Answer, Question } from '../../report/protocol';
import { readMesh } from '../../src/evaluator/read/mesh';
import { readMeshFile } from '../../src/manifests/mesh-input';

const { input } = readMeshFile(path.join(__dirname, '..', 'reports', 'mesh', 'mesh.yaml'));
const mesh = { input, mesh: readMesh(input) };
const FINDINGS: Question = { number: 1, name: 'findings', ask: { side: 'supposed' } };

function start() {
  const engine = engineOf(mesh);
  const answers: Answer[] = [];
  let isPending = false;
  const schedule = new Schedule(engine, answer => answers.push(answer), () => {
    isPending = true;
  });
  const step = () => {
    const wasPending = isPending;
    isPending = false;
    schedule.work();
    return wasPending;
  };
  return { engine, answers, schedule, step };
}

test('other questions are answered between two parts', () => {
  const { engine, answers, schedule, step } = start();
  schedule.take(FINDINGS);
  let parts = 0;
  while (answers.length === 0 && parts < 20) {
    expect(step()).toBe(true);
    parts++;
  }
  expect(answers).toEqual([]);
  schedule.take({ number: 2, name: 'summary', ask: { side: 'new' } });
  expect(answers.map(each => each.number)).toEqual([2]);
  while (step()) {
    parts++;
  }
  expect(answers.map(each => each.number)).toEqual([2, 1]);
  expect(answers[1]).toEqual({ number: 1, answer: engineOf(mesh).answer('findings', { side: 'supposed' }) });
  expect(engine.prepareFindings({ side: 'new' })).toBe(true);
});

test('what is supposed meanwhile counts', () => {
  const { answers, schedule, step } = start();
  schedule.take(FINDINGS);
  step();
  step();
  const suppositions = { gone: ['lyon'] };
  schedule.take({ number: 2, name: 'suppose', ask: suppositions });
  while (step());
  const fresh = engineOf(mesh);
  fresh.answer('suppose', suppositions);
  expect(answers[1]).toEqual({ number: 1, answer: fresh.answer('findings', { side: 'supposed' }) });
});

test('a defect is an answer', () => {
  const answers: Answer[] = [];
  const fail = () => {
    throw new Error('broken');
  };
  const engine = { answer: fail, prepareFindings: fail };
  const schedule = new Schedule(engine, answer => answers.push(answer), () => undefined);
  schedule.take(FINDINGS);
  schedule.work();
  schedule.take({ number: 2, name: 'summary', ask: { side: 'new' } });
  expect(answers).toEqual([
    { number: 1, error: expect.stringContaining('broken') },
    { number: 2, error: expect.stringContaining('broken') },
  ]);
});
