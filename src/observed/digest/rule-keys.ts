import { FlowDecision } from '../../evaluator/flows/flow';

/** The rules that decide a flow, one text for each. */
export function ruleKeys({ egress, ingress }: FlowDecision): string[] {
  return [egress, ingress].flatMap(({ cluster, entries }) =>
    entries.map(({ origin: { kind, namespace, name, path } }) =>
      [cluster ?? '', kind, namespace ?? '', name, path].join('\n'),
    ),
  );
}
