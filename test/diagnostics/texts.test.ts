/** What messages show of texts and values of any size. */
import * as fc from 'fast-check';
import { ClusterMesh, Peer, Port, Selector } from '../../src';
import { formatList, formatValue, shorten, shortenPath } from '../../src/diagnostics/texts';
import { readManifests } from '../../src/manifests/documents';
import { faultsOf } from '../support/mesh';

const HUGE = 'x'.repeat(1_000_000);

test('a value is shown as JSON, up to its length', () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      const json = JSON.stringify(value);
      const text = formatValue(value, 50);

      expect(text.length).toBeLessThanOrEqual(50);
      expect(/[\s\u007f-\u009f]/.test(json) || json.length > 50 || text === json).toBe(true);
    }),
  );
});

test('a path is cut at its beginning', () => {
  expect(shortenPath('dist/a.yaml')).toBe('dist/a.yaml');
  expect(shortenPath(`${HUGE}/a.yaml`, 12)).toBe('...xx/a.yaml');
  expect(shortenPath('dist\n/a.yaml')).toBe('dist /a.yaml');
});

test('a value that holds itself, and one without JSON, is shown too', () => {
  const ring: any[] = [];
  ring.push({ ring });

  expect(formatValue(ring)).toMatch(/^\[\{"ring":\[\{"ring":.*\.\.\.$/);
  expect(formatValue(10n)).toBe('10');
  expect(formatValue([undefined, { a: undefined }])).toBe('[null,{}]');
});

test('a text is one line without control characters', () => {
  expect(shorten('a\n  b\u001b[31mc\u2028d')).toBe('a b [31mc d');
  expect(shorten('abcdef', 5)).toBe('ab...');
});

test('a long list says how many names are missing', () => {
  expect(formatList(['a', 'b', 'c'], 2)).toBe('a, b and 1 more');
  expect(formatList(['a', 'b'])).toBe('a, b');
});

test.each<[string, () => ReadonlyArray<object>]>([
  [
    'of a cluster',
    () => ClusterMesh.check({ clusters: [{ name: HUGE, id: 1, podCidrs: [HUGE], helmValues: { [HUGE]: HUGE } }] }),
  ],
  ['of a selector', () => faultsOf(() => Selector.labels({ [HUGE]: HUGE }))],
  ['of a peer', () => faultsOf(() => Peer.fqdn(HUGE))],
  ['of a port', () => faultsOf(() => Port.named(HUGE))],
  ['of a manifest', () => readManifests(`apiVersion: v1\nkind: ${HUGE}\nmetadata: {name: [${HUGE}]}\n`, 'f').problems],
  ['of wrong YAML', () => readManifests(`a: &${HUGE.slice(0, 1000)} *${HUGE}\n`, 'f').problems],
])('a text of any size %s is cut', (_, run) => {
  const faults = run();

  expect(faults.length).toBeGreaterThan(0);
  for (const text of faults.flatMap(fault => Object.values(fault)).filter(each => typeof each === 'string')) {
    expect(text.length).toBeLessThanOrEqual(1000);
  }
});
