import type { EndpointRow } from '../protocol';

/** A rectangle on the map. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What stands for one endpoint, or for all workloads of a namespace. */
export interface Chip extends Rectangle {
  /** The id of the endpoint, or `namespace@cluster`. */
  readonly id: string;
  readonly label: string;
  readonly title: string;
  /** The numbers of the classes that it stands for. */
  readonly classes: readonly number[];
  readonly members: readonly EndpointRow[];
}

/** A frame around chips or other frames. */
export interface Frame extends Rectangle {
  readonly label: string;
  readonly kind: 'cluster' | 'namespace' | 'outside';
}

export interface MapLayout {
  readonly width: number;
  readonly height: number;
  readonly frames: readonly Frame[];
  readonly chips: readonly Chip[];
}

const CHIP = { width: 150, height: 26, gap: 6 };
const PAD = 10;
const HEAD = 22;
/** Room for lines between frames. */
const GAPS = { namespace: 24, cluster: 44 };

/** Something with a size that is placed as a whole. */
interface Block {
  readonly width: number;
  readonly height: number;
  place(x: number, y: number): void;
}

/**
 * Places endpoints in frames of clusters and namespaces, and those of no cluster in a frame of their own. The same
 * endpoints have the same places, whatever policies say.
 */
export function layoutMap(endpoints: readonly EndpointRow[], width: number, folded: boolean): MapLayout {
  const frames: Frame[] = [];
  const chips: Chip[] = [];
  const groups = groupsOf(endpoints, folded);
  const clusters = [...groups].map(([cluster, namespaces]) => {
    const most = cluster === '' ? width - 2 * PAD : (width - GAPS.cluster) / 2 - 2 * PAD;
    const content = lowest(
      SHAPES.map(shape => {
        const inner = [...namespaces].map(([namespace, own]) =>
          frameBlock(namespace, 'namespace', gridBlock(own, chips, { shape, most: most - 2 * PAD }), frames),
        );
        return rowsBlock(inner, Math.max(...inner.map(each => each.width), most), GAPS.namespace);
      }),
    );
    return cluster === ''
      ? frameBlock('outside of the clusters', 'outside', content, frames)
      : frameBlock(cluster, 'cluster', content, frames);
  });
  const all = rowsBlock(clusters, Math.min(width, rowWidth(clusters)), GAPS.cluster);
  all.place(0, 0);
  return { width: Math.max(width, all.width), height: all.height, frames: frames.reverse(), chips };
}

/** How many rows of chips there are for a column: tall frames become wider. */
const SHAPES = [2.5, 1.6, 1.2, 0.8];
/** A frame that is lower than this needs no other shape. */
const LOW = 500;

/** The first block that is low enough, else the lowest one. */
function lowest(blocks: readonly Block[]): Block {
  return blocks.reduce((best, each) => (best.height > LOW && each.height < best.height ? each : best));
}

/** The width of rows with which all blocks together are about twice as wide as high: lines cross fewer of them. */
function rowWidth(blocks: readonly Block[]): number {
  const gap = GAPS.cluster;
  const area = blocks.reduce((sum, { width, height }) => sum + (width + gap) * (height + gap), 0);
  return Math.max(Math.sqrt(2.2 * area), ...blocks.map(({ width }) => width));
}

type Groups = Map<string, Map<string, ChipContent[]>>;
type ChipContent = Pick<Chip, 'id' | 'label' | 'title' | 'classes' | 'members'>;

