import { fileLine, shortName } from './diagnostics';
import { literalRe2 } from '../cilium/re2';
import { Diagnostic } from '../diagnostics/diagnostic';
import { grouped } from '../diagnostics/grouped';

/** A diagnostic of an object, and the same ones of that object in other clusters. */
export interface Copies {
  readonly first: Diagnostic;
  readonly others: readonly Diagnostic[];
}

/**
 * Diagnostics for people, who want to read once what is wrong with a policy that each cluster has. Programs get each of
 * them with its own place.
 */
export function groupCopies(diagnostics: readonly Diagnostic[]): Copies[] {
  const seen = new Map<string, number>();
  const groups = grouped(diagnostics, each => {
    const key = keyOf(each);
    // two of one cluster are not the same, such as those of an object that is there twice
    const own = `${each.cluster} ${key}`;
    seen.set(own, (seen.get(own) ?? 0) + 1);
    return `${seen.get(own)} ${key}`;
  });
  return [...groups.values()].map(([first, ...others]) => ({ first, others }));
}

/** What copies have in common: everything but the cluster, the file and the line. */
function keyOf(diagnostic: Diagnostic): string {
  const { code, severity, cluster, object, path, source, message, got, fix } = diagnostic;
  return cluster === undefined || object === undefined || cluster.length > LONGEST_NAME
    ? JSON.stringify(diagnostic)
    : JSON.stringify([
      code,
      severity,
      object,
      path,
      source,
      got,
      ...[message, fix].map(each => without(cluster, each)),
    ]);
}

/** Longer than the name of any cluster. */
const LONGEST_NAME = 253;

/** A text without the name of a cluster, as a word or at the beginning of the name of a file. */
function without(cluster: string, text: string): string {
  return text.replace(new RegExp(`(?<![\\w.-])${literalRe2(cluster)}(?![\\w-])`, 'g'), '\0');
}

const MOST_SHOWN = 4;

/** `the same in lyon (lyon.yaml:12), rome (rome.yaml:12)`; undefined without copies. */
export function copiesText({ others }: Copies): string | undefined {
  const places = others.map(({ cluster, file, line }) =>
    file === undefined ? shortName(cluster!) : `${shortName(cluster!)} (${fileLine(file, line)})`,
  );
  const shown = places.length > MOST_SHOWN + 1 ? places.slice(0, MOST_SHOWN) : places;
  const more = places.length - shown.length;
  return places.length === 0
    ? undefined
    : `the same in ${shown.join(', ')}${more === 0 ? '' : ` and ${more} more clusters`}`;
}
