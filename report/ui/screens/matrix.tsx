import { useMemo, useState } from 'preact/hooks';
import type { EndpointRow, Grouping, Planes, Side } from '../../protocol';
import { isPair, pairState } from '../dense';
import { useAnswer } from '../engine';
import { DenseMatrix, legendStates, PAIR_STATES, TONES } from './dense-matrix';
import { InfrastructureChoice, shownEndpoints } from './map';
import { CommandLine } from '../parts/command';
import { Left, ListTable, State } from '../parts/list';
import { MatrixCommand } from '../parts/matrix-command';
import type { Route } from '../route';
import type { PairTraffic } from '../traffic';
import { useTraffic } from '../use-traffic';

/** Up to this many endpoints, rows and columns are a table; beyond, a drawing. */
const MOST_ENDPOINTS = 40;
/** More endpoints than this are too many pairs to draw: groups have rows and columns. */
const MOST_DRAWN = 3000;
/** More groups than this are too many columns for a screen. */
const MOST_GROUPS = 40;

export interface MatrixProperties {
  readonly route: Route;
  readonly side: Side;
  readonly hasFlows: boolean;
  readonly endpoints: readonly EndpointRow[];
  readonly go: (change: Partial<Route>) => void;
}

/** Who may connect to whom as a table: rows send, columns receive. */
export function MatrixScreen({ route, side, hasFlows, endpoints, go }: MatrixProperties) {
  const shown = useMemo(
    () => shownEndpoints(endpoints, route, side),
    [endpoints, route.filter, route.infrastructure, side],
  );
  const keys = useMemo(() => groupKeys(endpoints), [endpoints]);
  const grouping = route.group ?? (shown.length > MOST_DRAWN ? 'namespace' : undefined);
  return (
    <section aria-label="Matrix">
      <p class="tools">
        <label>
          Rows and columns{' '}
          <select
            value={grouping ?? ''}
            onChange={event => go({ group: (event.currentTarget.value || undefined) as Grouping | undefined })}
          >
            <option value="" disabled={shown.length > MOST_DRAWN}>
              {shown.length > MOST_DRAWN ? `each endpoint (filter to ${MOST_DRAWN.toLocaleString('en')} or fewer)` : 'each endpoint'}
            </option>
            <option value="namespace">namespaces</option>
            <option value="cluster">clusters</option>
            {keys.map(key => (
              <option key={key} value={`label:${key}`}>
                label {key}
              </option>
            ))}
          </select>
        </label>{' '}
        <InfrastructureChoice route={route} endpoints={endpoints} go={go} />
      </p>
      {grouping !== undefined ? (
        <GroupMatrix side={side} by={grouping} go={go} filter={route.filter} />
      ) : shown.length <= MOST_ENDPOINTS ? (
        <EndpointMatrix side={side} hasFlows={hasFlows} endpoints={shown} go={go} />
      ) : (
        <>
          <DenseMatrix side={side} hasFlows={hasFlows} endpoints={shown} go={go} />
          <NamespaceTable side={side} route={route} go={go} />
        </>
      )}
      <Connections side={side} endpoints={shown} go={go} />
      {grouping === undefined && (
        <MatrixCommand topic="matrix-command" side={side} endpoints={shown} all={endpoints} />
      )}
    </section>
  );
}

/** A table of thousands of cells is made once it is looked at. */
function NamespaceTable({ side, route, go }: Pick<MatrixProperties, 'side' | 'route' | 'go'>) {
  const [open, setOpen] = useState(false);
  return (
    <details onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>The same by namespace, as a table</summary>
      {open && <GroupMatrix side={side} by="namespace" go={go} filter={route.filter} />}
    </details>
  );
}

function groupKeys(endpoints: readonly EndpointRow[]): readonly string[] {
  const counts = new Map<string, Set<string>>();
  for (const { workload } of endpoints) {
    for (const [key, value] of Object.entries(workload?.labels ?? {})) {
      counts.set(key, (counts.get(key) ?? new Set<string>()).add(value));
    }
  }
  return [...counts.keys()].sort();
}

