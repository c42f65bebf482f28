import { useEffect, useRef, useState } from 'preact/hooks';
import type { EndpointRow, Explained, ExplainQuestion, Side } from '../protocol';
import { isRefused, useAnswer } from './engine';
import { CommandLine, Copy } from './parts/command';
import { policyId } from './parts/links';
import { State } from './parts/list';
import { place, Verdict } from './parts/verdict';
import type { Route } from './route';

type Flow = Explained['flows'][number];
type End = Flow['egress'];
type Rule = End['rules'][number];

interface Properties {
  readonly route: Route;
  readonly side: Side;
  readonly hasOld: boolean;
  readonly endpoints: readonly EndpointRow[];
  readonly go: (change: Partial<Route>) => void;
  readonly tryAddition: (cluster: string, text: string) => void;
}

/** Explains one flow: the verdict, what each end's policies say, what nearly matched, and what would allow it. */
export function FlowPanel({ route, side, hasOld, endpoints, go, tryAddition }: Properties) {
  const { from, to, port, http } = route;
  const panel = useRef<HTMLElement>(null);
  useEffect(() => panel.current?.focus(), []);
  const question = questionOf(side, route);
  return (
    <aside class="panel" aria-label="Flow" ref={panel} tabIndex={-1}>
      <header>
        <h2>Flow</h2>
        <button type="button" class="small" onClick={() => go({ from: undefined, to: undefined, port: undefined, http: undefined })}>
          Close <kbd>Esc</kbd>
        </button>
      </header>
      <div class="ends">
        <EndInput label="From" value={from} endpoints={endpoints} choose={value => go({ from: value })} />
        <EndInput label="To" value={to} endpoints={endpoints} choose={value => go({ to: value })} />
        <TextInput label="Port" hint="TCP/80" value={port} choose={value => go({ port: value })} />
        <TextInput label="HTTP request" hint="GET /path" value={http} choose={value => go({ http: value })} />
        {from !== undefined && to !== undefined && (
          <button type="button" class="small" onClick={() => go({ from: to, to: from })}>
            Turn round
          </button>
        )}
      </div>
      {question === undefined ? (
        <p class="quiet">Choose both ends: a workload, an address such as world:192.0.2.1, or a service such as svc/shop/web.</p>
      ) : hasOld && side !== 'old' ? (
        <>
          <h3>Before</h3>
          <Explanation topic="explain-old" question={{ ...question, side: 'old' }} tryAddition={undefined} go={go} />
          <h3>After</h3>
          <Explanation topic="explain" question={question} tryAddition={tryAddition} go={go} />
        </>
      ) : (
        <Explanation topic="explain" question={question} tryAddition={tryAddition} go={go} />
      )}
    </aside>
  );
}

function questionOf(side: Side, { from, to, port, http }: Route): ExplainQuestion | undefined {
  if (from === undefined || to === undefined) {
    return undefined;
  }
  const match = /^(\w+)\/(\d{1,5})$/.exec(port ?? '');
  return {
    side,
    from,
    to,
    ...(match ? { ports: [{ protocol: match[1].toUpperCase(), port: Number(match[2]) }] } : {}),
    ...(http === undefined ? {} : { http }),
  };
}

function Explanation({
  topic,
  question,
  tryAddition,
  go,
}: {
  readonly topic: string;
  readonly question: ExplainQuestion;
  readonly tryAddition: Properties['tryAddition'] | undefined;
  readonly go: Properties['go'];
}) {
  const { answer, waiting, error } = useAnswer(topic, 'explain', question);
  if (!answer) {
    return <State waiting={waiting} error={error} />;
  }
  if (isRefused(answer)) {
    return (
      <p class="problem" role="alert">
        {answer.problem}. {answer.fix}
      </p>
    );
  }
  return (
    <div class={waiting ? 'stale' : undefined}>
      {answer.services.map((each, index) => (
        <p key={index}>
          <strong>
            {each.protocol}/{each.port}
          </strong>{' '}
          <Verdict verdict={each.verdict} />
          {each.reachable !== undefined && ` · ${percent(each.reachable)} of new connections arrive`}
        </p>
      ))}
      {answer.flows.map((flow, index) => (
        <FlowCard key={index} flow={flow} go={go} />
      ))}
      {answer.additions.length > 0 && (
        <section>
          <h4>Smallest addition that allows it</h4>
          {answer.additions.map(({ cluster, text }, index) => (
            <div key={index}>
              <p>
                In {cluster}: <Copy text={text} label="Copy" />{' '}
                {tryAddition && (
                  <button type="button" class="small" onClick={() => tryAddition(cluster, text)}>
                    Try it here
                  </button>
                )}
              </p>
              <pre tabIndex={0}>{text}</pre>
            </div>
          ))}
        </section>
      )}
      <details>
        <summary>As text</summary>
        <pre tabIndex={0}>{answer.text}</pre>
      </details>
      <CommandLine command={answer.command} />
    </div>
  );
}

