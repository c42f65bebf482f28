import { addressesOfMesh } from './mesh-addresses';
import { Cidr } from '../../cilium/cidr';
import { Family } from '../../cilium/ip-address';
import { PolicyEntry } from '../engine/entry';
import { PeerSelector } from '../engine/selector';
import { PolicySettings } from '../engine/settings';
import { EvaluatedCluster } from '../read/cluster';
import { EvaluatedMesh } from '../read/mesh';
import { worldLabel } from '../read/policy/cidrs';

/** A block of addresses without the smaller blocks in it. All policies decide alike about its addresses. */
export interface AddressBlock {
  /** As it is written. */
  readonly cidr: Cidr;
  readonly except: readonly Cidr[];
  /** The first and the last address of each of its parts. */
  readonly borders: ReadonlyArray<readonly [Cidr, Cidr]>;
}

/** `203.0.113.0/24 except 203.0.113.7/32 and 203.0.113.128/25`. */
export function formatBlock({ cidr, except }: AddressBlock): string {
  return except.length === 0 ? cidr.text : `${cidr.text} except ${except.map(({ text }) => text).join(' and ')}`;
}

/** Addresses outside of the mesh that no policy can distinguish. */
export interface AddressClass {
  readonly family: Family;
  readonly blocks: readonly AddressBlock[];
  /** One of its addresses. */
  readonly address: Cidr;
}

/**
 * The coarsest partition of the addresses outside of the mesh that the policies of all meshes induce.
 *
 * The blocks that policies, CIDR groups and the mesh's own CIDRs name form a forest. What a block holds beside the
 * blocks in it is an atom. Atoms that the same rules select are one class. Addresses of pods, Services and nodes are
 * not outside.
 */
export function addressClasses(meshes: readonly EvaluatedMesh[]): AddressClass[] {
  return (['IPv4', 'IPv6'] as const)
    .filter(family => meshes.some(mesh => mesh.clusters.some(cluster => hasFamily(cluster, family))))
    .flatMap(family => new Partition(family, meshes).classes());
}

function hasFamily({ settings }: EvaluatedCluster, family: Family): boolean {
  return family === 'IPv4' ? settings.policy.ipv4 : settings.policy.ipv6;
}

/** Numbers from the first to the one before the end. */
type Span = readonly [first: number, end: number];

/** The partition of the addresses of one family. Atoms have the numbers of their blocks. */
class Partition {
  /** Sorted so that the blocks in a block follow it. */
  private readonly blocks: readonly Cidr[];
  private readonly numbers = new Map<string, number>();
  /** The number behind the last block in each block. */
  private readonly ends: number[] = [];
  private readonly classOf: Int32Array;
  /** Blocks whose addresses belong to pods, Services or nodes. */
  private readonly inside: boolean[];
  private classCount = 1;

  constructor(
    private readonly family: Family,
    meshes: readonly EvaluatedMesh[],
  ) {
    const everything = Cidr.masked(family === 'IPv4' ? '0.0.0.0/0' : '::/0')!;
    const all = [everything, ...meshes.flatMap(writtenBlocks).filter(cidr => cidr.family === family)];
    const unique = new Map<string, Cidr>();
    all.forEach(cidr => unique.set(keyOf(cidr), unique.get(keyOf(cidr)) ?? cidr));
    this.blocks = [...unique.values()].sort(compareBlocks);
    this.blocks.forEach((cidr, number) => this.numbers.set(keyOf(cidr), number));
    const open: number[] = [];
    this.blocks.forEach((cidr, number) => {
      while (open.length > 0 && this.blocks[open.at(-1)!].last < cidr.first) {
        this.ends[open.pop()!] = number;
      }
      open.push(number);
    });
    open.forEach(number => (this.ends[number] = this.blocks.length));
    this.classOf = new Int32Array(this.blocks.length);
    this.inside = this.blocks.map(() => false);
    for (const mesh of meshes) {
      mesh.clusters.forEach(cluster => this.distinguish(cluster));
    }
  }

  /** The classes of the atoms outside of the mesh, in the order of their first blocks. */
  public classes(): AddressClass[] {
    const byClass = new Map<number, AddressBlock[]>();
    this.blocks.forEach((_, number) => {
      const block = this.inside[number] ? undefined : this.atom(number);
      if (block) {
        const known = byClass.get(this.classOf[number]) ?? [];
        byClass.set(this.classOf[number], known);
        known.push(block);
      }
    });
    return [...byClass.values()].map(blocks => ({
      family: blocks[0].cidr.family,
      blocks,
      address: blocks[0].borders[0][0],
    }));
  }

