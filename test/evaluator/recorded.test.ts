/**
 * Random meshes with the answers that Cilium's own engine gave, replayed without Go. New recordings: `npm run
 * conformance -- --record 500`, and `--cilium 1.15 --record 250` for the old version.
 */
import * as fs from 'fs';
import * as path from 'path';
import { allFlows, answer, compact, compactNames, RECORDED_FLOWS } from '../../test-support/judge';

const FOLDER = path.join(__dirname, 'recorded');

describe.each(fs.readdirSync(FOLDER).filter(file => file.endsWith('.jsonl')))('%s', file => {
  const minor = Number(file.split('.')[1]);
  const kinds = [
    'CiliumCIDRGroup',
    'CiliumClusterwideNetworkPolicy',
    'CiliumNetworkPolicy',
    ...(minor < 20 ? [] : ['ClusterNetworkPolicy']),
    'NetworkPolicy',
  ];
  const cases = fs
    .readFileSync(path.join(FOLDER, file), 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line));

  test('holds policies of every kind, refusals, failures and every verdict', () => {
    const text = cases
      .flatMap(each => each.question.clusters.flatMap((cluster: any) => cluster.policies ?? []))
      .join('\n');
    expect(
      [...new Set([...text.matchAll(/^{"apiVersion":"[^"]+","kind":"([^"]+)"/gm)].map(match => match[1]))].sort(),
    ).toEqual(expect.arrayContaining(kinds));
    expect(text).toContain('k8sServiceSelector');
    expect(cases.filter(each => each.answer.refused.length > 0).length).toBeGreaterThan(10);
    expect(cases.filter(each => each.answer.failed.length > 0).length).toBeGreaterThan(1);
    const letters = [...new Set(cases.flatMap(each => [...(each.answer.verdicts as string)]))].sort().join('');
    expect(letters).toBe('-?ADadenru');
    expect([...new Set(cases.flatMap(each => [...(each.answer.names as string)]))].sort().join('')).toBe('?ad');
  });

  test.each(cases.map((each, index) => [index + 1, each]))('case of line %i', (_line, { question, answer: theirs }) => {
    const ours = answer({ ...question, flows: allFlows(question.endpoints, question.ports, RECORDED_FLOWS) }, minor);
    expect({ ...ours, verdicts: compact(ours.verdicts), names: compactNames(ours.verdicts) }).toEqual(theirs);
  });
});
