/**
 * The datapath's map, for one peer and its aggregate, as Cilium fills it entry by entry.
 *
 * Cilium inserts entries in the order of Go's maps, which differs from one computation to the next. What the map holds
 * at the end may depend on that order where rules require authentication:
 *
 * - An entry for a peer that equals the entry of its aggregate on the same ports is left out (aggregateIsEquivalent and
 *   pruneAggregated, pkg/policy/mapstate.go, v1.20.2). The comparison sees only what was inserted before. Entries of
 *   rules with other logs differ (mapStateEntry.equivalent).
 * - An explicit mode applies to narrower entries without one, but not past another explicit mode or a deny
 *   (authPreferredInsert).
 */
import { AuthenticationMode, strongestMode } from './authentication-mode';
import { covers, formatBlock, PortBlock } from './port-block';

/** A key of the map, of the peer's identity or of its aggregate. */
export interface MapKey {
  readonly ofPeer: boolean;
  readonly block: PortBlock;
}

/** A value of the map. */
export interface MapEntry {
  /** That of the level: higher for earlier ones. */
  readonly allowPrecedence: number;
  /** With that of a deny, or of the proxy. */
  readonly precedence: number;
  readonly deny: boolean;
  /** Undefined for none, which is also what `disabled` means without `explicit`. */
  readonly authentication?: AuthenticationMode;
  /** A rule sets the mode, rather than a broader entry. */
  readonly explicit: boolean;
  /** The texts that its rules log, sorted: entries with other ones are not equal. */
  readonly logs: readonly string[];
}

/** How a version of Cilium inserts entries. */
export interface InsertionRules {
  /** Entries that equal the one of the aggregate are left out. */
  readonly skipsEqual: boolean;
  /**
   * Of ports with keys of one length, those with a mode of their own come first when Cilium applies the mode of a
   * broader entry. That depends on the other keys (DescendantShortestPrefixFirstIterator, pkg/container/bitlpm/trie.go,
   * v1.20.2).
   */
  readonly stopsFirst: boolean;
}

interface Slot extends MapKey {
  readonly entry: MapEntry;
}

/** The entries of the map by key. Inserting makes a new map. */
export class PolicyMap {
  public static readonly EMPTY = new PolicyMap(new Map());

  private constructor(private readonly slots: ReadonlyMap<string, Slot>) {}

  /** Equal for equal maps. */
  public get text(): string {
    return [...this.slots]
      .map(([key, { entry }]) => `${key} ${formatEntry(entry)}`)
      .sort()
      .join('\n');
  }

  /** Inserts an entry (insertWithChanges, pkg/policy/mapstate.go, v1.20.2). */
  public insert(key: MapKey, entry: MapEntry, rules: InsertionRules): PolicyMap {
    const aggregate = rules.skipsEqual && key.ofPeer ? this.slots.get(textOf({ ...key, ofPeer: false })) : undefined;
    if (aggregate && isEqual(aggregate.entry, entry)) {
      return this;
    }
    const slots = new Map(this.slots);
    if (entry.deny) {
      insertDeny(slots, key, entry);
    } else {
      insertAllow(slots, key, entry, rules);
    }
    const ofPeer = textOf({ ...key, ofPeer: true });
    const own = rules.skipsEqual && !key.ofPeer ? slots.get(ofPeer) : undefined;
    if (own && isEqual(own.entry, entry)) {
      slots.delete(ofPeer);
    }
    return new PolicyMap(slots);
  }

  /** The entry that the datapath applies to a flow, see `decisiveEntry`. All of its ports are `block`. */
  public lookup(block: PortBlock): MapEntry | undefined {
    const [own, all] = [true, false].map(ofPeer => this.narrowest(ofPeer, block));
    return own && all ? decisiveEntry(own, all) : (own ?? all)?.entry;
  }

  private narrowest(ofPeer: boolean, block: PortBlock): Slot | undefined {
    return [...this.slots.values()]
      .filter(slot => slot.ofPeer === ofPeer && covers(slot.block, block))
      .sort((one, other) => other.block.length - one.block.length)[0];
  }
}

/**
 * Of the entries of a peer and of its aggregate the one with the higher precedence decides, else the narrower one.
 * Without an explicit mode it takes the stronger one of both (bpf/lib/policy.h, v1.20.2).
 *
 * Cilium's own `lookup` (pkg/policy/mapstate.go) takes the broader one in 1.20. The datapath does not call it.
 */
function decisiveEntry(own: Slot, all: Slot): MapEntry {
  if (own.entry.precedence !== all.entry.precedence) {
    return own.entry.precedence > all.entry.precedence ? own.entry : all.entry;
  }
  const { entry } = all.block.length > own.block.length ? all : own;
  return entry.explicit || entry.deny
    ? entry
    : { ...entry, authentication: strongestMode([own.entry.authentication, all.entry.authentication]) };
}

