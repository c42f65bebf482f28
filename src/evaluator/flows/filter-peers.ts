import { BitSet, union } from './bit-set';
import { FlowPort } from './flow';
import { IdentityIndex, PeerIndex } from './identity-index';
import { DirectionPolicy } from '../engine/direction-policy';
import { EntryVerdict } from '../engine/entry';
import { L4Filter } from '../engine/l4-filter';
import { holdsNumber } from '../engine/matching';
import { isOfCidrGroups, PeerSelector } from '../engine/selector';

/** Peers by the verdict of a level; a set that is left out is empty. */
export type LevelSets = { readonly [kind in EntryVerdict | 'redirect']?: BitSet };

/** The peers that the filters of a policy match. This is `matchesOf` for all peers at once. */
export class FilterPeers {
  /** The names that the pods of the policy cannot learn. */
  private unlearned?: BitSet;

  constructor(
    private readonly index: IdentityIndex,
    private readonly peers: PeerIndex,
    private readonly policy: DirectionPolicy,
    private readonly findUnlearned: () => BitSet,
  ) {}

  /** The peers that the filters of one level match, by verdict. */
  public levelSets(filters: readonly L4Filter[], port: FlowPort): LevelSets {
    const sets = new Map<keyof LevelSets, BitSet[]>();
    const add = (kind: keyof LevelSets, set: BitSet) => {
      const existing = sets.get(kind);
      if (existing) {
        existing.push(set);
      } else {
        sets.set(kind, [set]);
      }
    };
    for (const filter of filters) {
      const holds = this.holding(filter, port);
      for (const { selector, rules } of holds ? filter.selectors.values() : []) {
        const peers = holds!(selector);
        new Set(rules.map(({ entry }) => entry.verdict)).forEach(verdict => add(verdict, peers));
        if (rules.some(({ entry, l7 }) => entry.verdict === 'allow' && l7)) {
          add('redirect', peers);
        }
      }
    }
    return Object.fromEntries([...sets].map(([kind, found]) => [kind, union(this.index.size, found)]));
  }

  /** The peers that a selector of a filter selects on a port; undefined if the filter does not hold the port. */
  public holding({ port: match }: L4Filter, flow: FlowPort): ((selector: PeerSelector) => BitSet) | undefined {
    if (match === undefined) {
      return selector => this.selecting(selector);
    }
    if (match.protocol !== flow.protocol) {
      return undefined;
    }
    if (match.name === undefined) {
      return holdsNumber(match, flow.port) ? selector => this.selecting(selector) : undefined;
    }
    const key = `${match.name}/${match.protocol}`;
    const { direction, subject, settings } = this.policy;
    if (direction === 'ingress' || !settings.traits.egressNamedPortsByPeer) {
      const first = (direction === 'ingress' ? subject.namedPorts : subject.knownPorts)?.get(key);
      return first !== undefined && first <= flow.port && flow.port <= Math.max(first, match.endPort)
        ? selector => this.selecting(selector)
        : undefined;
    }
    // the peers whose port has this name, and that the selector selects without their aggregate
    const named = this.index.withNamedPort(key, flow.port);
    return (
      named &&
      (selector =>
        isOfCidrGroups(selector) ? new BitSet(this.index.size) : named.copy().and(this.selectingThemselves(selector)))
    );
  }

  /** The peers that a selector selects by their own labels, addresses and names. */
  public selectingThemselves(selector: PeerSelector): BitSet {
    return this.withoutUnlearned(selector, this.peers.selectingThemselves(selector));
  }

  private selecting(selector: PeerSelector): BitSet {
    return this.withoutUnlearned(selector, this.peers.selecting(selector));
  }

  private withoutUnlearned({ kind }: PeerSelector, peers: BitSet): BitSet {
    if (kind !== 'fqdn' || this.policy.direction !== 'egress') {
      return peers;
    }
    this.unlearned ??= this.findUnlearned();
    return peers.meets(this.unlearned) ? peers.copy().andNot(this.unlearned) : peers;
  }
}
