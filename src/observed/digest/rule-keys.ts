import { EndpointDecision } from '../../evaluator/flows/flow';

/** The rules that decide at an end, one text for each. */
export function ruleKeys({ cluster, entries }: EndpointDecision): string[] {
  return entries.map(({ origin: { kind, namespace, name, path } }) =>
    [cluster ?? '', kind, namespace ?? '', name, path].join('\n'),
  );
}
