import type { EndpointRow, Planes } from '../../report/protocol';
import { bandsOf, bounded, countBands, inOrder, isPair, namespaceBand, pairState, zoomed } from '../../report/ui/dense';

function workload(id: string, number: number): EndpointRow {
  const [, namespace, name, cluster] = /^(.*)\/(.*)@(.*)$/.exec(id)!;
  const labels = { replicas: 1, kind: 'Deployment', hostNetwork: false, labels: {} };
  return {
    id,
    text: id,
    kind: 'workload',
    class: number,
    cluster,
    namespace,
    name,
    workload: labels,
    listens: [],
    sides: ['new'],
    inside: true,
  };
}

function outside(id: string, number: number): EndpointRow {
  const rest = { cluster: '', namespace: '', name: id, listens: [], sides: ['new' as const], inside: false };
  return { id, text: id, kind: 'addresses', class: number, ...rest };
}

/** Planes of so many classes in which these pairs have bits. */
function planes(
  size: number,
  pairs: { readonly [plane in 'egress' | 'ingress' | 'allowed']: readonly string[] },
): Planes {
  const words = Math.ceil(size / 32);
  const plane = (all: readonly string[]) => {
    const bits = new Uint32Array(size * words);
    all.forEach(each => {
      const [from, to] = each.split('>').map(Number);
      // eslint-disable-next-line no-bitwise -- bits of words
      bits[from * words + (to >>> 5)] |= 1 << (to & 31);
    });
    return bits;
  };
  const { egress, ingress, allowed } = pairs;
  return {
    generation: 1,
    size,
    words,
    egress: plane(egress),
    ingress: plane(ingress),
    allowed: plane(allowed),
    whole: plane([]),
  };
}

test('the state of a pair says which end stops it', () => {
  const bits = planes(34, { egress: ['0>33', '0>1', '0>2'], ingress: ['0>33', '0>3', '0>2'], allowed: ['0>33'] });
  expect([33, 1, 3, 2, 4].map(to => pairState(bits, 0, to))).toEqual(['allowed', 'out', 'in', 'ports', 'closed']);
});

test('there are no flows of an endpoint to itself, nor between two outside of the mesh', () => {
  const web = workload('shop/web@paris', 0);
  const [one, two] = [outside('world:192.0.2.0/24', 1), outside('world:198.51.100.0/24', 2)];
  expect([isPair(web, web), isPair(web, one), isPair(one, web), isPair(one, two)]).toEqual([false, true, true, false]);
});

test('rows are in the order of clusters and namespaces, those outside last, whatever order they come in', () => {
  const rows = [
    outside('world:192.0.2.0/24', 0),
    workload('shop/web@paris', 1),
    workload('shop/api@lyon', 2),
    workload('db/sql@paris', 3),
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
  const rows = [workload('a/x@paris', 0), workload('a/y@paris', 0), workload('b/z@paris', 1)];
  const bits = planes(2, { egress: ['0>0', '0>1'], ingress: ['0>0', '1>0'], allowed: ['0>0'] });
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
