import { APPLY_SETS, applySetId, ApplySetName, DEFINITION, parentReference, parents, parentsExist, PART_OF } from './apply-set';
import { Command } from './command';
import { kubectl } from './kube';
import { groupKind, LiveObject, shownObject } from './live-object';
import { Plan, Step } from './plan';
import { tool } from './tools';
import { toYaml } from '../../model/yaml';

/** What is to be in a cluster, in the order in which it is applied. */
export interface ClusterObjects {
  readonly name: string;
  /** kubectl context. */
  readonly context: string;
  /** Namespaces and definitions of kinds: made before everything else, and never removed, since others may live in them. */
  readonly definitions: readonly LiveObject[];
  readonly sets: { readonly [set in ApplySetName]: readonly LiveObject[] };
  /** What was applied, and is in the mesh no more: it is removed, policies in this order. */
  readonly leaving: readonly LeavingObject[];
  /** Something is in another set than it was: nothing may be pruned before it is there. */
  readonly moving: boolean;
  /** How many of the objects that were applied are in the mesh still. */
  readonly kept: number;
}

/** An object that left the mesh. */
export interface LeavingObject extends LiveObject {
  readonly set: ApplySetName;
  readonly isPolicy: boolean;
}

/** Steps whose objects can be printed; `labelled` are those of `objects` with the label of their set. */
export const PRINTED_STEPS = ['definitions', ...APPLY_SETS, 'labelled'] as const;
export type PrintedStep = typeof PRINTED_STEPS[number];

/** The objects that a step gives to kubectl. */
export function printedObjects({ definitions, sets }: Pick<ClusterObjects, 'definitions' | 'sets'>, step: PrintedStep, applySet: string): readonly LiveObject[] {
  switch (step) {
    case 'definitions': return definitions;
    case 'labelled': return labelled(sets.objects, applySetId(applySet, 'objects'));
    default: return sets[step];
  }
}

/** How objects are applied. */
export interface ApplySettings {
  /** The name under which kubectl knows what belongs to this mesh. */
  readonly applySet: string;
  /** Takes fields over that somebody else set; without it the API server refuses them. */
  readonly forceConflicts?: boolean;
  /** Prints the objects of a step again, for scripts that must not hold Secrets. */
  readonly printer: (cluster: string, step: PrintedStep) => Command;
}

/** The plan that makes the clusters what the manifests say; after the steps that `needs` names for each cluster. */
export function applyPlan(clusters: readonly ClusterObjects[], settings: ApplySettings, needs?: (cluster: string) => readonly string[]): Plan {
  return { title: `apply: ${clusters.map(each => each.name).join(', ')}`, tools: [tool('kubectl', 'applies the manifests')], steps: applySteps(clusters, settings, needs) };
}

/**
 * The steps of `applyPlan`, after those that `needs` names for each cluster.
 *
 * 1. Every API server is asked whether it would take the objects (`--dry-run=server`); nothing but namespaces is made before all have said yes.
 * 2. What allows comes before what denies: policies that allow something stand in every cluster before one that only denies is made in any.
 *    Inside of one call, kubectl applies in the order of its input.
 * 3. Workloads come after the policies, so that new pods start under them.
 * 4. What denies goes before what allows: policies that left are removed when all others stand, first those that only deny, then the others in
 *    the order that is given.
 */
function applySteps(clusters: readonly ClusterObjects[], settings: ApplySettings, needs: (cluster: string) => readonly string[] = () => []): Step[] {
  const all = (what: string) => clusters.map(({ name }) => `${name}/${what}`);
  const phases = clusters.map(cluster => ({ cluster, steps: clusterSteps(cluster, settings, needs(cluster.name)) }));
  const existing = new Set(phases.flatMap(({ steps }) => steps.map(({ id }) => id)));
  const barriers: { readonly [what: string]: readonly string[] } = {
    objects: all('validated'), denies: all('objects'), backends: all('denies'), freed: [...all('objects'), ...all('denies'), ...all('backends')], pruned: all('freed'),
  };
  return phases.flatMap(({ steps }) => steps.map(step => ({
    ...step, needs: [...new Set([...step.needs, ...(barriers[step.id.slice(step.id.indexOf('/') + 1)] ?? [])])].filter(id => existing.has(id) || needs(step.cluster!).includes(id)),
  })));
}

