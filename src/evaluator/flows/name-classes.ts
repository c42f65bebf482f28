import { normalizedName } from '../../cilium/dns-names';
import { Traits } from '../../cilium/traits';
import { Fqdn, onlyName } from '../engine/fqdn';
import { matchesQuery } from '../engine/http';
import { PeerSelector } from '../engine/selector';
import { EvaluatedMesh } from '../read/mesh';

/** DNS names that no policy can distinguish. */
export interface NameClass {
  /** The names and patterns as policies write them, sorted. */
  readonly written: readonly string[];
  /** One of the names. */
  readonly name: string;
}

type FqdnSelector = Extract<PeerSelector, { kind: 'fqdn' }>;

/** Rules for DNS names. Those with a name, not a pattern, are found by it. */
class NameRules {
  private readonly byName = new Map<string, number[]>();
  private readonly patterns: number[] = [];

  constructor(private readonly rules: ReadonlyArray<{ readonly fqdn: Fqdn; matches(name: string): boolean }>) {
    rules.forEach(({ fqdn }, index) => {
      const name = onlyName(fqdn);
      const same = name === undefined ? this.patterns : (this.byName.get(name) ?? []);
      same.push(index);
      if (name !== undefined) {
        this.byName.set(name, same);
      }
    });
  }

  /** The indexes of the rules that match a name. */
  public matching(name: string): readonly number[] {
    const normalized = normalizedName(name);
    return [
      ...(this.byName.get(normalized) ?? []),
      ...this.patterns.filter(index => this.rules[index].matches(normalized)),
    ];
  }
}

/**
 * The DNS names outside of the mesh that `toFQDNs` of the policies of all meshes selects.
 *
 * Each `matchName` is a name. For each `matchPattern`, and for each two patterns that overlap, there is one name that
 * no `matchName` is. Names that the same selectors select are one class, if DNS rules tell them apart nowhere: those
 * decide which names pods can learn.
 */
export function nameClasses(meshes: readonly EvaluatedMesh[]): NameClass[] {
  const selectors = new Map<string, FqdnSelector>();
  for (const { clusters } of meshes) {
    for (const { entries, name } of clusters) {
      entries
        .flatMap(({ peers }) => (peers === 'none' ? [] : peers))
        .filter((selector): selector is FqdnSelector => selector.kind === 'fqdn')
        .forEach(selector => selectors.set(`${name} ${selector.id}`, selector));
    }
  }
  if (selectors.size === 0) {
    return [];
  }
  const queries = dnsRules(meshes);
  const written = [
    ...new Set([...[...selectors.values()].map(({ fqdn }) => fqdn), ...queries.map(({ fqdn }) => fqdn)].map(textOf)),
  ].sort();
  const literals = new Set(written.filter(text => !text.includes('*')));
  const patterns = written.filter(text => text.includes('*'));
  const samples: Array<{ text: string; name: string }> = [
    ...[...literals].map(text => ({ text, name: text })),
    ...patterns.map(text => ({ text, name: sampleOf(text, literals) })),
    // since 1.19 stars in front of a dot match several labels
    ...patterns
      .filter(text => /^\*{2,}\./.test(text))
      .map(text => ({ text, name: sampleOf(text.replace(/^\*+/, '*.*'), literals) })),
    ...overlaps(patterns).map(({ one, other, both }) => ({
      text: `${one} and ${other}`,
      name: sampleOf(both, literals),
    })),
  ];
  const selecting = new NameRules([...selectors.values()].map(({ fqdn, matches }) => ({ fqdn, matches })));
  const passing = new NameRules(
    queries.map(({ fqdn, traits }) => ({ fqdn, matches: name => matchesQuery([fqdn], name, traits) })),
  );
  const classes = new Map<string, { written: string[]; name: string }>();
  for (const { text, name } of samples) {
    const selected = selecting.matching(name);
    const key = `${selected} ${passing.matching(name)}`;
    const known = classes.get(key);
    if (known) {
      known.written.push(...(known.written.includes(text) ? [] : [text]));
    } else if (selected.length > 0) {
      classes.set(key, { written: [text], name });
    }
  }
  return [...classes.values()];
}

