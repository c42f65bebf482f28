import { Picture, PictureBox, PictureLine } from './picture';

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A picture with places for everything, in pixels. */
export interface PlacedPicture {
  readonly width: number;
  readonly height: number;
  /** Outer frames before those in them. */
  readonly frames: ReadonlyArray<Rectangle & { readonly title: string; readonly depth: number }>;
  readonly boxes: ReadonlyArray<Rectangle & PictureBox>;
  /** `x` and `y` are the end of the label, which is at the end of the line. */
  readonly lines: ReadonlyArray<PictureLine & { readonly path: string; readonly x: number; readonly y: number }>;
  /** Boxes without lines. */
  readonly loose: readonly PictureBox[];
}

const BOX = { least: 110, most: 300, padding: 12 };
/** Each line has a place of its own at both of its boxes, so neither lines nor labels overlap. */
const SLOT = 17;
const GAP = { boxes: 8, frames: 14 };
const FRAME = { padding: 10, title: 24 };
/** Room for the bends of lines. */
const BEND = 170;
const LABEL = { most: 230, gap: 30 };

/**
 * Clients at the left, servers at the right, and lines between them. An endpoint that is both has two boxes.
 *
 * Boxes of one cluster, and of one namespace in it, are in one frame.
 */
export function layoutPicture({ boxes, lines }: Picture, labelOf: (line: PictureLine) => string): PlacedPicture {
  const width = Math.min(BOX.most, Math.max(BOX.least, ...boxes.map(({ name }) => textWidth(name) + 2 * BOX.padding)));
  const ranks = new Map(boxes.map(({ id }, index) => [id, index]));
  const ends = { from: new Map<string, PictureLine[]>(), to: new Map<string, PictureLine[]>() };
  for (const end of ['from', 'to'] as const) {
    const other = end === 'from' ? 'to' : 'from';
    lines.forEach(line => ends[end].set(line[end], [...(ends[end].get(line[end]) ?? []), line]));
    // in the order of the boxes at the other side, so that few lines cross
    ends[end].forEach(own => own.sort((one, another) => ranks.get(one[other])! - ranks.get(another[other])!));
  }
  const left = columnOf(boxes, ends.from, 0, width);
  const labels = Math.min(LABEL.most, Math.max(0, ...lines.map(line => textWidth(labelOf(line)))));
  const right = columnOf(boxes, ends.to, left.width + BEND + labels, width);
  const loose = boxes.filter(({ id }) => !ends.from.has(id) && !ends.to.has(id));
  return {
    width: lines.length === 0 ? 0 : right.x + right.width,
    height: Math.max(left.height, right.height),
    frames: [...left.frames, ...right.frames].sort((one, other) => one.depth - other.depth),
    boxes: [...left.boxes, ...right.boxes],
    lines: lines.map(line => {
      const [start, end] = [left.slots.get(line)!, right.slots.get(line)!];
      const [x1, x2] = [start.x + start.width, end.x - LABEL.gap - labels];
      const bend = (x2 - x1) / 2;
      return {
        ...line,
        path: `M${x1} ${start.y}C${x1 + bend} ${start.y} ${x2 - bend} ${end.y} ${x2} ${end.y}H${end.x}`,
        x: end.x - LABEL.gap,
        y: end.y,
      };
    }),
    loose,
  };
}

interface Column extends Pick<PlacedPicture, 'frames' | 'boxes'> {
  readonly x: number;
  readonly width: number;
  readonly height: number;
  /** The place of each line at its box: the box's edges, and the height. */
  readonly slots: ReadonlyMap<PictureLine, { readonly x: number; readonly width: number; readonly y: number }>;
}

/** The boxes with lines below each other, in their frames. */
function columnOf(
  all: readonly PictureBox[],
  linesOf: ReadonlyMap<string, readonly PictureLine[]>,
  x: number,
  boxWidth: number,
): Column {
  const own = all.filter(({ id }) => linesOf.has(id));
  const depths = Math.max(0, ...own.map(({ frames }) => frames.length));
  const titles = Math.max(0, ...own.flatMap(({ frames }) => frames.map(textWidth)));
  const insets = 2 * FRAME.padding * depths;
  const width = Math.max(boxWidth + insets, Math.min(titles + insets, BOX.most));
  const frames: Array<PlacedPicture['frames'][number]> = [];
  const boxes: Array<PlacedPicture['boxes'][number]> = [];
  const slots = new Map<PictureLine, { x: number; width: number; y: number }>();

  const place = (members: readonly PictureBox[], depth: number, top: number): number => {
    const inset = depth * FRAME.padding;
    const outer = { x: x + inset, width: width - 2 * inset };
    let y = top;
    for (const [title, group] of groupsBy(members, depth)) {
      if (title === undefined) {
        for (const box of group) {
          const lines = linesOf.get(box.id)!;
          const height = lines.length * SLOT + 11;
          boxes.push({ ...box, ...outer, y, height });
          lines.forEach((line, index) => slots.set(line, { ...outer, y: y + 5.5 + (index + 0.5) * SLOT }));
          y += height + GAP.boxes;
        }
      } else {
        const bottom = place(group, depth + 1, y + FRAME.title) + FRAME.padding;
        frames.push({ title, depth, ...outer, y, height: bottom - y });
        y = bottom + GAP.frames;
      }
    }
    return y - (members.some(each => each.frames.length === depth) ? GAP.boxes : GAP.frames);
  };

  const height = own.length === 0 ? 0 : place(own, 0, 0);
  return { x, width, height, frames, boxes, slots };
}

/** Boxes by their frame of a depth, in their order; those without such a frame last. */
function groupsBy(
  boxes: readonly PictureBox[],
  depth: number,
): ReadonlyArray<readonly [string | undefined, readonly PictureBox[]]> {
  const groups = new Map<string, PictureBox[]>();
  boxes
    .filter(({ frames }) => frames.length > depth)
    .forEach(box => groups.set(box.frames[depth], [...(groups.get(box.frames[depth]) ?? []), box]));
  const direct = boxes.filter(({ frames }) => frames.length === depth);
  return [...groups, ...(direct.length === 0 ? [] : [[undefined, direct] as const])];
}

/** About the width of a text of 12 pixels, in whichever font; characters of East Asia are twice as wide. */
export function textWidth(text: string): number {
  return [...text].reduce((sum, character) => sum + (character.codePointAt(0)! >= 0x1100 ? 13 : 7.2), 0);
}

/** As much of a text as fits. */
export function fittingText(text: string, width: number): string {
  if (textWidth(text) <= width) {
    return text;
  }
  const characters = [...text];
  while (characters.length > 0 && textWidth(characters.join('')) + 13 > width) {
    characters.pop();
  }
  return `${characters.join('')}…`;
}
