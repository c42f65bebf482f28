import { Cidr } from '../../cilium/cidr';

/** The same addresses in the fewest blocks: equal ones once, and halves of a block as the block. Sorted. */
export function mergeCidrs(texts: readonly string[]): string[] {
  const blocks = new Map<string, Cidr>();
  for (const cidr of texts.flatMap(text => Cidr.masked(text) ?? [])) {
    blocks.set(cidr.text, cidr);
  }
  for (let prefix = 128; prefix > 0; prefix--) {
    const byParent = new Map<string, Cidr[]>();
    for (const block of [...blocks.values()].filter(each => each.prefix === prefix)) {
      const parent = Cidr.masked(`${block.text.slice(0, block.text.indexOf('/'))}/${prefix - 1}`)!;
      byParent.set(parent.text, [...(byParent.get(parent.text) ?? []), block]);
    }
    for (const [parent, halves] of byParent) {
      if (halves.length === 2) {
        halves.forEach(({ text }) => blocks.delete(text));
        blocks.set(parent, Cidr.masked(parent)!);
      }
    }
  }
  const all = [...blocks.values()];
  return all
    .filter(block => !all.some(other => other !== block && other.covers(block)))
    .map(({ text }) => text)
    .sort();
}
