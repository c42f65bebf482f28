import {
  ClusterIdentity,
  isRecorded,
  readClusterIdentity,
  recordedConnections,
  recordIdentity,
} from '../../../src/live/plans/cluster-identity';
import { Installation } from '../../../src/live/plans/installation';
import { LiveMesh } from '../../../src/live/plans/live-mesh';
import { membership, unconnectedClusters } from '../../../src/live/plans/membership';

const mesh = (...names: string[]): LiveMesh => ({ clusters: names.map(name => ({ name })) as any });
const release = (clusters: unknown): Installation => ({ version: '1.20.2', values: { clustermesh: { config: { clusters } } } });
const identity = (uid: string, uids: object = {}, connected: object = {}): ClusterIdentity => ({
  uid,
  isMarked: true,
  record: { name: 'any', uids: { ...uids }, connected: { ours: { ...connected } }, modes: {} },
});
const cluster = (name: string, found: ClusterIdentity) => ({ name, id: 1, context: `kind-${name}`, identity: found });
const at = (uid: string) => ({ uid, context: 'kind-c' });

describe('clusters that left', () => {
  const found = (clusters: unknown, connected: object, set = 'ours') =>
    membership(mesh('a'), [cluster('a', identity('A', {}, connected))], new Map([['a', release(clusters)]]), set).left;

  test.each<[string, unknown, object, string[]]>([
    ['recorded, and in the release as a list', [{ name: 'c', ips: ['10.0.0.1'] }], { c: at('C') }, ['c']],
    ['recorded, and in the release as a mapping', { c: { ips: [] } }, { c: at('C') }, ['c']],
    ['recorded, and disabled in the release', { c: { enabled: false } }, { c: at('C') }, []],
    ['recorded, and not in the release any more', {}, { c: at('C') }, []],
    ['in the release, and connected by somebody else', { c: {} }, {}, []],
    ['still in the mesh', { a: {} }, { a: at('A') }, []],
    ['in a release of another shape', 'c', { c: at('C') }, []],
  ])('%s', (_, clusters, connected, names) => {
    expect(found(clusters, connected).map(each => each.name)).toEqual(names);
  });

  test('only those of the same apply set: meshes may share a cluster', () => {
    expect(found({ c: {} }, { c: at('C') }, 'theirs')).toEqual([]);
    expect(found({ c: {} }, { c: at('C') })).toEqual([{ name: 'c', uid: 'C', context: 'kind-c', peers: ['a'] }]);
  });
});

describe('clusters that were built again', () => {
  const found = (uid: string | undefined, record: ClusterIdentity, clusters: unknown = { b: {} }) =>
    membership(
      mesh('a', 'b'),
      [cluster('a', record), ...(uid === undefined ? [] : [cluster('b', identity(uid))])],
      new Map([['a', release(clusters)]]),
      'ours',
    ).replaced;

  test.each<[string, string | undefined, ClusterIdentity, string[]]>([
    ['the same', 'B', identity('A', { b: 'B' }, { b: at('B') }), []],
    ['another UID than when they were connected', 'B2', identity('A', { b: 'B2' }, { b: at('B') }), ['b']],
    ['another UID than recorded', 'B2', identity('A', { b: 'B' }), ['b']],
    ['gone, so it will be created', undefined, identity('A', { b: 'B' }, { b: at('B') }), ['b']],
    ['nothing is recorded', 'B', identity('A'), []],
  ])('%s', (_, uid, record, names) => {
    expect(found(uid, record)).toEqual(names);
  });

  test('a release that does not know the cluster has no old addresses of it', () => {
    expect(found('B2', identity('A', { b: 'B' }), {})).toEqual([]);
  });
});

