/** The configuration: the reader and the published schema accept and refuse the same. */
import { parse } from 'yaml';
import { readConfiguration } from '../../src/findings/configuration';
import { schemaFaults } from '../support/schemas';

const VALID = `apiVersion: cilium-mesh/v1
mesh: ops/mesh.yaml
exclude: [old/, "*.test.yaml"]
severities:
  half-open: error
  kustomization: off
  expectation-unmet: warning
  ignore-unused: info
failOn: error
maxWarnings: 0
baseline: baseline.yaml
`;

test('a whole configuration is valid, and off needs no quotes', () => {
  const { configuration, problems } = readConfiguration(parse(VALID, { version: '1.1' }));
  expect(problems).toEqual([]);
  expect(configuration.severities).toEqual({
    'half-open': 'error',
    'kustomization': 'off',
    'expectation-unmet': 'warning',
    'ignore-unused': 'info',
  });
  // editors read YAML 1.2, where `off` is text
  expect(schemaFaults('configuration', parse(VALID))).toEqual([]);
});

test.each([
  ['severities: {half-opn: error}'],
  ['severities: {half-open: critical}'],
  ['severities: [half-open]'],
  ['failOn: never'],
  ['maxWarnings: -1'],
  ['maxWarnings: 1.5'],
  ['maxWarnings: "1"'],
  ['exclude: old'],
  ['mesh: ""'],
  ['baseline: [a]'],
  ['baselines: a'],
])('%s is refused by both', text => {
  const value = parse(`apiVersion: cilium-mesh/v1\n${text}\n`);
  expect(readConfiguration(value).problems).toHaveLength(1);
  expect(schemaFaults('configuration', value)).toHaveLength(1);
});
