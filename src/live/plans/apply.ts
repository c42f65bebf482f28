import {
  APPLY_SETS,
  applySetId,
  ApplySetName,
  DEFINITION,
  parentObjects,
  parentReference,
  parentsCheck,
  PART_OF,
} from './apply-set';
import { Command } from './command';
import { kubectl } from './kube';
import { SERVE, withLimit } from './limits';
import { formatObject, groupKind, LiveObject } from './live-object';
import { Plan, Step } from './plan';
import { tool } from './tools';
import { toYaml } from '../../model/yaml';

/** What a cluster must contain, in the order in which it is applied. */
export interface ClusterObjects {
  readonly name: string;
  /** kubectl context. */
  readonly context: string;
  /**
   * Namespaces and custom resource definitions: created first, and never removed, since other objects may depend on
   * them.
   */
  readonly definitions: readonly LiveObject[];
  readonly sets: { readonly [set in ApplySetName]: readonly LiveObject[] };
  /** Members of the sets that are not in the manifests any more; policies in the order of their removal. */
  readonly removals: readonly Removal[];
  /** An object belongs to another set than before: kubectl must prune nothing until it is in that set. */
  readonly hasMoves: boolean;
  /** How many members of the sets are in the manifests. */
  readonly keptMembers: number;
}

/** An object that left the mesh. */
export interface Removal extends LiveObject {
  readonly set: ApplySetName;
  readonly isPolicy: boolean;
}

/** Steps whose objects `apply --print` prints; `labelled` are those of `objects` with the label of their set. */
export const PRINTED_STEPS = ['definitions', ...APPLY_SETS, 'labelled'] as const;
export type PrintedStep = (typeof PRINTED_STEPS)[number];

/** The objects that a step passes to kubectl. */
export function printedObjects(
  { definitions, sets }: Pick<ClusterObjects, 'definitions' | 'sets'>,
  step: PrintedStep,
  applySet: string,
): readonly LiveObject[] {
  switch (step) {
    case 'definitions':
      return definitions;
    case 'labelled':
      return labelObjects(sets.objects, applySetId(applySet, 'objects'));
    default:
      return sets[step];
  }
}

/** How objects are applied. */
export interface ApplySettings {
  /** The name of the apply sets of this mesh. */
  readonly applySet: string;
  /** Takes over fields that other field managers set; without it the API server refuses them. */
  readonly forceConflicts?: boolean;
  /** The command that prints the objects of a step, for scripts, which must not contain Secrets. */
  readonly printer: (cluster: string, step: PrintedStep) => Command;
}

/** The steps that must be done before the first step of a cluster. */
export type Needs = (cluster: string) => readonly string[];

/** The plan that makes the clusters match the manifests; after the steps that `needs` names for each cluster. */
export function applyPlan(clusters: readonly ClusterObjects[], settings: ApplySettings, needs?: Needs): Plan {
  return {
    title: `apply: ${clusters.map(each => each.name).join(', ')}`,
    tools: [tool('kubectl', 'applies the manifests')],
    steps: applySteps(clusters, settings, needs),
  };
}

/** The phases of a cluster, in their order. */
const PHASES = ['definitions', 'sets', 'validated', ...APPLY_SETS, 'freed', 'pruned'] as const;
type Phase = (typeof PHASES)[number];

/** Phases that must be done in all clusters before a phase starts in any. */
const BARRIERS: { readonly [phase in Phase]?: readonly Phase[] } = {
  objects: ['validated'],
  denies: ['objects'],
  backends: ['denies'],
  freed: ['objects', 'denies', 'backends'],
  pruned: ['freed'],
};

interface ApplyStep extends Step {
  readonly phase: Phase;
}

/**
 * The steps of `applyPlan`, after those that `needs` names for each cluster.
 *
 * 1. Every API server validates the objects (`--dry-run=server`); before all have accepted them, the plan creates only
 *    namespaces and definitions.
 * 2. What allows comes before what denies: policies that allow something are in every cluster before one that only
 *    denies is created in any. Inside of one call, kubectl applies in the order of its input.
 * 3. Workloads come after the policies, so new pods start under them.
 * 4. What denies goes before what allows: when everything else is applied, the plan removes policies that left the
 *    mesh, first those that only deny, then the others in the order of `removals`.
 */
function applySteps(clusters: readonly ClusterObjects[], settings: ApplySettings, needs: Needs = () => []): Step[] {
  const steps = clusters.flatMap(cluster => clusterSteps(cluster, settings, needs(cluster.name)));
  return steps.map(({ phase, ...step }) => {
    const earlier = steps.filter(each => BARRIERS[phase]?.includes(each.phase)).map(each => each.id);
    return { ...step, needs: [...new Set([...step.needs, ...earlier])] };
  });
}

