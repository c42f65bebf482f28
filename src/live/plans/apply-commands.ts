import { ApplySettings, ClusterObjects, PrintedStep, printedObjects } from './apply-objects';
import { ApplySetName, parentReference } from './apply-set';
import { Command } from './command';
import { kubectl } from './kube';
import { SERVE, withLimit } from './limits';
import { groupKind, LiveObject } from './live-object';
import { toYaml } from '../../model/yaml';

/** Applies the objects of a step. */
export function apply(
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

/** Applies a set, and removes the members that left it. kubectl enables apply sets with a variable, since 1.27. */
export function applyAndPrune(cluster: ClusterObjects, settings: ApplySettings, set: ApplySetName): Command {
  const reference = parentReference(settings.applySet, set);
  return { ...apply(cluster, settings, set, '--prune', `--applyset=${reference}`), env: { KUBECTL_APPLYSET: 'true' } };
}

/** Removes an object, if it still exists. */
export function remove(context: string, object: LiveObject): Command {
  const namespace = object.namespace === undefined ? [] : ['--namespace', object.namespace];
  return kubectl(context).run('delete', groupKind(object), object.name, ...namespace, '--ignore-not-found');
}

/**
 * Waits until the API server serves the kinds. Right after its creation, the conditions of a definition are null, and
 * kubectl fails instead of waiting (v0.36.3, "status.conditions accessor error"): the accepted names come with the
 * first conditions.
 */
export function waitUntilServed(context: string, definitions: readonly any[]): Command[] {
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
