import { areNoPeers, readCidrRule } from './cidr-rules';
import { cidrSelectors, readCidr, withWholeWorld } from './cidrs';
import { readCloudGroup } from './cloud-groups';
import { entitiesOf, entitySelectors } from './entities';
import { count, FieldReader, Fields } from './field-reader';
import { readFqdn } from './fqdn';
import { readNodes } from './nodes';
import { peerSelector, required } from './peer-selectors';
import { RulePlace } from './rule-place';
import { readSelector } from './selectors';
import { readServiceReference, servicePeers } from './services';
import { Traits } from '../../../cilium/traits';
import { Direction } from '../../engine/entry';
import { fqdnSelector } from '../../engine/fqdn';
import { PeerSelector, Requirement } from '../../engine/selector';

/** The fields of a rule that select its peers. */
export function peerFields({ direction, deny, context: { settings } }: RulePlace): readonly string[] {
  const known = FIELDS.get(settings.traits) ?? new Map<string, readonly string[]>();
  FIELDS.set(settings.traits, known);
  const key = `${direction} ${deny}`;
  const fields = known.get(key) ?? fieldsOf(direction, deny, settings.traits);
  known.set(key, fields);
  return fields;
}

/** Every rule asks for them. */
const FIELDS = new WeakMap<Traits, Map<string, readonly string[]>>();

function fieldsOf(direction: Direction, deny: boolean, traits: Traits): string[] {
  const prefix = direction === 'egress' ? 'to' : 'from';
  const groups = direction === 'egress' || traits.ingressGroups ? ['Groups'] : [];
  const kinds = [
    'Endpoints',
    'Entities',
    'CIDR',
    'CIDRSet',
    'Requires',
    ...(traits.nodePeers ? ['Nodes'] : []),
    ...groups,
  ];
  return [
    ...kinds.map(kind => prefix + kind),
    ...(direction === 'egress' ? ['toServices', ...(deny ? [] : ['toFQDNs'])] : []),
  ];
}

/**
 * The peers of a rule (mergeEndpointSelectors, pkg/policy/utils/parserules.go, v1.20.2).
 *
 * - `none`: a list of peers is empty. Before 1.16 an empty list counts as missing (pkg/policy/api/ingress.go and
 *   egress.go, v1.15.19).
 * - An empty list: the rule has no list of peers, or only unknown Services, names or groups.
 */
export function readPeers(
  reader: FieldReader,
  fields: Fields,
  path: string,
  place: RulePlace,
): 'none' | PeerSelector[] {
  const { direction, namespace, matchesInit, context } = place;
  const { settings } = context;
  const { traits } = settings;
  const prefix = direction === 'egress' ? 'to' : 'from';
  const at = (field: string) => `${path}.${field}`;
  const read = <T>(field: string, item: (value: unknown, path: string) => T | undefined) =>
    reader.list(fields[field], at(field), item);

  let endpoints = read(`${prefix}Endpoints`, (item, here) => {
    const raw = readSelector(reader, item, here, traits);
    return raw && peerSelector(raw, namespace, matchesInit, settings);
  });
  const entities = read(`${prefix}Entities`, (item, here) => {
    const entity = reader.text(item, here, entitiesOf(traits));
    return entity === undefined ? undefined : entitySelectors(entity, settings);
  })?.flat();
  const cidrs = read(`${prefix}CIDR`, (item, here) => {
    const parsed = readCidr(reader, item, here, traits);
    return parsed && cidrSelectors(parsed.text, parsed.cidr, [], settings);
  })?.flat();
  let cidrRules = read(`${prefix}CIDRSet`, (item, here) => readCidrRule(reader, item, here, place))?.flat();
  if (cidrRules && areNoPeers(fields[`${prefix}CIDRSet`], cidrRules, traits)) {
    cidrRules = undefined;
  }
  const nodes = read(`${prefix}Nodes`, (item, here) => readNodes(reader, item, here, context));
  const names = read('toFQDNs', (item, here) => {
    const fqdn = readFqdn(reader, item, here, traits, true);
    return fqdn && fqdnSelector(fqdn, traits);
  });
  const groups = read(`${prefix}Groups`, (item, here) => readCloudGroup(reader, item, here, context));
  const references = read('toServices', (item, here) => readServiceReference(reader, item, here, traits)) ?? [];
  if (!place.deny) {
    // Cilium resolves Services in `egress` only (processRule, pkg/policy/k8s/service.go, v1.20.2)
    const services = servicePeers(references, namespace, matchesInit, context);
    endpoints = endpoints || services.endpoints.length > 0 ? [...(endpoints ?? []), ...services.endpoints] : undefined;
    cidrRules = cidrRules || services.cidrs.length > 0 ? [...(cidrRules ?? []), ...services.cidrs] : undefined;
  }

  const present = peerFields(place).filter(field => !field.endsWith('Requires') && count(fields[field]) > 0);
  if (present.length > 1) {
    reader.refuse('cilium', path, 'a rule must have only one kind of peers', {
      got: present.join(' and '),
      fix: 'write one rule for each kind',
    });
  }
  if (!traits.servicesWithPorts && count(fields.toServices) > 0 && count(fields.toPorts) > 0) {
    reader.refuse('cilium', at('toServices'), 'cannot be together with toPorts before Cilium 1.17');
  }
  const wholeSets =
    cidrRules && traits.bothFamiliesOfSetsAreWholeWorld ? withWholeWorld(cidrRules, settings) : cidrRules;
  const lists = [endpoints, nodes, entities, cidrs && withWholeWorld(cidrs, settings), wholeSets];
  return traits.emptyPeerListMatchesNothing && lists.some(list => list?.length === 0)
    ? 'none'
    : [...lists, names, groups].flatMap(list => list ?? []);
}

/** The labels that a rule requires of all peers. Since 1.19 the CRD refuses it (maxItems). */
export function readRequires(
  reader: FieldReader,
  fields: Fields,
  path: string,
  place: RulePlace,
): readonly Requirement[] | undefined {
  const { settings } = place.context;
  const field = place.direction === 'egress' ? 'toRequires' : 'fromRequires';
  const read = (item: unknown, here: string) => {
    const raw = settings.traits.requiredPeers ? readSelector(reader, item, here, settings.traits) : undefined;
    return raw && required(raw, place.namespace, place.matchesInit, settings);
  };
  const all = reader
    .list(fields[field], `${path}.${field}`, read, settings.traits.requiredPeers ? Infinity : 0)
    ?.flat();
  return all?.length ? all : undefined;
}
