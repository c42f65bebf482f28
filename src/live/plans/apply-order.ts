import { Removal } from './apply-objects';
import { formatObject, LiveObject } from './live-object';
import { ChangedLiveObject, LiveMeshChange } from './mesh-change';
import { Cidr } from '../../cilium/cidr';
import { formatMembers } from '../../evaluator/flows/endpoint-classes';
import { addressesOfMesh } from '../../evaluator/flows/mesh-addresses';
import { onlyAddAllows } from '../../evaluator/queries/order/added-allows';
import { ChangeOrder, orderChanges, OrderScope, StateBreak } from '../../evaluator/queries/order/change-order';
import { isWorkload } from '../../evaluator/read/workload';

/** A stage of a plan: changes in one cluster, one after the other. The next stage starts when it is done. */
export type OrderedStage = {
  readonly cluster: string;
} & (
  | {
    readonly kind: 'apply';
    /** In the order in which they are applied. */
    readonly objects: readonly LiveObject[];
    /** Workloads whose pods are replaced: later stages must find no pods of the old form. */
    readonly replaced: readonly LiveObject[];
  }
  | { readonly kind: 'remove'; readonly objects: readonly Removal[] }
);

/** The order in which a plan changes what flows depend on. */
export interface ApplyOrder {
  /** The number of changes that flows depend on; those of pods that come or go together count as one. */
  readonly changes: number;
  readonly stages: readonly OrderedStage[];
  /** What flows suffer on the way, in the order of the stages. */
  readonly suffering: readonly Suffering[];
  /** No order avoids it: all that begin with `first` were tried. */
  readonly isExhausted: boolean;
  /** The clusters that the plan must change first. */
  readonly first: readonly string[];
  /** The states that were judged. */
  readonly judged: number;
  /** The most changes that are judged, if there are more: which flows suffer is unknown. */
  readonly limit?: number;
  /** Why verdicts may be other than judged, one sentence each. */
  readonly unknown: readonly string[];
  /** Clusters with changes that the plan leaves for later. */
  readonly left: readonly string[];
  /** Clusters whose objects are not known. */
  readonly unread: readonly string[];
  /** Of `unread`, those that decide whether flows suffer: none if the changes only add allows. */
  readonly undecided: readonly string[];
  /** The blocks of addresses of the mesh itself. */
  readonly meshAddresses: readonly Cidr[];
  /** No policy can decide before the change, so only the phases count: policies first, then pods. */
  readonly isParallel: boolean;
}

/** Of a plan in which flows depend on no change. */
export const NO_ORDER: ApplyOrder = {
  changes: 0,
  stages: [],
  suffering: [],
  isExhausted: false,
  first: [],
  judged: 0,
  unknown: [],
  left: [],
  unread: [],
  undecided: [],
  meshAddresses: [],
  isParallel: true,
};

/** Flows of one kind that break the law from a change until another one; a change is the place of an object. */
export interface Suffering extends StateBreak {
  /** The change after which it begins. */
  readonly from: ChangePlace;
  /** The change that ends it; undefined if that is not in the plan. */
  readonly until?: ChangePlace;
}

/** A place in an order. */
export interface ChangePlace {
  /** The number of the stage, from 0. */
  readonly stage: number;
  readonly cluster: string;
  /** The last object of the change. */
  readonly object: LiveObject;
}

/** The order of a change that obeys the law, or breaks it least, as stages of a plan. */
export function applyOrder(change: LiveMeshChange, scope: OrderScope = {}): ApplyOrder {
  const order = orderChanges(change, scope);
  const stages: MutableStage[] = [];
  const places = order.steps.map(({ cluster, changes }): ChangePlace => {
    for (const each of changes) {
      const changed = change.objects.get(each)!;
      const isReplaced = each.before !== undefined && each.after !== undefined && isWorkload(each.after.object);
      addChange(stages, cluster, changed, isReplaced);
    }
    return { stage: stages.length - 1, cluster, object: stages.at(-1)!.objects.at(-1)! };
  });
  const { judged, limit, unknown, isExhausted, left, before, after } = order;
  return {
    changes: order.steps.length,
    stages,
    suffering: sufferingOf(order, places),
    isExhausted,
    first: scope.first ?? [],
    judged,
    ...(limit === undefined ? {} : { limit }),
    unknown,
    left: [...new Set(left.map(({ cluster }) => cluster))],
    unread: change.unknown,
    undecided: onlyAddAllows(order.steps.flatMap(({ changes }) => changes), before, after) ? [] : change.unknown,
    meshAddresses: [before, after].flatMap(({ clusters }) => clusters.flatMap(addressesOfMesh)).map(({ cidr }) => cidr),
    isParallel: limit !== undefined || order.steps.length < 2 || order.startsEmpty,
  };
}

type MutableStage = { readonly cluster: string } & (
  | { readonly kind: 'apply'; readonly objects: LiveObject[]; readonly replaced: LiveObject[] }
  | { readonly kind: 'remove'; readonly objects: Removal[] }
);

/** Adds a change to the last stage, if it is of the same cluster and kind, and that stage does not end any pods. */
function addChange(stages: MutableStage[], cluster: string, changed: ChangedLiveObject, isReplaced: boolean): void {
  const last = stages.at(-1);
  if (changed.kind === 'remove') {
    const isPods = ({ object }: LiveObject) => isWorkload(object);
    if (last?.cluster === cluster && last.kind === 'remove' && isPods(last.objects[0]) === isPods(changed.object)) {
      last.objects.push(changed.object);
    } else {
      stages.push({ cluster, kind: 'remove', objects: [changed.object] });
    }
    return;
  }
  const { object } = changed;
  const replaced = isReplaced ? [object] : [];
  if (last?.cluster === cluster && last.kind === 'apply' && last.replaced.length === 0) {
    last.objects.push(object);
    last.replaced.push(...replaced);
  } else {
    stages.push({ cluster, kind: 'apply', objects: [object], replaced });
  }
}

/** What breaks the law in states that follow each other is one. */
function sufferingOf({ states }: ChangeOrder, places: readonly ChangePlace[]): Suffering[] {
  const suffering: Suffering[] = [];
  let open = new Map<string, Suffering>();
  states.forEach((breaks = [], index) => {
    const still = new Map<string, Suffering>();
    for (const each of breaks) {
      const key = keyOf(each);
      still.set(key, open.get(key) ?? { ...each, from: places[index] });
    }
    for (const [key, each] of open) {
      if (!still.has(key)) {
        suffering.push({ ...each, until: places[index] });
      }
    }
    open = still;
  });
  const positions = new Map(places.map((place, index) => [place, index]));
  return [...suffering, ...open.values()].sort((one, other) => positions.get(one.from)! - positions.get(other.from)!);
}

function keyOf({ kind, sources, destinations, ranges }: StateBreak): string {
  return JSON.stringify([kind, ...[sources, destinations].map(all => all.map(each => formatMembers(each))), ranges]);
}

/** A stage in few words. */
export function formatStage({ kind, objects }: Pick<OrderedStage, 'kind' | 'objects'>): string {
  const names = objects.map(formatObject);
  const some = names.length <= MOST_NAMES ? names : [...names.slice(0, MOST_NAMES - 1), `${names.length - MOST_NAMES + 1} more`];
  return `${kind} ${some.join(', ')}`;
}

/** The objects that a title names. */
const MOST_NAMES = 4;
