import { ChangeStates, DoneChanges, JudgedState, ObjectChange } from './change-states';
import { ChangeStep, changeSteps } from './change-steps';
import { findOrder } from './find-order';
import { BreakKind } from './range-breaks';
import { MeshInput } from '../../../manifests/input';
import { BitSet } from '../../flows/bit-set';
import { EndpointClass } from '../../flows/endpoint-classes';
import { hasAuthentication } from '../../flows/flow';
import { PortRange } from '../../flows/port-range';
import { EvaluatedMesh } from '../../read/mesh';
import { isWorkload } from '../../read/workload';
import { unknownParts } from '../unknown-parts';

/** A change of a mesh: objects that change, and those that do not. */
export interface MeshChange {
  /** The clusters, with the objects that do not change. */
  readonly input: MeshInput;
  readonly changes: readonly ObjectChange[];
}

/** Which steps are done, and when. */
export interface OrderScope {
  /** The clusters whose changes are done; those of the others stay. By default all. */
  readonly clusters?: readonly string[];
  /** The clusters whose changes come before all others. */
  readonly first?: readonly string[];
  /** The most states that are judged on the way of an order; see `ORDER_LIMIT`. */
  readonly limit?: number;
}

/**
 * The steps of a change in an order.
 *
 * The law: no state between the steps denies a flow that is allowed both before and after the change, or allows one
 * that is denied both before and after. An endpoint that does not exist has no flows.
 */
export interface ChangeOrder {
  readonly before: EvaluatedMesh;
  readonly after: EvaluatedMesh;
  /** The steps in their order. */
  readonly steps: readonly ChangeStep[];
  /** The steps that are left for later, because their clusters do not take part. */
  readonly left: readonly ChangeStep[];
  /** After each step what breaks the law there; undefined if it is not known. */
  readonly states: ReadonlyArray<readonly StateBreak[] | undefined>;
  /** Where states break the law: whether all orders were tried, so none obeys it. */
  readonly isExhausted: boolean;
  /** Before the change, no policy can decide: there are no pods. Then only pods come after policies. */
  readonly startsEmpty: boolean;
  /** The states that were judged. */
  readonly judged: number;
  /** Undefined unless the change has more steps than are judged. */
  readonly limit?: number;
  /** Why verdicts may be other than judged, one sentence each. */
  readonly unknown: readonly string[];
}

/** Flows of which a state breaks the law: those from every source to every destination. */
export interface StateBreak {
  readonly kind: BreakKind;
  readonly sources: readonly EndpointClass[];
  readonly destinations: readonly EndpointClass[];
  readonly ranges: readonly PortRange[];
  /** All endpoints of the state, to name sets of them. */
  readonly all: readonly EndpointClass[];
}

/** The most steps of a change that are judged, and the most states that each search for an order judges. */
export const ORDER_LIMIT = 500;

/** Finds an order of changes that obeys the law, or the one that breaks it least. */
export function orderChanges({ input, changes }: MeshChange, scope: OrderScope = {}): ChangeOrder {
  const states = new ChangeStates(input, changes);
  return new Ordering(states, changeSteps(changes, states.before, states.after), scope).find();
}

/** Nothing breaks the law. */
const NOTHING: readonly StateBreak[] = [];

class Ordering {
  private readonly limit: number;
  private readonly steps: readonly ChangeStep[];
  private readonly left: readonly ChangeStep[];
  private readonly first: ReadonlySet<number>;
  private readonly known = new Map<string, readonly StateBreak[]>();
  private readonly startsEmpty: boolean;
  private judged = 0;

  constructor(
    private readonly states: ChangeStates,
    all: readonly ChangeStep[],
    { clusters, first = [], limit = ORDER_LIMIT }: OrderScope,
  ) {
    const takesPart = ({ cluster }: ChangeStep) => clusters?.includes(cluster) ?? true;
    const isFirst = ({ cluster }: ChangeStep) => first.includes(cluster);
    const own = all.filter(takesPart);
    this.limit = limit;
    this.left = all.filter(each => !takesPart(each));
    this.steps = [...own.filter(isFirst), ...own.filter(each => !isFirst(each))];
    this.first = new Set(this.steps.flatMap((step, number) => (isFirst(step) ? number : [])));
    this.startsEmpty = hasNoSubjects(states.before);
  }

