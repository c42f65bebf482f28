import { apply, createSetKind, remove, removeWithPods, waitUntilServed } from './apply-commands';
import {
  ApplySettings,
  ClusterObjects,
  missingDefinitions,
  needsDefinition,
  PRINTED_STEPS,
  PrintedStep,
  Removal,
} from './apply-objects';
import { ApplyOrder, formatStage, OrderedStage } from './apply-order';
import { APPLY_SETS, applySetId, ApplySetName, parentObjects } from './apply-set';
import { IdentifiedCluster, isRecorded, recordedConnections, recordIdentity } from './cluster-identity';
import { Command } from './command';
import { kubectl } from './kube';
import { LiveWorkload } from './live-mesh';
import { formatObject, groupKind, LiveObject, objectKey } from './live-object';
import { isRolledOut } from './object-changes';
import { Step } from './plan';
import { waitFor } from './rollout';
import { isWorkload } from '../../evaluator/read/workload';
import { toYaml } from '../../model/yaml';

/** The phases of a cluster, in their order. */
const PHASES = [
  'validated',
  'created',
  'validated-new',
  'recorded',
  'definitions',
  ...APPLY_SETS,
  'workloads-removed',
  'denials-removed',
  'policies-removed',
  'removed',
  'sets',
] as const;
export type Phase = (typeof PHASES)[number];

/** A step of the plan that applies, with the number of its stage. */
export interface ApplyStep extends Step {
  readonly stage: number;
}

/** What is done in all clusters before the next stage starts: a phase, or a stage of an order in one cluster. */
interface Stage {
  readonly id: string;
  work(cluster: ClusterObjects, scope: Scope): PhaseWork | undefined;
}

/**
 * The stages of a plan. Without an order, or with one that needs none, they are the phases. Otherwise the stages of the
 * order follow the phases that apply what no flow depends on. Workloads that keep their flows come after the last
 * objects of the order that are applied: they may need them.
 */
export function applyStages(order?: ApplyOrder, chosen: readonly Phase[] = PHASES): Stage[] {
  const phases = chosen.map((phase): Stage => ({ id: phase, work: WORK[phase] }));
  if (!order || order.isParallel || chosen !== PHASES) {
    return phases;
  }
  const ordered = new Set(
    order.stages.flatMap(({ cluster, objects }) => objects.map(each => `${cluster} ${objectKey(each)}`)),
  );
  const rest = phases.map(
    ({ id, work }): Stage => ({
      id,
      work: (cluster, scope) =>
        work(cluster, { ...scope, isElsewhere: each => ordered.has(`${cluster.name} ${objectKey(each)}`) }),
    }),
  );
  const of = (...ids: readonly Phase[]) => rest.filter(({ id }) => ids.includes(id as Phase));
  const isRest = ({ id }: Stage) => !['validated', 'created', 'validated-new', 'recorded'].includes(id);
  const last = order.stages.length - 1;
  const stages = order.stages.map(
    (stage, index): Stage => ({
      id: `order-${index + 1}`,
      work: (cluster, scope) =>
        cluster.name === stage.cluster ? stageWork(stage, index === last, cluster, scope) : undefined,
    }),
  );
  const applied = order.stages.map(({ kind }) => kind).lastIndexOf('apply') + 1;
  return [
    ...phases.filter(each => !isRest(each)),
    ...of('definitions', 'objects', 'denies'),
    ...stages.slice(0, applied),
    ...of('backends'),
    ...stages.slice(applied),
    ...of('workloads-removed', 'denials-removed', 'policies-removed', 'removed', 'sets'),
  ];
}

/** The work of a stage. Before a later stage, pods that it replaces or removes have ended. */
function stageWork(stage: OrderedStage, isLast: boolean, cluster: ClusterObjects, { settings }: Scope): PhaseWork {
  const { context } = cluster;
  const title = formatStage(stage);
  if (stage.kind === 'remove') {
    return {
      title,
      commands: stage.objects.flatMap(each =>
        isLast || !isWorkload(each.object) ? [remove(context, each)] : removeWithPods(context, each),
      ),
    };
  }
  const setOf = (object: LiveObject) =>
    PRINTED_STEPS.find(step =>
      (step === 'definitions' ? cluster.definitions : cluster.sets[step]).some(each => objectKey(each) === objectKey(object)),
    )!;
  const calls: Array<{ readonly set: PrintedStep; readonly objects: LiveObject[] }> = [];
  for (const object of stage.objects) {
    const set = setOf(object);
    const call = calls.at(-1)?.set === set ? calls.at(-1)! : { set, objects: [] };
    if (call.objects.length === 0) {
      calls.push(call);
    }
    call.objects.push(object);
  }
  return {
    title,
    commands: [
      ...calls.map(({ set, objects }) => {
        const keys = new Set(objects.map(objectKey));
        return apply(cluster, settings, set, { only: each => keys.has(objectKey(each)), order: objects });
      }),
      ...(isLast ? [] : stage.replaced.flatMap(each => waitForPods(context, each))),
    ],
  };
}

