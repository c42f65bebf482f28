import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Client } from '../client';
import type { Facts, SearchResult, Side, Supposed, Suppositions } from '../protocol';
import { Engine, useAnswer } from './engine';
import { FlowPanel } from './flow-panel';
import { CommandLine } from './parts/command';
import { State } from './parts/list';
import { readRoute, Route, Screen, SCREENS, View, VIEWS, writeRoute } from './route';
import { Changes } from './screens/changes';
import { FindingsScreen } from './screens/findings';
import { MapScreen } from './screens/map';
import { MatrixScreen } from './screens/matrix';
import { ObservedScreen } from './screens/observed';
import { PoliciesScreen } from './screens/policies';
import { ServicesScreen } from './screens/services';
import { isTooLong } from './supposed-link';
import { suppositionText } from './suppositions';
import { WhatIf } from './what-if';
import { counted, SEVERITY_NOUNS } from './words';

const NAMES: { readonly [screen in Screen]: string } = {
  map: 'Map',
  matrix: 'Matrix',
  services: 'Services',
  findings: 'Findings',
  policies: 'Policies',
  observed: 'Observed',
};

/** What the keys do, as the list under `?` shows it. */
const KEYS: ReadonlyArray<readonly [string, string]> = [
  ['1 to 6', 'Map, Matrix, Services, Findings, Policies; Observed, if the report contains recorded flows'],
  ['/', 'search'],
  ['f', 'filter'],
  ['arrows', 'on the map: the next box in that direction'],
  ['Enter', 'choose the client, then the server'],
  ['Ctrl+Space', 'in a policy: fields, labels, namespaces and clusters that may be there'],
  ['Esc', 'close the panel, or leave a field'],
  ['u', 'undo everything that is supposed'],
  ['?', 'show and hide this list'],
];

