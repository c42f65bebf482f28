import { PeerSelector } from './selector';

/** A DNS name or pattern of a rule. */
export interface Fqdn {
  readonly matchName?: string;
  readonly matchPattern?: string;
}

/**
 * The names that a name or pattern matches, with a trailing dot (pkg/fqdn/matchpattern/matchpattern.go). Several stars in front of a dot match
 * several labels since 1.19; before, each star matches within a label.
 */
export function fqdnPattern({ matchName, matchPattern }: Fqdn, minor: number): RegExp {
  const named = matchName !== undefined && matchName !== '';
  const text = (named ? matchName : matchPattern ?? '').toLowerCase();
  if (!named && (minor >= 19 ? /^\*+\.?$/ : /^\*$/).test(text)) {
    return /^([-a-zA-Z0-9_]+[.])+$|^[.]$/;
  }
  const labels = text.endsWith('.') ? text : `${text}.`;
  const several = minor >= 19 ? /^\*{2,}\./.exec(labels)?.[0] ?? '' : '';
  const rest = labels.slice(several.length).replace(/\./g, '[.]').replace(minor >= 19 ? /\*+/g : /\*/g, '[-a-zA-Z0-9_]*');
  return new RegExp(`^${several === '' ? '' : '([-a-zA-Z0-9_]+[.])+'}${rest}$`);
}

/** The selector of the addresses that DNS gave for a name. */
export function fqdnSelector(fqdn: Fqdn, minor: number): PeerSelector {
  return { kind: 'fqdn', id: `fqdn ${fqdn.matchName ?? ''} ${fqdn.matchPattern ?? ''}`, pattern: fqdnPattern(fqdn, minor) };
}
