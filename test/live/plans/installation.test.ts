import { gzipSync } from 'zlib';
import { readRelease } from '../../../src/live/observations/installations';
import { formatPath } from '../../../src/live/plans/field-changes';
import { installationChange, skewFaults, upgradeFaults, upgradeOrder } from '../../../src/live/plans/installation';
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

describe('versions across the mesh', () => {
  const installed = (versions: Record<string, string>) =>
    new Map(Object.entries(versions).map(([name, version]) => [name, { version, values: {} }]));
  const mesh = (versions: Record<string, string>) =>
    Object.entries(versions).map(([name, version]) => ({ name, version }));

  test.each<[Record<string, string>, Record<string, string>, string[]]>([
    [{ a: '1.20.2', b: '1.19.1', c: '1.20.2' }, { a: '1.19.5', b: '1.18.4', c: '1.18.2' }, ['b', 'c', 'a']],
    [{ a: '1.18.1', b: '1.18.1' }, { a: '1.18.4', b: '1.19.1' }, ['b', 'a']],
    [{ a: '1.20.2', b: '1.20.2' }, { a: '1.20.1', b: '1.20.0' }, ['a', 'b']],
  ])('%j from %j are upgraded in the order %j', (wanted, from, order) => {
    expect(upgradeOrder(mesh(wanted), installed(from)).map(each => each.name)).toEqual(order);
  });

  test.each<[string, Record<string, string>, Record<string, string>, string[]]>([
    ['all by one', { a: '1.20.2', b: '1.20.2' }, { a: '1.19.5', b: '1.19.5' }, []],
    ['the oldest first', { a: '1.20.2', b: '1.19.1' }, { a: '1.19.5', b: '1.18.4' }, []],
    ['one that stays behind', { a: '1.20.2', b: '1.18.4' }, { a: '1.19.5', b: '1.18.4' }, ['a 1.20.2 b 1.18.4']],
    ['a new cluster beside old ones', { a: '1.19.5', b: '1.20.2', c: '1.18.1' }, { a: '1.18.4', c: '1.18.1' }, []],
    ['far apart already, and nearer then', { a: '1.20.2', b: '1.19.1' }, { a: '1.20.2', b: '1.18.4' }, []],
    ['a rollback that leaves one ahead', { a: '1.18.4', b: '1.20.2' }, { a: '1.19.5', b: '1.20.2' }, ['a 1.18.4 b 1.20.2']],
    ['a patch release', { a: '1.18.9', b: '1.18.4' }, { a: '1.18.4', b: '1.18.4' }, []],
    ['what nobody knows', { a: 'latest', b: '1.18.4' }, { a: '1.20.2', b: '1.18.4' }, []],
  ])('%s', (_, wanted, from, faults) => {
    expect(
      skewFaults(mesh(wanted), installed(from)).map(each =>
        [each.cluster, each.version, each.other, each.otherVersion].join(' '),
      ),
    ).toEqual(faults);
  });
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
