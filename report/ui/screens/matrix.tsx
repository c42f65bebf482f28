import { useMemo } from 'preact/hooks';
import type { EndpointRow, Grouping, Planes, Side } from '../../protocol';
import { hasBit } from '../bits';
import { useAnswer } from '../engine';
import { counted, InfrastructureChoice, shownEndpoints } from './map';
import { Paged, State } from '../parts/list';
import type { Route } from '../route';

/** Up to this many endpoints each has a row and a column; beyond, groups have. */
const MOST_ENDPOINTS = 40;
/** More groups than this are too many columns for a screen. */
const MOST_GROUPS = 60;

export interface MatrixProperties {
  readonly route: Route;
  readonly side: Side;
  readonly endpoints: readonly EndpointRow[];
  readonly go: (change: Partial<Route>) => void;
}

/** Who may connect to whom as a table: rows send, columns receive. */
export function MatrixScreen({ route, side, endpoints, go }: MatrixProperties) {
  const shown = useMemo(
    () => shownEndpoints(endpoints, route, side),
    [endpoints, route.filter, route.infrastructure, side],
  );
  const keys = useMemo(() => groupKeys(endpoints), [endpoints]);
  const grouping = route.group ?? (shown.length > MOST_ENDPOINTS ? 'namespace' : undefined);
  return (
    <section aria-label="Matrix">
      <p class="tools">
        <label>
          Rows and columns{' '}
          <select
            value={grouping ?? ''}
            onChange={event => go({ group: (event.currentTarget.value || undefined) as Grouping | undefined })}
          >
            <option value="" disabled={shown.length > MOST_ENDPOINTS}>
              {shown.length > MOST_ENDPOINTS ? `each endpoint (filter to ${MOST_ENDPOINTS} or fewer)` : 'each endpoint'}
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
      {grouping === undefined ? (
        <EndpointMatrix side={side} endpoints={shown} go={go} />
      ) : (
        <GroupMatrix side={side} by={grouping} go={go} filter={route.filter} />
      )}
      <Connections side={side} endpoints={shown} go={go} />
    </section>
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

function EndpointMatrix({ side, endpoints, go }: Omit<MatrixProperties, 'route'>) {
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
        Rows send, columns receive, on the ports that the receiver declares. ✓ may connect · ⇥ let out, not let in · ⇤ let in, not let out ·
        × neither. Choose a cell to see why.
      </p>
      <div class={`scroll ${waiting ? 'stale' : ''}`} tabIndex={0}>
        <table class="matrix">
          <thead>
            <tr>
              <th scope="col">from \ to</th>
              {endpoints.map(each => (
                <th key={each.id} scope="col" title={each.text}>
                  <span>{short(each)}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {endpoints.map(from => (
              <tr key={from.id}>
                <th scope="row" title={from.text}>
                  {short(from)}
                </th>
                {endpoints.map(to => (
                  <Cell key={to.id} from={from} to={to} planes={answer} go={go} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

const STATES = {
  allowed: ['✓', 'may connect'],
  out: ['⇥', 'let out, not let in'],
  in: ['⇤', 'let in, not let out'],
  ports: ['◌', 'open at both ends, on different ports'],
  closed: ['×', 'closed at both ends'],
} as const;

function Cell({
  from,
  to,
  planes,
  go,
}: {
  readonly from: EndpointRow;
  readonly to: EndpointRow;
  readonly planes: Planes;
  readonly go: MatrixProperties['go'];
}) {
  if (from.id === to.id || (!from.inside && !to.inside)) {
    return <td class="none" />;
  }
  const state = stateOf(planes, from.class, to.class);
  const [sign, words] = STATES[state];
  return (
    <td class={`cell ${state}`}>
      <button type="button" aria-label={`${from.id} to ${to.id}: ${words}`} title={`${from.id} → ${to.id}: ${words}`} onClick={() => go({ from: from.id, to: to.id })}>
        {sign}
      </button>
    </td>
  );
}

function stateOf({ words, egress, ingress, allowed }: Planes, from: number, to: number): keyof typeof STATES {
  if (hasBit({ words, bits: allowed }, from, to)) {
    return 'allowed';
  }
  const [out, into] = [egress, ingress].map(bits => hasBit({ words, bits }, from, to));
  return out ? (into ? 'ports' : 'out') : into ? 'in' : 'closed';
}

function short({ kind, name, cluster, text }: EndpointRow): string {
  return kind === 'workload' ? `${name}@${cluster}` : text;
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
  const { answer, waiting, error } = useAnswer('groups', 'groups', { side, by });
  if (!answer) {
    return <State waiting={waiting} error={error} />;
  }
  const matching = [...answer.names.keys()].filter(index => answer.names[index].toLowerCase().includes(filter.toLowerCase()));
  const indices = (matching.length > 0 ? matching : [...answer.names.keys()]).slice(0, MOST_GROUPS);
  const left = answer.names.length - indices.length;
  return (
    <>
      <p class="hint">
        Rows send, columns receive. Each cell: how many of the pairs may connect.
        {left > 0 && ` ${left} groups are left out: filter to see them.`}
      </p>
      <div class={`scroll ${waiting ? 'stale' : ''}`} tabIndex={0}>
        <table class="matrix groups">
          <thead>
            <tr>
              <th scope="col">from \ to</th>
              {indices.map(index => (
                <th key={index} scope="col" title={answer.names[index]}>
                  <span>{answer.names[index]}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {indices.map(from => (
              <tr key={from}>
                <th scope="row" title={answer.names[from]}>
                  {answer.names[from]}
                </th>
                {indices.map(to => {
                  const at = from * answer.names.length + to;
                  const [pairs, connecting] = [answer.pairs[at], answer.connecting[at]];
                  const state = pairs === 0 ? 'none' : connecting === pairs ? 'allowed' : connecting > 0 ? 'some' : 'closed';
                  const text = pairs === 0 ? '' : `${connecting}/${pairs}`;
                  return (
                    <td key={to} class={`cell ${state}`}>
                      {pairs > 0 && (
                        <button
                          type="button"
                          aria-label={`${answer.names[from]} to ${answer.names[to]}: ${text} pairs may connect`}
                          onClick={() => go({ group: undefined, filter: answer.names[from] })}
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
    </>
  );
}

/** The allowed ports of each pair, as `matrix` prints them. */
function Connections({ side, endpoints, go }: Omit<MatrixProperties, 'route'>) {
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
      <Paged items={answer.cells} noun="pairs">
        {shown => (
          <div class="scroll" tabIndex={0}>
            <table>
              <thead>
                <tr>
                  <th scope="col">From</th>
                  <th scope="col">To</th>
                  <th scope="col">Allowed</th>
                  <th scope="col">Denied</th>
                </tr>
              </thead>
              <tbody>
                {shown.map((row, index) => (
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
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Paged>
      {answer.left > 0 && <p class="left">{counted(answer.left, 'pair')} more: filter to see them.</p>}
    </details>
  );
}
