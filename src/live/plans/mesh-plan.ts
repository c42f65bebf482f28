import { Removal } from './apply-objects';
import { ApplyOrder, NO_ORDER } from './apply-order';
import { LiveCluster } from './live-mesh';
import { MergedObjects } from './mesh-change';
import { ObjectChanges } from './object-changes';
import { Step } from './plan';
import { MeshDiff } from '../../evaluator/queries/diff/diff';
import { counted } from '../../reports/words';

/** What a command would do, as a person confirms it. */
export interface MeshPlan {
  readonly clusters: readonly ClusterPlan[];
  /** What changes the mesh as a whole. */
  readonly steps: readonly Step[];
  /** The order of what flows depend on. */
  readonly order: ApplyOrder;
  /** What the upgrades of Cilium change for flows. */
  readonly upgrade?: UpgradeEffect;
  readonly canary?: Canary;
}

/** The cluster that is changed and verified before the others. */
export interface Canary {
  readonly name: string;
  /** Clusters whose flows with it cannot be verified: it is not connected to them before the others are changed. */
  readonly unconnected: readonly string[];
}

/** What upgrades change for flows, by the manifests. */
export interface UpgradeEffect {
  /** The versions before and after, by cluster; only of those whose release changes. */
  readonly clusters: ReadonlyArray<{ readonly name: string; readonly from: string; readonly to: string }>;
  readonly diff: MeshDiff;
}

/** What a command would do to a cluster. */
export interface ClusterPlan {
  readonly name: string;
  readonly context: string;
  /** The cluster does not exist yet. */
  readonly isNew: boolean;
  /** What changes beside objects of the manifests; in the order of the plan. */
  readonly steps: readonly Step[];
  readonly changes: ObjectChanges;
  readonly removals: readonly Removal[];
  /** Cilium's release cannot be read: whether it has the version and the values of the mesh file is unknown. */
  readonly isReleaseUnknown: boolean;
  /** Clusters that the release connects to, and that neither the mesh file nor a run of `up` knows: they stay. */
  readonly otherConnections: readonly string[];
  /** Connections that a run about some clusters leaves as they are, since they change clusters at both ends. */
  readonly leftConnections: readonly LeftConnection[];
}

/** A connection that the mesh file asks for, or one to a cluster that left the mesh. */
export interface LeftConnection {
  readonly change: 'connect' | 'disconnect';
  readonly cluster: string;
}

/** The numbers of changes. */
export interface PlanCounts {
  readonly steps: number;
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

export function planCounts({ clusters, steps }: MeshPlan): PlanCounts {
  const sum = (count: (cluster: ClusterPlan) => number) => clusters.reduce((total, each) => total + count(each), 0);
  return {
    steps: steps.length + sum(each => each.steps.length),
    added: sum(each => each.changes.added.length),
    changed: sum(each => each.changes.changed.length),
    removed: sum(each => each.removals.length),
  };
}

/** What was done to the objects of a plan, such as `2 objects added, 1 changed, 0 removed`. */
export function objectsSummary(plan: MeshPlan): string {
  const { added, changed, removed } = planCounts(plan);
  return `${counted(added, 'object')} added, ${changed} changed, ${removed} removed`;
}

/** Whether nothing would change. */
export function isEmptyPlan(plan: MeshPlan): boolean {
  return Object.values(planCounts(plan)).every(each => each === 0);
}

/** The objects of a cluster, with their changes. */
export interface PlannedObjects extends MergedObjects {
  readonly changes: ObjectChanges;
  readonly isNew: boolean;
}

/** What is known about the releases of Cilium, by cluster. */
export interface ReleaseFacts {
  /** The clusters whose release cannot be read. */
  readonly unreadable: readonly string[];
  readonly otherConnections: ReadonlyMap<string, readonly string[]>;
  readonly leftConnections: ReadonlyMap<string, readonly LeftConnection[]>;
}

const NO_RELEASES: ReleaseFacts = { unreadable: [], otherConnections: new Map(), leftConnections: new Map() };

/** The plan for objects, and the open steps of `up`. */
export function meshPlan(
  clusters: readonly PlannedObjects[],
  order: ApplyOrder,
  open: readonly Step[] = [],
  { unreadable, otherConnections, leftConnections }: ReleaseFacts = NO_RELEASES,
): MeshPlan {
  return {
    clusters: clusters.map(({ cluster: { name, context, current }, changes, isNew }) => ({
      name,
      context,
      isNew,
      steps: open.filter(step => step.cluster === name),
      changes,
      removals: current.removals,
      isReleaseUnknown: unreadable.includes(name),
      otherConnections: otherConnections.get(name) ?? [],
      leftConnections: leftConnections.get(name) ?? [],
    })),
    steps: open.filter(step => step.cluster === undefined),
    order,
  };
}

/** The plan for steps that change no objects of the manifests. */
export function stepsPlan(clusters: readonly LiveCluster[], open: readonly Step[]): MeshPlan {
  return {
    clusters: clusters.map(({ name, context }) => ({
      name,
      context,
      isNew: false,
      steps: open.filter(step => step.cluster === name),
      changes: { added: [], changed: [], unvalidated: [] },
      removals: [],
      isReleaseUnknown: false,
      otherConnections: [],
      leftConnections: [],
    })),
    steps: open.filter(step => step.cluster === undefined),
    order: NO_ORDER,
  };
}