/** The page of a mesh that could be read. */
export function App({ client, facts }: { readonly client: Client; readonly facts: Facts }) {
  const [route, setRoute] = useState<Route>(() => firstRoute(facts));
  const [engine, setEngine] = useState<Evaluated>({ generation: 0 });
  const [help, setHelp] = useState(false);
  const search = useRef<HTMLInputElement>(null);
  const filter = useRef<HTMLInputElement>(null);

  const go = useCallback((changes: Partial<Route> | ((before: Route) => Partial<Route>)) => {
    setRoute(before => {
      const change = typeof changes === 'function' ? changes(before) : changes;
      const next = withoutUndefined({ ...before, ...change });
      const link = writeRoute(next);
      if (link !== location.hash) {
        // each key changes these
        const isTyped = Object.keys(change).every(each => each === 'filter' || each === 'suppose');
        history[isTyped ? 'replaceState' : 'pushState'](null, '', link);
      }
      return next;
    });
  }, []);
  useEffect(() => {
    // an entry of the history whose suppositions are too long for a link loses none
    const follow = () =>
      setRoute(before => {
        const next = readRoute(location.hash);
        return withoutUndefined({ ...next, suppose: next.suppose ?? before.suppose });
      });
    window.addEventListener('popstate', follow);
    return () => window.removeEventListener('popstate', follow);
  }, []);

  const suppositions: Suppositions = useMemo(
    () => ({
      ...route.suppose,
      ...(route.gone ? { gone: route.gone } : {}),
      ...(route.cilium ? { version: route.cilium } : {}),
    }),
    [route.suppose, route.gone?.join(), route.cilium],
  );
  const text = suppositionText(suppositions);
  const isReal = text === undefined;
  // a link may suppose something: until that is evaluated, nothing else is asked
  const [beganReal] = useState(isReal);
  const isReady = beganReal || engine.supposed !== undefined;
  const screens = SCREENS.filter(each => facts.hasFlows || each !== 'observed');
  const isSupposing = useRef(false);
  useEffect(() => {
    let isCurrent = true;
    // the worker begins without suppositions
    if (isReal && !isSupposing.current) {
      return undefined;
    }
    isSupposing.current = true;
    void client.askNewest('suppose', 'suppose', suppositions).then(
      supposed => isCurrent && setEngine(({ generation }) => ({ generation: generation + 1, supposed })),
    );
    return () => {
      isCurrent = false;
    };
  }, [suppositions]);
  const undo = () => go({ gone: undefined, cilium: undefined, suppose: undefined });
  const suppose = useCallback(
    (change: Partial<Suppositions>) => go(before => ({ suppose: { ...before.suppose, ...change } })),
    [],
  );

  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const target = event.composedPath()[0] as HTMLElement;
      const writes = target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
      if (event.key === 'Escape') {
        if (writes) {
          target.blur();
        } else if (help) {
          setHelp(false);
        } else {
          go({ from: undefined, to: undefined, port: undefined, http: undefined });
        }
      } else if (!writes && !event.ctrlKey && !event.metaKey && !event.altKey) {
        const screen = screens[Number(event.key) - 1];
        if (screen) {
          go({ screen });
        } else if (event.key === '/') {
          event.preventDefault();
          search.current?.focus();
        } else if (event.key === 'f') {
          event.preventDefault();
          filter.current?.focus();
        } else if (event.key === 'u') {
          undo();
        } else if (event.key === '?') {
          setHelp(!help);
        }
      }
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  });

  const hasOld = facts.sides.includes('old');
  const view = hasOld ? (route.view ?? 'changes') : 'new';
  const side: Side = view === 'old' ? 'old' : 'supposed';
  return (
    <Engine.Provider value={{ client, generation: engine.generation }}>
      <div class={`page ${text === undefined ? '' : 'supposing'}`}>
        {text !== undefined && (
          <div class="supposition" role="status">
            <strong>Supposed, not real:</strong> {text}.{' '}
            {engine.supposed && `${counted(engine.supposed.gained, 'pair')} of workloads gain a port, ${engine.supposed.lost.toLocaleString('en')} lose one. `}
            {engine.supposed && engine.supposed.gained + engine.supposed.lost === 0 && changesPods(suppositions) && (
              <>Policies allow the same without pods, so no flow changes. Services show which backends are left. </>
            )}
            {(engine.supposed?.unused ?? []).map(each => (
              <span key={each} class="problem">
                Without effect: {each}.{' '}
              </span>
            ))}
            {isTooLong(route.suppose) && <span class="quiet">Too long for the address of the page: copy a patch to share it. </span>}
            <button type="button" class="small" onClick={undo}>
              Undo all <kbd>u</kbd>
            </button>
          </div>
        )}
        <header class="head">
          <h1>{facts.title}</h1>
          <Search side={side} input={search} go={go} />
        </header>
        {isReady && <FactsLine facts={facts} side={side} isReal={isReal} go={go} />}
        <nav aria-label="Screens">
          {screens.map((screen, index) => (
            <button key={screen} type="button" aria-current={route.screen === screen ? 'page' : undefined} onClick={() => go({ screen })}>
              {NAMES[screen]} <kbd>{index + 1}</kbd>
            </button>
          ))}
          <label class="filter">
            Filter{' '}
            <input
              ref={filter}
              type="search"
              value={route.filter ?? ''}
              placeholder="name, namespace, label"
              onInput={event => go({ filter: event.currentTarget.value || undefined })}
            />
          </label>
          {hasOld && (
            <fieldset class="views">
              <legend class="hidden">Mesh</legend>
              {VIEWS.map(each => (
                <label key={each}>
                  <input type="radio" name="view" checked={view === each} onChange={() => go({ view: each })} /> {VIEW_NAMES[each]}
                </label>
              ))}
            </fieldset>
          )}
          <button type="button" class="small" aria-expanded={help} onClick={() => setHelp(!help)}>
            Keys <kbd>?</kbd>
          </button>
        </nav>
        {help && <Keys />}
        <WhatIf
          facts={facts}
          route={route}
          suppositions={suppositions}
          supposed={engine.supposed}
          suppose={suppose}
          go={go}
        />
        <div class={`body ${route.from === undefined ? '' : 'with-panel'}`}>
          <main>
            {isReady ? (
              <ScreenOf
                hasFlows={facts.hasFlows}
                route={route}
                view={view}
                side={side}
                suppositions={suppositions}
                supposed={engine.supposed}
                suppose={suppose}
                go={go}
              />
            ) : (
              <State waiting />
            )}
          </main>
          {isReady && (
            <Panel
              route={route}
              side={side}
              hasOld={hasOld}
              go={go}
              policies={route.suppose ?? {}}
              suppose={suppose}
            />
          )}
        </div>
      </div>
    </Engine.Provider>
  );
}

/** What the worker evaluated last. */
interface Evaluated {
  /** Grows with each change of suppositions. */
  readonly generation: number;
  readonly supposed?: Supposed;
}

/** Whether something is supposed about the number of pods, which no verdict depends on. */
function changesPods({ gone = [], replicas = {} }: Suppositions): boolean {
  return gone.length + Object.keys(replicas).length > 0;
}

