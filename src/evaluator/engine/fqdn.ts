import { PeerSelector } from './selector';
import { Traits } from '../../cilium/traits';

/** A DNS name or pattern of a rule. */
export interface Fqdn {
  readonly matchName?: string;
  readonly matchPattern?: string;
}

/**
 * The names that a name or pattern matches, with a trailing dot (pkg/fqdn/matchpattern/matchpattern.go). Several stars in front of a dot match
 * several labels since 1.19; before, each star matches within a label.
 */
export function fqdnPattern({ matchName, matchPattern }: Fqdn, { fqdnStarsMatchLabels: several }: Traits): RegExp {
  const named = matchName !== undefined && matchName !== '';
  const text = (named ? matchName : matchPattern ?? '').toLowerCase();
  if (!named && (several ? /^\*+\.?$/ : /^\*$/).test(text)) {
    return /^([-a-zA-Z0-9_]+[.])+$|^[.]$/;
  }
  const labels = text.endsWith('.') ? text : `${text}.`;
  const stars = several ? /^\*{2,}\./.exec(labels)?.[0] ?? '' : '';
  const rest = labels.slice(stars.length).replace(/\./g, '[.]').replace(several ? /\*+/g : /\*/g, '[-a-zA-Z0-9_]*');
  return new RegExp(`^${stars === '' ? '' : '([-a-zA-Z0-9_]+[.])+'}${rest}$`);
}

/** The selector of the addresses that DNS gave for a name. */
export function fqdnSelector(fqdn: Fqdn, traits: Traits): PeerSelector {
  return { kind: 'fqdn', id: `fqdn ${fqdn.matchName ?? ''} ${fqdn.matchPattern ?? ''}`, pattern: fqdnPattern(fqdn, traits) };
}
