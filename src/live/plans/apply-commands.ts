import { ApplySettings, ClusterObjects, PrintedStep, printedObjects, Removal } from './apply-objects';
import { DEFINITION } from './apply-set';
import { Command } from './command';
import { kubectl } from './kube';
import { ACTION, forObjects, SERVE, WAIT, withLimit } from './limits';
import { groupKind, LiveObject, objectKey } from './live-object';
import { secretValues } from './secret-values';
import { toYaml } from '../../model/yaml';

/** Applies objects of a step, all of them by default. */
export function apply(
  cluster: ClusterObjects,
  settings: ApplySettings,
  step: PrintedStep,
  { args = [], only = () => true, order }: ApplyChoice = {},
): Command {
  const objects = printedObjects(cluster, step, settings.applySet).filter(only);
  if (order) {
    const positions = new Map(order.map((each, index) => [objectKey(each), index]));
    objects.sort((one, other) => positions.get(objectKey(one))! - positions.get(objectKey(other))!);
  }
  const force = settings.forceConflicts ? ['--force-conflicts'] : [];
  return {
    ...kubectl(cluster.context).apply('--validate=strict', ...force, ...args),
    stdin: toYaml(...objects.map(each => each.object)),
    ...(objects.some(isSecret)
      ? { printer: settings.printer(cluster.name, step), secrets: secretValues(objects) }
      : {}),
    ...limitFor(objects.length),
  };
}

/** kubectl sends one request after the other: thousands of objects take longer than other commands. */
function limitFor(objects: number): Pick<Command, 'seconds'> {
  const seconds = forObjects(objects);
  return seconds > ACTION ? { seconds } : {};
}

/** Which objects of a step are applied, and how. */
interface ApplyChoice {
  readonly args?: readonly string[];
  readonly only?: (object: LiveObject) => boolean;
  /** The objects in their order, where it is not that of the step. */
  readonly order?: readonly LiveObject[];
}

function isSecret({ group, kind }: LiveObject): boolean {
  return group === '' && kind === 'Secret';
}

/**
 * Removes the object that was shown, and no other one of its name: the API server compares the UID. `kubectl delete`
 * by name would also remove an object that someone created again meanwhile.
 */
export function remove(
  context: string,
  { path, uid }: Pick<Removal, 'path' | 'uid'>,
  { dryRun, propagationPolicy = 'Background' }: RemoveOptions = {},
): Command {
  const options = {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    propagationPolicy,
    preconditions: { uid },
    ...(dryRun ? { dryRun: ['All'] } : {}),
  };
  return {
    ...kubectl(context).run('delete', '--raw', path, '-f', '-'),
    stdin: `${JSON.stringify(options)}\n`,
    isDoneWhenNotFound: true,
  };
}

/** How an object is removed. */
interface RemoveOptions {
  /** Only asks whether the API server accepts it. */
  readonly dryRun?: boolean;
  /** With `Foreground`, a workload stays until its pods have ended. */
  readonly propagationPolicy?: 'Background' | 'Foreground';
}

/** Removes a workload, and waits until its pods have ended. */
export function removeWithPods(context: string, removal: Removal): Command[] {
  const { namespace, name } = removal;
  const object = `${groupKind(removal).toLowerCase()}/${name}`;
  const wait = kubectl(context, namespace).run('wait', '--for=delete', object, `--timeout=${WAIT.text}`);
  return [remove(context, removal, { propagationPolicy: 'Foreground' }), withLimit(WAIT, wait)];
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

/** Creates the kind of the parents of apply sets. */
export function createSetKind(context: string): Command[] {
  return [{ ...kubectl(context).apply(), stdin: toYaml(DEFINITION) }, ...waitUntilServed(context, [DEFINITION])];
}
