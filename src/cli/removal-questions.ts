import { CommandError, doneSoFar, Io, Status } from './io';
import { ApplySettings, ClusterObjects, CurrentObjects } from '../live/plans/apply-objects';
import { formatPath } from '../live/plans/field-changes';
import { formatObject, objectKey } from '../live/plans/live-object';
import { allObjects, meanwhileChanged } from '../live/plans/object-changes';
import { foreignSets, GuardReason, RemovalGuard, removalGuards, sharedObjects } from '../live/plans/removal-guards';
import { counted } from '../reports/words';

/** Options about removals. */
export interface RemovalOptions {
  readonly yes?: boolean;
  /** The most objects to remove in one cluster without a confirmation by name. */
  readonly maxRemovals?: string;
  /** Names that are confirmed. */
  readonly confirm?: readonly string[];
}

/** The limit of `--max-removals`. Throws for something other than a whole number. */
export function readMaxRemovals({ maxRemovals }: RemovalOptions): number | undefined {
  if (maxRemovals !== undefined && !/^\d{1,6}$/.test(maxRemovals)) {
    throw new CommandError(`--max-removals must be a whole number, got ${JSON.stringify(maxRemovals)}`);
  }
  return maxRemovals === undefined ? undefined : Number(maxRemovals);
}

/** Refuses sets of other programs, and objects that belong to one. */
export function refuseOtherSets(
  clusters: readonly ClusterObjects[],
  settings: ApplySettings,
  io: Pick<Io, 'done'>,
): void {
  const foreign = foreignSets(clusters).map(
    ({ name, current }) =>
      `${name}: no object with the apply set name ${settings.applySet} is in this mesh: ` +
      `${current.removals.map(formatObject).join(', ')}`,
  );
  if (foreign.length > 0) {
    throw new CommandError(
      `${foreign.join('\n')}\nAnother program seems to use this name. ` +
        'Choose another one with --apply-set NAME. ' +
        'If this mesh replaces that program, first remove its objects (kubectl delete).',
      Status.FOUND,
    );
  }
  const shared = sharedObjects(clusters, settings).flatMap(({ name, context, current }) =>
    current.shared.map(
      each =>
        `${name} (context ${context}): ${formatObject(each)} belongs to the apply set ${each.owner}, not to ` +
        settings.applySet,
    ),
  );
  if (shared.length > 0) {
    throw new CommandError(
      `${shared.join('\n')}\n${doneSoFar(io)}. An object belongs to one apply set: the other program would change ` +
        'or remove it.\n    fix: leave the object out of one of the two programs, or move it to this mesh with ' +
        '--take-over',
      Status.FOUND,
    );
  }
}

/**
 * Refuses to execute a plan when the clusters are not as they were when it was shown. Throws with what changed
 * meanwhile; `done` says what was changed before.
 */
export function refuseChanges(
  shown: readonly ClusterObjects[],
  now: readonly ClusterObjects[],
  done: string,
): void {
  const changes = shown.flatMap(before => {
    const after = now.find(each => each.name === before.name);
    return after ? currentChanges(before, after).map(text => `  ${before.name}: ${text}`) : [];
  });
  if (changes.length > 0) {
    throw changedMeanwhile(done, changes);
  }
}

/** The error of a plan that does not fit any more. `done` says what was changed before. */
export function changedMeanwhile(done: string, changes: readonly string[]): CommandError {
  return new CommandError(
    `${done}: the clusters changed since the plan was made.\n${changes.join('\n')}\n` +
      '    fix: run the command again, and look at its plan',
    Status.FOUND,
  );
}

function currentChanges(before: ClusterObjects, after: ClusterObjects): string[] {
  const [old, updated] = [before.current, after.current];
  const removals = ({ removals: all }: CurrentObjects) => new Map(all.map(each => [each.uid, each]));
  const missing = (from: CurrentObjects, to: CurrentObjects) =>
    [...removals(from)].filter(([uid]) => !removals(to).has(uid)).map(([, each]) => formatObject(each));
  const left = (from: CurrentObjects, to: CurrentObjects) =>
    allObjects(before).filter(each => from.live.has(objectKey(each)) && !to.live.has(objectKey(each)));
  return [
    ...(old.identity?.uid === updated.identity?.uid ? [] : ['its context leads to another cluster']),
    ...missing(updated, old).map(text => `${text} would be removed, and was not shown`),
    ...missing(old, updated).map(text => `${text} does not exist any more, or is another object`),
    ...updated.shared
      .filter(each => !old.shared.some(other => objectKey(other) === objectKey(each)))
      .map(each => `${formatObject(each)} belongs to the apply set ${each.owner}`),
    ...left(updated, old).map(each => `${formatObject(each)} was created`),
    ...left(old, updated).map(each => `${formatObject(each)} was removed`),
    ...meanwhileChanged(allObjects(before), old.live, updated.live).map(
      each => `${formatObject(each)} changed: ${each.fields.map(({ path }) => formatPath(path)).join(', ')}`,
    ),
  ];
}

/** Asks for the names of dangerous removals. Throws unless all are confirmed. */
export async function confirmRemovals(
  clusters: readonly ClusterObjects[],
  options: RemovalOptions,
  io: Io,
): Promise<void> {
  const guards = removalGuards(clusters, readMaxRemovals(options));
  await confirmNames(
    guards.filter(each => !options.confirm?.includes(each.name)),
    options,
    io,
  );
}

async function confirmNames(guards: readonly RemovalGuard[], { yes }: RemovalOptions, io: Io): Promise<void> {
  const names = [...new Set(guards.map(each => each.name))];
  guards.forEach(each => io.err(`${io.colors.yellow('warning')} ${guardText(each)}\n`));
  // --yes answers the general question only
  if (names.length > 0 && (yes || !io.prompt)) {
    throw new CommandError(
      `${doneSoFar(io)}: --yes does not confirm this.\n    fix: check the manifests; if all of this must go, add ` +
        names.map(name => `--confirm ${name}`).join(' '),
      Status.FOUND,
    );
  }
  for (const name of names) {
    if ((await io.prompt!(`To remove this, type the name ${name}: `)) !== name) {
      throw new CommandError('Nothing was changed.', Status.FOUND);
    }
  }
}

function guardText({ cluster, reason }: RemovalGuard): string {
  return `${cluster}: ${reasonText(reason)}`;
}

function reasonText(reason: GuardReason): string {
  switch (reason.kind) {
    case 'everything':
      return `all ${counted(reason.removals, 'object')} of its apply sets would be removed: are the manifests empty?`;
    case 'many':
      return `${counted(reason.removals, 'object')} would be removed, more than ${reason.limit} (--max-removals)`;
    case 'foreign':
      return (
        `${counted(reason.removals, 'object')} would be removed, and only ${reason.kept} kept: another program may ` +
        'use the same apply set (--apply-set gives each its own)'
      );
    case 'object':
      return `${formatObject(reason.removal)} would be removed, with everything in it or behind it`;
  }
}
