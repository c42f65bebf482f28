import { State } from './list';
import type { PolicyDiff, Side } from '../../protocol';
import { useAnswer } from '../engine';

const STATES: { readonly [state in PolicyDiff['state']]: string } = {
  edited: '~ edited',
  added: '+ added',
  deleted: '− deleted',
};

/** The texts of policies that differ between two sides. */
export function PolicyDiffs({
  from,
  to,
  ids,
}: {
  readonly from: Side;
  readonly to: Side;
  readonly ids: readonly string[];
}) {
  const { answer, waiting, error } = useAnswer(`policy-diffs-${ids.join()}`, 'policyDiffs', { from, to, ids });
  if (!answer) {
    return <State waiting={waiting} error={error} />;
  }
  return answer.length === 0 ? (
    <p class="quiet">These policies have the same texts in both meshes: workloads, namespaces or settings changed.</p>
  ) : (
    <>
      {answer.map(({ id, state, hunks }) => (
        <figure key={id} class="policy-diff">
          <figcaption>
            <strong>{STATES[state]}</strong> {id}
          </figcaption>
          <pre tabIndex={0} aria-label={`Changes of ${id}`}>
            {hunks.map((hunk, index) => (
              <span key={index}>
                <span class="quiet">
                  @@ -{hunk.before} +{hunk.after} @@{'\n'}
                </span>
                {hunk.lines.map((line, number) => (
                  <span key={number} class={line.startsWith('+') ? 'plus' : line.startsWith('-') ? 'minus' : undefined}>
                    {line}
                    {'\n'}
                  </span>
                ))}
              </span>
            ))}
          </pre>
        </figure>
      ))}
    </>
  );
}