  public find(): ChangeOrder {
    const { steps, left, limit } = this;
    const all = steps.map((_, number) => number);
    if (this.loudSteps() > limit) {
      const unjudged = all.map((_, index) => (this.isEnd(index) ? NOTHING : undefined));
      return this.result(all, unjudged, false, limit);
    }
    const preferred = this.statesOf(all);
    const isPreferredSafe = preferred.slice(0, -1).every(each => each.length === 0);
    if (isPreferredSafe) {
      return this.result(all, preferred, left.length === 0);
    }
    const { order, isExhausted } = findOrder({
      size: steps.length,
      mayFollow: (step, done) => this.first.has(step) || [...this.first].every(each => done.has(each)),
      weigh: done => this.breaksAt(done).reduce((sum, each) => sum + weightOf(each), 0),
      limit,
    });
    return this.result(order, this.statesOf(order), isExhausted);
  }

  private result(
    order: readonly number[],
    states: ChangeOrder['states'],
    isExhausted: boolean,
    limit?: number,
  ): ChangeOrder {
    const { steps, left, judged } = this;
    const { before, after } = this.states;
    return {
      before,
      after,
      steps: order.map(number => steps[number]),
      left,
      states,
      isExhausted,
      startsEmpty: this.startsEmpty,
      judged,
      ...(limit === undefined ? {} : { limit }),
      unknown: [
        ...new Set([...[before, after].flatMap(mesh => unknownParts(mesh)), ...unknownVerdicts([before, after])]),
      ].sort(),
    };
  }

  /** The states after each step of an order. */
  private statesOf(order: readonly number[]): Array<readonly StateBreak[]> {
    const done = new Set<number>();
    return order.map((step, index) => {
      done.add(step);
      return this.isEnd(index) ? NOTHING : this.breaksAt(done);
    });
  }

  /** Whether the whole change is done after so many steps. */
  private isEnd(index: number): boolean {
    return this.left.length === 0 && index === this.steps.length - 1;
  }

  private breaksAt(done: ReadonlySet<number>): readonly StateBreak[] {
    if (this.startsEmpty && ![...done].some(number => addsSubjects(this.steps[number]))) {
      return NOTHING;
    }
    const key = this.steps.map((_, number) => (done.has(number) ? '1' : '0')).join('');
    const known = this.known.get(key);
    if (known) {
      return known;
    }
    this.judged++;
    const changes: DoneChanges = new Set([...done].flatMap(number => this.steps[number].changes));
    const breaks = stateBreaks(this.states.judge(changes));
    this.known.set(key, breaks);
    return breaks;
  }

  /** The steps of the preferred order after which a state must be judged. */
  private loudSteps(): number {
    const quiet = this.startsEmpty ? this.steps.findIndex(addsSubjects) : 0;
    return quiet < 0 ? 0 : this.steps.length - quiet;
  }
}

/** Whether no policy of a mesh can decide: it has no pods, and enforces no policies on nodes. */
function hasNoSubjects({ workloads, clusters }: EvaluatedMesh): boolean {
  return workloads.length === 0 && !clusters.some(({ settings }) => settings.policy.hostFirewall);
}

function addsSubjects({ changes }: ChangeStep): boolean {
  return changes.some(({ after }) => after !== undefined && isWorkload(after.object));
}

function stateBreaks({ space: { classes }, breaks }: JudgedState): readonly StateBreak[] {
  const of = (set: BitSet) => set.toArray().map(number => classes[number]);
  return breaks.length === 0
    ? NOTHING
    : breaks.map(({ kind, sources, destinations, ranges }) => ({
      kind,
      sources: of(sources),
      destinations: of(destinations),
      ranges,
      all: classes,
    }));
}

/** The number of pairs of endpoints that policies can distinguish. */
function weightOf({ sources, destinations }: StateBreak): number {
  return sources.length * destinations.length;
}

function unknownVerdicts(meshes: readonly EvaluatedMesh[]): string[] {
  return meshes.some(hasAuthentication)
    ? ['flows whose verdict depends on the order in which Cilium computes rules with authentication count as denied']
    : [];
}
