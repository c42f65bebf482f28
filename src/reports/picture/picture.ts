import { FlowProtocol } from '../../evaluator/engine/entry';
import { mergeRanges, PortRange } from '../../evaluator/flows/port-range';
import { ChangeKind } from '../../evaluator/queries/diff/range-changes';
import { formatRanges } from '../port-ranges';

/** Boxes in frames, and lines between them: what a picture of a report shows. */
export interface Picture {
  readonly title: string;
  /** Sorted. */
  readonly boxes: readonly PictureBox[];
  /** At most as many as the picture was asked for, in the order of their importance. */
  readonly lines: readonly PictureLine[];
  /** What the picture leaves out, in sentences. */
  readonly notes: readonly string[];
}

/** An endpoint, or a group of them. */
export interface PictureBox {
  /** Unique. */
  readonly id: string;
  /** The name within its frames. */
  readonly name: string;
  /** The frames around it, the largest first: a cluster, a namespace. */
  readonly frames: readonly string[];
}

/** What a line means: flows that are allowed or denied, or how they change. */
export type LineKind = 'allowed' | 'denied' | ChangeKind;

export interface PictureLine {
  /** Ids of boxes. */
  readonly from: string;
  readonly to: string;
  readonly kind: LineKind;
  /** Ports or counts. */
  readonly label: string;
}

/** Makes the picture of a report with at most this many lines. */
export type PictureMaker = (most: number) => Picture;

/** How pictures say what a line means without colour. */
export const LINE_SIGNS: { readonly [kind in LineKind]: string } = {
  'allowed': '',
  'denied': '✕ ',
  'gained': '+ ',
  'possibly-gained': '?+ ',
  'widened': '~+ ',
  'changed': '~ ',
  'narrowed': '~− ',
  'possibly-lost': '?− ',
  'lost': '− ',
};

/** The frame of endpoints that are in no cluster. */
export const OUTSIDE = 'outside of the clusters';

/** Collects boxes, and the ports of each line between two of them. */
export class PictureBuilder {
  private readonly boxes = new Map<string, PictureBox>();
  private readonly lines = new Map<string, Omit<PictureLine, 'label'> & { readonly ranges: PortRange[] }>();
  private isCut = false;

  /** The number of lines. */
  public get size(): number {
    return this.lines.size;
  }

  public addBox(box: PictureBox): void {
    this.boxes.set(box.id, box);
  }

  public addLine(from: PictureBox, to: PictureBox, kind: LineKind, ranges: Iterable<PortRange>): void {
    const key = JSON.stringify([from.id, to.id, kind]);
    const line = this.lines.get(key) ?? { from: from.id, to: to.id, kind, ranges: [] };
    if (line.ranges.length === 0 && this.lines.size >= MOST_LINES) {
      this.isCut = true;
      return;
    }
    this.addBox(from);
    this.addBox(to);
    line.ranges.push(...ranges);
    this.lines.set(key, line);
  }

  /** The picture of the first lines; `advice` says how to see the others. */
  public picture(title: string, most: number, notes: readonly string[], advice: string): Picture {
    const lines = [...this.lines.values()].slice(0, most);
    const left = this.lines.size - lines.length;
    const ends = new Set(lines.flatMap(({ from, to }) => [from, to]));
    return {
      title,
      // without a line, a box of a cut picture would be said to have none
      boxes: sortedBoxes([...this.boxes.values()].filter(({ id }) => left === 0 || ends.has(id))),
      lines: lines.map(({ ranges, ...line }) => ({ ...line, label: formatRanges(mergeRanges(ranges)) })),
      notes:
        left === 0
          ? notes
          : [
            ...notes,
            `${this.isCut ? 'more than ' : ''}${left} ${left === 1 ? 'line is' : 'lines are'} not drawn: ${advice}`,
          ],
    };
  }
}

/** Lines that are collected at most: there may be a hundred million pairs. */
const MOST_LINES = 20_000;

export function portRange({ protocol, port }: { readonly protocol: FlowProtocol; readonly port: number }): PortRange {
  return { protocol, first: port, last: port };
}

/** Boxes by their frames, those outside of the clusters last. */
export function sortedBoxes(boxes: readonly PictureBox[]): PictureBox[] {
  const key = ({ frames, name, id }: PictureBox) => [frames[0] === OUTSIDE ? '1' : '0', ...frames, name, id].join('\u0000');
  return [...boxes].sort((one, other) => (key(one) < key(other) ? -1 : key(one) > key(other) ? 1 : 0));
}
