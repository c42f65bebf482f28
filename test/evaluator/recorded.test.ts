/**
 * Random meshes with the answers that Cilium's own engine gave, replayed without Go. New recordings: `npm run conformance -- --record 500`.
 */
import * as fs from 'fs';
import * as path from 'path';
import { allFlows, answer, compact } from './judge';

const FOLDER = path.join(__dirname, 'recorded');

describe.each(fs.readdirSync(FOLDER).filter(file => file.endsWith('.jsonl')))('%s', file => {
  const cases = fs.readFileSync(path.join(FOLDER, file), 'utf8').trimEnd().split('\n').map(line => JSON.parse(line));

  test('holds policies of every kind, refusals, failures and every verdict', () => {
    const text = cases.map(each => JSON.stringify(each.question)).join('');
    expect(['CiliumNetworkPolicy', 'CiliumClusterwideNetworkPolicy', '"NetworkPolicy', 'ClusterNetworkPolicy', 'CiliumCIDRGroup', 'k8sServiceSelector'].filter(kind => !text.includes(kind))).toEqual([]);
    expect(cases.filter(each => each.answer.refused.length > 0).length).toBeGreaterThan(10);
    expect(cases.filter(each => each.answer.failed.length > 0).length).toBeGreaterThan(1);
    expect([...new Set(cases.flatMap(each => [...each.answer.verdicts as string]))].sort()).toEqual(['-', 'a', 'd', 'e', 'n', 'r', 'u']);
  });

  test.each(cases.map((each, index) => [index + 1, each]))('case of line %i', (_line, { question, answer: theirs }) => {
    const ours = answer({ ...question, flows: allFlows(question.endpoints, question.ports) });
    expect({ ...ours, verdicts: compact(ours.verdicts) }).toEqual(theirs);
  });
});
