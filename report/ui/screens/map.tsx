import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { EndpointRow, Side } from '../../protocol';
import { Chip, curveBetween, headsOf, layoutMap, MapLayout, pathOf, placeLabels } from '../boxes';
import { useAnswer } from '../engine';
import { allowedLines, changedLines, keyOf, Line, LINE_KINDS, LineKind } from '../lines';
import { Why } from '../parts/links';
import { ListTable, State } from '../parts/list';
import { MatrixCommand } from '../parts/matrix-command';
import type { Route } from '../route';
import { useTraffic } from '../use-traffic';
import { counted } from '../words';

/** Up to this many chips all lines are drawn; beyond, only those of the chosen chip. */
const ALL_LINES = 60;
/** Beyond this many workloads, a chip stands for a namespace. */
const WORKLOAD_CHIPS = 300;
/** No more lines than a person can follow, and a browser can draw at once. */
const MOST_LINES = 1500;
/** Up to this many lines all have their ports; beyond, those of the box in focus. */
const ALL_PORTS = 14;
/** More pairs than this are not asked for their ports. */
const MOST_PAIRS = 4000;

export interface MapProperties {
  readonly route: Route;
  readonly side: Side;
  readonly hasFlows: boolean;
  readonly endpoints: readonly EndpointRow[];
  readonly go: (change: Partial<Route>) => void;
}

/** Clusters, namespaces and what is outside, with who may connect to whom. */
export function MapScreen({ route, side, hasFlows, endpoints, go }: MapProperties) {
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
  const traffic = useTraffic('map-traffic', side, hasFlows && !changes);
  const [focus, setFocus] = useState<string>();
  const chosen = route.from !== undefined && route.to === undefined ? route.from : undefined;
  const all = useMemo(
    () =>
      changes
        ? changed.answer ? changedLines(layout, changed.answer) : []
        : planes.answer ? allowedLines(layout, planes.answer, route.half ?? false, traffic) : [],
    [layout, planes.answer, changed.answer, changes, route.half, traffic],
  );
  const active = focus ?? chosen;
  const own = (line: Line) => line.from.id === active || line.to.id === active;
  const drawsAll = changes || layout.chips.length <= ALL_LINES;
  const drawn = drawsAll ? all.slice(0, MOST_LINES) : active === undefined ? [] : all.filter(own).slice(0, MOST_LINES);
  const { waiting, error } = changes ? changed : planes;
  const ports = usePorts(side, folded || changes ? [] : drawn);
  const curves = drawn.map(({ from, to }) => curveBetween(from, to));
  const labelled = drawn.flatMap((line, index) =>
    ports.has(keyOf(line)) && (drawn.length <= ALL_PORTS || own(line))
      ? [{ text: cut(ports.get(keyOf(line))!, 26), curve: curves[index] }]
      : [],
  );
  const places = placeLabels(labelled, [...layout.chips, ...headsOf(layout)]);

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
      <Legend kinds={new Set(all.map(({ kind }) => kind))} />
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
                d={pathOf(curves[index])}
                style={folded ? { strokeWidth: 1 + Math.min(5, Math.log2(line.pairs)) } : undefined}
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
          <g class="ports" aria-hidden="true">
            {labelled.map(({ text }, index) => {
              const at = places[index];
              return (
                at && (
                  <text key={index} x={at.x + 2} y={at.y + 12}>
                    {text}
                  </text>
                )
              );
            })}
          </g>
        </svg>
      </div>
      <p class="under" aria-live="off">
        {named === undefined ? ' ' : <bdi>{named.title}</bdi>}
      </p>
      <LineTable
        lines={active === undefined ? all : all.filter(own)}
        ports={ports}
        active={active}
        changes={changes}
        go={go}
      />
      {!changes && (
        <MatrixCommand topic="map-command" side={side} endpoints={shown} all={endpoints} onlyAllowed />
      )}
    </section>
  );
}

/** What a line means, with a sign: nothing is told by colour alone. */
const LINE_TEXTS: { readonly [kind in LineKind]: string } = {
  breaks: '✕ would break: passed while Hubble recorded',
  allowed: '✓ may connect on a declared port',
  other: '• may connect, on no declared port',
  unused: '○ may connect, without records',
  gained: '+ gained a port',
  lost: '− lost a port',
  out: '⇥ let out, not let in',
  in: '⇤ let in, not let out',
};

function Legend({ kinds }: { readonly kinds: ReadonlySet<LineKind> }) {
  return (
    <p class="legend" aria-hidden="true">
      {LINE_KINDS.filter(each => kinds.has(each)).map(kind => (
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
  ports,
  active,
  changes,
  go,
}: {
  readonly lines: readonly Line[];
  readonly ports: ReadonlyMap<string, string>;
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
      <ListTable
        items={lines}
        noun="connections"
        columns={['From', 'To', changes ? 'Change' : 'Verdict', ...(ports.size > 0 ? ['Ports'] : []), 'Why']}
      >
        {(line, index) => (
          <tr key={index}>
            <td>{line.from.title}</td>
            <td>{line.to.title}</td>
            <td class={line.kind}>{LINE_TEXTS[line.kind]}</td>
            {ports.size > 0 && <td>{ports.get(keyOf(line))}</td>}
            <td>
              <Why from={line.from.members[0].id} to={line.to.members[0].id} go={go} />
            </td>
          </tr>
        )}
      </ListTable>
    </details>
  );
}

/** The allowed ports of lines between endpoints, by their keys. */
function usePorts(side: Side, lines: readonly Line[]): ReadonlyMap<string, string> {
  const [from, to] = (['from', 'to'] as const).map(end => [...new Set(lines.map(line => line[end].id))]);
  const isFew = lines.length > 0 && from.length * to.length <= MOST_PAIRS;
  const { answer } = useAnswer('map-ports', 'connections', isFew ? { side, from, to, most: MOST_PAIRS } : undefined);
  return useMemo(
    () => new Map((answer?.cells ?? []).map(cell => [`${cell.from} ${cell.to}`, cell.text.ports])),
    [answer],
  );
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
