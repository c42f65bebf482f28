import { useState } from 'preact/hooks';
import type { EndpointRow, Facts, PolicyProblem, SettingFacts, Supposed, Suppositions } from '../protocol';
import { Editor } from './editor';
import { useAnswer, useEngine } from './engine';
import type { Route } from './route';

interface Properties {
  readonly facts: Facts;
  readonly route: Route;
  readonly suppositions: Suppositions;
  readonly supposed?: Supposed;
  readonly suppose: (change: Partial<Suppositions>) => void;
  readonly go: (change: Partial<Route>) => void;
}

/** Suppositions that need no policy of the mesh: versions, pods, settings, and policies to add. */
export function WhatIf({ facts, route, suppositions, supposed, suppose, go }: Properties) {
  const gone = route.gone ?? [];
  return (
    <details class="what-if">
      <summary>What if …</summary>
      <label>
        all clusters ran Cilium{' '}
        <select value={route.cilium ?? ''} onChange={event => go({ cilium: event.currentTarget.value || undefined })}>
          <option value="">as they do</option>
          {facts.versions.map(each => (
            <option key={each} value={each}>
              {each}
            </option>
          ))}
        </select>
      </label>
      <fieldset>
        <legend>these clusters had no pods</legend>
        {facts.clusters.map(({ name }) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={gone.includes(name)}
              onChange={event => {
                const next = event.currentTarget.checked ? [...gone, name].sort() : gone.filter(each => each !== name);
                go({ gone: next.length > 0 ? next : undefined });
              }}
            />{' '}
            {name}
          </label>
        ))}
      </fieldset>
      <Replicas suppositions={suppositions} suppose={suppose} />
      {facts.settings.length > 0 && <Settings facts={facts} suppositions={suppositions} suppose={suppose} />}
      <AddedPolicies facts={facts} suppositions={suppositions} supposed={supposed} suppose={suppose} />
    </details>
  );
}

type Part = Pick<Properties, 'suppositions' | 'suppose'>;

/** One supposition, with a button that takes it back. */
function Chosen({ text, undo }: { readonly text: string; readonly undo: () => void }) {
  return (
    <li>
      {text}{' '}
      <button type="button" class="small" aria-label={`Do not suppose ${text}`} onClick={undo}>
        undo
      </button>
    </li>
  );
}

/** Browsers slow down with long lists. */
const MOST_OFFERED = 3000;

function Replicas({ suppositions: { replicas = {} }, suppose }: Part) {
  const { answer } = useAnswer('what-if-endpoints', 'endpoints', {});
  const [id, setId] = useState('');
  const [number, setNumber] = useState('0');
  const workloads = (answer?.endpoints ?? []).filter((each): each is EndpointRow => each.workload !== undefined);
  const isKnown = workloads.some(each => each.id === id);
  const count = /^\d{1,6}$/.test(number) ? Number(number) : undefined;
  return (
    <form
      onSubmit={event => {
        event.preventDefault();
        if (isKnown && count !== undefined) {
          suppose({ replicas: { ...replicas, [id]: count } });
          setId('');
        }
      }}
    >
      <label>
        the workload{' '}
        <input
          type="text"
          list="what-if-workloads"
          value={id}
          placeholder="namespace/name@cluster"
          aria-invalid={id !== '' && !isKnown}
          onInput={event => setId(event.currentTarget.value)}
        />
      </label>
      <datalist id="what-if-workloads">
        {workloads.slice(0, MOST_OFFERED).map(each => (
          <option key={each.id} value={each.id} />
        ))}
      </datalist>{' '}
      <label>
        had{' '}
        <input
          class="number"
          type="text"
          inputMode="numeric"
          value={number}
          aria-invalid={count === undefined}
          onInput={event => setNumber(event.currentTarget.value)}
        />{' '}
        replicas
      </label>{' '}
      <button type="submit" class="small" disabled={!isKnown || count === undefined}>
        Suppose it
      </button>
      <ul>
        {Object.entries(replicas).map(([workload, replica]) => (
          <Chosen
            key={workload}
            text={`${replica} replicas of ${workload}`}
            undo={() =>
              suppose({ replicas: Object.fromEntries(Object.entries(replicas).filter(([each]) => each !== workload)) })
            }
          />
        ))}
      </ul>
    </form>
  );
}

