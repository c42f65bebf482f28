import { BitSet } from './bit-set';
import { LevelSets } from './filter-peers';
import { EndpointVerdict, isAllowed } from './flow';
import { Tier } from '../engine/entry';

/** The verdicts on the flows of one class with all others, in one direction. A set that is left out is empty. */
export class Row {
  /**
   * Decides level by level. A level decides flows that are still undecided. A `pass` leaves a flow to later tiers. The
   * rest is for flows that no level decides, besides those of `allowed`.
   */
  public static inOrder(
    size: number,
    rest: EndpointVerdict,
    levels: ReadonlyArray<LevelSets & { readonly tier: Tier }>,
    allowed: BitSet = new BitSet(size),
  ): Row {
    const [denied, redirected] = [new BitSet(size), new BitSet(size)];
    const [admitted, undecided] = [new BitSet(size), BitSet.full(size)];
    let passed: { tier: Tier; peers: BitSet } | undefined;
    for (const { tier, deny, redirect, allow, pass } of levels) {
      const open = passed?.tier === tier ? undecided.copy().andNot(passed.peers) : undecided.copy();
      for (const [set, into] of [
        [deny, denied],
        [redirect, redirected],
        [allow, admitted],
      ] as const) {
        const decided = set?.copy().and(open);
        if (decided) {
          into.or(decided);
          open.andNot(decided);
          undecided.andNot(decided);
        }
      }
      if (pass) {
        const passing = pass.copy().and(open);
        passed = { tier, peers: passed?.tier === tier ? passed.peers.or(passing) : passing };
      }
    }
    return new Row(size, rest, denied, redirected, admitted.or(allowed.copy().and(undecided)));
  }

  private allowedSet?: BitSet;

  constructor(
    private readonly size: number,
    public readonly rest: EndpointVerdict,
    private readonly denied?: BitSet,
    private readonly redirected?: BitSet,
    private readonly allowed?: BitSet,
    private readonly unauthenticated?: BitSet,
    private readonly undetermined?: BitSet,
    private readonly auditMode: boolean = false,
  ) {}

  /** The classes whose flows are allowed. */
  public get allowedPeers(): BitSet {
    this.allowedSet ??= this.findAllowed();
    return this.allowedSet;
  }

  /** The verdicts in audit mode, where Cilium only reports what it would drop. */
  public audited(): Row {
    const { size, rest, denied, redirected, allowed, unauthenticated, undetermined } = this;
    return new Row(size, rest, denied, redirected, allowed, unauthenticated, undetermined, true);
  }

  /** The classes whose flows Cilium allows or drops, depending on the order in which it computes the rules. */
  public get undeterminedPeers(): BitSet | undefined {
    return this.auditMode || this.undetermined?.isEmpty ? undefined : this.undetermined;
  }

  /** The classes whose flows a proxy decides; undefined if a proxy decides no flow. */
  public get redirectedPeers(): BitSet | undefined {
    const peers = this.redirected && this.denied ? this.redirected.copy().andNot(this.denied) : this.redirected;
    return peers?.isEmpty ? undefined : peers;
  }

  public verdict(other: number): EndpointVerdict {
    const verdict = this.enforcedVerdict(other);
    return this.auditMode && !isAllowed(verdict) ? 'audited' : verdict;
  }

  private findAllowed(): BitSet {
    const { size, denied, redirected, allowed, unauthenticated, undetermined } = this;
    if (this.auditMode) {
      return BitSet.full(size);
    }
    if (isAllowed(this.rest)) {
      const peers = BitSet.full(size);
      [denied, unauthenticated, undetermined].forEach(set => set && peers.andNot(set));
      return peers;
    }
    const peers = redirected && allowed ? redirected.copy().or(allowed) : (redirected ?? allowed ?? new BitSet(size));
    return denied ? peers.copy().andNot(denied) : peers;
  }

  private enforcedVerdict(other: number): EndpointVerdict {
    return this.denied?.has(other)
      ? 'denied'
      : this.unauthenticated?.has(other)
        ? 'auth-required'
        : this.undetermined?.has(other)
          ? 'undetermined'
          : this.redirected?.has(other)
            ? 'redirected'
            : this.allowed?.has(other)
              ? 'allowed'
              : this.rest;
  }
}
