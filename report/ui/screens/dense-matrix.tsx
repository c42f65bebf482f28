import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { EndpointRow, Planes, Side } from '../../protocol';
import {
  Band,
  BandCounts,
  bandsOf,
  bounded,
  clusterBand,
  countBands,
  inOrder,
  isPair,
  MatrixView,
  namespaceBand,
  pairState,
  PairState,
  zoomed,
} from '../dense';
import { useAnswer } from '../engine';
import { State } from '../parts/list';
import type { Route } from '../route';
import type { PairTraffic } from '../traffic';
import { useTraffic } from '../use-traffic';
import { counted } from '../words';

/** Pixels for names beside rows and above columns. */
const HEAD = { left: 180, top: 130 };
/** From this size on cells are drawn one by one; below, blocks of namespaces. */
const CELLS = 4;
/** From this size on there is room for names and signs. */
const NAMES = 13;

export const PAIR_STATES: { readonly [state in PairState]: readonly [string, string] } = {
  breaks: ['✕', 'would break: it passed while Hubble recorded'],
  allowed: ['✓', 'may connect'],
  other: ['•', 'may connect, on no declared port'],
  unused: ['○', 'may connect, without records'],
  out: ['⇥', 'let out, not let in'],
  in: ['⇤', 'let in, not let out'],
  ports: ['◌', 'open at both ends, on different ports'],
  closed: ['×', 'may not connect'],
};

/** The states of a legend: those about recorded flows only with a recording. */
export function legendStates(traffic: PairTraffic | undefined): readonly PairState[] {
  return [...(traffic ? (['breaks', 'unused'] as const) : []), 'allowed', 'other', 'out', 'in', 'closed'];
}

interface Properties {
  readonly side: Side;
  readonly hasFlows: boolean;
  readonly endpoints: readonly EndpointRow[];
  readonly go: (change: Partial<Route>) => void;
}

/** The matrix of many endpoints: blocks of namespaces, and cells and names when one zooms in. */
export function DenseMatrix({ side, hasFlows, endpoints, go }: Properties) {
  const traffic = useTraffic('matrix-traffic', side, hasFlows);
  const { answer, waiting, error } = useAnswer('matrix', 'planes', { side, ports: 'declared' });
  const rows = useMemo(() => inOrder(endpoints), [endpoints]);
  return answer ? (
    <Drawing planes={answer} traffic={traffic} endpoints={rows} waiting={waiting} go={go} />
  ) : (
    <State waiting={waiting} error={error} />
  );
}

/** The colours of states: those that mean nearly the same have one, and signs of their own. */
export const TONES: { readonly [state in PairState]: 'breaks' | 'allowed' | 'some' | 'out' | 'in' | 'closed' } = {
  breaks: 'breaks',
  allowed: 'allowed',
  other: 'some',
  unused: 'some',
  out: 'out',
  in: 'in',
  ports: 'out',
  closed: 'closed',
};

type Cell = readonly [row: number, column: number];

