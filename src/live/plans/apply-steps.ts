import { apply, applyAndPrune, remove, waitUntilServed } from './apply-commands';
import { ApplySettings, ClusterObjects } from './apply-objects';
import { APPLY_SETS, ApplySetName, DEFINITION, parentObjects, parentsCheck } from './apply-set';
import { kubectl } from './kube';
import { formatObject, LiveObject } from './live-object';
import { Step } from './plan';
import { toYaml } from '../../model/yaml';

/** The phases of a cluster, in their order. */
const PHASES = ['definitions', 'sets', 'validated', ...APPLY_SETS, 'freed', 'pruned'] as const;
export type Phase = (typeof PHASES)[number];

/** A step of the plan that applies, with its phase. */
export interface ApplyStep extends Step {
  readonly phase: Phase;
}

/** What a phase does, and when it is done already. */
type PhaseWork = Pick<Step, 'title' | 'commands' | 'unless'>;

/** The work of each phase in a cluster; undefined where it has none. */
const WORK: { readonly [phase in Phase]: (cluster: ClusterObjects, settings: ApplySettings) => PhaseWork | undefined } =
  {
    definitions: createDefinitions,
    sets: prepareSets,
    validated: validate,
    objects: applyObjects,
    denies: (cluster, settings) => applySet(cluster, settings, 'denies'),
    backends: (cluster, settings) => applySet(cluster, settings, 'backends'),
    freed: removePolicies,
    pruned: pruneObjects,
  };

/** The steps of a cluster, each after the one before; the first one after those in `needs`. */
export function clusterSteps(cluster: ClusterObjects, settings: ApplySettings, needs: readonly string[]): ApplyStep[] {
  const id = (phase: Phase) => `${cluster.name}/${phase}`;
  const phases = PHASES.flatMap(phase => {
    const work = WORK[phase](cluster, settings);
    return work ? [{ phase, work }] : [];
  });
  return phases.map(({ phase, work }, index) => ({
    id: id(phase),
    phase,
    cluster: cluster.name,
    needs: index > 0 ? [id(phases[index - 1].phase)] : needs,
    ...work,
  }));
}

function createDefinitions(cluster: ClusterObjects, settings: ApplySettings): PhaseWork | undefined {
  const { context, definitions } = cluster;
  return definitions.length === 0
    ? undefined
    : {
      title: `create ${formatObjects(definitions)}`,
      commands: [
        apply(cluster, settings, 'definitions'),
        ...waitUntilServed(
          context,
          definitions.map(({ object }) => object),
        ),
      ],
    };
}

function prepareSets(cluster: ClusterObjects, { applySet: name }: ApplySettings): PhaseWork | undefined {
  const { context, removals } = cluster;
  return !hasObjects(cluster) && removals.length === 0
    ? undefined
    : {
      title: 'prepare the apply sets',
      unless: { kind: 'succeeds', command: parentsCheck(context, name) },
      commands: [
        { ...kubectl(context).apply(), stdin: toYaml(DEFINITION) },
        ...waitUntilServed(context, [DEFINITION]),
        // with the field manager of kubectl, which writes the same fields at every apply
        { ...kubectl(context).apply('--field-manager=kubectl-applyset'), stdin: toYaml(...parentObjects(name)) },
      ],
    };
}

function validate(cluster: ClusterObjects, settings: ApplySettings): PhaseWork | undefined {
  return !hasObjects(cluster)
    ? undefined
    : {
      title: 'ask the API server to validate the manifests',
      commands: APPLY_SETS.filter(set => cluster.sets[set].length > 0).map(set =>
        apply(cluster, settings, set, '--dry-run=server'),
      ),
    };
}

/** An object that is not pruned yet has the label of its set nevertheless. */
function applyObjects(cluster: ClusterObjects, settings: ApplySettings): PhaseWork | undefined {
  return cluster.sets.objects.length === 0
    ? undefined
    : {
      title: 'apply objects, and policies that allow',
      commands: [
        prunesLater(cluster) ? apply(cluster, settings, 'labelled') : applyAndPrune(cluster, settings, 'objects'),
      ],
    };
}

const TITLES = { denies: 'apply policies that only deny', backends: 'apply workloads' } as const;

/** Applies a set, or removes what left it where nothing is in it any more. */
function applySet(cluster: ClusterObjects, settings: ApplySettings, set: keyof typeof TITLES): PhaseWork | undefined {
  const objects = cluster.sets[set];
  if (objects.length === 0) {
    return removeObjects(cluster, removalsOf(cluster, set));
  }
  const hasEndpoints = set === 'denies' && objects.some(({ kind }) => kind === 'Endpoints');
  return {
    title: `${TITLES[set]}${hasEndpoints ? ', and Endpoints' : ''}`,
    commands: [applyAndPrune(cluster, settings, set)],
  };
}

function removePolicies(cluster: ClusterObjects): PhaseWork | undefined {
  return removeObjects(cluster, policyRemovals(cluster));
}

/** kubectl prunes the objects when everything else is applied. */
function pruneObjects(cluster: ClusterObjects, settings: ApplySettings): PhaseWork | undefined {
  const others = removalsOf(cluster, 'objects').filter(each => !each.isPolicy);
  if (cluster.sets.objects.length === 0) {
    return removeObjects(cluster, others);
  }
  return !prunesLater(cluster)
    ? undefined
    : {
      title: others.length > 0 ? `remove ${formatObjects(others)}` : 'update the apply set',
      commands: [applyAndPrune(cluster, settings, 'objects')],
    };
}

function removeObjects({ context }: ClusterObjects, objects: readonly LiveObject[]): PhaseWork | undefined {
  return objects.length === 0
    ? undefined
    : { title: `remove ${formatObjects(objects)}`, commands: objects.map(each => remove(context, each)) };
}

/** Whether kubectl must prune nothing while it applies: policies wait for their removal, or objects for their set. */
function prunesLater(cluster: ClusterObjects): boolean {
  return policyRemovals(cluster).length > 0 || cluster.hasMoves;
}

function policyRemovals(cluster: ClusterObjects) {
  return removalsOf(cluster, 'objects').filter(each => each.isPolicy);
}

function removalsOf({ removals }: ClusterObjects, set: ApplySetName) {
  return removals.filter(each => each.set === set);
}

function hasObjects({ sets }: ClusterObjects): boolean {
  return APPLY_SETS.some(set => sets[set].length > 0);
}

function formatObjects(objects: readonly LiveObject[]): string {
  return objects.map(formatObject).join(', ');
}
