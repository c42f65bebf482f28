import { cidrSelectors, formatExcept, readCidr } from './cidrs';
import { FieldReader, isPresent } from './field-reader';
import { RulePlace } from './rule-place';
import { readGroupSelector } from './selectors';
import { Cidr } from '../../../cilium/cidr';
import { isDnsSubdomain } from '../../../cilium/kubernetes-names';
import { Traits } from '../../../cilium/traits';
import { LabelSelectorTerms, WILDCARD } from '../../engine/label-selector';
import { PeerSelector } from '../../engine/selector';
import { PolicySettings } from '../../engine/settings';

/** Reads an item of `fromCIDRSet` or `toCIDRSet`: a CIDR or CIDR groups, with exceptions. */
export function readCidrRule(
  reader: FieldReader,
  value: unknown,
  path: string,
  place: RulePlace,
): PeerSelector[] | undefined {
  const {
    context: { settings },
  } = place;
  const { traits } = settings;
  const kinds = ['cidr', 'cidrGroupRef', ...(traits.cidrGroupLabels ? ['cidrGroupSelector'] : [])];
  const fields = reader.object(value, path, [...kinds, 'except']);
  if (!fields) {
    return undefined;
  }
  const present = kinds.filter(field => isPresent(fields[field]));
  if (present.length !== 1) {
    return reader.refuse('schema', path, `must have one of ${kinds.join(', ')}`, {
      got: present.join(' and ') || 'none',
    });
  }
  const except =
    reader.list(fields.except, `${path}.except`, (item, here) => readCidr(reader, item, here, traits)) ?? [];
  const parts = except.map(({ cidr }) => cidr);
  if (present[0] === 'cidrGroupRef') {
    const group = reader.text(fields.cidrGroupRef, `${path}.cidrGroupRef`) ?? '';
    if (!isDnsSubdomain(group)) {
      return reader.refuse('schema', `${path}.cidrGroupRef`, 'must be the name of a CiliumCIDRGroup', { got: group });
    }
    return traits.cidrGroupsReplaced
      ? translatedGroup(reader, group, except, path, place)
      : [{ kind: 'cidrGroup', id: `cidrGroup ${group}${formatExcept(parts)}`, group, except: parts }];
  }
  if (present[0] === 'cidrGroupSelector') {
    const raw = readGroupSelector(reader, fields.cidrGroupSelector, `${path}.cidrGroupSelector`, traits);
    if (!raw) {
      return undefined;
    }
    const terms = new LabelSelectorTerms().add(raw, 'cidrgroup:');
    if (selectsEveryPeer(terms, parts) && !traits.cidrGroupSelectorsMatchPods) {
      reader.refuse(
        'unmodelled',
        `${path}.cidrGroupSelector`,
        'an empty cidrGroupSelector has the text of the selector of all peers, so it selects pods too. What either of ' +
          'the two selects on named ports of egress depends on which one the agent reads first',
        { fix: 'select the groups by a label, or write the entity world' },
      );
    }
    return [groupSelector(terms, parts, settings)];
  }
  const text = readCidr(reader, fields.cidr, `${path}.cidr`, traits)?.text;
  return text === undefined ? undefined : exceptedCidr(reader, text, except, `${path}.cidr`, settings);
}

/**
 * Selects groups by their labels.
 *
 * Cilium identifies selectors by their text. Without terms and exceptions it is the text of the wildcard, so the
 * selector selects pods too (identitySelector.IsWildcard, pkg/policy/selectorcache_selector.go, v1.20.2). Only named
 * ports on egress use what the selector itself selects (GetSelectionsAt in L4Filter.toMapState, pkg/policy/l4.go).
 */
function groupSelector(terms: LabelSelectorTerms, except: readonly Cidr[], settings: PolicySettings): PeerSelector {
  const { cidrGroupSelectorsMatchPods } = settings.traits;
  if (selectsEveryPeer(terms, except)) {
    return cidrGroupSelectorsMatchPods ? WILDCARD : EVERY_PEER;
  }
  return {
    kind: 'cidrGroupLabels',
    id: `${terms.selector().id}${formatExcept(except)}`,
    requirements: terms.requirements(),
    except,
    nodes: settings.cidrMatchesNodes,
    anyIdentity: cidrGroupSelectorsMatchPods,
  };
}

const EVERY_PEER: PeerSelector = { kind: 'labels', id: WILDCARD.id, requirements: [], ofCidrGroups: true };

function selectsEveryPeer(terms: LabelSelectorTerms, except: readonly Cidr[]): boolean {
  return terms.selector().id === WILDCARD.id && except.length === 0;
}

interface Except {
  readonly text: string;
  readonly cidr: Cidr;
}

function exceptedCidr(
  reader: FieldReader,
  text: string,
  except: readonly Except[],
  path: string,
  settings: PolicySettings,
): PeerSelector[] | undefined {
  const cidr = Cidr.masked(text);
  if (!cidr) {
    return reader.refuse('cilium', path, 'must be a CIDR', { got: text });
  }
  for (const part of except.filter(each => !contains(cidr, each, settings.traits))) {
    reader.refuse('cilium', path, `except must lie within ${cidr.text}`, {
      got: part.text,
      fix: `write only parts of ${cidr.text} in except`,
    });
  }
  return cidrSelectors(
    text,
    cidr,
    except.map(each => each.cidr),
    settings,
  );
}

/** Whether written CIDR rules hold no address at all, and so count as no peers. */
export function areNoPeers(items: unknown, selectors: readonly PeerSelector[], traits: Traits): boolean {
  return (
    traits.exceptedCidrIsNoPeer &&
    selectors.length === 0 &&
    Array.isArray(items) &&
    items.length > 0 &&
    items.every(item => isPresent(item?.cidr))
  );
}

/**
 * Before 1.20 Cilium compares only the first address (CIDRRule.sanitize, pkg/policy/api/rule_validation.go, v1.19.3).
 */
function contains(cidr: Cidr, part: Except, traits: Traits): boolean {
  const first = Cidr.masked(`${part.text.slice(0, part.text.indexOf('/'))}/${cidr.family === 'IPv4' ? 32 : 128}`);
  return (
    part.cidr.family === cidr.family &&
    first !== undefined &&
    cidr.covers(first) &&
    (!traits.exceptLengthCompared || part.cidr.prefix >= cidr.prefix)
  );
}

/**
 * Up to 1.16 the agents replace a reference by the members of the group before they check the rule. An unknown group
 * has no members.
 *
 * 1.15 does so in `ingress` only, and refuses exceptions (pkg/policy/k8s/cilium_cidr_group.go, v1.16.19;
 * pkg/k8s/watchers/cilium_cidr_group.go, v1.15.19).
 */
function translatedGroup(
  reader: FieldReader,
  name: string,
  except: readonly Except[],
  path: string,
  { direction, deny, context }: RulePlace,
): PeerSelector[] | undefined {
  const { settings, cidrGroups = [] } = context;
  if (!settings.traits.cidrGroupsEverywhere) {
    if (except.length > 0) {
      return reader.refuseUnread(`${path}.except`, 'cannot be together with cidrGroupRef before Cilium 1.16');
    }
    if (direction === 'egress' || deny) {
      reader.refuse('cilium', `${path}.cidrGroupRef`, 'CIDR groups are for ingress only before Cilium 1.16');
      return [];
    }
  }
  return cidrGroups
    .filter(group => group.name === name)
    .flatMap(({ cidrs }) => cidrs)
    .flatMap(text => exceptedCidr(reader, text, except, `${path}.cidrGroupRef`, settings) ?? []);
}