describe('the record of connections', () => {
  const all = [cluster('a', identity('A')), cluster('b', identity('B'))];
  const read = (stdin: string) =>
    readClusterIdentity({ metadata: { uid: 'A' } }, [jest.requireActual('yaml').parse(stdin)])!;

  test('is read as it was written; apply keeps it, only up changes it', () => {
    const connected = { a: at('A'), b: at('B'), c: at('C') };
    const written = read(recordIdentity(all[0], all, 'ours', { clusters: connected }).stdin!);
    expect(written.record).toEqual({ name: 'a', uids: { a: 'A', b: 'B' }, connected: { ours: connected }, modes: {} });
    const again = cluster('a', written);
    expect(isRecorded(again, all, 'ours', undefined)).toBe(true);
    expect(isRecorded(again, all, 'ours', { clusters: { a: at('A'), b: at('B') } })).toBe(false);
    expect(isRecorded(again, all, 'ours', { clusters: { b: at('B'), a: at('A'), c: at('C') } })).toBe(true);
    expect(read(recordIdentity(again, all, 'ours').stdin!).record).toEqual(written.record);
  });

  test('has the connection mode of up, unless it connected every pair', () => {
    const star = recordedConnections(all, 'bidirectional');
    const written = read(recordIdentity(all[0], all, 'ours', star).stdin!);
    expect(written.record!.modes).toEqual({ ours: 'bidirectional' });
    const again = cluster('a', written);
    const isRecordedAs = (mode?: 'mesh' | 'bidirectional') =>
      isRecorded(again, all, 'ours', recordedConnections(all, mode));
    expect([isRecordedAs('bidirectional'), isRecordedAs('mesh'), isRecordedAs()]).toEqual([true, false, false]);
    expect(read(recordIdentity(again, all, 'ours').stdin!).record).toEqual(written.record);
    expect(read(recordIdentity(again, all, 'ours', recordedConnections(all, 'mesh')).stdin!).record!.modes).toEqual({});
    const other = readClusterIdentity({ metadata: { uid: 'A' } }, [
      { metadata: { name: 'cilium-mesh-clusters' }, data: { 'name': 'a', 'mode.ours': 'ring' } },
    ]);
    expect(other!.record!.modes).toEqual({});
  });

  test.each(['', '[]', 'null', '{"c": {"uid": 1}}', '{'])('%j is no record', text => {
    const found = readClusterIdentity(
      { metadata: { uid: 'A' } },
      [{ metadata: { name: 'cilium-mesh-clusters' }, data: { 'name': 'a', 'connected.ours': text } }],
    );
    expect(found!.record!.connected).toEqual({ ours: {} });
  });
});

describe('clusters that a canary is not connected to', () => {
  const unconnected = (
    peers: { readonly [name: string]: readonly string[] },
    { existing = ['a', 'b', 'c'], unreadable = [] as string[], replaced = [] as string[] } = {},
  ) => {
    const known = new Map(
      Object.entries(peers).map(([name, others]) => [name, release(others.map(other => ({ name: other })))]),
    );
    return unconnectedClusters('a', mesh('a', 'b', 'c'), existing, { known, unreadable }, replaced);
  };

  test.each([
    ['all are connected', unconnected({ a: ['b', 'c'], b: ['a'], c: ['a'] }), []],
    ['one direction is enough: shares depend on it', unconnected({ a: ['b'], b: [], c: ['a'] }), []],
    ['no release names the other', unconnected({ a: ['b'], b: ['a', 'c'], c: ['b'] }), ['c']],
    ['Cilium is not installed', unconnected({ b: ['c'], c: ['b'] }), ['b', 'c']],
    ['a release that cannot be read may connect', unconnected({ a: [], b: [] }, { unreadable: ['c'] }), ['b']],
    ['a cluster does not exist', unconnected({ a: ['b', 'c'] }, { existing: ['a', 'b'] }), ['c']],
    ['a cluster was built again', unconnected({ a: ['b', 'c'] }, { replaced: ['b'] }), ['b']],
    ['the canary was built again', unconnected({ b: ['a'], c: ['a'] }, { replaced: ['a'] }), ['b', 'c']],
  ])('%s', (_, got, expected) => {
    expect(got).toEqual(expected);
  });
});
