import { Coverage } from './replay-coverage';
import { FlowDecision } from '../evaluator/flows/flow';
import { ruleReference, RuleReference } from '../evaluator/queries/explain';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { compareTexts } from '../evaluator/read/text-order';
import { Recording } from '../observed/flows/recording';
import { DeniedFlowAdditions } from '../observed/judging/additions';
import { Difference, DifferenceKind, Explanation } from '../observed/judging/agreement';
import { ObservedChange, Replay, ReplayedFlow } from '../observed/judging/replay';
import { RuleUse } from '../observed/judging/unused-rules';
import { FlowFiles } from '../observed/reading/flow-files';

/** All that `replay` found. */
export interface ReplayResult {
  readonly mesh: EvaluatedMesh;
  readonly before?: EvaluatedMesh;
  readonly recording: Recording;
  readonly files: FlowFiles;
  readonly replay: Replay;
  readonly coverage: Coverage;
  readonly ruleUse: RuleUse;
  readonly additions: DeniedFlowAdditions;
}

/** A difference is shown with its change or its doubt, unless that is about other manifests. */
export function isReportedDifference({ agreement: { differences }, change, doubt }: ReplayedFlow): boolean {
  const isSameAsDoubt = doubt !== undefined && differences.every(({ explanation }) => explanation === doubt);
  return differences.length > 0 && !isSameAsDoubt && !isSameAsChange(differences, change);
}

/** Without old manifests, a change is the difference between the recording and the manifests itself. */
function isSameAsChange(differences: readonly Difference[], change: ObservedChange | undefined): boolean {
  const kinds: { readonly [change in ObservedChange]?: DifferenceKind } = {
    denied: 'let-through',
    redirected: 'not-redirected',
    allowed: 'dropped',
  };
  return change !== undefined && differences.every(({ kind }) => kind === kinds[change]);
}

/** The rules that decide at one end. */
export function rulesOf(mesh: EvaluatedMesh, decision: FlowDecision, direction: 'egress' | 'ingress'): RuleReference[] {
  const { cluster: name, entries } = decision[direction];
  const cluster = name === undefined ? undefined : mesh.cluster(name);
  return cluster ? entries.map(entry => ruleReference(cluster, entry)) : [];
}

/** `egress in paris`; without a cluster outside of the mesh. */
export function endText(decision: FlowDecision, direction: 'egress' | 'ingress'): string {
  const { cluster } = decision[direction];
  return cluster === undefined ? direction : `${direction} in ${cluster}`;
}

/** Explanations of differences, in words. */
export const EXPLANATIONS: { readonly [explanation in Explanation]: string } = {
  labels: 'the recorded labels are not those of the manifests',
  policy: 'Hubble names a policy that the manifests lack',
  changed: 'later records agree, so the policy changed while Hubble recorded',
  audit: 'audit mode, which the manifests do not set',
  authentication: 'Cilium drops first packets until both ends are authenticated',
  visibility: 'up to Cilium 1.16, annotations of pods (policy.cilium.io/proxy-visibility) redirect flows to the proxy',
  placement: 'it depends on where pods or the API server run',
  names: 'rules name DNS names, and the record does not tell those of the address, or the pod cannot learn them itself',
  address: 'rules name addresses, and the record does not tell that of the end',
  conflict: 'its policies contradict each other, so running pods keep an older policy',
  unmodelled: 'a setting of the cluster, or a policy of the end, is not modelled',
  unrecorded: 'no record shows that the policy of this end let it pass',
};

/** Why an end means no endpoint of the mesh, in words. */
const UNKNOWN_TEXTS = {
  'no-cluster': 'the record does not tell its cluster',
  'other-cluster': 'the mesh has no such cluster',
  'no-labels': 'neither labels nor a name were recorded',
  'no-workload': 'no workload of the manifests has its labels or name',
  'ambiguous': 'several workloads have its labels',
  'no-identity': 'Cilium did not know its identity',
} as const;

/** An end that the manifests lack, with the records of its flows. */
export interface UnknownEnd {
  readonly text: string;
  readonly why: string;
  readonly records: number;
}

/** The ends that the manifests lack, with the most records first. */
export function unknownEnds(unknown: Replay['unknown']): UnknownEnd[] {
  const ends = new Map<string, UnknownEnd>();
  for (const { flow, source, destination } of unknown) {
    for (const [{ key, text }, match] of [[flow.source, source], [flow.destination, destination]] as const) {
      if ('unknown' in match) {
        const records = (ends.get(key)?.records ?? 0) + flow.records;
        ends.set(key, { text, why: UNKNOWN_TEXTS[match.unknown], records });
      }
    }
  }
  return [...ends.values()].sort(
    (one, other) => other.records - one.records || compareTexts([one.text], [other.text]),
  );
}

/** `CiliumNetworkPolicy shop/web`; without the kind if the version does not record it. */
export function policyText({ kind, namespace, name }: Difference['missing'][number]): string {
  return [...(kind === undefined ? [] : [kind]), namespace === undefined ? name : `${namespace}/${name}`].join(' ');
}
