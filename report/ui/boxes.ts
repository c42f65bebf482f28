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

const CHIP = { width: 152, height: 26, gap: 6 };
const PAD = 10;
const HEAD = 22;
/** Room for lines between frames. */
const GAPS = { namespace: 22, cluster: 40 };

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
    const inner = [...namespaces].map(([namespace, own]) =>
      frameBlock(namespace, 'namespace', gridBlock(own, chips, folded), frames),
    );
    const most = cluster === '' ? width - 2 * PAD : Math.max(...inner.map(each => each.width), (width - 3 * PAD) / 2);
    const content = rowsBlock(inner, most, GAPS.namespace);
    return cluster === ''
      ? frameBlock('outside of the clusters', 'outside', content, frames)
      : frameBlock(cluster, 'cluster', content, frames);
  });
  const all = rowsBlock(clusters, width, GAPS.cluster);
  all.place(0, 0);
  return { width: Math.max(width, all.width), height: all.height, frames: frames.reverse(), chips };
}

type Groups = Map<string, Map<string, ChipContent[]>>;
type ChipContent = Pick<Chip, 'id' | 'label' | 'title' | 'classes' | 'members'>;

function groupsOf(endpoints: readonly EndpointRow[], folded: boolean): Groups {
  const sorted = [...endpoints].sort((one, other) => compare(keyOf(one), keyOf(other)));
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
  return index < 0 ? 0 : one[index] < other[index] ? -1 : 1;
}

function gridBlock(contents: readonly ChipContent[], chips: Chip[], folded: boolean): Block {
  const columns = Math.max(1, Math.min(folded ? 3 : 4, Math.ceil(Math.sqrt(contents.length / 2.5))));
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

/** A line from the edge of a rectangle to that of another one, as an SVG path. */
export function lineBetween(from: Rectangle, to: Rectangle): string {
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
    return `M${start} ${y1}C${start + bend} ${y1} ${end - bend} ${y2} ${end} ${y2}`;
  }
  // one above the other: past their right edges, so the line crosses neither
  const right = Math.max(from.x + from.width, to.x + to.width);
  const out = Math.min(40, 14 + Math.abs(y2 - y1) / 12);
  return `M${from.x + from.width} ${y1}C${right + out} ${y1} ${right + out} ${y2} ${to.x + to.width} ${y2}`;
}
