import { PeerSelector } from './selector';
import { normalizedName } from '../../cilium/dns-names';
import { compileRe2 } from '../../cilium/re2';
import { Traits } from '../../cilium/traits';

/** A DNS name or pattern of a rule. */
export interface Fqdn {
  readonly matchName?: string;
  readonly matchPattern?: string;
}

/**
 * Whether a name or pattern matches a DNS name that ends with a dot (pkg/fqdn/matchpattern/matchpattern.go).
 *
 * Since 1.19 several stars in front of a dot match several labels. In older versions each star matches within one
 * label.
 */
export function matchesFqdn({ matchName, matchPattern }: Fqdn, traits: Traits, name: string): boolean {
  const named = matchName !== undefined && matchName !== '';
  const text = (named ? matchName : (matchPattern ?? '')).toLowerCase();
  if (!named && (traits.fqdnStarsMatchLabels ? /^\*+\.?$/ : /^\*$/).test(text)) {
    return /^([-a-zA-Z0-9_]+[.])+$|^[.]$/.test(name);
  }
  const labels = normalizedName(text);
  const star = labels.lastIndexOf('*');
  if (star === -1) {
    return labels === name;
  }
  // most names end differently, and need no expression
  return (
    name.endsWith(labels.slice(star + 1)) &&
    (compileRe2(labelsExpression(labels, traits)).matches?.(name) ?? false)
  );
}

/** The one name that a name or pattern without a star matches, with a dot at its end. */
export function onlyName({ matchName, matchPattern }: Fqdn): string | undefined {
  const text = matchName || matchPattern || '';
  return text === '' || text.includes('*') ? undefined : normalizedName(text);
}

/** The regular expression that Cilium compiles for a pattern. */
function labelsExpression(labels: string, { fqdnStarsMatchLabels: several }: Traits): string {
  const stars = several ? (/^\*{2,}\./.exec(labels)?.[0] ?? '') : '';
  const rest = labels
    .slice(stars.length)
    .replace(/\./g, '[.]')
    .replace(several ? /\*+/g : /\*/g, '[-a-zA-Z0-9_]*');
  return `${stars === '' ? '' : '([-a-zA-Z0-9_]+[.])+'}${rest}`;
}

/** The selector of the addresses that DNS returned for a name. */
export function fqdnSelector(fqdn: Fqdn, traits: Traits): PeerSelector {
  const id = `fqdn ${fqdn.matchName ?? ''} ${fqdn.matchPattern ?? ''}`;
  return { kind: 'fqdn', id, fqdn, matches: name => matchesFqdn(fqdn, traits, name) };
}