  /** What a block holds beside the blocks in it; undefined if that is nothing. */
  private atom(number: number): AddressBlock | undefined {
    const cidr = this.blocks[number];
    const except: Cidr[] = [];
    const borders: Array<readonly [Cidr, Cidr]> = [];
    let next = cidr.first;
    const close = (last: bigint) => {
      if (next <= last) {
        borders.push([Cidr.ofAddress(cidr.family, next), Cidr.ofAddress(cidr.family, last)]);
      }
    };
    for (let child = number + 1; child < this.ends[number]; child = this.ends[child]) {
      except.push(this.blocks[child]);
      close(this.blocks[child].first - 1n);
      next = this.blocks[child].last + 1n;
    }
    close(cidr.last);
    return borders.length === 0 ? undefined : { cidr, except, borders };
  }

  /** Splits classes where the policies or the addresses of a cluster do. */
  private distinguish(cluster: EvaluatedCluster): void {
    for (const { cidr } of addressesOfMesh(cluster)) {
      this.spans(cidr).forEach(([first, end]) => this.inside.fill(true, first, end));
    }
    const groups = new Map(
      cluster.cidrGroups.map(({ name, cidrs }) => [
        name,
        cidrs.flatMap(text => {
          const cidr = Cidr.masked(text);
          return cidr ? this.spans(cidr) : [];
        }),
      ]),
    );
    groups.forEach(spans => this.split(spans));
    for (const entry of cluster.entries) {
      const selectors = addressSelectors(entry);
      const sets = selectors.map(selector => this.selected(selector, groups, cluster.settings.policy));
      // Old versions also ask which block is the most specific, so there each one counts.
      if (entry.traits.redirectsMostSpecifically) {
        sets.forEach(spans => this.split(spans));
      } else {
        this.split(sets.flat());
      }
    }
  }

  /** The atoms that a selector selects. */
  private selected(
    selector: PeerSelector,
    groups: ReadonlyMap<string, readonly Span[]>,
    settings: PolicySettings,
  ): Span[] {
    switch (selector.kind) {
      case 'cidr':
        return this.without(this.spans(selector.cidr), selector.except);
      case 'cidrGroup':
        return this.without(groups.get(selector.group) ?? [], selector.except);
      case 'world':
        return selector.label === worldLabel(this.family, settings)
          ? this.without([[0, this.blocks.length]], selector.except)
          : [];
      case 'cidrGroupLabels':
        return this.without([[0, this.blocks.length]], selector.except);
      default:
        return [];
    }
  }

  private spans(cidr: Cidr): Span[] {
    const number = this.numbers.get(keyOf(cidr));
    return number === undefined ? [] : [[number, this.ends[number]]];
  }

  private without(spans: readonly Span[], except: readonly Cidr[]): Span[] {
    return except
      .flatMap(cidr => this.spans(cidr))
      .reduce(
        (left: Span[], [first, end]) =>
          left
            .flatMap(([from, to]): Span[] => [
              [from, Math.min(to, first)],
              [Math.max(from, end), to],
            ])
            .filter(([from, to]) => from < to),
        [...spans],
      );
  }

  /** Splits every class into the atoms in the spans and the others. */
  private split(spans: readonly Span[]): void {
    const renamed = new Map<number, number>();
    const moved = new Set<number>();
    for (const [first, end] of spans) {
      for (let atom = first; atom < end; atom++) {
        const old = this.classOf[atom];
        if (!moved.has(old)) {
          const name = renamed.get(old) ?? this.classCount++;
          renamed.set(old, name);
          moved.add(name);
          this.classOf[atom] = name;
        }
      }
    }
  }
}

function addressSelectors({ peers }: PolicyEntry): readonly PeerSelector[] {
  return peers === 'none' ? [] : peers.filter(({ kind }) => kind !== 'labels' && kind !== 'fqdn');
}

/** Every block that a mesh names. */
function writtenBlocks(mesh: EvaluatedMesh): Cidr[] {
  return mesh.clusters.flatMap(cluster => [
    ...addressesOfMesh(cluster).map(({ cidr }) => cidr),
    ...cluster.cidrGroups.flatMap(({ cidrs }) => cidrs.flatMap(text => Cidr.masked(text) ?? [])),
    ...cluster.entries
      .flatMap(addressSelectors)
      .flatMap(selector => [
        ...(selector.kind === 'cidr' ? [selector.cidr] : []),
        ...('except' in selector ? selector.except : []),
      ]),
  ]);
}

function keyOf({ family, first, last }: Cidr): string {
  return `${family} ${first} ${last}`;
}

function compareBlocks(one: Cidr, other: Cidr): number {
  return one.first < other.first
    ? -1
    : one.first > other.first
      ? 1
      : one.last > other.last
        ? -1
        : one.last < other.last
          ? 1
          : 0;
}
