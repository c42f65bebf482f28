import { OBSERVED_STATES, OBSERVED_TEXTS, type ObservedRow, type ObservedState } from '../../../src/reports/page/observed-states';
import type { Observed, Side } from '../../protocol';
import { useAnswer } from '../engine';
import { CommandLine } from '../parts/command';
import { policyId, RuleList, Why } from '../parts/links';
import { Left, ListTable, State } from '../parts/list';
import { place } from '../parts/verdict';
import type { Route } from '../route';
import { counted } from '../words';

interface Properties {
  readonly route: Route;
  readonly side: Side;
  readonly go: (change: Partial<Route>) => void;
}

/** The most rows that are asked for at once. */
const MOST_ROWS = 1000;

const SIGNS: { readonly [state in ObservedState]: string } = {
  'would-break': '✕',
  'requests-would-break': '✕',
  'disagrees': '≠',
  'redirected': '◐',
  'opens': '+',
  'differs': '≠',
  'undetermined': '?',
  'used': '✓',
  'stopped': '−',
  'unproven': '?',
};

/** What Hubble recorded, beside what the manifests say of it. */
export function ObservedScreen({ route, side, go }: Properties) {
  const { answer, waiting, error } = useAnswer('observed', 'observed', {
    side,
    ...(route.show === undefined ? {} : { show: route.show }),
    ...(route.filter === undefined ? {} : { text: route.filter }),
    most: MOST_ROWS,
  });
  if (!answer) {
    return <State waiting={waiting} error={error} />;
  }
  return (
    <section aria-label="Observed" class={waiting ? 'stale' : undefined}>
      <Coverage answer={answer} />
      <fieldset class="states">
        <legend>Recorded flows</legend>
        <Choice route={route} go={go} label={`all (${answer.flows - answer.unknown.flows})`} title="all that can be judged" />
        {OBSERVED_STATES.filter(state => answer.counts[state] > 0 || state === route.show).map(state => (
          <Choice
            key={state}
            route={route}
            go={go}
            state={state}
            label={`${SIGNS[state]} ${OBSERVED_TEXTS[state].label} (${answer.counts[state]})`}
            title={OBSERVED_TEXTS[state].title}
          />
        ))}
      </fieldset>
      {route.show !== undefined && <p class="hint">{sentence(OBSERVED_TEXTS[route.show].title)}.</p>}
      <Rows answer={answer} go={go} route={route} />
      <Unused answer={answer} go={go} />
      <Unknown answer={answer} />
      <CommandLine command={answer.command} />
    </section>
  );
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function Choice({
  route,
  go,
  state,
  label,
  title,
}: Pick<Properties, 'route' | 'go'> & { readonly state?: ObservedState; readonly label: string; readonly title: string }) {
  return (
    <label title={title} class={state}>
      <input type="radio" name="observed" checked={route.show === state} onChange={() => go({ show: state })} /> {label}
    </label>
  );
}

function Coverage({ answer }: { readonly answer: Observed }) {
  const { coverage, agreement, notes } = answer;
  const { records, nodes, clusters, first, last } = coverage;
  return (
    <>
      <p class="hint">
        {counted(records, 'record')} of {counted(nodes, 'node')}
        {clusters.length > 0 && ` in ${clusters.join(', ')}`}
        {first !== undefined && last !== undefined && `, ${timeText(first)} to ${timeText(last)}`}. Hubble's verdicts:{' '}
        {agreement.compared} compared, {agreement.agreed} agree, {agreement.explained} differ for a known reason,{' '}
        {agreement.unexplained} disagree. Records are not connections. What was not recorded is not proven unused.
      </p>
      {notes.length > 0 && (
        <ul class="notes">
          {notes.map(each => (
            <li key={each}>{each}</li>
          ))}
        </ul>
      )}
    </>
  );
}

function timeText(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}

function Rows({ answer, route, go }: { readonly answer: Observed } & Pick<Properties, 'route' | 'go'>) {
  if (answer.rows.length === 0) {
    return <State empty={answer.flows === 0 ? 'The file contains no flows.' : 'No recorded flow fits.'} />;
  }
  return (
    <>
      <ListTable
        items={answer.rows}
        noun="recorded flows"
        label="Table of recorded flows"
        columns={['State', 'From', 'To', 'Port', 'Recorded', 'Manifests', 'Rules', 'Why']}
      >
        {(row, index) => <Row key={index} row={row} route={route} go={go} />}
      </ListTable>
      <Left number={answer.left} noun="recorded flow" how=": choose a state or filter" />
    </>
  );
}

function Row({ row, route, go }: { readonly row: ObservedRow } & Pick<Properties, 'route' | 'go'>) {
  const { state, source, destination, from, to, protocol, port, records, first, last, seen, decision, before } = row;
  const text = `${protocol}/${port}`;
  const isChosen = from !== undefined && route.from === from && route.to === to && route.port === text;
  return (
    <tr class={`state-${state}`} aria-current={isChosen ? 'true' : undefined}>
      <td class="short">
        <span class={`state ${state}`} title={OBSERVED_TEXTS[state].title}>
          <span aria-hidden="true">{SIGNS[state]}</span> {OBSERVED_TEXTS[state].label}
        </span>
      </td>
      <td>
        <bdi>{source}</bdi>
      </td>
      <td>
        <bdi>{destination}</bdi>
      </td>
      <td class="short">{text}</td>
      <td>
        {counted(records, 'record')}, {SEEN[seen]}
        {last !== undefined && (
          <div class="quiet">{first === last ? last : `${first} to ${last}`}</div>
        )}
      </td>
      <td>
        egress {decision.egress}, ingress {decision.ingress}
        {before && before.verdict !== decision.verdict && <div class="quiet">before: {before.verdict}</div>}
        {row.notes.map(each => (
          <div key={each} class="quiet">
            <bdi>{each}</bdi>
          </div>
        ))}
      </td>
      <td>
        <RuleList rules={row.rules} go={go} />
      </td>
      <td class="short">
        {from !== undefined && to !== undefined && <Why from={from} to={to} port={text} go={go} />}
      </td>
    </tr>
  );
}

const SEEN: { readonly [seen in ObservedRow['seen']]: string } = {
  passed: 'passed',
  dropped: 'dropped',
  neither: 'no verdict',
};

/** What the manifests allow, and nothing used while Hubble recorded. */
function Unused({ answer, go }: { readonly answer: Observed } & Pick<Properties, 'go'>) {
  const { unusedRules, allowed, used, unused } = answer;
  return (
    <>
      {unusedRules && (
        <details class="unused">
          <summary>
            {unusedRules.unused.length + unusedRules.left} of {counted(unusedRules.rules, 'rule')} without traffic
          </summary>
          <p class="hint">A recording does not show what happens more rarely, such as jobs, failovers and restores.</p>
          <ListTable items={unusedRules.unused} noun="rules" columns={['Policy', 'Rule', 'Cluster', 'Manifest']}>
            {(rule, index) => (
              <tr key={index}>
                <td>
                  <button type="button" class="link" onClick={() => go({ screen: 'policies', policy: policyId(rule) })}>
                    {rule.kind} {rule.namespace === undefined ? '' : `${rule.namespace}/`}
                    {rule.name}
                  </button>
                </td>
                <td>{rule.path}</td>
                <td>{rule.cluster}</td>
                <td>{place(rule)}</td>
              </tr>
            )}
          </ListTable>
          <Left number={unusedRules.left} noun="rule" how=" in the terminal" />
        </details>
      )}
      <details class="unused">
        <summary>
          {used.toLocaleString('en')} of {counted(allowed, 'allowed flow')} between workloads used
        </summary>
        <p class="hint">Flows to declared ports. The first ones without records:</p>
        <ListTable items={unused} noun="flows" columns={['From', 'To', 'Port', 'Why']}>
          {({ from, to, port }, index) => (
            <tr key={index}>
              <td>{from}</td>
              <td>{to}</td>
              <td class="short">
                {port.protocol}/{port.port}
              </td>
              <td>
                <Why from={from} to={to} port={`${port.protocol}/${port.port}`} go={go} />
              </td>
            </tr>
          )}
        </ListTable>
        <Left number={allowed - used - unused.length} noun="allowed flow" how=" without records" />
      </details>
    </>
  );
}

function Unknown({ answer: { unknown } }: { readonly answer: Observed }) {
  return unknown.flows === 0 ? null : (
    <details class="unused">
      <summary>{counted(unknown.flows, 'recorded flow')} not judged: the manifests lack an end</summary>
      <ListTable items={unknown.ends} noun="ends" columns={['End', 'Records', 'Why']}>
        {(end, index) => (
          <tr key={index}>
            <td>
              <bdi>{end.text}</bdi>
            </td>
            <td>{end.records.toLocaleString('en')}</td>
            <td>{end.why}</td>
          </tr>
        )}
      </ListTable>
      <Left number={unknown.left} noun="end" how=" in the terminal" />
    </details>
  );
}