function clusterSteps(cluster: ClusterObjects, settings: ApplySettings, needs: readonly string[]): Step[] {
  const { name, context, definitions, sets, leaving } = cluster;
  const { applySet } = settings;
  const everything = APPLY_SETS.flatMap(set => sets[set]);
  const of = (set: ApplySetName) => leaving.filter(each => each.set === set);
  const policies = of('objects').filter(each => each.isPolicy);
  // the objects are pruned when everything else stands
  const later = policies.length > 0 || cluster.moving;
  const steps: Step[] = [];
  // each step after the last one of its cluster
  const add = (what: string, title: string, step: Pick<Step, 'commands'> & Partial<Step>) => steps.push({
    id: `${name}/${what}`, title, cluster: name, needs: steps.length > 0 ? [steps[steps.length - 1].id] : needs, ...step,
  });
  if (definitions.length > 0) {
    add('definitions', `make ${definitions.map(shownObject).join(', ')}`, {
      commands: [apply(cluster, settings, 'definitions'), ...established(context, definitions.map(({ object }) => object))],
    });
  }
  if (everything.length > 0 || leaving.length > 0) {
    add('sets', 'prepare the apply sets', {
      unless: { kind: 'succeeds', command: parentsExist(context, applySet) },
      commands: [
        { ...kubectl(context, 'apply', '--server-side', '-f', '-'), stdin: toYaml(DEFINITION) },
        ...established(context, [DEFINITION]),
        // as kubectl's own, which writes the same fields with every apply
        { ...kubectl(context, 'apply', '--server-side', '--field-manager=kubectl-applyset', '-f', '-'), stdin: toYaml(...parents(applySet)) },
      ],
    });
  }
  if (everything.length > 0) {
    add('validated', 'ask the API server whether it takes the manifests', {
      commands: APPLY_SETS.filter(set => sets[set].length > 0).map(set => apply(cluster, settings, set, '--dry-run=server')),
    });
  }
  for (const set of APPLY_SETS) {
    if (sets[set].length > 0) {
      // what is not pruned yet has the label of its set nevertheless
      add(set, `${TITLES[set]}${set === 'denies' && sets.denies.some(({ kind }) => kind === 'Endpoints') ? ', and Endpoints' : ''}`, { commands: [set === 'objects' && later ? apply(cluster, settings, 'labelled') : applyAndPrune(cluster, settings, set)] });
    } else if (of(set).length > 0 && set !== 'objects') {
      add(set, `remove what left: ${of(set).map(shownObject).join(', ')}`, { commands: of(set).map(each => remove(context, each)) });
    }
  }
  if (policies.length > 0) {
    add('freed', `remove policies that left: ${policies.map(shownObject).join(', ')}`, { commands: policies.map(each => remove(context, each)) });
  }
  const rest = of('objects').filter(each => !each.isPolicy);
  if (sets.objects.length > 0 && later) {
    add('pruned', rest.length > 0 ? `remove what left: ${rest.map(shownObject).join(', ')}` : 'bring the apply set up to date', { commands: [applyAndPrune(cluster, settings, 'objects')] });
  } else if (sets.objects.length === 0 && rest.length > 0) {
    add('pruned', `remove what left: ${rest.map(shownObject).join(', ')}`, { commands: rest.map(each => remove(context, each)) });
  }
  return steps;
}

const TITLES: { readonly [set in ApplySetName]: string } = {
  objects: 'apply objects, and policies that allow',
  denies: 'apply policies that only deny',
  backends: 'apply workloads',
};

function apply(cluster: ClusterObjects, settings: ApplySettings, step: PrintedStep, ...more: readonly string[]): Command {
  const objects = printedObjects(cluster, step, settings.applySet);
  return {
    ...kubectl(cluster.context, 'apply', '--server-side', '--validate=strict', ...settings.forceConflicts ? ['--force-conflicts'] : [], ...more, '-f', '-'),
    stdin: toYaml(...objects.map(each => each.object)),
    ...objects.some(({ group, kind }) => group === '' && kind === 'Secret') ? { printer: settings.printer(cluster.name, step) } : {},
  };
}

/** kubectl has apply sets behind a variable, since 1.27. */
function applyAndPrune(cluster: ClusterObjects, settings: ApplySettings, set: ApplySetName): Command {
  return { ...apply(cluster, settings, set, '--prune', `--applyset=${parentReference(settings.applySet, set)}`), env: { KUBECTL_APPLYSET: 'true' } };
}

function remove(context: string, object: LiveObject): Command {
  return kubectl(context, 'delete', groupKind(object), object.name, ...object.namespace === undefined ? [] : ['--namespace', object.namespace], '--ignore-not-found');
}

/**
 * Waits until the API server serves the kinds. Right after it was made, the conditions of a definition are null, where kubectl fails instead of
 * waiting (v0.36.3, "status.conditions accessor error"): names that were accepted come with the first conditions.
 */
function established(context: string, definitions: readonly any[]): Command[] {
  const kinds = definitions.filter(({ kind }) => kind === 'CustomResourceDefinition').map(({ metadata, spec }) => ({ name: `customresourcedefinition/${metadata.name}`, kind: spec?.names?.kind }));
  const wait = (what: string, ...names: readonly string[]) => kubectl(context, 'wait', `--for=${what}`, '--timeout=60s', ...names);
  return kinds.length === 0 ? [] : [
    ...kinds.map(({ name, kind }) => wait(`jsonpath={.status.acceptedNames.kind}=${kind}`, name)),
    wait('condition=Established', ...kinds.map(({ name }) => name)),
  ];
}

/** The objects with the label of their set, as kubectl gives it. */
export function labelled(objects: readonly LiveObject[], id: string): LiveObject[] {
  return objects.map(each => ({ ...each, object: { ...each.object, metadata: { ...each.object.metadata, labels: { ...each.object.metadata.labels, [PART_OF]: id } } } }));
}