/** Waits until a workload has no pods of its form before. */
function waitForPods(context: string, { kind, namespace = 'default', name, object }: LiveObject): Command[] {
  return isRolledOut(object) ? [waitFor(context, { kind, namespace, name } as LiveWorkload)] : [];
}

/** What a phase does, and when it is done already. */
type PhaseWork = Pick<Step, 'title' | 'commands'>;

/** What a phase knows beside its cluster. */
interface Scope {
  readonly settings: ApplySettings;
  /** The clusters whose identity is known. */
  readonly identified: readonly IdentifiedCluster[];
  /** The mesh has further clusters. */
  readonly isPartial: boolean;
  /** Whether another stage changes an object. */
  readonly isElsewhere?: (object: LiveObject) => boolean;
}

/** The work of each phase in a cluster; undefined where it has none. */
const WORK: { readonly [phase in Phase]: (cluster: ClusterObjects, scope: Scope) => PhaseWork | undefined } = {
  'validated': validate,
  'created': createDefinitions,
  'validated-new': validateNew,
  'recorded': record,
  'definitions': changeDefinitions,
  'objects': (cluster, scope) => applySet(cluster, scope, 'objects'),
  'denies': (cluster, scope) => applySet(cluster, scope, 'denies'),
  'backends': (cluster, scope) => applySet(cluster, scope, 'backends'),
  'workloads-removed': (cluster, scope) => removeObjects(cluster, scope, each => isWorkload(each.object)),
  'denials-removed': (cluster, scope) => removeObjects(cluster, scope, each => each.isPolicy && each.set === 'denies'),
  'policies-removed': (cluster, scope) => removeObjects(cluster, scope, each => each.isPolicy && each.set !== 'denies'),
  'removed': (cluster, scope) => removeObjects(cluster, scope, each => !each.isPolicy && !isWorkload(each.object)),
  'sets': narrowSets,
};

/** The phases of a run that changes no object: it records what is in the clusters. */
export const RECORDS: readonly Phase[] = ['recorded', 'sets'];

/** The steps of a cluster, each after the one before; the first one after those in `needs`. */
export function clusterSteps(
  cluster: ClusterObjects,
  scope: Scope,
  needs: readonly string[],
  stages: readonly Stage[],
): ApplyStep[] {
  const works = stages.flatMap(({ id, work }, stage) => {
    const done = work(cluster, scope);
    return done ? [{ id: `${cluster.name}/${id}`, stage, work: done }] : [];
  });
  return works.map(({ id, stage, work }, index) => ({
    id,
    stage,
    cluster: cluster.name,
    needs: index > 0 ? [works[index - 1].id] : needs,
    ...work,
  }));
}

/** Asks the API server about everything that it can validate before missing definitions exist. */
function validate(cluster: ClusterObjects, { settings }: Scope): PhaseWork | undefined {
  const missing = missingDefinitions(cluster);
  const isReady = (each: LiveObject) =>
    // the printer of a Secret prints all objects of its step, so it cannot leave some out
    missing.length === 0 || (groupKind(each) !== 'Secret' && !needsDefinition(each, missing));
  const removals = cluster.current.removals.map(each => remove(cluster.context, each, { dryRun: true }));
  const manifests = validation(cluster, settings, isReady);
  return removals.length === 0
    ? manifests
    : {
      title: `ask the API server to validate the ${manifests ? 'manifests and the removals' : 'removals'}`,
      commands: [...(manifests?.commands ?? []), ...removals],
    };
}

/** Asks about everything once more, when definitions were created. */
function validateNew(cluster: ClusterObjects, { settings }: Scope): PhaseWork | undefined {
  return missingDefinitions(cluster).length === 0 ? undefined : validation(cluster, settings, () => true);
}

function validation(
  cluster: ClusterObjects,
  settings: ApplySettings,
  only: (object: LiveObject) => boolean,
): PhaseWork | undefined {
  const args = ['--dry-run=server'];
  const steps = (['definitions', ...APPLY_SETS] as const).filter(step =>
    (step === 'definitions' ? cluster.definitions : cluster.sets[step]).some(only),
  );
  return steps.length === 0
    ? undefined
    : {
      title: 'ask the API server to validate the manifests',
      commands: steps.map(step => apply(cluster, settings, step, { args, only })),
    };
}

