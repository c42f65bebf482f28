import { POLICY_KINDS } from '../../src/cilium/policy-kinds';
import { EvaluatedPolicy } from '../../src/evaluator/read/cluster';
import { EvaluatedMesh } from '../../src/evaluator/read/mesh';
import { Manifest } from '../../src/manifests/manifest';
import { PolicyProblem } from '../protocol';

/** The id of a policy: `Kind/namespace/name@cluster`, `Kind/name@cluster` of policies of the whole cluster. */
export function policyId(cluster: string, { object: { kind, metadata } }: Manifest): string {
  return `${kind}/${isNamespaced(kind) ? `${metadata.namespace ?? 'default'}/` : ''}${metadata.name}@${cluster}`;
}

/** Whether policies of a kind are in a namespace. */
export function isNamespaced(kind: string): boolean {
  return POLICY_KINDS[kind as keyof typeof POLICY_KINDS]?.namespaced ?? false;
}

/** A refusal at its line; `shift` is the number of lines before the text of the policy. */
export function policyProblem(refusal: EvaluatedPolicy['refusals'][number], manifest: Manifest, shift: number): PolicyProblem {
  const { stage, path, message, got, fix } = refusal;
  const line = manifest.line(path);
  return {
    stage,
    severity: stage === 'unmodelled' ? 'info' : 'error',
    message: `${path === '' ? '' : `${path}: `}${message}${got === undefined ? '' : ` (got ${got})`}`,
    ...(fix === undefined ? {} : { fix }),
    line: line === undefined ? 1 : Math.max(1, line - shift),
  };
}

/** What the API server and Cilium refuse in policies of a text. Lines are those of the text. */
export function policyProblems(mesh: EvaluatedMesh, manifests: readonly Manifest[]): PolicyProblem[] {
  const byObject = new Map(manifests.map(manifest => [manifest.object, manifest]));
  const seen = new Set<unknown>();
  return mesh.clusters.flatMap(({ policies }) =>
    policies.flatMap(({ manifest: { object }, refusals }) => {
      const manifest = byObject.get(object);
      if (!manifest || seen.has(object)) {
        return [];
      }
      seen.add(object);
      return refusals.map(refusal => policyProblem(refusal, manifest, 0));
    }),
  );
}
