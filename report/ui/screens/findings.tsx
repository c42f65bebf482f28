import type { Side } from '../../protocol';
import { useAnswer } from '../engine';
import { CommandLine } from '../parts/command';
import { Paged, State } from '../parts/list';
import { place } from '../parts/verdict';
import type { Route } from '../route';
import { counted, SEVERITY_NOUNS } from '../words';

export interface FindingsProperties {
  readonly route: Route;
  readonly side: Side;
  readonly against?: Side;
  readonly go: (change: Partial<Route>) => void;
}

/** The most findings of an answer: the worker keeps the others. */
const MOST_FINDINGS = 1000;

const SIGNS = { error: '✕ error', warning: '! warning', info: 'i info' } as const;

/** What `check` finds; new findings first. */
export function FindingsScreen({ route, side, against, go }: FindingsProperties) {
  const { answer, waiting, error } = useAnswer('findings', 'findings', {
    side,
    ...(against === undefined ? {} : { against }),
    ...(route.filter === undefined ? {} : { text: route.filter }),
    most: MOST_FINDINGS,
  });
  if (!answer) {
    return <State waiting={waiting} error={error} />;
  }
  const rows = answer.findings;
  const total = answer.counts.error + answer.counts.warning + answer.counts.info;
  return (
    <section aria-label="Findings" class={waiting ? 'stale' : undefined}>
      <p class="hint">
        {(['error', 'warning', 'info'] as const).map(each => counted(answer.counts[each], SEVERITY_NOUNS[each])).join(', ')}.
        {against !== undefined && ` ${counted(answer.newCount, 'finding')} new, ${answer.solvedCount.toLocaleString('en')} solved.`}
        {answer.acceptedCount > 0 && ` ${answer.acceptedCount.toLocaleString('en')} accepted by comments or the baseline.`}
      </p>
      {rows.length === 0 && <State empty={total === 0 ? 'check reports nothing.' : 'No finding contains this text.'} />}
      <Paged items={rows} noun="findings">
        {shown => (
          <ul class="findings">
            {shown.map((finding, index) => (
              <li key={index} class={finding.severity}>
                <p>
                  <strong>{SIGNS[finding.severity]}</strong>
                  {finding.isNew && <strong class="new"> new</strong>} <code>{finding.code}</code>{' '}
                  <span class="quiet">
                    {place(finding)}
                    {finding.object && ` · ${finding.object.kind} ${finding.object.namespace === undefined ? '' : `${finding.object.namespace}/`}${finding.object.name}`}
                  </span>
                </p>
                <p>{finding.message}</p>
                <p>
                  <span class="quiet">Fix: </span>
                  {finding.fix}{' '}
                  {finding.policy !== undefined && (
                    <button type="button" class="link" onClick={() => go({ screen: 'policies', policy: finding.policy })}>
                      open the policy
                    </button>
                  )}
                </p>
              </li>
            ))}
          </ul>
        )}
      </Paged>
      {answer.left > 0 && <p class="left">{counted(answer.left, 'finding')} more: filter to see them.</p>}
      {answer.solved.length > 0 && (
        <details>
          <summary>{counted(answer.solvedCount, 'solved finding')}</summary>
          <ul class="findings">
            {answer.solved.map((finding, index) => (
              <li key={index}>
                <code>{finding.code}</code> {finding.message}
              </li>
            ))}
          </ul>
        </details>
      )}
      <CommandLine command={answer.command} />
    </section>
  );
}
