import { Fqdn } from '../engine/fqdn';
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

/**
 * The DNS names outside of the mesh that the policies of all meshes tell apart.
 *
 * Each `matchName` is a name. For each `matchPattern`, and for each two patterns that overlap, there is one name that
 * no `matchName` is. Names that the same selectors select are one class.
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
  const written = [...new Set([...selectors.values()].map(({ fqdn }) => textOf(fqdn)))].sort();
  const literals = new Set(written.filter(text => !text.includes('*')));
  const patterns = written.filter(text => text.includes('*'));
  const samples: Array<{ text: string; name: string }> = [
    ...[...literals].map(text => ({ text, name: text })),
    ...patterns.map(text => ({ text, name: sampleOf(text, literals) })),
    ...patterns.flatMap((one, index) =>
      patterns.slice(index + 1).flatMap(other => {
        const both = overlap(one, other);
        return both === undefined ? [] : [{ text: `${one} and ${other}`, name: sampleOf(both, literals) }];
      }),
    ),
  ];
  const classes = new Map<string, { written: string[]; name: string }>();
  for (const { text, name } of samples) {
    const key = [...selectors].map(([, { matches }]) => (matches(`${name}.`) ? '1' : '0')).join('');
    const known = classes.get(key);
    if (known) {
      known.written.push(text);
    } else {
      classes.set(key, { written: [text], name });
    }
  }
  return [...classes.values()];
}

/** The name or pattern in lower case, without the dot at its end. */
function textOf({ matchName, matchPattern }: Fqdn): string {
  return (matchName || matchPattern || '').toLowerCase().replace(/\.$/, '');
}

/** A name that a pattern matches, and that is none of the literals. */
function sampleOf(pattern: string, literals: ReadonlySet<string>): string {
  for (let number = 1; ; number++) {
    const name = pattern.replace(/\*+/g, number === 1 ? 'any' : `any${number}`);
    if (!literals.has(name) || !pattern.includes('*')) {
      return name;
    }
  }
}

/** A pattern of names that match both, label by label; undefined if there is none. */
function overlap(one: string, other: string): string | undefined {
  const [first, second] = [one.split('.'), other.split('.')];
  if (first.length !== second.length) {
    return undefined;
  }
  const labels = first.map((label, index) => labelOverlap(label, second[index]));
  return labels.includes(undefined) ? undefined : labels.join('.');
}

function labelOverlap(one: string, other: string): string | undefined {
  if (one === other || other === '*') {
    return one;
  }
  if (one === '*') {
    return other;
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
