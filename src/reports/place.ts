import { Placement } from '../evaluator/flows/endpoint';

const PLACES = { 'same-node': ' on one node', 'other-node': ' on two nodes' } as const;

/** Where a verdict depends on it, whether both ends are on one node: ` on two nodes`. */
export function placeText(placement: Placement | undefined): string {
  return placement === undefined ? '' : PLACES[placement];
}
