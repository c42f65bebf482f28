import { ApplySettings } from './apply-objects';
import { Command } from './command';
import { kubectl } from './kube';
import { forObjects } from './limits';
import { LiveObject } from './live-object';
import { secretValues } from './secret-values';

/** Objects of one call of kubectl. Several calls run side by side. */
const PART = 200;

/** Objects in parts for one call each. */
export function inParts<T>(objects: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(objects.length / PART) }, (_, index) =>
    objects.slice(index * PART, (index + 1) * PART),
  );
}

/** Prints, of some objects, those that exist. */
export function existingQuery(context: string, objects: readonly LiveObject[]): Command {
  return withObjects(kubectl(context).get('-f', '-', '--ignore-not-found', '-o', 'json'), objects);
}

/**
 * Prints what objects would become, and changes nothing: the API server validates them, adds its defaults, and merges
 * them with the fields of other managers. Fails if it refuses one.
 */
export function mergedQuery(context: string, objects: readonly LiveObject[], settings: ApplySettings): Command {
  const force = settings.forceConflicts ? ['--force-conflicts'] : [];
  return withObjects(
    kubectl(context).apply('--validate=strict', ...force, '--dry-run=server', '-o', 'json'),
    objects,
  );
}

function withObjects(command: Command, objects: readonly LiveObject[]): Command {
  const list = { apiVersion: 'v1', kind: 'List', items: objects.map(({ object }) => object) };
  const secrets = secretValues(objects);
  return {
    ...command,
    stdin: `${JSON.stringify(list)}\n`,
    ...(secrets.length > 0 ? { secrets } : {}),
    seconds: forObjects(objects.length),
  };
}
