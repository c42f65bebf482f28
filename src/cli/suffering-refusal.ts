import { ClusterChoice, ClusterOptions } from './cluster-choice';
import { CommandError, Status } from './io';
import { ApplyOrder } from '../live/plans/apply-order';
import { sufferingText } from '../live/reports/plan-order';

/**
 * Refuses a plan that leaves the mesh in a state in which flows suffer: until the clusters that were not chosen are
 * changed, or while the canary is verified.
 */
export function refuseSuffering(
  order: ApplyOrder,
  { canary }: ClusterChoice,
  { acceptSuffering }: Pick<ClusterOptions, 'acceptSuffering'>,
): void {
  const isHeld = ({ from, until }: ApplyOrder['suffering'][number]) =>
    until === undefined || (canary !== undefined && from.cluster === canary && until.cluster !== canary);
  const held = order.suffering.filter(isHeld);
  if (held.length === 0 || acceptSuffering) {
    return;
  }
  const others = [
    ...new Set(held.flatMap(({ until }) => (until === undefined ? order.left : until.cluster))),
  ];
  const fix = held.some(({ until }) => until === undefined)
    ? `change these clusters in the same run: ${others.map(name => `--cluster ${name}`).join(' ')}`
    : 'choose another canary, or none';
  throw new CommandError(
    `${held.map(each => `${sufferingText(each, order)}\n`).join('')}Nothing was changed: these flows would suffer until ` +
      `${others.join(', ')} is changed too.\n    fix: ${fix}. To change the clusters despite that, add --accept-suffering`,
    Status.FOUND,
  );
}