function clusterSteps(cluster: ClusterObjects, settings: ApplySettings, needs: readonly string[]): ApplyStep[] {
  const { name, context, definitions, sets, removals } = cluster;
  const everything = APPLY_SETS.flatMap(set => sets[set]);
  const removalsOf = (set: ApplySetName) => removals.filter(each => each.set === set);
  const policies = removalsOf('objects').filter(each => each.isPolicy);
  const others = removalsOf('objects').filter(each => !each.isPolicy);
  // kubectl prunes the objects when everything else is applied
  const prunesLater = policies.length > 0 || cluster.hasMoves;
  const steps: ApplyStep[] = [];
  // each step after the last one of its cluster
  const add = (phase: Phase, title: string, step: Pick<Step, 'commands'> & Partial<Step>) =>
    steps.push({
      id: `${name}/${phase}`,
      phase,
      title,
      cluster: name,
      needs: steps.length > 0 ? [steps[steps.length - 1].id] : needs,
      ...step,
    });
  if (definitions.length > 0) {
    add('definitions', `create ${formatObjects(definitions)}`, {
      commands: [
        apply(cluster, settings, 'definitions'),
        ...waitUntilServed(
          context,
          definitions.map(({ object }) => object),
        ),
      ],
    });
  }
  if (everything.length > 0 || removals.length > 0) {
    add('sets', 'prepare the apply sets', {
      unless: { kind: 'succeeds', command: parentsCheck(context, settings.applySet) },
      commands: [
        { ...kubectl(context).apply(), stdin: toYaml(DEFINITION) },
        ...waitUntilServed(context, [DEFINITION]),
        // with the field manager of kubectl, which writes the same fields at every apply
        {
          ...kubectl(context).apply('--field-manager=kubectl-applyset'),
          stdin: toYaml(...parentObjects(settings.applySet)),
        },
      ],
    });
  }
  if (everything.length > 0) {
    add('validated', 'ask the API server to validate the manifests', {
      commands: APPLY_SETS.filter(set => sets[set].length > 0).map(set =>
        apply(cluster, settings, set, '--dry-run=server'),
      ),
    });
  }
  for (const set of APPLY_SETS) {
    if (sets[set].length > 0) {
      const hasEndpoints = set === 'denies' && sets.denies.some(({ kind }) => kind === 'Endpoints');
      // an object that is not pruned yet has the label of its set nevertheless
      add(set, `${TITLES[set]}${hasEndpoints ? ', and Endpoints' : ''}`, {
        commands: [
          set === 'objects' && prunesLater
            ? apply(cluster, settings, 'labelled')
            : applyAndPrune(cluster, settings, set),
        ],
      });
    } else if (removalsOf(set).length > 0 && set !== 'objects') {
      add(set, `remove ${formatObjects(removalsOf(set))}`, {
        commands: removalsOf(set).map(each => remove(context, each)),
      });
    }
  }
  if (policies.length > 0) {
    add('freed', `remove ${formatObjects(policies)}`, { commands: policies.map(each => remove(context, each)) });
  }
  if (sets.objects.length > 0 && prunesLater) {
    add('pruned', others.length > 0 ? `remove ${formatObjects(others)}` : 'update the apply set', {
      commands: [applyAndPrune(cluster, settings, 'objects')],
    });
  } else if (sets.objects.length === 0 && others.length > 0) {
    add('pruned', `remove ${formatObjects(others)}`, { commands: others.map(each => remove(context, each)) });
  }
  return steps;
}

const TITLES: { readonly [set in ApplySetName]: string } = {
  objects: 'apply objects, and policies that allow',
  denies: 'apply policies that only deny',
  backends: 'apply workloads',
};

function apply(
  cluster: ClusterObjects,
  settings: ApplySettings,
  step: PrintedStep,
  ...more: readonly string[]
): Command {
  const objects = printedObjects(cluster, step, settings.applySet);
  const force = settings.forceConflicts ? ['--force-conflicts'] : [];
  return {
    ...kubectl(cluster.context).apply('--validate=strict', ...force, ...more),
    stdin: toYaml(...objects.map(each => each.object)),
    ...(objects.some(isSecret) ? { printer: settings.printer(cluster.name, step) } : {}),
  };
}

function isSecret({ group, kind }: LiveObject): boolean {
  return group === '' && kind === 'Secret';
}

/** kubectl enables apply sets with a variable, since 1.27. */
function applyAndPrune(cluster: ClusterObjects, settings: ApplySettings, set: ApplySetName): Command {
  const reference = parentReference(settings.applySet, set);
  return { ...apply(cluster, settings, set, '--prune', `--applyset=${reference}`), env: { KUBECTL_APPLYSET: 'true' } };
}

function remove(context: string, object: LiveObject): Command {
  const namespace = object.namespace === undefined ? [] : ['--namespace', object.namespace];
  return kubectl(context).run('delete', groupKind(object), object.name, ...namespace, '--ignore-not-found');
}

/**
 * Waits until the API server serves the kinds. Right after its creation, the conditions of a definition are null, and
 * kubectl fails instead of waiting (v0.36.3, "status.conditions accessor error"): the accepted names come with the
 * first conditions.
 */
function waitUntilServed(context: string, definitions: readonly any[]): Command[] {
  const kinds = definitions
    .filter(({ kind }) => kind === 'CustomResourceDefinition')
    .map(({ metadata, spec }) => ({ name: `customresourcedefinition/${metadata.name}`, kind: spec?.names?.kind }));
  const wait = (what: string, ...names: readonly string[]) =>
    withLimit(SERVE, kubectl(context).run('wait', `--for=${what}`, `--timeout=${SERVE.text}`, ...names));
  return kinds.length === 0
    ? []
    : [
      ...kinds.map(({ name, kind }) => wait(`jsonpath={.status.acceptedNames.kind}=${kind}`, name)),
      wait('condition=Established', ...kinds.map(({ name }) => name)),
    ];
}

/** The objects with the label of their set, as kubectl writes it. */
export function labelObjects(objects: readonly LiveObject[], id: string): LiveObject[] {
  return objects.map(({ object, ...name }) => {
    const { metadata } = object;
    return { ...name, object: { ...object, metadata: { ...metadata, labels: { ...metadata.labels, [PART_OF]: id } } } };
  });
}

function formatObjects(objects: readonly LiveObject[]): string {
  return objects.map(formatObject).join(', ');
}