/** The names and patterns of DNS rules, once for each version. */
function dnsRules(meshes: readonly EvaluatedMesh[]): Array<{ readonly fqdn: Fqdn; readonly traits: Traits }> {
  const byTraits = new Map<Traits, Map<string, Fqdn>>();
  for (const { ports, traits } of meshes.flatMap(({ clusters }) => clusters.flatMap(({ entries }) => entries))) {
    for (const fqdn of ports.flatMap(({ l7 }) => l7?.dns ?? [])) {
      const known = byTraits.get(traits) ?? new Map<string, Fqdn>();
      byTraits.set(traits, known.set(textOf(fqdn), fqdn));
    }
  }
  return [...byTraits].flatMap(([traits, rules]) => [...rules.values()].map(fqdn => ({ fqdn, traits })));
}

/** The name or pattern in lower case, without the dot at its end. */
function textOf({ matchName, matchPattern }: Fqdn): string {
  return (matchName || matchPattern || '').toLowerCase().replace(/\.$/, '');
}

/** A name that a pattern matches, and that is no literal. */
function sampleOf(pattern: string, literals: ReadonlySet<string>): string {
  for (let number = 1; ; number++) {
    const name = pattern.replace(/\*+/g, number === 1 ? 'any' : `any${number}`);
    if (!literals.has(name) || !pattern.includes('*')) {
      return name;
    }
  }
}

/** The pairs of patterns that some name matches both of, with a pattern of such names. */
function overlaps(
  patterns: readonly string[],
): Array<{ readonly one: string; readonly other: string; readonly both: string }> {
  const split = patterns.map(pattern => pattern.split('.'));
  const found: Array<{ one: string; other: string; both: string }> = [];
  for (let first = 0; first < patterns.length; first++) {
    for (let second = first + 1; second < patterns.length; second++) {
      const both = overlap(split[first], split[second]);
      if (both !== undefined) {
        found.push({ one: patterns[first], other: patterns[second], both });
      }
    }
  }
  return found;
}

/** A pattern of names that match both, label by label; undefined if no name does. */
function overlap(one: readonly string[], other: readonly string[]): string | undefined {
  if (one.length !== other.length) {
    return undefined;
  }
  const labels: string[] = [];
  // from the end, where names differ most
  for (let index = one.length - 1; index >= 0; index--) {
    const label = labelOverlap(one[index], other[index]);
    if (label === undefined) {
      return undefined;
    }
    labels.unshift(label);
  }
  return labels.join('.');
}

function labelOverlap(one: string, other: string): string | undefined {
  if (one === other || other === '*') {
    return one;
  }
  if (one === '*') {
    return other;
  }
  if (!one.includes('*') && !other.includes('*')) {
    return undefined;
  }
  const [[start, ...middle], [otherStart, ...otherMiddle]] = [one.split('*'), other.split('*')];
  if (middle.length === 0 || otherMiddle.length === 0) {
    const [literal, parts] = middle.length === 0 ? [one, other] : [other, one];
    return matchesStars(parts, literal) ? literal : undefined;
  }
  const longer = start.startsWith(otherStart) ? start : otherStart.startsWith(start) ? otherStart : undefined;
  const [end, otherEnd] = [middle.at(-1)!, otherMiddle.at(-1)!];
  const tail = end.endsWith(otherEnd) ? end : otherEnd.endsWith(end) ? otherEnd : undefined;
  const inner = [...middle.slice(0, -1), ...otherMiddle.slice(0, -1)].filter(part => part !== '');
  return longer === undefined || tail === undefined ? undefined : [longer, ...inner, tail].join('*');
}

function matchesStars(pattern: string, text: string): boolean {
  const parts = pattern.split('*');
  let at = 0;
  return parts.every((part, index) => {
    const found =
      index === 0
        ? text.startsWith(part)
          ? 0
          : -1
        : index === parts.length - 1
          ? text.endsWith(part) && text.length - part.length >= at
            ? text.length - part.length
            : -1
          : text.indexOf(part, at);
    at = found + part.length;
    return found >= 0;
  });
}
