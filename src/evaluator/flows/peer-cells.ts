import { BitSet } from './bit-set';
import { AllowedRange } from './connections';

/** From this number of cells on, the cells of a few peers are looked up. */
const CELLS_TO_LOOK_UP = 64;

/** Peers to which the same ranges were added. */
export interface PeerCell {
  readonly peers: BitSet;
  readonly ranges: readonly AllowedRange[];
}

/** Disjoint sets of peers, split where ranges are added to a part of them. */
export class PeerCells {
  private readonly cells = new Set<PeerCell>();
  /** The cell of each peer, once there are many cells. */
  private cellOf?: Array<PeerCell | undefined>;

  constructor(private readonly size: number) {}

  public get all(): Iterable<PeerCell> {
    return this.cells;
  }

  /** Adds ranges to some peers. */
  public add(peers: BitSet, ranges: readonly AllowedRange[]): void {
    const added = peers.copy();
    for (const cell of this.meeting(peers)) {
      added.andNot(cell.peers);
      const others = cell.peers.copy().andNot(peers);
      this.cells.delete(cell);
      this.keep({ peers: cell.peers.copy().and(peers), ranges: [...cell.ranges, ...ranges] });
      this.keep({ peers: others, ranges: cell.ranges });
    }
    this.keep({ peers: added, ranges });
    if (this.cells.size >= CELLS_TO_LOOK_UP && !this.cellOf) {
      this.cellOf = new Array<PeerCell | undefined>(this.size);
      this.cells.forEach(cell => this.index(cell));
    }
  }

  private meeting(peers: BitSet): PeerCell[] {
    if (!this.cellOf || peers.count > this.cells.size) {
      return [...this.cells].filter(cell => cell.peers.meets(peers));
    }
    const found = new Set<PeerCell>();
    peers.forEach(peer => {
      const cell = this.cellOf![peer];
      if (cell) {
        found.add(cell);
      }
    });
    return [...found];
  }

  private keep(cell: PeerCell): void {
    if (!cell.peers.isEmpty) {
      this.cells.add(cell);
      this.index(cell);
    }
  }

  private index(cell: PeerCell): void {
    const { cellOf } = this;
    if (cellOf) {
      cell.peers.forEach(peer => (cellOf[peer] = cell));
    }
  }
}
