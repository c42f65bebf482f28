import { endpointRow, planesOfPairs } from './endpoint-rows';
import { bandsOf, bounded, countBands, inOrder, isPair, namespaceBand, pairState, zoomed } from '../../report/ui/dense';
import { PairTraffic } from '../../report/ui/traffic';

test('the state of a pair says which end stops it', () => {
  const bits = planesOfPairs(34, { egress: ['0>33', '0>1', '0>2'], ingress: ['0>33', '0>3', '0>2'], allowed: ['0>33'] });
  const ends = Array.from({ length: 34 }, (_, index) => endpointRow(`shop/app${index}@paris`, index));
  const stateOf = (to: number) => pairState(bits, ends[0], ends[to]);
  expect([33, 1, 3, 2, 4].map(stateOf)).toEqual(['allowed', 'out', 'in', 'ports', 'closed']);
});

test('a pair that may connect on no declared port has a state of its own', () => {
  const bits = planesOfPairs(2, { egress: ['0>1'], ingress: [], allowed: [], any: ['0>1'] });
  const [web, api] = [endpointRow('shop/web@paris', 0), endpointRow('shop/api@paris', 1)];
  expect(pairState(bits, web, api)).toBe('other');
});

test('an end outside of the mesh is not open: no policy decides there', () => {
  const bits = planesOfPairs(2, { egress: ['1>0'], ingress: ['0>1'], allowed: [] });
  const [web, world] = [endpointRow('shop/web@paris', 0), endpointRow('world:192.0.2.0/24', 1)];
  expect([pairState(bits, web, world), pairState(bits, world, web)]).toEqual(['closed', 'closed']);
  const rows = [web, world];
  expect([...countBands(bits, rows, bandsOf(rows, namespaceBand)).half]).toEqual([0, 0, 0, 0]);
});

test('recorded flows are part of the state: those that would break, and pairs without any', () => {
  const bits = planesOfPairs(3, { egress: [], ingress: [], allowed: ['0>1', '0>2'] });
  const [web, api, sql] = ['web', 'api', 'sql'].map((name, number) => endpointRow(`shop/${name}@paris`, number));
  const traffic = new PairTraffic({ breaks: [[sql.id, web.id]], used: [[web.id, api.id]] });
  const pairs = [
    [web, api],
    [web, sql],
    [sql, web],
    [api, sql],
  ];
  const states = pairs.map(([from, to]) => pairState(bits, from, to, traffic));
  expect(states).toEqual(['allowed', 'unused', 'breaks', 'closed']);
  // records name ends outside of the mesh otherwise
  const world = endpointRow('world:192.0.2.0/24', 1);
  expect(pairState(bits, web, world, traffic)).toBe('allowed');
});

test('there are no flows of an endpoint to itself, nor between two outside of the mesh', () => {
  const web = endpointRow('shop/web@paris', 0);
  const [one, two] = [endpointRow('world:192.0.2.0/24', 1), endpointRow('world:198.51.100.0/24', 2)];
  expect([isPair(web, web), isPair(web, one), isPair(one, web), isPair(one, two)]).toEqual([false, true, true, false]);
});

test('rows are in the order of clusters and namespaces, those outside last, whatever order they come in', () => {
  const rows = [
    endpointRow('world:192.0.2.0/24', 0),
    endpointRow('shop/web@paris', 1),
    endpointRow('shop/api@lyon', 2),
    endpointRow('db/sql@paris', 3),
  ];
  const ids = ['shop/api@lyon', 'db/sql@paris', 'shop/web@paris', 'world:192.0.2.0/24'];
  expect(inOrder(rows).map(each => each.id)).toEqual(ids);
  expect(inOrder([...rows].reverse()).map(each => each.id)).toEqual(ids);
  expect(bandsOf(inOrder(rows), namespaceBand)).toEqual([
    { label: 'shop@lyon', first: 0, last: 0 },
    { label: 'db@paris', first: 1, last: 1 },
    { label: 'shop@paris', first: 2, last: 2 },
    { label: 'addresses', first: 3, last: 3 },
  ]);
});

test('blocks count pairs of endpoints, not of classes: replicas of one class count each', () => {
  // two workloads of class 0 in a namespace, one of class 1 in another
  const rows = [endpointRow('a/x@paris', 0), endpointRow('a/y@paris', 0), endpointRow('b/z@paris', 1)];
  const bits = planesOfPairs(2, { egress: ['0>0', '0>1'], ingress: ['0>0', '1>0'], allowed: ['0>0'] });
  const counts = countBands(bits, rows, bandsOf(rows, namespaceBand));
  expect([...counts.pairs]).toEqual([2, 2, 2, 0]);
  expect([...counts.allowed]).toEqual([2, 0, 0, 0]);
  expect([...counts.half]).toEqual([0, 2, 2, 0]);
});

test('a view neither leaves the matrix nor becomes smaller than it', () => {
  const limits = { size: 100, width: 400, height: 400, smallest: 4 };
  expect(bounded({ cell: 8, x: 90, y: -5 }, limits)).toEqual({ cell: 8, x: 50, y: 0 });
  expect(zoomed({ cell: 4, x: 0, y: 0 }, 2, { x: 200, y: 200 }, limits)).toEqual({ cell: 8, x: 25, y: 25 });
  expect(zoomed({ cell: 8, x: 25, y: 25 }, 0.1, { x: 200, y: 200 }, limits)).toEqual({ cell: 4, x: 0, y: 0 });
});
