import { PeerSelector } from './selector';
import { compileRe2 } from '../../cilium/re2';

/** A DNS name or pattern of a rule. */
export interface Fqdn {
  readonly matchName?: string;
  readonly matchPattern?: string;
}

/**
 * Whether a name or pattern matches a DNS name that ends with a dot (pkg/fqdn/matchpattern/matchpattern.go). Several
 * stars in front of a dot match several labels since 1.19; before, each star matches within a label.
 */
export function matchesFqdn({ matchName, matchPattern }: Fqdn, minor: number, name: string): boolean {
  const named = matchName !== undefined && matchName !== '';
  const text = (named ? matchName : matchPattern ?? '').toLowerCase();
  if (!named && (minor >= 19 ? /^\*+\.?$/ : /^\*$/).test(text)) {
    return /^([-a-zA-Z0-9_]+[.])+$|^[.]$/.test(name);
  }
  const labels = text.endsWith('.') ? text : `${text}.`;
  return labels.includes('*') ? compileRe2(labelsExpression(labels, minor)).matches?.(name) ?? false : labels === name;
}

/** Labels as the regular expression that Cilium compiles. */
function labelsExpression(labels: string, minor: number): string {
  const several = minor >= 19 ? /^\*{2,}\./.exec(labels)?.[0] ?? '' : '';
  const stars = minor >= 19 ? /\*+/g : /\*/g;
  const rest = labels.slice(several.length).replace(/\./g, '[.]').replace(stars, '[-a-zA-Z0-9_]*');
  return `${several === '' ? '' : '([-a-zA-Z0-9_]+[.])+'}${rest}`;
}

/** The selector of the addresses that DNS gave for a name. */
export function fqdnSelector(fqdn: Fqdn, minor: number): PeerSelector {
  const id = `fqdn ${fqdn.matchName ?? ''} ${fqdn.matchPattern ?? ''}`;
  return { kind: 'fqdn', id, matches: name => matchesFqdn(fqdn, minor, name) };
}
