import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { ChangedPlanes, EndpointRow, Planes, Side } from '../../protocol';
import { BitPlane, eachBit } from '../bits';
import { Chip, layoutMap, lineBetween, MapLayout } from '../boxes';
import { useAnswer } from '../engine';
import { Paged, State } from '../parts/list';
import type { Route } from '../route';

/** Up to this many chips all lines are drawn; beyond, only those of the chosen chip. */
const ALL_LINES = 60;
/** Beyond this many workloads, a chip stands for a namespace. */
const WORKLOAD_CHIPS = 300;
/** No more lines than a person can follow, and a browser can draw at once. */
const MOST_LINES = 1500;

export interface MapProperties {
  readonly route: Route;
  readonly side: Side;
  readonly endpoints: readonly EndpointRow[];
  readonly go: (change: Partial<Route>) => void;
}

/** `out`: its source's policies let it out, and the destination's do not let it in; `in`: the reverse. */
type LineKind = 'allowed' | 'gained' | 'lost' | 'out' | 'in';

interface Line {
  readonly from: Chip;
  readonly to: Chip;
  readonly kind: LineKind;
  /** Pairs of classes. */
  readonly pairs: number;
}

/** Clusters, namespaces and what is outside, with who may connect to whom. */
export function MapScreen({ route, side, endpoints, go }: MapProperties) {
  const changes = route.view === 'changes';
  const holder = useRef<HTMLDivElement>(null);
  const width = useWidth(holder);
  const shown = useMemo(
    () => shownEndpoints(endpoints, route, changes ? undefined : side),
    [endpoints, route.filter, route.infrastructure, changes, side],
  );
  const folded = shown.filter(each => each.kind === 'workload').length > WORKLOAD_CHIPS;
  const layout = useMemo(() => layoutMap(shown, Math.max(360, width), folded), [shown, width, folded]);
  const planes = useAnswer('map', 'planes', changes ? undefined : { side, ports: 'declared' });
  const changed = useAnswer('map-changes', 'changedPlanes', changes ? { from: 'old', to: 'supposed', ports: 'any' } : undefined);
  const [focus, setFocus] = useState<string>();
  const chosen = route.from !== undefined && route.to === undefined ? route.from : undefined;
  const all = useMemo(
    () => (changes ? changedLines(layout, changed.answer) : allowedLines(layout, planes.answer, route.half ?? false)),
    [layout, planes.answer, changed.answer, changes, route.half],
  );
  const active = focus ?? chosen;
  const own = (line: Line) => line.from.id === active || line.to.id === active;
  const drawsAll = changes || layout.chips.length <= ALL_LINES;
  const drawn = drawsAll ? all.slice(0, MOST_LINES) : active === undefined ? [] : all.filter(own).slice(0, MOST_LINES);
  const { waiting, error } = changes ? changed : planes;

  const named = layout.chips.find(({ id }) => id === active);
  const choose = (chip: Chip) => {
    if (folded && chip.members.length > 0 && chip.members[0].kind === 'workload') {
      go({ filter: chip.id });
    } else if (route.from !== undefined && route.to === undefined && route.from !== chip.id) {
      go({ to: chip.id });
    } else {
      go({ from: chip.id, to: undefined });
    }
  };

  return (
    <section aria-label="Map">
      <p class="hint">
        {shown.length === 0
          ? 'Nothing contains this text.'
          : folded
            ? `${counted(shown.filter(each => each.kind === 'workload').length, 'workload')} in ${counted(layout.chips.length, 'box')}: each box is a namespace. Filter to see workloads; hover or choose a box to see its connections.`
            : drawsAll
              ? 'Lines run from the client to the server. Choose a client, then a server, to see why.'
              : 'Hover or choose a workload to see its connections; choose a second one to see why.'}
        {all.length > drawn.length && drawsAll && ` ${all.length - drawn.length} lines are left out.`}
      </p>
      <p class="tools">
        <InfrastructureChoice route={route} endpoints={endpoints} go={go} />{' '}
        {!changes && (
          <label>
            <input
              type="checkbox"
              checked={route.half ?? false}
              onChange={event => go({ half: event.currentTarget.checked || undefined })}
            />{' '}
            also flows that are open at one end only
          </label>
        )}
      </p>
      <Legend changes={changes} half={route.half ?? false} />
      <div class={`map ${waiting ? 'stale' : ''}`} ref={holder}>
        {error !== undefined && <State error={error} />}
        <svg
          width={layout.width}
          height={layout.height + 4}
          viewBox={`-2 -2 ${layout.width + 4} ${layout.height + 4}`}
          role="group"
          aria-label="Endpoints"
        >
          <defs>
            {LINE_KINDS.map(kind => (
              <marker key={kind} id={`arrow-${kind}`} class={`arrow ${kind}`} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
                <path d="M0 0L8 4L0 8z" />
              </marker>
            ))}
          </defs>
          {layout.frames.map((frame, index) => (
            <g key={index} class={`frame ${frame.kind}`}>
              <rect x={frame.x} y={frame.y} width={frame.width} height={frame.height} rx="6" />
              <text x={frame.x + 10} y={frame.y + 15}>
                {cut(frame.label, frame.width / 7)}
                <title>{frame.label}</title>
              </text>
            </g>
          ))}
          <g class="lines" aria-hidden="true">
            {drawn.map((line, index) => (
              <path
                key={index}
                class={`line ${line.kind} ${active !== undefined && !own(line) ? 'faded' : ''}`}
                d={lineBetween(line.from, line.to)}
                marker-end={`url(#arrow-${line.kind})`}
              />
            ))}
          </g>
          {layout.chips.map(chip => (
            <g
              key={chip.id}
              class={`chip ${chip.id === route.from ? 'from' : ''} ${chip.id === route.to ? 'to' : ''}`}
              role="button"
              tabIndex={0}
              aria-label={chip.title.includes(chip.label) ? chip.title : `${chip.label}: ${chip.title}`}
              onMouseEnter={() => setFocus(chip.id)}
              onMouseLeave={() => setFocus(undefined)}
              onFocus={() => setFocus(chip.id)}
              onBlur={() => setFocus(undefined)}
              onClick={() => choose(chip)}
              onKeyDown={event => {
                if (event.key === 'Enter' || event.key === ' ') {
                  event.preventDefault();
                  choose(chip);
                } else if (event.key.startsWith('Arrow')) {
                  event.preventDefault();
                  neighbour(layout, chip, event.key, event.currentTarget);
                }
              }}
            >
              <title>{chip.title}</title>
              <rect x={chip.x} y={chip.y} width={chip.width} height={chip.height} rx="4" />
              <text x={chip.x + 8} y={chip.y + 17} aria-hidden="true">
                {shortened(chip.label)}
              </text>
            </g>
          ))}
        </svg>
      </div>
      <p class="under" aria-live="off">
        {named === undefined ? ' ' : <bdi>{named.title}</bdi>}
      </p>
      <LineTable lines={active === undefined ? all : all.filter(own)} active={active} changes={changes} go={go} />
    </section>
  );
}

