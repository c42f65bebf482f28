import { gzipSync } from 'zlib';
import { readRelease } from '../../../src/live/observations/installations';
import { formatPath } from '../../../src/live/plans/field-changes';
import { installationChange, upgradeFaults } from '../../../src/live/plans/installation';
import { LiveCluster } from '../../../src/live/plans/live-mesh';

const cluster = (version: string, helmValues: object, second?: object) => ({
  version,
  helmValues,
  upgradeValues: second && { file: 'second.yaml', values: second, hash: '' },
});
const change = (wanted: ReturnType<typeof cluster>, version: string, values: object) => {
  const found = installationChange(wanted, { version, values });
  return found && [found.from, found.values.map(({ path, ...rest }) => ({ path: formatPath(path), ...rest }))];
};

test.each<[string, unknown, unknown]>([
  ['the same', change(cluster('1.20.2', { debug: { enabled: true } }), '1.20.2', { debug: { enabled: true } }), undefined],
  ['a prefix of the version', change(cluster('v1.20.2', {}), '1.20.2', {}), undefined],
  ['another version', change(cluster('1.20.2', {}), '1.19.5', {}), ['1.19.5', []]],
  [
    'another value, and one that is not set',
    change(cluster('1.20.2', { a: { b: 2 }, c: 'x' }), '1.20.2', { a: { b: 1 } }),
    [undefined, [{ path: 'a.b', before: 1, after: 2 }, { path: 'c', after: 'x' }]],
  ],
  ['a list', change(cluster('1.20.2', { a: [1, 2] }), '1.20.2', { a: [1] }), [undefined, [{ path: 'a' }]]],
  ['values of the cilium CLI stay', change(cluster('1.20.2', {}), '1.20.2', { operator: { replicas: 1 } }), undefined],
  [
    'what connect writes stays',
    change(cluster('1.20.2', { clustermesh: { config: { clusters: [] } } }), '1.20.2', {
      clustermesh: { config: { clusters: [{ name: 'tion' }] } },
    }),
    undefined,
  ],
  [
    'what the second values set stays',
    change(cluster('1.20.2', { a: { b: 1, c: 1 } }, { a: { b: 2 } }), '1.20.2', { a: { b: 2, c: 1 } }),
    undefined,
  ],
  ['null removes a default', change(cluster('1.20.2', { a: null }), '1.20.2', {}), undefined],
  [
    'keys are hidden',
    change(cluster('1.20.2', { tls: { ca: { key: 'new' } } }), '1.20.2', { tls: { ca: { key: 'old' } } }),
    [undefined, [{ path: 'tls.ca.key' }]],
  ],
])('%s', (_, got, expected) => {
  expect(got).toEqual(expected);
});

test.each([
  ['1.20.2', '1.18.4', ['1.19']],
  ['1.17.1', '1.20.0', ['1.19']],
  ['1.20.2', '1.19.0', []],
  ['1.19.0', '1.20.2', []],
  ['1.20.2', '1.20.0', []],
  ['1.20.2', 'unknown', []],
])('to %s from %s', (version, installed, next) => {
  const faults = upgradeFaults(
    [{ name: 'a', version } as LiveCluster, { name: 'new', version } as LiveCluster],
    new Map([['a', { version: installed, values: {} }]]),
  );
  expect(faults.map(each => each.next)).toEqual(next);
});

test('a release as Helm stores it; anything else is unknown', () => {
  const encode = (release: unknown) =>
    Buffer.from(gzipSync(JSON.stringify(release)).toString('base64')).toString('base64');
  expect(readRelease(encode({ chart: { metadata: { version: 'v1.20.2' } }, config: { a: 1 } }))).toEqual({
    version: '1.20.2',
    values: { a: 1 },
  });
  expect(readRelease(encode({ chart: { metadata: { version: '1.20.2' } }, config: null }))?.values).toEqual({});
  for (const text of ['secret/any', '', encode([]), encode(null), encode({ chart: {} })]) {
    expect([text, readRelease(text)]).toEqual([text, undefined]);
  }
});