/** Inserts a deny. It removes what it covers, unless a broader entry takes precedence. */
function insertDeny(slots: Map<string, Slot>, key: MapKey, entry: MapEntry): void {
  const isSame = (slot: Slot) => slot.ofPeer === key.ofPeer && slot.block.length === key.block.length;
  const all = [...slots.values()];
  const isCovered = all.some(
    slot =>
      (key.ofPeer || !slot.ofPeer) &&
      covers(slot.block, key.block) &&
      (slot.entry.precedence > entry.precedence || (slot.entry.precedence === entry.precedence && !isSame(slot))),
  );
  if (isCovered) {
    return;
  }
  for (const slot of all) {
    const isNarrower = (!key.ofPeer || slot.ofPeer) && covers(key.block, slot.block);
    if (isNarrower && slot.entry.precedence <= entry.precedence && !isSame(slot)) {
      slots.delete(textOf(slot));
    }
  }
  merge(slots, key, entry);
}

/** Inserts an allow, and applies modes to narrower entries (authPreferredInsert). */
function insertAllow(
  slots: Map<string, Slot>,
  key: MapKey,
  written: MapEntry,
  { stopsFirst }: InsertionRules,
): void {
  let entry = written;
  const own = [...slots.values()].filter(slot => slot.ofPeer === key.ofPeer);
  const broader = own
    .filter(slot => covers(slot.block, key.block))
    .sort((one, other) => other.block.length - one.block.length);
  let isDerived = false;
  for (const { block, entry: other } of broader) {
    if (other.precedence > entry.precedence) {
      if (other.deny || !written.explicit) {
        return;
      }
      entry = { ...entry, precedence: other.precedence, allowPrecedence: other.allowPrecedence };
      break;
    }
    if (
      !isDerived &&
      !written.explicit &&
      block.length < key.block.length &&
      other.explicit &&
      other.allowPrecedence >= entry.allowPrecedence
    ) {
      entry = { ...entry, authentication: other.authentication };
      isDerived = true;
    }
  }
  const narrower = own
    .filter(slot => covers(key.block, slot.block))
    .sort(
      (one, other) =>
        one.block.length - other.block.length ||
        (Number(isStop(other)) - Number(isStop(one))) * (stopsFirst ? 1 : -1),
    );
  let isStopped = false;
  for (const slot of narrower) {
    let other = slot.entry;
    if (other.precedence < entry.precedence) {
      if (!other.explicit) {
        slots.delete(textOf(slot));
        continue;
      }
      other = { ...other, precedence: entry.precedence, allowPrecedence: entry.allowPrecedence };
      slots.set(textOf(slot), { ...slot, entry: other });
    }
    if (!isStopped && written.explicit && slot.block.length > key.block.length) {
      if (isStop(slot)) {
        isStopped = true;
      } else {
        slots.set(textOf(slot), { ...slot, entry: { ...other, authentication: entry.authentication } });
      }
    }
  }
  merge(slots, key, entry);
}

/** Whether the mode of a broader entry reaches no further than this one. */
function isStop({ entry: { deny, explicit } }: Slot): boolean {
  return deny || explicit;
}

/** Of two entries with one key the one of the higher level counts; those of one level merge (addKeyWithChanges). */
function merge(slots: Map<string, Slot>, key: MapKey, entry: MapEntry): void {
  const text = textOf(key);
  const known = slots.get(text)?.entry;
  if (!known) {
    slots.set(text, { ...key, entry });
  } else if (known.allowPrecedence === entry.allowPrecedence && known.deny === entry.deny) {
    slots.set(text, { ...key, entry: mergedEntry(known, entry) });
  } else if (known.precedence < entry.precedence) {
    slots.set(text, { ...key, entry });
  }
}

function mergedEntry(one: MapEntry, other: MapEntry): MapEntry {
  const modes = one.explicit === other.explicit ? [one, other] : [one, other].filter(({ explicit }) => explicit);
  return {
    ...(one.precedence >= other.precedence ? one : other),
    authentication: strongestMode(modes.map(({ authentication }) => authentication)),
    explicit: one.explicit || other.explicit,
    logs: [...new Set([...one.logs, ...other.logs])].sort(),
  };
}

function isEqual(one: MapEntry, other: MapEntry): boolean {
  return formatEntry(one) === formatEntry(other);
}

function textOf({ ofPeer, block }: MapKey): string {
  return `${ofPeer} ${formatBlock(block)}`;
}

/** A derived `disabled` is the same as no mode. */
function formatEntry({ precedence, deny, authentication, explicit, logs }: MapEntry): string {
  const mode = !explicit && authentication === 'disabled' ? undefined : authentication;
  return `${precedence} ${deny} ${mode ?? 'none'} ${explicit} ${JSON.stringify(logs)}`;
}
