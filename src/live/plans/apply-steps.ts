import { apply, createSetKind, remove, waitUntilServed } from './apply-commands';
import { ApplySettings, ClusterObjects, missingDefinitions, needsDefinition, Removal } from './apply-objects';
import { APPLY_SETS, applySetId, ApplySetName, parentObjects } from './apply-set';
import { connectedClusters, IdentifiedCluster, isRecorded, recordIdentity } from './cluster-identity';
import { kubectl } from './kube';
import { formatObject, groupKind, LiveObject, objectKey } from './live-object';
import { Step } from './plan';
import { toYaml } from '../../model/yaml';

/** The phases of a cluster, in their order. */
export const PHASES = [
  'validated',
  'created',
  'validated-new',
  'recorded',
  'definitions',
  ...APPLY_SETS,
  'denials-removed',
  'policies-removed',
  'removed',
  'sets',
] as const;
export type Phase = (typeof PHASES)[number];

/** A step of the plan that applies, with its phase. */
export interface ApplyStep extends Step {
  readonly phase: Phase;
}

/** What a phase does, and when it is done already. */
type PhaseWork = Pick<Step, 'title' | 'commands'>;

/** What a phase knows beside its cluster. */
interface Scope {
  readonly settings: ApplySettings;
  /** The clusters whose identity is known. */
  readonly identified: readonly IdentifiedCluster[];
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
  'denials-removed': cluster => removeObjects(cluster, each => each.isPolicy && each.set === 'denies'),
  'policies-removed': cluster => removeObjects(cluster, each => each.isPolicy && each.set !== 'denies'),
  'removed': cluster => removeObjects(cluster, each => !each.isPolicy),
  'sets': narrowSets,
};

/** The phases of a run that changes no object: it records what is in the clusters. */
export const RECORDS: readonly Phase[] = ['recorded', 'sets'];

/** The steps of a cluster, each after the one before; the first one after those in `needs`. */
export function clusterSteps(
  cluster: ClusterObjects,
  scope: Scope,
  needs: readonly string[],
  chosen: readonly Phase[] = PHASES,
): ApplyStep[] {
  const id = (phase: Phase) => `${cluster.name}/${phase}`;
  const phases = chosen.flatMap(phase => {
    const work = WORK[phase](cluster, scope);
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

/** Asks the API server about everything that it can validate before missing definitions exist. */
function validate(cluster: ClusterObjects, { settings }: Scope): PhaseWork | undefined {
  const missing = missingDefinitions(cluster);
  const isReady = (each: LiveObject) =>
    // the printer of a Secret prints all objects of its step, so it cannot leave some out
    missing.length === 0 || (groupKind(each) !== 'Secret' && !needsDefinition(each, missing));
  return validation(cluster, settings, isReady);
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
function changeDefinitions(cluster: ClusterObjects, { settings }: Scope): PhaseWork | undefined {
  const existing = cluster.definitions.filter(each => cluster.current.existing.has(objectKey(each)));
  return existing.length === 0
    ? undefined
    : {
      title: `apply ${formatObjects(existing)}`,
      commands: [apply(cluster, settings, 'definitions', { only: each => existing.includes(each) })],
    };
}

/** Records which cluster this is, and the kinds of the sets, so the next run finds everything that this one makes. */
function record(cluster: ClusterObjects, { settings, identified }: Scope): PhaseWork | undefined {
  const { context, current } = cluster;
  const self = identified.find(each => each.name === cluster.name);
  const connected = settings.recordsConnections ? connectedClusters(identified) : undefined;
  const identity =
    self === undefined || isRecorded(self, identified, settings.applySet, connected)
      ? []
      : [recordIdentity(self, identified, settings.applySet, connected)];
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

function applySet(cluster: ClusterObjects, { settings }: Scope, set: ApplySetName): PhaseWork | undefined {
  const objects = cluster.sets[set];
  const hasEndpoints = set === 'denies' && objects.some(({ kind }) => kind === 'Endpoints');
  return objects.length === 0
    ? undefined
    : {
      title: `${TITLES[set]}${hasEndpoints ? ', and Endpoints' : ''}`,
      commands: [apply(cluster, settings, set)],
    };
}

function removeObjects(
  { context, current }: ClusterObjects,
  isChosen: (removal: Removal) => boolean,
): PhaseWork | undefined {
  const chosen = current.removals.filter(isChosen);
  return chosen.length === 0
    ? undefined
    : { title: `remove ${formatObjects(chosen)}`, commands: chosen.map(each => remove(context, each)) };
}

function formatObjects(objects: readonly LiveObject[]): string {
  return objects.map(formatObject).join(', ');
}
