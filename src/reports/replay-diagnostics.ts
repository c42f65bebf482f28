import { Coverage, coveredTime } from './replay-coverage';
import { endText, EXPLANATIONS, isReportedDifference, policyText, ReplayResult } from './replay-result';
import { diagnosticsOf } from '../diagnostics/catalogue';
import { Diagnostic } from '../diagnostics/diagnostic';
import { shorten } from '../diagnostics/texts';
import { FlowDecision, formatPort, isAllowed } from '../evaluator/flows/flow';
import { formatPolicy, ruleReference, RuleReference } from '../evaluator/queries/explain';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { ObservedFlow } from '../observed/flows/observed-flow';
import { recordsText } from '../observed/flows/records-text';
import { DRIFTS } from '../observed/judging/agreement';
import { OBSERVED_CODES } from '../observed/judging/codes';
import { ReplayedFlow } from '../observed/judging/replay';
import { RuleUse } from '../observed/judging/unused-rules';

const diagnostic = diagnosticsOf(OBSERVED_CODES);

/**
 * What counts of a replay, as findings at the rules that decide: changes for the worse, and disagreements. Then the
 * rules and policies without traffic, which are information.
 */
export function* replayDiagnostics({
  mesh,
  before,
  replay,
  ruleUse,
  coverage,
}: Pick<ReplayResult, 'mesh' | 'before' | 'replay' | 'ruleUse' | 'coverage'>): Generator<Diagnostic> {
  for (const each of replay.flows) {
    yield* changeOf(mesh, each);
    yield* isReportedDifference(each) ? differencesOf(before ?? mesh, each, before !== undefined) : [];
  }
  yield* unusedRules(mesh, ruleUse, coverage);
}

/** A finding for each rule; one for a policy of which no rule let anything pass. */
function unusedRules(mesh: EvaluatedMesh, { unused }: RuleUse, coverage: Coverage): Diagnostic[] {
  const policies = new Set<string>();
  return unused.flatMap(rule => {
    const name = `${formatPolicy(rule)} in ${rule.cluster}`;
    const place = rulePlace(mesh, rule);
    if (!rule.ofUnusedPolicy) {
      return [
        diagnostic('observed-unused-rule', {
          ...place,
          message: `${name}: ${rule.path} let no recorded flow pass in ${coveredTime(coverage)}`,
          fix: 'record for longer than the slowest job, then ask who needs the rule',
        }),
      ];
    }
    if (policies.has(name)) {
      return [];
    }
    policies.add(name);
    return [
      diagnostic('observed-unused-policy', {
        ...place,
        message: `${name}: none of its rules let a recorded flow pass in ${coveredTime(coverage)}`,
        fix: 'record for longer than the slowest job, then ask who needs the policy',
      }),
    ];
  });
}

function changeOf(mesh: EvaluatedMesh, each: ReplayedFlow): Diagnostic[] {
  const { flow, decision, change, deniedRequests } = each;
  const name = flowText(flow);
  switch (change) {
    case 'denied': {
      const direction = isAllowed(decision.egress.verdict) ? 'ingress' : 'egress';
      return [
        diagnostic('observed-denied', {
          ...placeOf(mesh, decision, direction),
          message: `${name} was let through (${recordsText(flow)}), and would be denied: ${direction} ${decision[direction].verdict}`,
          fix: `allow it; cilium-mesh explain ${flow.source.text} ${flow.destination.text} shows the smallest addition`,
        }),
      ];
    }
    case 'requests-denied': {
      const requests = deniedRequests.map(({ text, records }) => `${shorten(text)} (${recordsText({ records })})`);
      return [
        diagnostic('observed-request-denied', {
          ...placeOf(mesh, decision, redirecting(decision)),
          message: `${name}: a proxy would deny ${requests.slice(0, 5).join(', ')}${requests.length > 5 ? ` and ${requests.length - 5} more` : ''}`,
          fix: 'add rules for these requests, or stop their clients',
        }),
      ];
    }
    case 'redirected':
      return [
        diagnostic('observed-redirected', {
          ...placeOf(mesh, decision, redirecting(decision)),
          message: `${name} had no proxy (${recordsText(flow)}), and would be redirected to one: it denies requests that no rule matches`,
          fix: 'check that the rules match all requests of the clients',
        }),
      ];
    default:
      return [];
  }
}

function redirecting({ egress }: FlowDecision): 'egress' | 'ingress' {
  return egress.verdict === 'redirected' ? 'egress' : 'ingress';
}

function differencesOf(mesh: EvaluatedMesh, each: ReplayedFlow, hasBefore: boolean): Diagnostic[] {
  const decision = (hasBefore ? each.before : each.decision)!;
  return each.agreement.differences.flatMap(({ direction, kind, records, explanation, missing }) => {
    const what =
      `${flowText(each.flow)}: Hubble recorded ${kind} at ${endText(decision, direction)} (${recordsText(records)}), and the manifests say ` +
      decision[direction].verdict;
    const place = placeOf(mesh, decision, direction);
    return explanation === undefined
      ? [
        diagnostic('observed-disagrees', {
          ...place,
          message: records.uuid === undefined ? what : `${what}; record ${shorten(records.uuid)}`,
          fix: 'compare the policies of the cluster with the manifests; if they are equal, report the record',
        }),
      ]
      : DRIFTS.includes(explanation)
        ? [
          diagnostic('observed-drift', {
            ...place,
            message: `${what}: ${EXPLANATIONS[explanation]}${explanation === 'policy' ? ` (${missing.map(policyText).join(', ')})` : ''}`,
            fix: 'apply the manifests, or add to them what runs in the cluster',
          }),
        ]
        : [];
  });
}

function flowText({ source, destination, protocol, port }: ObservedFlow): string {
  return `${source.text} -> ${destination.text} ${formatPort({ protocol, port })}`;
}

/** The first rule that decides, or the cluster. */
function placeOf(mesh: EvaluatedMesh, decision: FlowDecision, direction: 'egress' | 'ingress') {
  const { cluster } = decision[direction];
  const [entry] = decision[direction].entries;
  const evaluated = cluster === undefined ? undefined : mesh.cluster(cluster);
  if (!evaluated || !entry) {
    return cluster === undefined ? {} : { cluster };
  }
  return rulePlace(mesh, ruleReference(evaluated, entry));
}

function rulePlace(mesh: EvaluatedMesh, rule: RuleReference) {
  const { cluster, kind, namespace, name, path, file, line } = rule;
  return {
    cluster,
    path,
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
    object: {
      apiVersion: mesh.cluster(cluster)?.manifestOf(rule)?.object.apiVersion ?? '',
      kind,
      ...(namespace === undefined ? {} : { namespace }),
      name,
    },
  };
}
