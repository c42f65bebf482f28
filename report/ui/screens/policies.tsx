import { useState } from 'preact/hooks';
import { Changes } from './changes';
import type { PolicyProblem, PolicyRow, Supposed, Suppositions } from '../../protocol';
import { Editor } from '../editor';
import { isRefused, useAnswer, useEngine } from '../engine';
import { Copy, download } from '../parts/command';
import { Paged, State } from '../parts/list';
import { place } from '../parts/verdict';
import type { Route } from '../route';
import { counted } from '../words';

export interface PoliciesProperties {
  readonly route: Route;
  readonly suppositions: Suppositions;
  readonly supposed?: Supposed;
  readonly suppose: (change: Partial<Suppositions>) => void;
  readonly go: (change: Partial<Route>) => void;
}

const STATES = { kept: '', edited: '~ edited', added: '+ added', deleted: '− deleted' } as const;

/** All policies; one of them to read, edit or delete, with what that changes. */
export function PoliciesScreen({ route, suppositions, supposed, suppose, go }: PoliciesProperties) {
  const { answer, waiting, error } = useAnswer('policies', 'policies', { side: 'supposed' });
  if (!answer) {
    return <State waiting={waiting} error={error} />;
  }
  const text = (route.filter ?? '').toLowerCase();
  const rows = answer.filter(each => `${each.id} ${place(each)}`.toLowerCase().includes(text));
  const id = route.policy ?? rows[0]?.id;
  const chosen = answer.find(each => each.id === id);
  const groups = answer.filter(each => each.kind === 'CiliumCIDRGroup').length;
  return (
    <section aria-label="Policies" class="columns wide">
      <div>
        <p class="hint">{counted(answer.length - groups, 'policy')}
          {groups > 0 && `, ${counted(groups, 'CIDR group')}`}. Edits stay in this page until you download them.</p>
        {rows.length === 0 && answer.length > 0 && <State empty="No policy contains this text." />}
        <Paged items={rows} noun="policies">
          {shown => (
            <ul class="choices">
              {shown.map(each => (
                <li key={each.id}>
                  <button type="button" aria-pressed={each.id === id} onClick={() => go({ policy: each.id })}>
                    <strong>{each.namespace === '' ? each.name : `${each.namespace}/${each.name}`}</strong>{' '}
                    {each.state !== 'kept' && <span class="new">{STATES[each.state]}</span>}
                    {each.refusals.length > 0 && <span class="bad"> refused</span>}
                    <br />
                    <span class="quiet">
                      {each.kind} in {each.cluster} · {place(each)}
                    </span>
                  </button>
                </li>
              ))}
            </ul>
          )}
        </Paged>
      </div>
      <div>
        {id !== undefined && (
          <Policy
            key={id}
            id={id}
            row={chosen}
            suppositions={suppositions}
            supposed={supposed}
            suppose={suppose}
          />
        )}
        {isEdited(suppositions) && (
          <>
            <Changes from="new" to="supposed" go={go} />
            <PatchButtons />
          </>
        )}
      </div>
    </section>
  );
}

export function isEdited({ edited = {}, deleted = [], added = [] }: Suppositions): boolean {
  return Object.keys(edited).length + deleted.length + added.length > 0;
}

function Policy({
  id,
  row,
  suppositions,
  supposed,
  suppose,
}: {
  readonly id: string;
  readonly row?: PolicyRow;
} & Pick<PoliciesProperties, 'suppositions' | 'supposed' | 'suppose'>) {
  const { answer, waiting, error } = useAnswer('policy', 'policy', { side: 'new', id });
  const { edited = {}, deleted = [] } = suppositions;
  const isDeleted = deleted.includes(id);
  const { client } = useEngine();
  if (!answer) {
    return <State waiting={waiting} error={error} />;
  }
  if (isRefused(answer)) {
    return row?.state === 'added' ? (
      <p>This policy is only supposed: it comes from “try it here”. Undo all to remove it.</p>
    ) : (
      <p class="problem" role="alert">
        {answer.problem}: {answer.fix}
      </p>
    );
  }
  const without = () => Object.fromEntries(Object.entries(edited).filter(([key]) => key !== id));
  const change = (text: string) =>
    suppose({ edited: text === answer.text ? without() : { ...edited, [id]: text } });
  const complete = (text: string, at: number) =>
    client.askNewest('complete', 'complete', { side: 'supposed', cluster: id.slice(id.lastIndexOf('@') + 1), text, at });
  const problems: readonly PolicyProblem[] = supposed?.problems.edited[id] ?? row?.refusals ?? [];
  return (
    <div>
      <h2>{id}</h2>
      <p>
        <span class="quiet">{place({ file: answer.file, line: answer.firstLine })}</span>{' '}
        {id in edited && (
          <button type="button" class="small" onClick={() => suppose({ edited: without() })}>
            Undo the edit
          </button>
        )}{' '}
        <button
          type="button"
          class="small"
          onClick={() => suppose({ deleted: isDeleted ? deleted.filter(each => each !== id) : [...deleted, id] })}
        >
          {isDeleted ? 'Keep the policy' : 'Suppose that it is deleted'}
        </button>
      </p>
      {isDeleted ? (
        <p class="problem">Supposed to be deleted.</p>
      ) : (
        <Editor
          text={edited[id] ?? answer.text}
          firstLine={answer.firstLine ?? 1}
          problems={problems}
          change={change}
          complete={complete}
        />
      )}
      {problems.length > 0 && (
        <ul class="findings">
          {problems.map((problem, index) => (
            <li key={index} class={problem.severity}>
              Line {(answer.firstLine ?? 1) + problem.line - 1}: {problem.message}
              {problem.fix !== undefined && (
                <>
                  <br />
                  <span class="quiet">Fix: </span>
                  {problem.fix}
                </>
              )}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function PatchButtons() {
  const { client } = useEngine();
  const [others, setOthers] = useState<readonly string[]>([]);
  const { answer } = useAnswer('patch', 'patch', {});
  const save = async () => {
    const patch = await client.ask('patch', {});
    setOthers(patch.others.map(each => `${each.id}: ${each.reason}`));
    download('mesh.patch', patch.text);
  };
  return (
    <p>
      <button type="button" onClick={save}>
        Download as patch
      </button>{' '}
      {answer && answer.text !== '' && <Copy text={answer.text} label="Copy as patch" />}{' '}
      {answer?.files.map(({ file, text }) => (
        <button key={file} type="button" class="small" onClick={() => download(file.split('/').pop()!, text)}>
          Download {file}
        </button>
      ))}
      {[...others].map(each => (
        <span key={each} class="problem">
          Not in the patch: {each}
        </span>
      ))}
    </p>
  );
}
