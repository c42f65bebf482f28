import type { EndpointRow, Traffic } from '../protocol';

type End = Pick<EndpointRow, 'id' | 'kind'>;

/** What a recording shows of pairs of endpoints. */
export class PairTraffic {
  private readonly breaks: ReadonlySet<string>;
  private readonly used: ReadonlySet<string>;

  constructor(private readonly traffic: Traffic) {
    const keys = (pairs: Traffic['used']) => new Set(pairs.map(([from, to]) => `${from} ${to}`));
    [this.breaks, this.used] = [keys(traffic.breaks), keys(traffic.used)];
  }

  /** The pairs with flows that would break. */
  public get breaking(): Traffic['breaks'] {
    return this.traffic.breaks;
  }

  /** The pairs with flows that are allowed. */
  public get using(): Traffic['used'] {
    return this.traffic.used;
  }

  public isBreaking(from: End, to: End): boolean {
    return this.breaks.has(`${from.id} ${to.id}`);
  }

  /** Whether no flow of a pair of workloads is recorded. Of ends outside of the mesh, records have other names. */
  public isUnused(from: End, to: End): boolean {
    return from.kind === 'workload' && to.kind === 'workload' && !this.used.has(`${from.id} ${to.id}`);
  }
}
