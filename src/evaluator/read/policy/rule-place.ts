import { PolicyContext } from './policy-context';
import { Direction } from '../../engine/entry';

/** The place of a rule in its policy. */
export interface RulePlace {
  readonly direction: Direction;
  readonly deny: boolean;
  readonly namespace: string | undefined;
  /** The subject of the policy has the key `reserved:init`. */
  readonly matchesInit: boolean;
  /** The policy applies to nodes. */
  readonly node: boolean;
  readonly context: PolicyContext;
}