const LINE_KINDS = ['allowed', 'gained', 'lost', 'out', 'in'] as const;

/** What a line means, with a sign: nothing is told by colour alone. */
const LINE_TEXTS: { readonly [kind in LineKind]: string } = {
  allowed: '✓ may connect on a declared port',
  gained: '+ gained a port',
  lost: '− lost a port',
  out: '⇥ let out, not let in',
  in: '⇤ let in, not let out',
};

function Legend({ changes, half }: { readonly changes: boolean; readonly half: boolean }) {
  const kinds: readonly LineKind[] = changes ? ['gained', 'lost'] : half ? ['allowed', 'out', 'in'] : ['allowed'];
  return (
    <p class="legend" aria-hidden="true">
      {kinds.map(kind => (
        <span key={kind}>
          <svg width="34" height="10">
            <path class={`line ${kind}`} d="M2 5H32" />
          </svg>{' '}
          {LINE_TEXTS[kind]}
        </span>
      ))}
    </p>
  );
}

/** What the lines say, for everybody who cannot see them or wants to search in them. */
function LineTable({
  lines,
  active,
  changes,
  go,
}: {
  readonly lines: readonly Line[];
  readonly active?: string;
  readonly changes: boolean;
  readonly go: MapProperties['go'];
}) {
  return (
    <details class="lines-table">
      <summary>
        {counted(lines.length, 'connection')}
        {active === undefined ? '' : ` of ${active}`} as a table
      </summary>
      <Paged items={lines} noun="connections">
        {shown => (
          <table>
            <thead>
              <tr>
                <th scope="col">From</th>
                <th scope="col">To</th>
                <th scope="col">{changes ? 'Change' : 'Verdict'}</th>
                <th scope="col">Why</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((line, index) => (
                <tr key={index}>
                  <td>{line.from.title}</td>
                  <td>{line.to.title}</td>
                  <td class={line.kind}>{LINE_TEXTS[line.kind]}</td>
                  <td>
                    <button type="button" class="link" onClick={() => go({ from: line.from.members[0].id, to: line.to.members[0].id })}>
                      why?
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Paged>
    </details>
  );
}

function allowedLines(layout: MapLayout, planes: Planes | undefined, half: boolean): Line[] {
  if (!planes) {
    return [];
  }
  const { words, size, egress, ingress, allowed } = planes;
  // eslint-disable-next-line no-bitwise -- planes are bits of words
  const only = (one: Uint32Array, other: Uint32Array) => one.map((word, at) => word & ~other[at] & ~allowed[at]);
  return [
    ...linesOf(layout, { words, bits: allowed }, size, 'allowed'),
    ...(half ? linesOf(layout, { words, bits: only(egress, ingress) }, size, 'out') : []),
    ...(half ? linesOf(layout, { words, bits: only(ingress, egress) }, size, 'in') : []),
  ];
}

function changedLines(layout: MapLayout, planes: ChangedPlanes | undefined): Line[] {
  return planes
    ? (['gained', 'lost'] as const).flatMap(kind =>
      linesOf(layout, { words: planes.words, bits: planes[kind] }, planes.size, kind),
    )
    : [];
}

function linesOf(layout: MapLayout, plane: BitPlane, size: number, kind: Line['kind']): Line[] {
  const chipsOf: Chip[][] = Array.from({ length: size }, () => []);
  layout.chips.forEach(chip => chip.classes.forEach(each => chipsOf[each]?.push(chip)));
  return layout.chips.flatMap(from => {
    const counts = new Map<Chip, number>();
    for (const each of from.classes) {
      if (each < size) {
        eachBit(plane, each, to => chipsOf[to].forEach(chip => counts.set(chip, (counts.get(chip) ?? 0) + 1)));
      }
    }
    return [...counts]
      .filter(([to]) => to !== from && (isWorkload(from) || isWorkload(to)))
      .map(([to, pairs]) => ({ from, to, kind, pairs }));
  });
}

/**
 * The endpoints that contain all words of a text in their names, labels or places. Nodes and Cilium's own endpoints are
 * left out unless they are asked for: they may nearly always connect, which hides everything else.
 */
export function shownEndpoints(
  endpoints: readonly EndpointRow[],
  { filter, infrastructure }: Pick<Route, 'filter' | 'infrastructure'>,
  side?: Side,
): readonly EndpointRow[] {
  const words = (filter ?? '').toLowerCase().split(/\s+/).filter(each => each !== '');
  // without suppositions, no endpoint is on the side of supposed ones
  const wanted = side === 'supposed' && !endpoints.some(each => each.sides.includes('supposed')) ? 'new' : side;
  return endpoints.filter(
    each =>
      (wanted === undefined || each.sides.includes(wanted)) &&
      (infrastructure || !isInfrastructure(each)) &&
      words.every(word => `${each.text} ${each.namespace}@${each.cluster} ${labelsOf(each)}`.toLowerCase().includes(word)),
  );
}

function isInfrastructure({ kind, id }: EndpointRow): boolean {
  return kind === 'node' || (kind === 'entity' && id !== 'entity:kube-apiserver' && id !== 'entity:world');
}

/** Whether nodes and Cilium's own endpoints are shown. */
export function InfrastructureChoice({
  route,
  endpoints,
  go,
}: Pick<MapProperties, 'route' | 'endpoints' | 'go'>) {
  const number = endpoints.filter(isInfrastructure).length;
  return (
    <label>
      <input
        type="checkbox"
        checked={route.infrastructure ?? false}
        onChange={event => go({ infrastructure: event.currentTarget.checked || undefined })}
      />{' '}
      also nodes, ingress, health and other endpoints of Cilium itself ({number})
    </label>
  );
}

function labelsOf({ workload }: EndpointRow): string {
  return Object.entries(workload?.labels ?? {})
    .map(each => each.join('='))
    .join(' ');
}

function isWorkload({ members }: Chip): boolean {
  return members[0].kind === 'workload';
}

function neighbour(layout: MapLayout, chip: Chip, key: string, element: Element): void {
  const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key] ?? [0, 0];
  const distance = (other: Chip) => {
    const [x, y] = [other.x - chip.x, other.y - chip.y];
    const along = x * dx + y * dy;
    return along <= 0 ? Infinity : along + 3 * Math.abs(x * dy + y * dx);
  };
  const [best] = layout.chips
    .filter(each => distance(each) < Infinity)
    .sort((one, other) => distance(one) - distance(other));
  const elements = element.parentElement?.querySelectorAll<SVGGElement>('.chip') ?? [];
  elements[layout.chips.indexOf(best)]?.focus();
}

function useWidth(holder: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(1000);
  useEffect(() => {
    const element = holder.current!;
    const observer = new ResizeObserver(() => setWidth(Math.floor(element.clientWidth) - 6));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return width;
}

/** Without an ellipsis: what is visible must be in the accessible name (WCAG 2.5.3). The title has the rest. */
function shortened(label: string): string {
  return [...label].slice(0, 21).join('');
}

function cut(text: string, most: number): string {
  const characters = [...text];
  return characters.length > most ? `${characters.slice(0, Math.floor(most) - 1).join('')}…` : text;
}

export function counted(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : noun.endsWith('x') ? 'es' : 's'}`;
}
