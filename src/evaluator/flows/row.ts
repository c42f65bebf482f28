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
  ) {
    if (isAllowed(rest)) {
      this.allowedPeers = denied ? BitSet.full(size).andNot(denied) : BitSet.full(size);
    } else {
      const peers = redirected && allowed ? redirected.copy().or(allowed) : (redirected ?? allowed ?? new BitSet(size));
      this.allowedPeers = denied ? peers.copy().andNot(denied) : peers;
    }
  }

  public verdict(other: number): EndpointVerdict {
    return this.denied?.has(other)
      ? 'denied'
      : this.redirected?.has(other)
        ? 'redirected'
        : this.allowed?.has(other)
          ? 'allowed'
          : this.rest;
  }
}