function groupsOf(endpoints: readonly EndpointRow[], folded: boolean): Groups {
  const keys = new Map(endpoints.map(each => [each, keyOf(each)]));
  const sorted = [...endpoints].sort((one, other) => compare(keys.get(one)!, keys.get(other)!));
  const groups: Groups = new Map();
  for (const endpoint of sorted) {
    const cluster = groups.get(endpoint.cluster) ?? new Map<string, ChipContent[]>();
    groups.set(endpoint.cluster, cluster);
    const folds = folded && endpoint.kind === 'workload';
    const namespace = folds ? 'namespaces' : endpoint.kind === 'workload' ? endpoint.namespace : KINDS[endpoint.kind];
    const own = cluster.get(namespace) ?? [];
    cluster.set(namespace, own);
    const last = own[own.length - 1];
    const id = folds ? `${endpoint.namespace}@${endpoint.cluster}` : endpoint.id;
    if (folds && last?.id === id) {
      const members = [...last.members, endpoint];
      const title = `${endpoint.namespace} in ${endpoint.cluster}: ${members.length} workloads`;
      own[own.length - 1] = {
        id,
        label: `${endpoint.namespace} · ${members.length}`,
        title,
        classes: [...new Set([...last.classes, endpoint.class])],
        members,
      };
    } else {
      const label = folds ? `${endpoint.namespace} · 1` : shortName(endpoint);
      own.push({ id, label, title: endpoint.text, classes: [endpoint.class], members: [endpoint] });
    }
  }
  return groups;
}

/** Frames say the namespace, cluster and kind. */
function shortName({ kind, name, text }: EndpointRow): string {
  return kind === 'workload' ? name : text.replace(/^(entity|node):/, '').replace(/@[^@]*$/, '');
}

const KINDS = {
  workload: '',
  node: 'nodes',
  entity: 'entities',
  addresses: 'addresses',
  name: 'DNS names',
} as const;

/** Clusters first, then what is outside; workloads before nodes. */
function keyOf({ cluster, kind, namespace, id }: EndpointRow): string[] {
  return [cluster === '' ? '1' : '0', cluster, kind === 'workload' ? '0' : `1${kind}`, namespace, id];
}

function compare(one: readonly string[], other: readonly string[]): number {
  const index = one.findIndex((each, position) => each !== other[position]);
  return index < 0 ? 0 : COLLATOR.compare(one[index], other[index]) || (one[index] < other[index] ? -1 : 1);
}

/** As people count: app2 before app10. */
const COLLATOR = new Intl.Collator('en', { numeric: true });

function gridBlock(
  contents: readonly ChipContent[],
  chips: Chip[],
  { shape, most }: { readonly shape: number; readonly most: number },
): Block {
  const room = Math.floor((most + CHIP.gap) / (CHIP.width + CHIP.gap));
  const columns = Math.max(1, Math.min(room, Math.ceil(Math.sqrt(contents.length / shape))));
  const rows = Math.ceil(contents.length / columns);
  const step = { x: CHIP.width + CHIP.gap, y: CHIP.height + CHIP.gap };
  return {
    width: columns * step.x - CHIP.gap,
    height: rows * step.y - CHIP.gap,
    place: (x, y) =>
      contents.forEach((content, index) =>
        chips.push({
          ...content,
          x: x + (index % columns) * step.x,
          y: y + Math.floor(index / columns) * step.y,
          width: CHIP.width,
          height: CHIP.height,
        }),
      ),
  };
}

function frameBlock(label: string, kind: Frame['kind'], inner: Block, frames: Frame[]): Block {
  const width = inner.width + 2 * PAD;
  const height = inner.height + HEAD + PAD;
  return {
    width,
    height,
    place: (x, y) => {
      inner.place(x + PAD, y + HEAD);
      frames.push({ label, kind, x, y, width, height });
    },
  };
}

/** Blocks side by side, in rows that are at most this wide. */
function rowsBlock(blocks: readonly Block[], most: number, gap: number): Block {
  const rows: Block[][] = [[]];
  for (const block of blocks) {
    const row = rows[rows.length - 1];
    const used = row.reduce((sum, each) => sum + each.width + gap, 0);
    if (row.length > 0 && used + block.width > most) {
      rows.push([block]);
    } else {
      row.push(block);
    }
  }
  const heights = rows.map(row => Math.max(0, ...row.map(each => each.height)));
  const widths = rows.map(row => row.reduce((sum, each) => sum + each.width + gap, -gap));
  return {
    width: Math.max(0, ...widths),
    height: heights.reduce((sum, each) => sum + each + gap, -gap),
    place: (x, y) => {
      let top = y;
      rows.forEach((row, index) => {
        let left = x;
        row.forEach(block => {
          block.place(left, top);
          left += block.width + gap;
        });
        top += heights[index] + gap;
      });
    },
  };
}

