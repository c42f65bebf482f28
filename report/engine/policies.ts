import { stringify } from 'yaml';
import { LoadedMesh } from './loaded-mesh';
import { isNamespaced, policyId, policyProblem } from './policy-ids';
import { Sides } from './sides';
import { policyKindOf } from '../../src/cilium/policy-kinds';
import { EvaluatedPolicy } from '../../src/evaluator/read/cluster';
import { Manifest } from '../../src/manifests/manifest';
import { PolicyRow, PolicyText, Refused, Side } from '../protocol';

/** A policy of a mesh: of several documents with one id, the last one. */
interface ReadPolicy {
  readonly cluster: string;
  readonly manifest: Manifest;
  readonly refusals: EvaluatedPolicy['refusals'];
}

function policiesOf({ mesh }: LoadedMesh): Map<string, ReadPolicy> {
  return new Map(
    mesh.clusters.flatMap(({ name, input, policies }) => {
      const read = new Map(policies.map(policy => [policy.manifest, policy]));
      return input.manifests
        .filter(({ object }) => policyKindOf(object))
        .map(manifest => [
          policyId(name, manifest),
          { cluster: name, manifest, refusals: read.get(manifest)?.refusals ?? [] },
        ]);
    }),
  );
}

/** All policies of a side, sorted by id; of `supposed` also the deleted ones. */
export function policyRows(sides: Sides, side: Side): PolicyRow[] {
  const own = policiesOf(sides.at(side));
  const before = side === 'supposed' ? sides.new : side === 'new' ? sides.old : undefined;
  const others = before && policiesOf(before);
  const rows = [...own].map(([id, policy]) => {
    const other = others?.get(id);
    const state = !others ? 'kept' : !other ? 'added' : sameObject(policy, other) ? 'kept' : 'edited';
    return rowOf(id, policy, state);
  });
  const deleted = [...(others ?? [])]
    .filter(([id]) => !own.has(id))
    .map(([id, policy]) => rowOf(id, policy, 'deleted'));
  return [...rows, ...deleted].sort((one, other) => (one.id < other.id ? -1 : one.id > other.id ? 1 : 0));
}

function sameObject(one: ReadPolicy, other: ReadPolicy): boolean {
  return (
    one.manifest === other.manifest || JSON.stringify(one.manifest.object) === JSON.stringify(other.manifest.object)
  );
}

function rowOf(id: string, policy: ReadPolicy, state: PolicyRow['state']): PolicyRow {
  const { cluster, manifest } = policy;
  const { kind, metadata } = manifest.object;
  const line = manifest.line();
  const shift = (manifest.document?.first ?? 1) - 1;
  return {
    id,
    cluster,
    kind,
    namespace: isNamespaced(kind) ? (metadata.namespace ?? 'default') : '',
    name: metadata.name,
    file: manifest.file,
    ...(line === undefined ? {} : { line }),
    ...(manifest.source === undefined ? {} : { source: manifest.source }),
    refusals: policy.refusals.map(refusal => policyProblem(refusal, manifest, shift)),
    state,
  };
}

/** The text of a policy of a side. The supposed mesh keeps the text of deleted ones, unless it is asked for its own. */
export function policyText(sides: Sides, side: Side, id: string, isOwn: boolean = false): PolicyText | Refused {
  const policy =
    policiesOf(sides.at(side)).get(id) ?? (side === 'supposed' && !isOwn ? policiesOf(sides.new).get(id) : undefined);
  if (!policy) {
    return { problem: `unknown policy ${id}`, fix: 'choose one of the list' };
  }
  const { file, object, document } = policy.manifest;
  return {
    id,
    text: document?.text ?? stringify(object),
    ...(document ? { firstLine: document.first } : {}),
    file,
    patchable: document !== undefined,
  };
}
