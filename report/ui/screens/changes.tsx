import { useState } from 'preact/hooks';
import type { DiffFlow, Side } from '../../protocol';
import { useAnswer } from '../engine';
import { CommandLine } from '../parts/command';
import { policyId, RuleList, Why } from '../parts/links';
import { Left, ListTable, State } from '../parts/list';
import { PolicyDiffs } from '../parts/policy-diff';
import type { Route } from '../route';

const SEVERITIES: { readonly [severity in DiffFlow['severity']]: string } = {
  'outside': '+ opens to or from outside',
  'cross-cluster': '+ opens between clusters',
  'gained': '+ opens within a cluster',
  'requests': '~ changes requests',
  'lost': '− closes',
};

/** Verdicts may depend on the order in which Cilium computes the rules. */
function changeText({ change, severity }: DiffFlow): string {
  return `${change.startsWith('possibly-') ? 'possibly: ' : ''}${SEVERITIES[severity]}`;
}

/** What changes from one mesh to another, the flows that matter most first. */
export function Changes({
  from,
  to,
  go,
}: {
  readonly from: Side;
  readonly to: Side;
  readonly go: (change: Partial<Route>) => void;
}) {
  const { answer, waiting, error } = useAnswer(`diff-${from}`, 'diff', { from, to, most: 500 });
  if (!answer) {
    return <State waiting={waiting} error={error} />;
  }
  const { flows, services, counts, left, unknown } = answer;
  const workloads = [
    ...answer.addedWorkloads.map(each => `${each} added`),
    ...answer.removedWorkloads.map(each => `${each} removed`),
    ...answer.renamedWorkloads.map(each => `${each.before} renamed to ${each.after}`),
  ];
  return (
    <section aria-label="Changes" class={waiting ? 'stale' : undefined}>
      <h2>
        {counts.gained} gained, {counts.lost} lost{counts.otherwise > 0 ? `, ${counts.otherwise} otherwise changed` : ''}
      </h2>
      {flows.length > 0 && (
        <p class="hint">
          In the order of severity: flows that open from or to outside of the mesh, then between clusters, then within a
          cluster; then other requests that proxies let through; then flows that close.
        </p>
      )}
      {workloads.length > 0 && <p>{workloads.join(', ')}.</p>}
      {unknown.map(each => (
        <p key={each} class="problem">
          Not compared: {each}
        </p>
      ))}
      {flows.length === 0 && services.length === 0 && <State empty="No flow and no share of a service changes." />}
      <ListTable
        items={flows}
        noun="changes"
        columns={['Change', 'From', 'To', 'Ports', 'Rule before', 'Rule after', 'Why']}
      >
        {(flow, index) => <Change key={index} flow={flow} from={from} to={to} isOpen={index === 0} go={go} />}
      </ListTable>
      <Left number={left} noun="change" how=" in the terminal" />
      {services.length > 0 && (
        <>
          <h3>Services whose backends change</h3>
          <ListTable items={services} noun="services" columns={['Service', 'Clients in', 'Before', 'After', 'Why']}>
            {(each, index) => (
              <tr key={index}>
                <td>
                  {each.service} {each.port}
                </td>
                <td>{each.cluster}</td>
                <td>{sharesText(each.before)}</td>
                <td>{sharesText(each.after)}</td>
                <td>
                  {each.why.map(text => (
                    <div key={text}>{text}</div>
                  ))}
                </td>
              </tr>
            )}
          </ListTable>
        </>
      )}
      <CommandLine command={answer.command} />
    </section>
  );
}

/** One change, with the texts of the policies that decide it. */
function Change({
  flow,
  from,
  to,
  isOpen,
  go,
}: {
  readonly flow: DiffFlow;
  readonly from: Side;
  readonly to: Side;
  readonly isOpen: boolean;
  readonly go: (change: Partial<Route>) => void;
}) {
  const [open, setOpen] = useState(isOpen);
  const { before, after, source, destination, protocol, port } = flow.example;
  const ids = [...(before?.rules ?? []), ...(after?.rules ?? [])].map(policyId);
  return (
    <>
      <tr>
        <td class={flow.severity === 'lost' ? 'lost' : 'gained'}>{changeText(flow)}</td>
        <td>{flow.text.sources}</td>
        <td>{flow.text.destinations}</td>
        <td class="short">{flow.text.ports}</td>
        <td>
          <Rules side={before} text={flow.text.before} go={go} />
        </td>
        <td>
          <Rules side={after} text={flow.text.after} go={go} />
        </td>
        <td class="short">
          <Why from={source} to={destination} port={`${protocol}/${port}`} go={go} />{' '}
          {ids.length > 0 && (
            <button type="button" class="link" aria-expanded={open} onClick={() => setOpen(!open)}>
              text
            </button>
          )}
        </td>
      </tr>
      {open && ids.length > 0 && (
        <tr>
          <td colSpan={7}>
            <PolicyDiffs from={from} to={to} ids={ids} />
          </td>
        </tr>
      )}
    </>
  );
}

type ExampleSide = DiffFlow['example']['before'];

function Rules({
  side,
  text,
  go,
}: {
  readonly side: ExampleSide;
  readonly text: string;
  readonly go: (change: Partial<Route>) => void;
}) {
  return side && side.rules.length > 0 ? <RuleList rules={side.rules} go={go} /> : <>{text}</>;
}

function sharesText(shares: ReadonlyArray<{ readonly backend: string; readonly share?: number }> | null): string {
  return shares === null
    ? 'does not exist'
    : shares.length === 0
      ? 'no backends'
      : shares.map(each => `${each.backend}${each.share === undefined ? '' : ` ${Math.round(each.share * 1000) / 10} %`}`).join(', ');
}