type Point = readonly [x: number, y: number];

/** A line from the edge of a rectangle to that of another one: the points of a cubic Bézier curve. */
export type Curve = readonly [Point, Point, Point, Point];

export function curveBetween(from: Rectangle, to: Rectangle): Curve {
  const [x1, y1, x2, y2] = [
    from.x + from.width / 2,
    from.y + from.height / 2,
    to.x + to.width / 2,
    to.y + to.height / 2,
  ];
  const isBeside = Math.abs(x2 - x1) > (from.width + to.width) / 2;
  if (isBeside) {
    const [start, end] = x2 > x1 ? [from.x + from.width, to.x] : [from.x, to.x + to.width];
    const bend = (end - start) / 2;
    // past what is between them in the same row
    const arc = Math.abs(y2 - y1) < from.height && Math.abs(bend) > from.width / 2 ? -30 - Math.abs(bend) / 20 : 0;
    return [[start, y1], [start + bend, y1 + arc], [end - bend, y2 + arc], [end, y2]];
  }
  // one above the other: past their right edges, so the line crosses neither
  const right = Math.max(from.x + from.width, to.x + to.width);
  const out = Math.min(40, 14 + Math.abs(y2 - y1) / 12);
  return [[from.x + from.width, y1], [right + out, y1], [right + out, y2], [to.x + to.width, y2]];
}

/** As an SVG path. */
export function pathOf([start, one, other, end]: Curve): string {
  return `M${start.join(' ')}C${[one, other, end].map(each => each.join(' ')).join(' ')}`;
}

/** The point at a part of a curve, from 0 to 1. */
function pointOn(curve: Curve, part: number): Point {
  const rest = 1 - part;
  const weights = [rest ** 3, 3 * rest ** 2 * part, 3 * rest * part ** 2, part ** 3];
  const sum = (axis: 0 | 1) => curve.reduce((total, point, index) => total + point[axis] * weights[index], 0);
  return [sum(0), sum(1)];
}

/** Pixels of a character of a label, and of its line. */
const LETTER = { width: 6.4, height: 15 };
const LABEL_PARTS = [0.5, 0.4, 0.6, 0.3, 0.7, 0.22, 0.78];

/** Where the names of frames are. */
export function headsOf({ frames }: MapLayout): Rectangle[] {
  return frames.map(({ label, x, y, width }) => ({
    x: x + PAD,
    y,
    width: Math.min(width - PAD, [...label].length * 7),
    height: HEAD,
  }));
}

/** Where labels of curves have room: over neither a chip nor another label. Those without room have no place. */
export function placeLabels(
  labels: ReadonlyArray<{ readonly text: string; readonly curve: Curve }>,
  chips: readonly Rectangle[],
): ReadonlyArray<Rectangle | undefined> {
  const taken = [...chips];
  return labels.map(({ text, curve }) => {
    const [width, height] = [[...text].length * LETTER.width + 4, LETTER.height];
    const place = LABEL_PARTS.map(part => pointOn(curve, part))
      .map(([x, y]): Rectangle => ({ x: x - width / 2, y: y - height / 2, width, height }))
      .find(each => !taken.some(other => overlap(each, other)));
    taken.push(...(place ? [place] : []));
    return place;
  });
}

function overlap(one: Rectangle, other: Rectangle): boolean {
  return (
    one.x < other.x + other.width &&
    other.x < one.x + one.width &&
    one.y < other.y + other.height &&
    other.y < one.y + one.height
  );
}