/** Creates definitions that do not exist: a new namespace or kind changes nothing for others. */
function createDefinitions(cluster: ClusterObjects, { settings }: Scope): PhaseWork | undefined {
  const missing = missingDefinitions(cluster);
  return missing.length === 0
    ? undefined
    : {
      title: `create ${formatObjects(missing)}`,
      commands: [
        apply(cluster, settings, 'definitions', { only: each => missing.includes(each) }),
        ...waitUntilServed(
          cluster.context,
          missing.map(({ object }) => object),
        ),
      ],
    };
}

/** Changes the labels of namespaces, which policies select by, only when every API server has accepted everything. */
function changeDefinitions(
  cluster: ClusterObjects,
  { settings, isElsewhere = () => false }: Scope,
): PhaseWork | undefined {
  const existing = cluster.definitions.filter(
    each => cluster.current.existing.has(objectKey(each)) && !isElsewhere(each),
  );
  return existing.length === 0
    ? undefined
    : {
      title: `apply ${formatObjects(existing)}`,
      commands: [apply(cluster, settings, 'definitions', { only: each => existing.includes(each) })],
    };
}

/** Records which cluster this is, and the kinds of the sets, so the next run finds everything that this one makes. */
function record(cluster: ClusterObjects, { settings, identified, isPartial }: Scope): PhaseWork | undefined {
  const { context, current } = cluster;
  const self = identified.find(each => each.name === cluster.name);
  const connected = settings.connected && recordedConnections(identified, settings.connected.mode);
  const identity =
    self === undefined || isRecorded(self, identified, settings.applySet, connected)
      ? []
      : [recordIdentity(self, identified, settings.applySet, connected, isPartial)];
  const isComplete = APPLY_SETS.every(set => {
    const recorded = recordedKinds(cluster, settings, set);
    return recorded !== undefined && memberKinds(cluster, set).every(kind => recorded.includes(kind));
  });
  const sets =
    isComplete || !APPLY_SETS.some(set => cluster.sets[set].length > 0)
      ? []
      : [
        ...(current.recorded.length === 0 ? createSetKind(context) : []),
        applyParents(cluster, settings, set => [
          ...(recordedKinds(cluster, settings, set) ?? []),
          ...memberKinds(cluster, set),
        ]),
      ];
  const commands = [...identity, ...sets];
  return commands.length === 0 ? undefined : { title: 'record what is applied', commands };
}

/** Forgets the kinds without members, when everything else is done. */
function narrowSets(cluster: ClusterObjects, { settings }: Scope): PhaseWork | undefined {
  const hasMore = APPLY_SETS.some(set =>
    recordedKinds(cluster, settings, set)?.some(kind => !memberKinds(cluster, set).includes(kind)),
  );
  return hasMore
    ? {
      title: 'update the apply sets',
      commands: [applyParents(cluster, settings, set => memberKinds(cluster, set))],
    }
    : undefined;
}

function applyParents(
  { context }: ClusterObjects,
  { applySet: mesh }: ApplySettings,
  kinds: (set: ApplySetName) => readonly string[],
) {
  return {
    // with the field manager of earlier versions, which used kubectl's own apply sets
    ...kubectl(context).apply('--field-manager=kubectl-applyset', '--force-conflicts'),
    stdin: toYaml(...parentObjects(mesh, kinds)),
  };
}

function recordedKinds(
  { current }: ClusterObjects,
  { applySet: mesh }: ApplySettings,
  set: ApplySetName,
): readonly string[] | undefined {
  return current.recorded.find(each => each.id === applySetId(mesh, set))?.kinds;
}

function memberKinds({ sets }: ClusterObjects, set: ApplySetName): string[] {
  return [...new Set(sets[set].map(groupKind))].sort();
}

const TITLES: { readonly [set in ApplySetName]: string } = {
  objects: 'apply objects, and policies that allow',
  denies: 'apply policies that only deny',
  backends: 'apply workloads',
};

function applySet(
  cluster: ClusterObjects,
  { settings, isElsewhere = () => false }: Scope,
  set: ApplySetName,
): PhaseWork | undefined {
  const objects = cluster.sets[set].filter(each => !isElsewhere(each));
  const hasEndpoints = set === 'denies' && objects.some(({ kind }) => kind === 'Endpoints');
  return objects.length === 0
    ? undefined
    : {
      title: `${TITLES[set]}${hasEndpoints ? ', and Endpoints' : ''}`,
      commands: [apply(cluster, settings, set, { only: each => !isElsewhere(each) })],
    };
}

function removeObjects(
  { context, current }: ClusterObjects,
  { isElsewhere = () => false }: Scope,
  isChosen: (removal: Removal) => boolean,
): PhaseWork | undefined {
  const chosen = current.removals.filter(each => isChosen(each) && !isElsewhere(each));
  return chosen.length === 0
    ? undefined
    : { title: `remove ${formatObjects(chosen)}`, commands: chosen.map(each => remove(context, each)) };
}

function formatObjects(objects: readonly LiveObject[]): string {
  return objects.map(formatObject).join(', ');
}
