import { CommandError, Io, Status } from './io';
import { ApplySettings, ClusterObjects, CurrentObjects } from '../live/plans/apply-objects';
import { formatObject, objectKey } from '../live/plans/live-object';
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
export function refuseOtherSets(clusters: readonly ClusterObjects[], settings: ApplySettings): void {
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
      `${shared.join('\n')}\nNothing was changed. An object belongs to one apply set: the other program would change ` +
        'or remove it.\n    fix: leave the object out of one of the two programs, or move it to this mesh with ' +
        '--take-over',
      Status.FOUND,
    );
  }
}

/**
 * Refuses to execute a plan when the clusters are not as they were when it was shown. Throws with what changed
 * meanwhile.
 */
export function refuseChanges(shown: readonly ClusterObjects[], now: readonly ClusterObjects[]): void {
  const changes = shown.flatMap(({ name, current: before }) => {
    const after = now.find(each => each.name === name)?.current;
    return after ? currentChanges(before, after).map(text => `  ${name}: ${text}`) : [];
  });
  if (changes.length > 0) {
    throw new CommandError(
      `Nothing was changed: the clusters changed since the plan was made.\n${changes.join('\n')}\n` +
        '    fix: run the command again, and look at its plan',
      Status.FOUND,
    );
  }
}

function currentChanges(before: CurrentObjects, after: CurrentObjects): string[] {
  const keys = ({ removals }: CurrentObjects) => new Map(removals.map(each => [each.uid, each]));
  const missing = (from: CurrentObjects, to: CurrentObjects) =>
    [...keys(from)].filter(([uid]) => !keys(to).has(uid)).map(([, each]) => formatObject(each));
  const difference = (from: ReadonlySet<string>, to: ReadonlySet<string>) => [...from].filter(each => !to.has(each));
  const left = new Set([...before.removals, ...after.removals].map(objectKey));
  return [
    ...(before.identity?.uid === after.identity?.uid ? [] : ['its context leads to another cluster']),
    ...missing(after, before).map(text => `${text} would be removed, and was not shown`),
    ...missing(before, after).map(text => `${text} does not exist any more, or is another object`),
    ...after.shared
      .filter(each => !before.shared.some(other => objectKey(other) === objectKey(each)))
      .map(each => `${formatObject(each)} belongs to the apply set ${each.owner}`),
    ...difference(after.existing, before.existing).filter(key => !left.has(key)).map(key => `${key} was created`),
    ...difference(before.existing, after.existing).filter(key => !left.has(key)).map(key => `${key} was removed`),
  ];
}

/** Shows what is removed, and asks. Throws unless everything is confirmed. */
export async function confirmRemovals(
  clusters: readonly ClusterObjects[],
  options: RemovalOptions,
  io: Io,
): Promise<void> {
  const removals = clusters.flatMap(each => each.current.removals);
  const guards = removalGuards(clusters, readMaxRemovals(options));
  if (removals.length === 0) {
    return;
  }
  io.err(`These objects left the mesh and will be removed:\n${removalsText(clusters)}`);
  if (!options.yes && !(await io.confirm?.(`Remove ${counted(removals.length, 'object')}?`))) {
    throw new CommandError(
      io.confirm
        ? 'Nothing was changed.'
        : 'Nothing was changed: no terminal to ask on. To remove without asking, add --yes.',
      Status.FOUND,
    );
  }
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
      'Nothing was changed: --yes does not confirm this.\n    fix: check the manifests; if all of this must go, add ' +
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

function removalsText(clusters: readonly ClusterObjects[]): string {
  return clusters
    .flatMap(({ name, current }) => current.removals.map(each => `  ${name}: ${formatObject(each)}\n`))
    .join('');
}