function Settings({ facts, suppositions: { settings = [] }, suppose }: Part & Pick<Properties, 'facts'>) {
  const [path, setPath] = useState(facts.settings[0].path);
  const [cluster, setCluster] = useState('');
  const [value, setValue] = useState('');
  const setting = facts.settings.find(each => each.path === path)!;
  const offered = valuesOf(setting);
  const wanted = offered && !offered.includes(value) ? offered[0] : value;
  return (
    <form
      onSubmit={event => {
        event.preventDefault();
        const others = settings.filter(each => each.path !== path || (each.cluster ?? '') !== cluster);
        const parsed = setting.type === 'boolean' ? wanted === 'true' : wanted;
        suppose({ settings: [...others, { path, value: parsed, ...(cluster === '' ? {} : { cluster }) }] });
      }}
    >
      <label>
        the Helm value{' '}
        <select value={path} onChange={event => setPath(event.currentTarget.value)}>
          {facts.settings.map(each => (
            <option key={each.path} value={each.path}>
              {each.path}
            </option>
          ))}
        </select>
      </label>{' '}
      <label>
        was{' '}
        {offered ? (
          <select value={wanted} onChange={event => setValue(event.currentTarget.value)}>
            {offered.map(each => (
              <option key={each} value={each}>
                {each}
              </option>
            ))}
          </select>
        ) : (
          <input type="text" value={value} onInput={event => setValue(event.currentTarget.value)} />
        )}
      </label>{' '}
      <ClusterChoice facts={facts} all cluster={cluster} choose={setCluster} />{' '}
      <button type="submit" class="small">
        Suppose it
      </button>{' '}
      <span class="quiet">{currentText(setting)}</span>
      <ul>
        {settings.map((each, index) => (
          <Chosen
            key={index}
            text={`${each.path}=${String(each.value)} in ${each.cluster ?? 'all clusters'}`}
            undo={() => suppose({ settings: settings.filter(other => other !== each) })}
          />
        ))}
      </ul>
    </form>
  );
}

function valuesOf({ type, values }: SettingFacts): readonly string[] | undefined {
  return type === 'boolean' ? ['true', 'false'] : values;
}

/** What the Helm values of the clusters set. */
function currentText({ current }: SettingFacts): string {
  const set = Object.entries(current).filter(([, each]) => each !== undefined);
  return set.length === 0 ? 'now: not set' : `now: ${set.map(([name, each]) => `${String(each)} in ${name}`).join(', ')}`;
}

function ClusterChoice({
  facts,
  all,
  cluster,
  choose,
}: {
  readonly facts: Facts;
  readonly all?: boolean;
  readonly cluster: string;
  readonly choose: (cluster: string) => void;
}) {
  return (
    <label>
      in{' '}
      <select value={cluster} onChange={event => choose(event.currentTarget.value)}>
        {all && <option value="">all clusters</option>}
        {facts.clusters.map(({ name }) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function AddedPolicies({ facts, suppositions, supposed, suppose }: Omit<Properties, 'route' | 'go'>) {
  const { added = [] } = suppositions;
  const [cluster, setCluster] = useState(facts.clusters[0]?.name ?? '');
  const [text, setText] = useState('');
  const { client } = useEngine();
  return (
    <form
      onSubmit={event => {
        event.preventDefault();
        suppose({ added: [...added, { cluster, text }] });
        setText('');
      }}
    >
      <p>these policies were added (YAML, Ctrl+Space completes)</p>
      <Editor
        text={text}
        firstLine={1}
        problems={NO_PROBLEMS}
        label="Policies to add"
        change={setText}
        complete={(written, at) =>
          client.askNewest('complete', 'complete', { side: 'supposed', cluster, text: written, at })
        }
      />
      <ClusterChoice facts={facts} cluster={cluster} choose={setCluster} />{' '}
      <button type="submit" class="small" disabled={text.trim() === ''}>
        Suppose it
      </button>
      <ul>
        {added.map((each, index) => {
          const ids = supposed?.added[index] ?? [];
          const what = ids.length > 0 ? ids.join(', ') : `a policy in ${each.cluster}`;
          return (
            <li key={index}>
              {what}{' '}
              <button
                type="button"
                class="small"
                aria-label={`Do not suppose ${what}`}
                onClick={() => suppose({ added: added.filter(other => other !== each) })}
              >
                undo
              </button>
              <Problems problems={supposed?.problems.added[index] ?? []} />
            </li>
          );
        })}
      </ul>
    </form>
  );
}

const NO_PROBLEMS: readonly PolicyProblem[] = [];

function Problems({ problems }: { readonly problems: readonly PolicyProblem[] }) {
  return (
    <ul>
      {problems.map(({ line, message, fix }, index) => (
        <li key={index} class="problem">
          Line {line}: {message}
          {fix === undefined ? '' : ` Fix: ${fix}`}
        </li>
      ))}
    </ul>
  );
}
