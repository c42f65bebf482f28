import { BitSet } from './bit-set';
import { EndpointVerdict, isAllowed } from './flow';

/** The verdicts on the flows of one class with all others, in one direction. A set that is left out is empty. */
export class Row {
  /** The classes whose flows are allowed. */
  public readonly allowedPeers: BitSet;

  constructor(
    size: number,
    public readonly rest: EndpointVerdict,
    private readonly denied?: BitSet,
    private readonly redirected?: BitSet,
    private readonly allowed?: BitSet,
    private readonly unauthenticated?: BitSet,
    /** Cilium only reports what it would drop. */
    private readonly auditMode: boolean = false,
  ) {
    if (auditMode) {
      this.allowedPeers = BitSet.full(size);
    } else if (isAllowed(rest)) {
      this.allowedPeers = BitSet.full(size);
      [denied, unauthenticated].forEach(set => set && this.allowedPeers.andNot(set));
    } else {
      const peers = redirected && allowed ? redirected.copy().or(allowed) : (redirected ?? allowed ?? new BitSet(size));
      this.allowedPeers = denied ? peers.copy().andNot(denied) : peers;
    }
  }

  public verdict(other: number): EndpointVerdict {
    const verdict = this.enforcedVerdict(other);
    return this.auditMode && !isAllowed(verdict) ? 'audited' : verdict;
  }

  private enforcedVerdict(other: number): EndpointVerdict {
    return this.denied?.has(other)
      ? 'denied'
      : this.unauthenticated?.has(other)
        ? 'auth-required'
        : this.redirected?.has(other)
          ? 'redirected'
          : this.allowed?.has(other)
            ? 'allowed'
            : this.rest;
  }
}
