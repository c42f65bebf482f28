import { ObjectChange } from './change-states';
import { POLICY_KINDS, policyKindOf } from '../../../cilium/policy-kinds';
import { Manifest } from '../../../manifests/manifest';
import { isPlainPolicy } from '../../read/changed-policies';
import { EvaluatedMesh } from '../../read/mesh';
import { compareTexts } from '../../read/text-order';
import { isWorkload, Workload } from '../../read/workload';
import { policyOrder, PolicyRank } from '../policy-order';

/** Changes of one cluster whose states between need no judgement: the flows of each are between those of its ends. */
export interface ChangeStep {
  readonly cluster: string;
  readonly changes: readonly ObjectChange[];
}

/** The preferred order of changes. */
const RANKS = [
  'namespaces',
  'cidr-groups',
  'services',
  'allows',
  'changed-policies',
  'denials',
  'changed-workloads',
  'new-workloads',
  'old-workloads',
  'old-denials',
  'old-policies',
  'old-services',
  'old-cidr-groups',
] as const;
type Rank = (typeof RANKS)[number];

/**
 * The steps of changes, in the order that is preferred: what policies select by, what allows, what denies, pods, and
 * the reverse for what is removed. Inside of a rank, one cluster comes after the other.
 *
 * New workloads of a cluster are one step, and so are those that it loses: more pods add flows and take none away. Only
 * names of ports with several numbers make flows of other pods depend on them (`commonPorts`). Then each is a step.
 */
export function changeSteps(
  changes: readonly ObjectChange[],
  before: EvaluatedMesh,
  after: EvaluatedMesh,
): ChangeStep[] {
  const [was, is] = [before, after].map(ranksOf);
  const clusters = new Map(after.clusters.map(({ name }, index) => [name, index]));
  const ranked = changes.map(change => {
    const rank = rankOf(change, was, is);
    const policies = change.after ? is : was;
    const { position = 0 } = policies.get((change.after ?? change.before)!) ?? {};
    return { change, rank, position: change.after ? position : -position };
  });
  ranked.sort(
    (one, other) =>
      RANKS.indexOf(one.rank) - RANKS.indexOf(other.rank) ||
      clusters.get(one.change.cluster)! - clusters.get(other.change.cluster)! ||
      one.position - other.position ||
      compareTexts(keyOf(one.change), keyOf(other.change)),
  );
  const isTogether = hasOneNumberEach([...before.workloads, ...after.workloads]);
  const steps: Array<{ cluster: string; rank: Rank; changes: ObjectChange[] }> = [];
  for (const { change, rank } of ranked) {
    const last = steps.at(-1);
    const isSame = last?.rank === rank && last.cluster === change.cluster;
    if (isSame && isTogether && (rank === 'new-workloads' || rank === 'old-workloads')) {
      last.changes.push(change);
    } else {
      steps.push({ cluster: change.cluster, rank, changes: [change] });
    }
  }
  return steps.map(({ cluster, changes: own }) => ({ cluster, changes: own }));
}

type PolicyPosition = Pick<PolicyRank, 'onlyDenies'> & { readonly position: number };

/** The ranks of the policies of all clusters. */
function ranksOf({ clusters }: EvaluatedMesh): ReadonlyMap<Manifest, PolicyPosition> {
  return new Map(
    clusters.flatMap(cluster =>
      policyOrder(cluster).map(({ manifest, onlyDenies }, position) => [manifest, { onlyDenies, position }] as const),
    ),
  );
}

function rankOf(
  { before, after }: ObjectChange,
  was: ReadonlyMap<Manifest, PolicyPosition>,
  is: ReadonlyMap<Manifest, PolicyPosition>,
): Rank {
  const manifest = (after ?? before)!;
  const { object } = manifest;
  if (isPlainPolicy(manifest)) {
    const { onlyDenies } = (after ? is : was).get(manifest) ?? { onlyDenies: false };
    return after
      ? onlyDenies ? 'denials' : before ? 'changed-policies' : 'allows'
      : onlyDenies ? 'old-denials' : 'old-policies';
  }
  if (isWorkload(object)) {
    return !before ? 'new-workloads' : !after ? 'old-workloads' : 'changed-workloads';
  }
  if (policyKindOf(object) === POLICY_KINDS.CiliumCIDRGroup) {
    return after ? 'cidr-groups' : 'old-cidr-groups';
  }
  return object.kind === 'Namespace' ? 'namespaces' : after ? 'services' : 'old-services';
}

function keyOf({ before, after }: ObjectChange): string[] {
  const { apiVersion, kind, metadata } = (after ?? before)!.object;
  return [kind, apiVersion, metadata.namespace ?? '', metadata.name];
}

/** Whether every name of a port has one number in all pods. */
function hasOneNumberEach(workloads: readonly Workload[]): boolean {
  const numbers = new Map<string, number>();
  return workloads.every(({ namedPorts }) =>
    [...namedPorts].every(([name, port]) => {
      const known = numbers.get(name) ?? port;
      numbers.set(name, known);
      return known === port;
    }),
  );
}