function FlowCard({ flow, go }: { readonly flow: Flow; readonly go: Properties['go'] }) {
  return (
    <section class="card">
      <p class="headline">
        <strong>
          {flow.protocol}/{flow.port}
        </strong>{' '}
        <Verdict verdict={flow.verdict} />
        {flow.places !== '' && ` ·${flow.places}`}
      </p>
      <EndRules name="Egress" end={flow.egress} go={go} />
      <EndRules name="Ingress" end={flow.ingress} go={go} />
    </section>
  );
}

function EndRules({ name, end, go }: { readonly name: string; readonly end: End; readonly go: Properties['go'] }) {
  return (
    <div class="end">
      <p>
        {name}
        {end.cluster !== undefined && ` in ${end.cluster}`}: <Verdict verdict={end.verdict} />
        {end.request !== undefined && (
          <>
            {' '}
            · the request: <Verdict verdict={end.request} />
          </>
        )}
      </p>
      {end.failure !== undefined && <p class="problem">{end.failure}</p>}
      {end.rules.length > 0 && (
        <ul>
          {end.rules.map((rule, index) => (
            <li key={index}>
              <RuleLink rule={rule} go={go} />
            </li>
          ))}
        </ul>
      )}
      {end.nearMisses.length > 0 && (
        <>
          <p class="quiet">Nearly:</p>
          <ul>
            {end.nearMisses.map(({ rule, why }, index) => (
              <li key={index}>
                <RuleLink rule={rule} go={go} />
                <br />
                {why}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

function RuleLink({ rule, go }: { readonly rule: Rule; readonly go: Properties['go'] }) {
  return (
    <>
      <button type="button" class="link" onClick={() => go({ screen: 'policies', policy: policyId(rule) })}>
        {rule.kind} {rule.namespace === undefined ? rule.name : `${rule.namespace}/${rule.name}`}
      </button>{' '}
      <span class="quiet">
        {rule.path} · {place(rule)}
      </span>
    </>
  );
}

function EndInput({
  label,
  value,
  endpoints,
  choose,
}: {
  readonly label: string;
  readonly value?: string;
  readonly endpoints: readonly EndpointRow[];
  readonly choose: (value: string | undefined) => void;
}) {
  const list = `ends-${label}`;
  // browsers slow down with long lists
  const offered = endpoints.slice(0, 3000);
  return (
    <>
      <TextInput label={label} hint="name@cluster" value={value} choose={choose} list={list} />
      <datalist id={list}>
        {offered.map(({ id }) => (
          <option key={id} value={id} />
        ))}
      </datalist>
    </>
  );
}

/** A field whose value counts once it is left or Enter is pressed. */
function TextInput({
  label,
  hint,
  value = '',
  choose,
  list,
}: {
  readonly label: string;
  readonly hint: string;
  readonly value?: string;
  readonly choose: (value: string | undefined) => void;
  readonly list?: string;
}) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  return (
    <label>
      <span>{label}</span>
      <input
        type="text"
        value={text}
        placeholder={hint}
        list={list}
        autocomplete="off"
        spellcheck={false}
        onInput={event => setText(event.currentTarget.value)}
        onChange={event => choose(event.currentTarget.value.trim() || undefined)}
      />
    </label>
  );
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