const VIEW_NAMES: { readonly [view in View]: string } = { new: 'new', old: 'old', changes: 'changes' };

function firstRoute(facts: Facts): Route {
  const route = readRoute(location.hash);
  const workloads = facts.clusters.reduce((sum, each) => sum + each.workloads, 0);
  // so many boxes say nothing: the matrix of namespaces does
  return location.hash === '' && workloads > 5000 ? { ...route, screen: 'matrix' } : route;
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;
}

interface Going {
  readonly go: (change: Partial<Route>) => void;
}

function FactsLine({
  facts,
  side,
  isReal,
  go,
}: { readonly facts: Facts; readonly side: Side; readonly isReal: boolean } & Going) {
  const { answer } = useAnswer('summary', 'summary', { side });
  return (
    <div class="facts">
      {answer && (
        <p>
          {[
            counted(answer.clusters, 'cluster'),
            counted(answer.workloads, 'workload'),
            counted(answer.policies, 'policy'),
            counted(answer.services, 'service'),
          ].join(' · ')}
          {' · '}
          <strong>
            {answer.connecting.toLocaleString('en')} of {answer.pairs.toLocaleString('en')} pairs may connect
          </strong>
          {side !== 'old' && <FindingsFact facts={facts} isReal={isReal} go={go} />}
        </p>
      )}
      {facts.notes.length > 0 && (
        <ul class="notes">
          {facts.notes.map(each => (
            <li key={each}>{each}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** More workloads than this have too many findings to look for them after each change. */
const MOST_CHECKED = 1000;

/** How many findings there are, and what suppositions change of them. */
function FindingsFact({ facts, isReal, go }: { readonly facts: Facts; readonly isReal: boolean } & Going) {
  const workloads = facts.clusters.reduce((sum, each) => sum + each.workloads, 0);
  const asks = !isReal && workloads <= MOST_CHECKED;
  const ask = { side: 'supposed', against: 'new', most: 0 } as const;
  const { answer, waiting } = useAnswer('fact-findings', 'findings', asks ? ask : undefined);
  const counts = isReal ? facts.findings : answer?.counts;
  if (!counts) {
    return null;
  }
  const parts = (['error', 'warning', 'info'] as const).flatMap(each =>
    counts[each] > 0 ? [counted(counts[each], SEVERITY_NOUNS[each])] : [],
  );
  const changes =
    isReal || !answer
      ? ''
      : ` (${answer.newCount.toLocaleString('en')} new, ${answer.solvedCount.toLocaleString('en')} solved)`;
  return (
    <>
      {' · '}
      <button type="button" class={`link ${waiting && asks ? 'stale' : ''}`} onClick={() => go({ screen: 'findings' })}>
        {parts.length === 0 ? 'no findings' : parts.join(', ')}
        {changes}
      </button>
    </>
  );
}

function Keys() {
  return (
    <dl class="keys">
      {KEYS.map(([key, what]) => (
        <div key={key}>
          <dt>
            <kbd>{key}</kbd>
          </dt>
          <dd>{what}</dd>
        </div>
      ))}
    </dl>
  );
}

interface ScreenProperties extends Going {
  readonly hasFlows: boolean;
  readonly route: Route;
  readonly view: View;
  readonly side: Side;
  readonly suppositions: Suppositions;
  readonly supposed?: Supposed;
  readonly suppose: (change: Partial<Suppositions>) => void;
}

function ScreenOf({ hasFlows, route, view, side, suppositions, supposed, suppose, go }: ScreenProperties) {
  const { answer: table, error } = useAnswer('endpoints', 'endpoints', {});
  if (!table) {
    return <State waiting error={error} />;
  }
  const { endpoints } = table;
  switch (route.screen) {
    case 'map':
      return (
        <>
          <MapScreen route={{ ...route, view }} side={side} hasFlows={hasFlows} endpoints={endpoints} go={go} />
          {view === 'changes' && <Changes from="old" to="supposed" go={go} />}
          {view !== 'changes' && suppositionText(suppositions) !== undefined && <Changes from="new" to="supposed" go={go} />}
        </>
      );
    case 'matrix':
      return view === 'changes' ? (
        <Changes from="old" to="supposed" go={go} />
      ) : (
        <MatrixScreen route={route} side={side} hasFlows={hasFlows} endpoints={endpoints} go={go} />
      );
    case 'services':
      return <ServicesScreen route={route} side={side} go={go} />;
    case 'findings': {
      const against = side === 'old' ? undefined : view === 'new' ? (suppositionText(suppositions) === undefined ? undefined : 'new') : 'old';
      return <FindingsScreen route={route} side={side} against={against} go={go} />;
    }
    case 'observed':
      return hasFlows ? <ObservedScreen route={route} side={side} go={go} /> : <State empty="This report contains no recorded flows: write it with --flows." />;
    case 'policies':
      return <PoliciesScreen route={route} suppositions={suppositions} supposed={supposed} suppose={suppose} go={go} />;
  }
}

function Panel({
  route,
  side,
  hasOld,
  go,
  policies,
  suppose,
}: {
  readonly route: Route;
  readonly side: Side;
  readonly hasOld: boolean;
  readonly policies: Pick<Suppositions, 'added'>;
  readonly suppose: ScreenProperties['suppose'];
} & Going) {
  const { answer: table } = useAnswer('panel-endpoints', 'endpoints', {});
  if (route.from === undefined && route.to === undefined) {
    return null;
  }
  return (
    <FlowPanel
      route={route}
      side={side}
      hasOld={hasOld}
      endpoints={table?.endpoints ?? []}
      go={go}
      tryAddition={(cluster, text) => suppose({ added: [...(policies.added ?? []), { cluster, text }] })}
    />
  );
}

function Search({
  side,
  input,
  go,
}: {
  readonly side: Side;
  readonly input: { readonly current: HTMLInputElement | null };
} & Going) {
  const [text, setText] = useState('');
  const { answer } = useAnswer('search', 'search', text.trim() === '' ? undefined : { side, text, most: 12 });
  const open = (result: SearchResult) => {
    setText('');
    go(targetOf(result));
  };
  return (
    <search class="search">
      <label>
        <span class="hidden">Search</span>
        <input
          ref={input}
          type="search"
          value={text}
          placeholder="Search: workload, policy, label, 10.1.2.3   /"
          onInput={event => setText(event.currentTarget.value)}
          onKeyDown={event => {
            if (event.key === 'Enter' && answer?.[0]) {
              open(answer[0]);
            }
          }}
        />
      </label>
      {text.trim() !== '' && answer && (
        <ul class="results">
          {answer.length === 0 && <li class="quiet">nothing found</li>}
          {answer.map((result, index) => (
            <li key={index}>
              <button type="button" onClick={() => open(result)}>
                <span class="quiet">{result.kind}</span> {result.text}
                {result.detail !== '' && <span class="quiet"> · {result.detail}</span>}
              </button>
            </li>
          ))}
        </ul>
      )}
    </search>
  );
}

function targetOf({ kind, id }: SearchResult): Partial<Route> {
  switch (kind) {
    case 'workload':
    case 'endpoint':
    case 'address':
      return { screen: 'map', from: id, to: undefined };
    case 'service':
      return { screen: 'services', service: id };
    case 'policy':
      return { screen: 'policies', policy: id };
    case 'label':
    case 'namespace':
    case 'cluster':
      return { screen: 'map', filter: id };
  }
}

/** The page of a mesh that cannot be evaluated: why, with the lines of its files. */
export function Problems({ facts }: { readonly facts: Facts }) {
  return (
    <div class="page unreadable">
      <header class="head">
        <h1>{facts.title}</h1>
      </header>
      <main>
        <p>The mesh could not be read, so nothing of it is evaluated:</p>
        <ul class="findings">
          {facts.problems.map((problem, index) => (
            <li key={index} class={problem.severity}>
              <p>
                <code>{problem.code}</code>{' '}
                <span class="quiet">
                  {problem.file}
                  {problem.line === undefined ? '' : `:${problem.line}`}
                </span>
              </p>
              <p>{problem.message}</p>
              <p>
                <span class="quiet">Fix: </span>
                {problem.fix}
              </p>
              {problem.excerpt && (
                <pre tabIndex={0}>
                  {problem.excerpt.lines.map((line, number) => (
                    <span key={number} class={problem.excerpt!.first + number === problem.line ? 'bad' : undefined}>
                      {String(problem.excerpt!.first + number).padStart(5)} {line}
                      {'\n'}
                    </span>
                  ))}
                </pre>
              )}
            </li>
          ))}
        </ul>
        <CommandLine command={{ line: `cilium-mesh check ${facts.arguments.new}`.trim() }} />
      </main>
    </div>
  );
}