function EndpointMatrix({ side, hasFlows, endpoints, go }: Omit<MatrixProperties, 'route'>) {
  const traffic = useTraffic('matrix-traffic', side, hasFlows);
  const names = useMemo(() => shortNames(endpoints), [endpoints]);
  const { answer, waiting, error } = useAnswer('matrix', 'planes', { side, ports: 'declared' });
  if (endpoints.length === 0) {
    return <State empty="Nothing contains this text." />;
  }
  if (!answer) {
    return <State waiting={waiting} error={error} />;
  }
  return (
    <>
      <p class="hint">
        Rows send, columns receive. {legendStates(traffic).map(each => PAIR_STATES[each].join(' ')).join(' · ')}. Choose a cell
        to see why.
      </p>
      <div class={`scroll ${waiting ? 'stale' : ''}`} tabIndex={0}>
        <table class="matrix">
          <thead>
            <tr>
              <th scope="col">from \ to</th>
              {endpoints.map(each => (
                <th key={each.id} scope="col" title={each.text}>
                  <span>{names.get(each)}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {endpoints.map(from => (
              <tr key={from.id}>
                <th scope="row" title={from.text}>
                  {names.get(from)}
                </th>
                {endpoints.map(to => (
                  <Cell key={to.id} from={from} to={to} planes={answer} traffic={traffic} go={go} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Cell({
  from,
  to,
  planes,
  traffic,
  go,
}: {
  readonly from: EndpointRow;
  readonly to: EndpointRow;
  readonly planes: Planes;
  readonly traffic?: PairTraffic;
  readonly go: MatrixProperties['go'];
}) {
  if (!isPair(from, to)) {
    return <td class="none" />;
  }
  const state = pairState(planes, from, to, traffic);
  const [sign, words] = PAIR_STATES[state];
  return (
    <td class={`cell ${TONES[state]}`}>
      <button type="button" aria-label={`${from.id} to ${to.id}: ${words}`} title={`${from.id} → ${to.id}: ${words}`} onClick={() => go({ from: from.id, to: to.id })}>
        {sign}
      </button>
    </td>
  );
}

/** Without the namespace, where no other endpoint has the name. */
function shortNames(endpoints: readonly EndpointRow[]): ReadonlyMap<EndpointRow, string> {
  const short = ({ kind, name, cluster, text }: EndpointRow) => (kind === 'workload' ? `${name}@${cluster}` : text);
  const counts = new Map<string, number>();
  endpoints.forEach(each => counts.set(short(each), (counts.get(short(each)) ?? 0) + 1));
  return new Map(endpoints.map(each => [each, counts.get(short(each)) === 1 ? short(each) : each.id]));
}

function GroupMatrix({
  side,
  by,
  filter = '',
  go,
}: {
  readonly side: Side;
  readonly by: Grouping;
  readonly filter?: string;
  readonly go: MatrixProperties['go'];
}) {
  const { answer, waiting, error } = useAnswer('groups', 'groups', { side, by, filter, most: MOST_GROUPS });
  if (!answer) {
    return <State waiting={waiting} error={error} />;
  }
  const { names, left } = answer;
  return (
    <>
      <p class="hint">
        Rows send, columns receive. Numbers: how many pairs may connect; a dot is no pair, a dark cell all of them.
        {left > 0 && ` ${left} groups are left out: filter to see them.`}
      </p>
      <div class={`scroll ${waiting ? 'stale' : ''}`} tabIndex={0}>
        <table class="matrix groups">
          <thead>
            <tr>
              <th scope="col">from \ to</th>
              {names.map(name => (
                <th key={name} scope="col" title={name}>
                  <span>{name}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {names.map((from, row) => (
              <tr key={from}>
                <th scope="row" title={from}>
                  {from}
                </th>
                {names.map((to, column) => {
                  const at = row * names.length + column;
                  const [pairs, connecting] = [answer.pairs[at], answer.connecting[at]];
                  const state = pairs === 0 ? 'none' : connecting === pairs ? 'allowed' : connecting > 0 ? 'some' : 'closed';
                  const text = connecting === 0 ? '·' : connecting.toLocaleString('en');
                  return (
                    <td key={to} class={`cell ${state}`}>
                      {pairs > 0 && (
                        <button
                          type="button"
                          aria-label={
                            `${from} to ${to}: ${connecting.toLocaleString('en')} of ${pairs.toLocaleString('en')} pairs ` +
                            'may connect'
                          }
                          onClick={() => go({ group: undefined, filter: from })}
                        >
                          {text}
                        </button>
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {answer.command && <CommandLine command={answer.command} />}
    </>
  );
}

/** The allowed ports of each pair, as `matrix` prints them. */
function Connections({ side, endpoints, go }: Pick<MatrixProperties, 'side' | 'endpoints' | 'go'>) {
  const ids = endpoints.length > MOST_ENDPOINTS ? undefined : endpoints.map(each => each.id);
  const { answer, waiting, error } = useAnswer('connections', 'connections', ids === undefined ? undefined : { side, from: ids, to: ids, most: 2000 });
  if (ids === undefined) {
    return <p class="quiet">Filter to {MOST_ENDPOINTS} endpoints or fewer to see the ports of each pair.</p>;
  }
  if (!answer) {
    return <State waiting={waiting} error={error} />;
  }
  return (
    <details open={endpoints.length <= 12}>
      <summary>Ports of each pair</summary>
      <ListTable items={answer.cells} noun="pairs" columns={['From', 'To', 'Allowed', 'Denied']}>
        {(row, index) => (
          <tr key={index}>
            <td>{row.from}</td>
            <td>
              <button type="button" class="link" onClick={() => go({ from: row.from, to: row.to })}>
                {row.to}
              </button>
            </td>
            <td>{row.text.allowed}</td>
            <td>{row.text.denied}</td>
          </tr>
        )}
      </ListTable>
      <Left number={answer.left} noun="pair" how=": filter to see them" />
    </details>
  );
}
