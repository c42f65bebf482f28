/** The map: where boxes, lines and labels are. */
import { endpointRow, planesOfPairs } from './endpoint-rows';
import { curveBetween, layoutMap, placeLabels, Rectangle } from '../../report/ui/boxes';
import { allowedLines } from '../../report/ui/lines';
import { PairTraffic } from '../../report/ui/traffic';

const mesh = (clusters: number, namespaces: number, apps: number) =>
  Array.from({ length: clusters }, (_, cluster) =>
    Array.from({ length: namespaces }, (__, ns) =>
      Array.from({ length: apps }, (___, app) => `ns${ns}/app${app}@c${cluster}`),
    ).flat(),
  )
    .flat()
    .map((id, number) => endpointRow(id, number));

const inside = (inner: Rectangle, outer: Rectangle) =>
  outer.x <= inner.x &&
  inner.x + inner.width <= outer.x + outer.width &&
  outer.y <= inner.y &&
  inner.y + inner.height <= outer.y + outer.height;
const apart = (one: Rectangle, other: Rectangle) =>
  one.x + one.width <= other.x ||
  other.x + other.width <= one.x ||
  one.y + one.height <= other.y ||
  other.y + other.height <= one.y;

test.each([
  [1, 1, 1, 360],
  [5, 1, 2, 1372],
  [5, 3, 4, 860],
  [2, 8, 20, 1372],
  [2, 8, 20, 360],
])('%d clusters of %d namespaces of %d workloads on %d pixels: no box covers another one', (...[c, n, a, width]) => {
  const { chips, frames, ...size } = layoutMap(mesh(c, n, a), width, false);
  expect(chips).toHaveLength(c * n * a);
  const whole = { x: 0, y: 0, ...size };
  expect([...chips, ...frames].filter(each => !inside(each, whole))).toEqual([]);
  chips.forEach((one, index) => chips.slice(index + 1).forEach(other => expect(apart(one, other)).toBe(true)));
  const namespaces = frames.filter(({ kind }) => kind === 'namespace');
  expect(chips.filter(chip => namespaces.filter(frame => inside(chip, frame)).length !== 1)).toEqual([]);
});

test('a few clusters are in several rows, and many workloads use the width', () => {
  const few = layoutMap(mesh(5, 1, 2), 1372, false);
  expect(new Set(few.frames.filter(({ kind }) => kind === 'cluster').map(({ y }) => y)).size).toBeGreaterThan(1);
  const many = layoutMap(mesh(2, 8, 20), 1372, false);
  expect(many.height).toBeLessThan(2000);
  expect(Math.max(...many.frames.map(({ x, width }) => x + width))).toBeGreaterThan(1200);
});

test('boxes are in the order of people: app2 before app10', () => {
  const { chips } = layoutMap(mesh(1, 1, 12), 1000, false);
  expect(chips.map(({ label }) => label)).toEqual(Array.from({ length: 12 }, (_, index) => `app${index}`));
});

test('labels are on their lines, over neither a box nor each other, or not at all', () => {
  const box = (x: number, y: number) => ({ x, y, width: 152, height: 26 });
  const [left, right, below] = [box(0, 0), box(400, 0), box(400, 20)];
  const curves = [curveBetween(left, right), curveBetween(left, below)];
  const labels = curves.map(curve => ({ text: 'TCP/8080', curve }));
  const places = placeLabels(labels, [left, right]);
  expect(places.every(place => place !== undefined && apart(place, left) && apart(place, right))).toBe(true);
  expect(apart(places[0]!, places[1]!)).toBe(true);
  const between = { x: 100, y: -100, width: 350, height: 200 };
  expect(placeLabels(labels, [left, right, between])).toEqual([undefined, undefined]);
});

describe('lines', () => {
  const rows = [
    ...['web', 'api', 'sql'].map((name, number) => endpointRow(`shop/${name}@paris`, number)),
    endpointRow('world:192.0.2.0/24', 3),
  ];
  const layout = layoutMap(rows, 1000, false);
  const planes = planesOfPairs(4, {
    egress: ['0>2', '1>0', '3>0'],
    ingress: ['2>1', '0>3'],
    allowed: ['0>1', '0>3'],
    any: ['0>1', '0>3', '1>2'],
  });
  const shown = (lines: ReturnType<typeof allowedLines>) =>
    lines.map(({ from, to, kind }) => `${kind} ${from.label}>${to.label}`).sort();

  test('tell pairs on declared ports from others', () => {
    expect(shown(allowedLines(layout, planes, false))).toEqual([
      'allowed web>192.0.2.0/24',
      'allowed web>api',
      'other api>sql',
    ]);
  });

  test('show what is open at one end, but no end outside of the mesh', () => {
    expect(shown(allowedLines(layout, planes, true)).filter(each => /^(in|out) /.test(each))).toEqual([
      'in sql>api',
      'out api>web',
      'out web>sql',
    ]);
  });

  test('show recorded flows: what would break though nothing is allowed, and workloads without records', () => {
    const [breaks, used] = [
      ['shop/sql@paris', 'shop/web@paris'],
      ['shop/web@paris', 'shop/api@paris'],
    ] as const;
    const traffic = new PairTraffic({ breaks: [breaks], used: [used] });
    expect(shown(allowedLines(layout, planes, false, traffic))).toEqual([
      'allowed web>192.0.2.0/24',
      'allowed web>api',
      'breaks sql>web',
      'unused api>sql',
    ]);
  });

  test('of folded namespaces are used if one of their pairs is', () => {
    const two = ['a/one@paris', 'a/two@paris', 'b/web@paris'].map((id, number) => endpointRow(id, number));
    const folded = layoutMap(two, 1000, true);
    const open = planesOfPairs(3, { egress: [], ingress: [], allowed: ['0>2', '1>2'] });
    const used = new PairTraffic({ breaks: [], used: [['a/two@paris', 'b/web@paris']] });
    expect(shown(allowedLines(folded, open, false, used))).toEqual(['allowed a · 2>b · 1']);
    const none = new PairTraffic({ breaks: [], used: [] });
    expect(shown(allowedLines(folded, open, false, none))).toEqual(['unused a · 2>b · 1']);
  });
});
