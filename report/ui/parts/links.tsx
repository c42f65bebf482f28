import { place } from './verdict';
import type { Route } from '../route';

type Rule = import('../../../src/reports/schemas/explain').ExplainedFlowJson['egress']['rules'][number];
type Go = (change: Partial<Route>) => void;

/** The id of the policy of a rule, see PolicyRow. */
export function policyId({
  kind,
  namespace,
  name,
  cluster,
}: Pick<Rule, 'kind' | 'namespace' | 'name' | 'cluster'>): string {
  return `${kind}/${namespace === undefined ? '' : `${namespace}/`}${name}@${cluster}`;
}

/** Opens the panel that explains a flow. */
export function Why({
  from,
  to,
  port,
  go,
}: {
  readonly from: string;
  readonly to: string;
  readonly port?: string;
  readonly go: Go;
}) {
  const label = `why? ${from} to ${to}${port === undefined ? '' : ` ${port}`}`;
  return (
    <button type="button" class="link" aria-label={label} onClick={() => go({ from, to, port })}>
      why?
    </button>
  );
}

/** The rules that decide, each opens its policy. */
export function RuleList({ rules, go }: { readonly rules: readonly Rule[]; readonly go: Go }) {
  return (
    <>
      {rules.map((rule, index) => (
        <div key={index}>
          <button type="button" class="link" onClick={() => go({ screen: 'policies', policy: policyId(rule) })}>
            {rule.name}
          </button>{' '}
          <span class="quiet">{place(rule)}</span>
        </div>
      ))}
    </>
  );
}
