/* eslint-disable no-bitwise -- planes are bits of words */
import type { EndpointRow, Planes } from '../protocol';
import { hasBit } from './bits';
import type { PairTraffic } from './traffic';

/**
 * What the policies of both ends of a pair say.
 *
 * - `other`: may connect, but on no port that the destination declares.
 * - `ports`: open at both ends, on different ports.
 * - `out`, `in`: one end stops it. No policy decides at ends outside of the mesh, so they are not open.
 * - `breaks`, `unused`: of recorded flows, and of pairs that may connect without any.
 */
export type PairState = 'breaks' | 'allowed' | 'other' | 'unused' | 'out' | 'in' | 'ports' | 'closed';

type End = Pick<EndpointRow, 'id' | 'kind' | 'class' | 'inside'>;

export function pairState(planes: Planes, from: End, to: End, traffic?: PairTraffic): PairState {
  const { words, egress, ingress, allowed, any } = planes;
  const [has, hasAny, out, into] = [allowed, any, egress, ingress].map(bits =>
    hasBit({ words, bits }, from.class, to.class),
  );
  if (traffic?.isBreaking(from, to)) {
    return 'breaks';
  }
  if (hasAny) {
    return traffic?.isUnused(from, to) ? 'unused' : has ? 'allowed' : 'other';
  }
  return !from.inside || !to.inside ? 'closed' : out ? (into ? 'ports' : 'out') : into ? 'in' : 'closed';
}

/** Whether there are flows between two endpoints: policies decide at one of them at least. */
export function isPair(from: EndpointRow, to: EndpointRow): boolean {
  return from.id !== to.id && (from.inside || to.inside);
}

/** Adjacent rows of a matrix: `first` to `last`, both included. */
export interface Band {
  readonly label: string;
  readonly first: number;
  readonly last: number;
}

/** The bands of adjacent endpoints with the same label. */
export function bandsOf(endpoints: readonly EndpointRow[], labelOf: (endpoint: EndpointRow) => string): Band[] {
  const bands: Array<{ label: string; first: number; last: number }> = [];
  endpoints.forEach((endpoint, index) => {
    const label = labelOf(endpoint);
    const previous = bands[bands.length - 1];
    if (previous?.label === label) {
      previous.last = index;
    } else {
      bands.push({ label, first: index, last: index });
    }
  });
  return bands;
}

const KINDS = { node: 'nodes', entity: 'entities', addresses: 'addresses', name: 'DNS names' } as const;

/** The namespace of a workload, and what kind of thing another endpoint is, with the cluster. */
export function namespaceBand({ kind, namespace, cluster }: EndpointRow): string {
  const group = kind === 'workload' ? namespace : KINDS[kind];
  return cluster === '' ? group : `${group}@${cluster}`;
}

export function clusterBand({ cluster }: EndpointRow): string {
  return cluster === '' ? 'outside' : cluster;
}

/** Endpoints in the order of rows and columns: by cluster and namespace, and those outside of the mesh last. */
export function inOrder(endpoints: readonly EndpointRow[]): EndpointRow[] {
  const keys = new Map(
    endpoints.map(each => [
      each,
      [
        each.cluster === '' ? '1' : '0',
        each.cluster,
        each.kind === 'workload' ? '0' : `1${each.kind}`,
        each.namespace,
        each.id,
      ],
    ]),
  );
  return [...endpoints].sort((one, other) => {
    const [left, right] = [keys.get(one)!, keys.get(other)!];
    const at = left.findIndex((each, index) => each !== right[index]);
    return at < 0 ? 0 : left[at] < right[at] ? -1 : 1;
  });
}

/** Counts of pairs between bands: element `from * bands + to` of each array. */
export interface BandCounts {
  readonly pairs: Float64Array;
  /** On some port, as tables of groups count. */
  readonly allowed: Float64Array;
  /** One end lets the flow through and the other does not, or on other ports. */
  readonly half: Float64Array;
}

/**
 * Counts the pairs of each two bands. There may be millions of pairs, and the page waits meanwhile: the loop makes
 * nothing.
 */
export function countBands(
  { words, egress, ingress, any }: Planes,
  endpoints: readonly EndpointRow[],
  bands: readonly Band[],
): BandCounts {
  const size = bands.length;
  const counts: BandCounts = {
    pairs: new Float64Array(size * size),
    allowed: new Float64Array(size * size),
    half: new Float64Array(size * size),
  };
  const classes = Int32Array.from(endpoints, each => each.class);
  const inside = Uint8Array.from(endpoints, each => (each.inside ? 1 : 0));
  bands.forEach((rows, row) => {
    for (let from = rows.first; from <= rows.last; from++) {
      const start = classes[from] * words;
      for (let column = 0; column < size; column++) {
        const { first, last } = bands[column];
        let [pairs, open, half] = [0, 0, 0];
        for (let to = first; to <= last; to++) {
          if (to !== from && (inside[from] | inside[to]) === 1) {
            pairs++;
            const word = start + (classes[to] >>> 5);
            const bit = classes[to] & 31;
            if ((any[word] >>> bit) & 1) {
              open++;
            } else if ((inside[from] & inside[to] & ((egress[word] | ingress[word]) >>> bit) & 1) === 1) {
              half++;
            }
          }
        }
        const at = row * size + column;
        counts.pairs[at] += pairs;
        counts.allowed[at] += open;
        counts.half[at] += half;
      }
    }
  });
  return counts;
}

/** Which part of a matrix is on the canvas: pixels of a cell, and the row and column at the corner. */
export interface MatrixView {
  readonly cell: number;
  readonly x: number;
  readonly y: number;
}

const LARGEST_CELL = 36;

/** Zooms around a point of the canvas; never smaller than the whole, never larger than is readable. */
export function zoomed(
  { cell, x, y }: MatrixView,
  factor: number,
  point: { readonly x: number; readonly y: number },
  limits: { readonly smallest: number; readonly size: number; readonly width: number; readonly height: number },
): MatrixView {
  const next = Math.min(Math.max(cell * factor, limits.smallest), Math.max(LARGEST_CELL, limits.smallest));
  return bounded(
    { cell: next, x: x + point.x / cell - point.x / next, y: y + point.y / cell - point.y / next },
    limits,
  );
}

/** Keeps the matrix on the canvas. */
export function bounded(
  { cell, x, y }: MatrixView,
  { size, width, height }: { readonly size: number; readonly width: number; readonly height: number },
): MatrixView {
  const within = (value: number, extent: number) => Math.max(0, Math.min(value, size - extent / cell));
  return { cell, x: within(x, width), y: within(y, height) };
}
