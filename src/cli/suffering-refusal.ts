import { ClusterChoice, ClusterOptions } from './cluster-choice';
import { CommandError, doneSoFar, Io, Status } from './io';
import { ApplyOrder } from '../live/plans/apply-order';
import { sufferingText } from '../live/reports/plan-order';

/**
 * Refuses a plan that leaves the mesh in a state in which flows suffer: until the clusters that were not chosen are
 * changed, or while the canary is verified. Refuses too where flows may suffer, because a cluster was not read.
 */
export function refuseSuffering(
  order: ApplyOrder,
  { canary }: ClusterChoice,
  { acceptSuffering }: Pick<ClusterOptions, 'acceptSuffering'>,
  io: Pick<Io, 'done'>,
): void {
  const isHeld = ({ from, until }: ApplyOrder['suffering'][number]) =>
    until === undefined || (canary !== undefined && from.cluster === canary && until.cluster !== canary);
  const held = order.suffering.filter(isHeld);
  if (acceptSuffering) {
    return;
  }
  const done = doneSoFar(io);
  const faults = [...sufferingFaults(held, order, done), ...undecidedFaults(order, done)];
  if (faults.length > 0) {
    throw new CommandError(
      `${faults.join('\n')}. To change the clusters despite that, add --accept-suffering`,
      Status.FOUND,
    );
  }
}

function sufferingFaults(held: ApplyOrder['suffering'], order: ApplyOrder, done: string): string[] {
  if (held.length === 0) {
    return [];
  }
  const others = [
    ...new Set(held.flatMap(({ until }) => (until === undefined ? order.left : until.cluster))),
  ];
  const fix = held.some(({ until }) => until === undefined)
    ? `change these clusters in the same run: ${others.map(name => `--cluster ${name}`).join(' ')}`
    : 'choose another canary, or none';
  return [
    `${held.map(each => `${sufferingText(each, order)}\n`).join('')}${done}: these flows would suffer until ` +
      `${others.join(', ')} is changed too.\n    fix: ${fix}`,
  ];
}

/** Policies select the pods of an unread cluster by labels that are not known. */
function undecidedFaults({ undecided }: ApplyOrder, done: string): string[] {
  const names = undecided.join(', ');
  const were = undecided.length === 1 ? 'was' : 'were';
  return undecided.length === 0
    ? []
    : [
      `${done}: ${names} ${were} not read, so it is not known which flows with ${names} these changes ` +
          'interrupt or open. Only policies that add allows, and no default deny, interrupt none.\n' +
          `    fix: run the command again when ${names} can be read`,
    ];
}