function Drawing({
  planes,
  traffic,
  endpoints,
  waiting,
  go,
}: {
  readonly planes: Planes;
  readonly traffic?: PairTraffic;
  readonly endpoints: readonly EndpointRow[];
  readonly waiting: boolean;
  readonly go: Properties['go'];
}) {
  const holder = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [wanted, setView] = useState<MatrixView>();
  const [cursor, setCursor] = useState<Cell>();
  const scheme = useScheme();
  const bands = useMemo(() => bandsOf(endpoints, namespaceBand), [endpoints]);
  const clusters = useMemo(() => bandsOf(endpoints, clusterBand), [endpoints]);
  const counts = useMemo(() => countBands(planes, endpoints, bands), [planes, endpoints, bands]);
  const inner = { size: endpoints.length, width: size.width - HEAD.left, height: size.height - HEAD.top };
  const smallest = Math.max(0.05, Math.min(inner.width, inner.height) / endpoints.length);
  const view = bounded(wanted ?? { cell: smallest, x: 0, y: 0 }, inner);

  useEffect(() => {
    const observer = new ResizeObserver(([{ contentRect }]) => {
      const width = Math.floor(contentRect.width);
      setSize({ width, height: Math.max(360, Math.min(width, Math.floor(window.innerHeight * 0.72))) });
    });
    observer.observe(holder.current!);
    return () => observer.disconnect();
  }, []);
  useEffect(() => setView(undefined), [endpoints]);
  useEffect(() => {
    if (size.width > 0) {
      draw(canvas.current!, { size, view, planes, traffic, endpoints, bands, clusters, counts, cursor });
    }
  }, [size, view.cell, view.x, view.y, planes, traffic, endpoints, counts, cursor, scheme]);

  const zoom = (factor: number, point = { x: inner.width / 2, y: inner.height / 2 }) =>
    setView(zoomed(view, factor, point, { ...inner, smallest }));
  const cellAt = (event: MouseEvent): Cell | undefined => {
    const column = Math.floor((event.offsetX - HEAD.left) / view.cell + view.x);
    const row = Math.floor((event.offsetY - HEAD.top) / view.cell + view.y);
    const isInside = event.offsetX > HEAD.left && event.offsetY > HEAD.top;
    return isInside && row < endpoints.length && column < endpoints.length ? [row, column] : undefined;
  };
  const open = (cell: Cell) => {
    if (view.cell < CELLS) {
      const [row, column] = cell;
      const next = Math.max(NAMES + 3, view.cell);
      const [top, left] = [bandAt(bands, row).first, bandAt(bands, column).first];
      setView({ cell: next, x: left, y: top });
    } else if (isPair(endpoints[cell[0]], endpoints[cell[1]])) {
      go({ from: endpoints[cell[0]].id, to: endpoints[cell[1]].id });
    }
  };
  const drag = useRef<{ x: number; y: number; view: MatrixView; moved: boolean } | undefined>(undefined);
  const press = (event: KeyboardEvent) => {
    const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (move) {
      const [row, column] = cursor ?? [0, 0];
      const next: Cell = cursor
        ? [
          step(row, move[0], view.cell, bands, endpoints.length),
          step(column, move[1], view.cell, bands, endpoints.length),
        ]
        : [row, column];
      setCursor(next);
      setView(following(view, next, inner));
    } else if (event.key === 'Enter' && cursor) {
      open(cursor);
    } else if (event.key === '+' || event.key === '=') {
      zoom(1.6);
    } else if (event.key === '-') {
      zoom(1 / 1.6);
    } else if (event.key === '0') {
      setView(undefined);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const blocks = view.cell < CELLS;
  return (
    <>
      <p class="hint">
        Rows send, columns receive, on the ports that the receiver declares.{' '}
        {blocks
          ? `${counted(endpoints.length, 'endpoint')}: each block is a namespace with another one, darker the more pairs may connect; a corner means that only one end is open. Choose a block to see its cells.`
          : 'Choose a cell to see why.'}
      </p>
      <p class="tools">
        <button type="button" class="small" onClick={() => zoom(1.6)}>
          Zoom in <kbd>+</kbd>
        </button>{' '}
        <button type="button" class="small" onClick={() => zoom(1 / 1.6)}>
          Zoom out <kbd>-</kbd>
        </button>{' '}
        <button type="button" class="small" onClick={() => setView(undefined)}>
          All <kbd>0</kbd>
        </button>{' '}
        <span class="dense-legend" aria-hidden="true">
          {legendStates(traffic).map(each => (
            <span key={each}>
              <span class={`swatch ${TONES[each]}`}>{each === 'closed' ? '' : PAIR_STATES[each][0]}</span> {PAIR_STATES[each][1]}
            </span>
          ))}
        </span>
      </p>
      <div class={`dense ${waiting ? 'stale' : ''}`} ref={holder}>
        <canvas
          ref={canvas}
          tabIndex={0}
          role="application"
          aria-roledescription="matrix"
          aria-label={`Matrix of ${counted(endpoints.length, 'endpoint')}. Arrows move, Enter explains, plus and minus zoom. The table of namespaces below says the same.`}
          onKeyDown={press}
          onWheel={event => {
            if (event.ctrlKey || event.metaKey) {
              event.preventDefault();
              zoom(event.deltaY < 0 ? 1.25 : 0.8, { x: event.offsetX - HEAD.left, y: event.offsetY - HEAD.top });
            }
          }}
          onPointerDown={event => {
            drag.current = { x: event.clientX, y: event.clientY, view, moved: false };
          }}
          onPointerMove={event => {
            const from = drag.current;
            if (from && event.buttons === 1) {
              const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
              from.moved ||= Math.abs(dx) + Math.abs(dy) > 4;
              if (from.moved) {
                const [x, y] = [from.view.x - dx / view.cell, from.view.y - dy / view.cell];
                setView(bounded({ cell: view.cell, x, y }, inner));
              }
            } else {
              setCursor(cellAt(event));
            }
          }}
          onPointerUp={event => {
            const cell = cellAt(event);
            if (cell && !drag.current?.moved) {
              setCursor(cell);
              open(cell);
            }
            drag.current = undefined;
          }}
        />
        <p class="under" role="status">
          {cursor && isWithin(cursor, endpoints) ? describe(cursor, { planes, traffic, endpoints, bands, counts, blocks }) : ' '}
        </p>
      </div>
    </>
  );
}

function describe(
  [row, column]: Cell,
  {
    planes,
    traffic,
    endpoints,
    bands,
    counts,
    blocks,
  }: {
    readonly planes: Planes;
    readonly traffic?: PairTraffic;
    readonly endpoints: readonly EndpointRow[];
    readonly bands: readonly Band[];
    readonly counts: BandCounts;
    readonly blocks: boolean;
  },
): string {
  if (blocks) {
    const [from, to] = [bandAt(bands, row), bandAt(bands, column)];
    const at = bands.indexOf(from) * bands.length + bands.indexOf(to);
    return `${from.label} → ${to.label}: ${counts.allowed[at].toLocaleString('en')} of ${counted(counts.pairs[at], 'pair')} may connect, ${counts.half[at].toLocaleString('en')} open at one end only`;
  }
  const [from, to] = [endpoints[row], endpoints[column]];
  const state = isPair(from, to) ? PAIR_STATES[pairState(planes, from, to, traffic)][1] : 'no flows';
  return `${from.text} → ${to.text}: ${state}`;
}

function isWithin([row, column]: Cell, endpoints: readonly EndpointRow[]): boolean {
  return row < endpoints.length && column < endpoints.length;
}

function bandAt(bands: readonly Band[], index: number): Band {
  return bands.find(({ first, last }) => first <= index && index <= last)!;
}

/** The next cell, or the first one of the next block. */
function step(index: number, by: number, cell: number, bands: readonly Band[], size: number): number {
  if (by === 0) {
    return index;
  }
  if (cell >= CELLS) {
    return Math.max(0, Math.min(size - 1, index + by));
  }
  const next = bands[bands.indexOf(bandAt(bands, index)) + by];
  return next ? next.first : index;
}

/** Scrolls to a cell, if it is not in sight. */
function following(
  view: MatrixView,
  [row, column]: Cell,
  inner: { readonly size: number; readonly width: number; readonly height: number },
): MatrixView {
  const seen = (start: number, index: number, extent: number) =>
    index < start ? index : index + 1 > start + extent / view.cell ? index + 1 - extent / view.cell : start;
  return bounded({ cell: view.cell, x: seen(view.x, column, inner.width), y: seen(view.y, row, inner.height) }, inner);
}

/** Changes whenever the colours of the system do. */
function useScheme(): boolean {
  const query = useMemo(() => window.matchMedia('(prefers-color-scheme: dark)'), []);
  const [isDark, setIsDark] = useState(query.matches);
  useEffect(() => {
    const change = () => setIsDark(query.matches);
    query.addEventListener('change', change);
    return () => query.removeEventListener('change', change);
  }, [query]);
  return isDark;
}

interface Drawn {
  readonly size: { readonly width: number; readonly height: number };
  readonly view: MatrixView;
  readonly planes: Planes;
  readonly traffic?: PairTraffic;
  readonly endpoints: readonly EndpointRow[];
  readonly bands: readonly Band[];
  readonly clusters: readonly Band[];
  readonly counts: BandCounts;
  readonly cursor?: Cell;
}

function draw(
  canvas: HTMLCanvasElement,
  { size, view, planes, traffic, endpoints, bands, clusters, counts, cursor }: Drawn,
): void {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(size.width * ratio);
  canvas.height = Math.round(size.height * ratio);
  canvas.style.width = `${size.width}px`;
  canvas.style.height = `${size.height}px`;
  const style = getComputedStyle(canvas);
  const color = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const pen = canvas.getContext('2d')!;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, size.width, size.height);
  const { cell } = view;
  const x = (column: number) => HEAD.left + (column - view.x) * cell;
  const y = (row: number) => HEAD.top + (row - view.y) * cell;
  const first = { row: Math.floor(view.y), column: Math.floor(view.x) };
  const end = {
    row: Math.min(endpoints.length, Math.ceil(view.y + (size.height - HEAD.top) / cell)),
    column: Math.min(endpoints.length, Math.ceil(view.x + (size.width - HEAD.left) / cell)),
  };
  pen.save();
  pen.beginPath();
  pen.rect(HEAD.left, HEAD.top, size.width - HEAD.left, size.height - HEAD.top);
  pen.clip();
  if (cell < CELLS) {
    bands.forEach((rows, row) =>
      bands.forEach((columns, column) => {
        const at = row * bands.length + column;
        const [left, top] = [x(columns.first), y(rows.first)];
        const [width, height] = [(columns.last - columns.first + 1) * cell, (rows.last - rows.first + 1) * cell];
        pen.fillStyle = color('cell-closed');
        pen.fillRect(left, top, width, height);
        const share = counts.pairs[at] === 0 ? 0 : counts.allowed[at] / counts.pairs[at];
        if (share > 0) {
          pen.globalAlpha = 0.25 + 0.75 * Math.sqrt(share);
          pen.fillStyle = color('allowed');
          pen.fillRect(left, top, width, height);
          pen.globalAlpha = 1;
        }
        if (counts.half[at] > 0) {
          const corner = Math.max(3, Math.min(width, height) * 0.35);
          pen.fillStyle = color('half');
          pen.beginPath();
          pen.moveTo(left + width, top);
          pen.lineTo(left + width - corner, top);
          pen.lineTo(left + width, top + corner);
          pen.fill();
        }
      }),
    );
  } else {
    pen.font = `${Math.min(14, cell * 0.7)}px system-ui, sans-serif`;
    pen.textAlign = 'center';
    pen.textBaseline = 'middle';
    const gap = cell > 8 ? 1 : 0;
    for (let row = first.row; row < end.row; row++) {
      for (let column = first.column; column < end.column; column++) {
        const [from, to] = [endpoints[row], endpoints[column]];
        if (isPair(from, to)) {
          const state = pairState(planes, from, to, traffic);
          // without a sign, a pale colour says too little
          const strong = cell < NAMES;
          const tone = TONES[state];
          pen.fillStyle = color(strong && tone !== 'closed' ? tone : `cell-${tone}`);
          pen.fillRect(x(column), y(row), cell - gap, cell - gap);
          if (!strong && state !== 'closed') {
            pen.fillStyle = color('text');
            pen.fillText(PAIR_STATES[state][0], x(column) + cell / 2, y(row) + cell / 2);
          }
        }
      }
    }
  }
  if (cell * endpoints.length > bands.length * 8) {
    lines(pen, bands, color('page'), { x, y, endpoints });
  }
  lines(pen, clusters, color('quiet'), { x, y, endpoints });
  if (cursor && isWithin(cursor, endpoints)) {
    const span = (index: number): readonly [number, number] => {
      const band = bandAt(bands, index);
      return cell < CELLS ? [band.first, band.last - band.first + 1] : [index, 1];
    };
    const [[row, height], [column, width]] = [span(cursor[0]), span(cursor[1])];
    pen.strokeStyle = color('text');
    pen.lineWidth = 2;
    pen.strokeRect(x(column), y(row), Math.max(3, width * cell), Math.max(3, height * cell));
  }
  pen.restore();
  heads(pen, { size, view, endpoints, bands, clusters, x, y, color, cursor });
}

interface Places {
  readonly x: (column: number) => number;
  readonly y: (row: number) => number;
  readonly endpoints: readonly EndpointRow[];
}

function lines(
  pen: CanvasRenderingContext2D,
  bands: readonly Band[],
  style: string,
  { x, y, endpoints }: Places,
): void {
  pen.strokeStyle = style;
  pen.lineWidth = 1;
  pen.beginPath();
  for (const { first } of bands) {
    const [left, top] = [Math.round(x(first)) - 0.5, Math.round(y(first)) - 0.5];
    pen.moveTo(left, y(0));
    pen.lineTo(left, y(endpoints.length));
    pen.moveTo(x(0), top);
    pen.lineTo(x(endpoints.length), top);
  }
  pen.stroke();
}

/** The names of rows and columns: of endpoints, else of namespaces, else of clusters, whatever there is room for. */
function heads(
  pen: CanvasRenderingContext2D,
  {
    size,
    view,
    endpoints,
    bands,
    clusters,
    x,
    y,
    color,
    cursor,
  }: Places &
    Pick<Drawn, 'size' | 'view' | 'bands' | 'clusters' | 'cursor'> & { readonly color: (name: string) => string },
): void {
  const fits = (all: readonly Band[]) =>
    all.filter(({ first, last }) => (last - first + 1) * view.cell >= 11).length >= all.length / 2;
  const named: readonly Band[] =
    view.cell >= NAMES
      ? endpoints.map((each, index) => ({ label: each.text, first: index, last: index }))
      : fits(bands)
        ? bands
        : clusters;
  pen.font = '12px system-ui, sans-serif';
  pen.textBaseline = 'middle';
  for (const { label, first, last } of named) {
    const middle = (start: number, low: number, high: number, extent: number) => {
      const [from, to] = [Math.max(start, low), Math.min(extent, high)];
      return to - from >= 10 ? (from + to) / 2 : undefined;
    };
    const holds = (index: number | undefined) => index !== undefined && first <= index && index <= last;
    const row = middle(HEAD.top, y(first), y(last + 1), size.height);
    if (row !== undefined) {
      pen.fillStyle = color(holds(cursor?.[0]) ? 'link' : 'text');
      pen.textAlign = 'right';
      pen.fillText(fitted(pen, label, HEAD.left - 12), HEAD.left - 6, row);
    }
    const column = middle(HEAD.left, x(first), x(last + 1), size.width);
    if (column !== undefined) {
      pen.save();
      pen.fillStyle = color(holds(cursor?.[1]) ? 'link' : 'text');
      pen.translate(column, HEAD.top - 6);
      pen.rotate(-Math.PI / 2);
      pen.textAlign = 'left';
      pen.fillText(fitted(pen, label, HEAD.top - 10), 0, 0);
      pen.restore();
    }
  }
}

function fitted(pen: CanvasRenderingContext2D, text: string, width: number): string {
  // a hostile name may be very long
  let characters = [...text.slice(0, 200)];
  if (text.length <= 200 && pen.measureText(text).width <= width) {
    return text;
  }
  while (characters.length > 1 && pen.measureText(`${characters.join('')}…`).width > width) {
    characters = characters.slice(0, -1);
  }
  return `${characters.join('')}…`;
}
