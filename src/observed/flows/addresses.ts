import { Cidr } from '../../cilium/cidr';
import { Family, parseIpAddress } from '../../cilium/ip-address';
import { firstIndex } from '../../diagnostics/first-index';
import { AddressClass, addressClasses } from '../../evaluator/flows/address-classes';
import { EvaluatedMesh } from '../../evaluator/read/mesh';

/** Addresses from the first to the last, of one class. */
interface Span {
  readonly first: bigint;
  readonly last: bigint;
  readonly class: string;
  readonly of: AddressClass;
}

/** An address, with the key of its class. An address of the mesh is a class of its own, which has no block. */
export interface FoundAddress {
  readonly address: Cidr;
  readonly class: string;
  readonly of?: AddressClass;
}

/** The most addresses whose classes are kept. */
const MOST_KNOWN = 20_000;

/** The classes of addresses that the policies of several meshes distinguish, by address. */
export class AddressIndex {
  private readonly spans: { readonly [family in Family]: readonly Span[] };
  private readonly known = new Map<string, FoundAddress | undefined>();

  constructor(meshes: readonly EvaluatedMesh[]) {
    const classes = addressClasses(meshes);
    const spansOf = (family: Family) =>
      classes
        .flatMap((each, number) =>
          each.family !== family
            ? []
            : each.blocks.flatMap(({ borders }) =>
              borders.map(
                ([from, to]): Span => ({ first: from.first, last: to.last, class: `${family} ${number}`, of: each }),
              ),
            ),
        )
        .sort((one, other) => (one.first < other.first ? -1 : one.first > other.first ? 1 : 0));
    this.spans = { IPv4: spansOf('IPv4'), IPv6: spansOf('IPv6') };
  }

  /** An address, and the key of its class; an address of the mesh is a class of its own. Undefined if it is invalid. */
  public find(text: string): FoundAddress | undefined {
    if (!this.known.has(text)) {
      if (this.known.size >= MOST_KNOWN) {
        this.known.clear();
      }
      this.known.set(text, this.read(text));
    }
    return this.known.get(text);
  }

  private read(text: string): FoundAddress | undefined {
    const ip = parseIpAddress(text);
    if (!ip) {
      return undefined;
    }
    const span = this.spanOf(ip.family, ip.value);
    return {
      address: Cidr.ofAddress(ip.family, ip.value),
      class: span?.class ?? text,
      ...(span ? { of: span.of } : {}),
    };
  }

  private spanOf(family: Family, value: bigint): Span | undefined {
    const spans = this.spans[family];
    const next = firstIndex(spans, ({ first }) => first > value);
    const span = next === 0 ? undefined : spans[next - 1];
    return span && value <= span.last ? span : undefined;
  }
}
