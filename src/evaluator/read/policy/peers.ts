import { cidrSelectors, readCidr, shownExcept, withWholeWorld } from './cidrs';
import { count, FieldReader, Fields, isPresent } from './field-reader';
import { readFqdn } from './fqdn';
import { PolicyContext } from './policy-context';
import { entitiesOf, entitySelectors, nodeSelector, peerSelector, readGroupSelector, readSelector, required } from './selectors';
import { readServiceReference, servicePeers } from './services';
import { Cidr } from '../../../cilium/cidr';
import { isDnsSubdomain } from '../../../cilium/kubernetes-names';
import { Traits } from '../../../cilium/traits';
import { Direction } from '../../engine/entry';
import { fqdnSelector } from '../../engine/fqdn';
import { LabelSelectorTerms, PeerSelector, Requirement, WILDCARD } from '../../engine/selector';
import { PolicySettings } from '../../engine/settings';

/** Where a rule stands, and in which policy. */
export interface RulePlace {
  readonly direction: Direction;
  readonly deny: boolean;
  readonly namespace: string | undefined;
  /** The policy's subject names `reserved:init`. */
  readonly matchesInit: boolean;
  /** The policy is about nodes. */
  readonly node: boolean;
  readonly context: PolicyContext;
}

/** The fields of a rule that say who its peers are. */
export function peerFields({ direction, deny, context: { settings: { traits } } }: RulePlace): string[] {
  const prefix = direction === 'egress' ? 'to' : 'from';
  const groups = direction === 'egress' || traits.ingressGroups ? ['Groups'] : [];
  const kinds = ['Endpoints', 'Entities', 'CIDR', 'CIDRSet', 'Requires', ...traits.nodePeers ? ['Nodes'] : [], ...groups];
  return [...kinds.map(kind => prefix + kind), ...direction === 'egress' ? ['toServices', ...deny ? [] : ['toFQDNs']] : []];
}

/**
 * The peers of a rule: `nobody` when a list of them is there and empty, an empty list when the rule says nothing of
 * peers, or only of Services, names or groups that are none (mergeEndpointSelectors, pkg/policy/utils/parserules.go,
 * v1.20.2). Before 1.16 an empty list is as if it were left out (pkg/policy/api/ingress.go and egress.go, v1.15.19).
 */
export function readPeers(reader: FieldReader, fields: Fields, path: string, place: RulePlace): 'none' | PeerSelector[] {
  const { direction, namespace, matchesInit, context } = place;
  const { settings } = context;
  const { traits } = settings;
  const prefix = direction === 'egress' ? 'to' : 'from';
  const at = (field: string) => `${path}.${field}`;
  const read = <T>(field: string, item: (value: unknown, path: string) => T | undefined) => reader.list(fields[field], at(field), item);

  let endpoints = read(`${prefix}Endpoints`, (item, here) => {
    const raw = readSelector(reader, item, here, traits);
    return raw && peerSelector(raw, namespace, matchesInit, settings);
  });
  const entities = read(`${prefix}Entities`, (item, here) => {
    const entity = reader.text(item, here, entitiesOf(traits));
    return entity === undefined ? undefined : entitySelectors(entity, settings);
  })?.flat();
  const cidrs = read(`${prefix}CIDR`, (item, here) => {
    const given = readCidr(reader, item, here, traits);
    return given && cidrSelectors(given.text, given.cidr, [], settings);
  })?.flat();
  let cidrRules = read(`${prefix}CIDRSet`, (item, here) => readCidrRule(reader, item, here, place))?.flat();
  const nodes = read(`${prefix}Nodes`, (item, here) => readNodes(reader, item, here, context));
  const names = read('toFQDNs', (item, here) => {
    const fqdn = readFqdn(reader, item, here, traits, true);
    return fqdn && fqdnSelector(fqdn, traits);
  });
  const groups = read(`${prefix}Groups`, (item, here) => readGroup(reader, item, here, context));
  const references = read('toServices', (item, here) => readServiceReference(reader, item, here, traits)) ?? [];
  if (!place.deny) {
    // Cilium resolves Services in `egress` only (processRule, pkg/policy/k8s/service.go, v1.20.2)
    const found = servicePeers(references, namespace, matchesInit, context);
    endpoints = endpoints || found.endpoints.length > 0 ? [...endpoints ?? [], ...found.endpoints] : undefined;
    cidrRules = cidrRules || found.cidrs.length > 0 ? [...cidrRules ?? [], ...found.cidrs] : undefined;
  }

  const given = peerFields(place).filter(field => !field.endsWith('Requires') && count(fields[field]) > 0);
  if (given.length > 1) {
    reader.refuse('cilium', path, 'a rule must have only one kind of peers', { got: given.join(' and '), fix: 'write one rule for each kind' });
  }
  if (!traits.servicesWithPorts && count(fields.toServices) > 0 && count(fields.toPorts) > 0) {
    reader.refuse('cilium', at('toServices'), 'cannot be together with toPorts before Cilium 1.17');
  }
  const wholeSets = cidrRules && traits.bothFamiliesOfSetsAreWholeWorld ? withWholeWorld(cidrRules, settings) : cidrRules;
  const lists = [endpoints, nodes, entities, cidrs && withWholeWorld(cidrs, settings), wholeSets];
  return traits.emptyPeerListMatchesNothing && lists.some(list => list?.length === 0) ? 'none' : [...lists, names, groups].flatMap(list => list ?? []);
}

function readCidrRule(reader: FieldReader, value: unknown, path: string, place: RulePlace): PeerSelector[] | undefined {
  const { context: { settings } } = place;
  const { traits } = settings;
  const kinds = ['cidr', 'cidrGroupRef', ...traits.cidrGroupLabels ? ['cidrGroupSelector'] : []];
  const fields = reader.object(value, path, [...kinds, 'except']);
  if (!fields) {
    return undefined;
  }
  const given = kinds.filter(field => isPresent(fields[field]));
  if (given.length !== 1) {
    return reader.refuse('schema', path, `must have one of ${kinds.join(', ')}`, { got: given.join(' and ') || 'none' });
  }
  const except = reader.list(fields.except, `${path}.except`, (item, here) => readCidr(reader, item, here, traits)) ?? [];
  const parts = except.map(({ cidr }) => cidr);
  if (given[0] === 'cidrGroupRef') {
    const group = reader.text(fields.cidrGroupRef, `${path}.cidrGroupRef`) ?? '';
    if (!isDnsSubdomain(group)) {
      return reader.refuse('schema', `${path}.cidrGroupRef`, 'must be the name of a CiliumCIDRGroup', { got: group });
    }
    return traits.cidrGroupsReplaced ? translatedGroup(reader, group, except, path, place) : [{ kind: 'cidrGroup', id: `cidrGroup ${group}${shownExcept(parts)}`, group, except: parts }];
  }
  if (given[0] === 'cidrGroupSelector') {
    const raw = readGroupSelector(reader, fields.cidrGroupSelector, `${path}.cidrGroupSelector`, traits);
    return raw && [groupSelector(new LabelSelectorTerms().add(raw, 'cidrgroup:'), parts, settings)];
  }
  const text = readCidr(reader, fields.cidr, `${path}.cidr`, traits)?.text;
  return text === undefined ? undefined : exceptedCidr(reader, text, except, `${path}.cidr`, settings);
}

/**
 * Groups by their labels. Selectors are known by their text, and that of the empty one is the text of the selector of
 * everybody, pods too (identitySelector.IsWildcard, pkg/policy/selectorcache_selector.go, v1.20.2).
 */
function groupSelector(terms: LabelSelectorTerms, except: readonly Cidr[], settings: PolicySettings): PeerSelector {
  const written = terms.selector();
  return written.id === WILDCARD.id && except.length === 0 ? WILDCARD : {
    kind: 'cidrGroupLabels', id: `${written.id}${shownExcept(except)}`, requirements: terms.requirements(), except, nodes: settings.cidrMatchesNodes, anyIdentity: settings.traits.cidrGroupSelectorsMatchPods,
  };
}

interface Except {
  readonly text: string;
  readonly cidr: Cidr;
}

function exceptedCidr(reader: FieldReader, text: string, except: readonly Except[], path: string, settings: PolicySettings): PeerSelector[] | undefined {
  const cidr = Cidr.masked(text);
  if (!cidr) {
    return reader.refuse('cilium', path, 'must be a CIDR', { got: text });
  }
  for (const part of except.filter(each => !contains(cidr, each, settings.traits))) {
    reader.refuse('cilium', path, `except must lie within ${cidr.text}`, { got: part.text, fix: `write only parts of ${cidr.text} in except` });
  }
  return cidrSelectors(text, cidr, except.map(each => each.cidr), settings);
}

/** Before 1.20 the first address alone is compared (CIDRRule.sanitize, pkg/policy/api/rule_validation.go, v1.19.3). */
function contains(cidr: Cidr, part: Except, traits: Traits): boolean {
  const first = Cidr.masked(`${part.text.slice(0, part.text.indexOf('/'))}/${cidr.family === 'IPv4' ? 32 : 128}`);
  return part.cidr.family === cidr.family && first !== undefined && cidr.covers(first) && (!traits.exceptLengthCompared || part.cidr.prefix >= cidr.prefix);
}

/**
 * Up to 1.16 the agents replace a reference by the members of the group, before they check the rule; an unknown group
 * has none. 1.15 does so in `ingress` only, and refuses exceptions (pkg/policy/k8s/cilium_cidr_group.go, v1.16.19;
 * pkg/k8s/watchers/cilium_cidr_group.go, v1.15.19).
 */
function translatedGroup(reader: FieldReader, name: string, except: readonly Except[], path: string, { direction, deny, context }: RulePlace): PeerSelector[] | undefined {
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
  return cidrGroups.filter(group => group.name === name).flatMap(({ cidrs }) => cidrs)
    .flatMap(text => exceptedCidr(reader, text, except, `${path}.cidrGroupRef`, settings) ?? []);
}

/** Nodes by their labels. Which labels nodes have is in no manifest. */
function readNodes(reader: FieldReader, value: unknown, path: string, { settings }: PolicyContext): PeerSelector | undefined {
  const raw = readSelector(reader, value, path, settings.traits);
  if (!settings.nodeSelectorLabels) {
    return reader.refuse('cilium', path, 'selecting nodes by labels is off in this cluster', { fix: 'set nodeSelectorLabels: true in the Helm values' });
  }
  reader.refuse('unmodelled', path, 'the manifests do not hold the labels of nodes, so the selector matches no node here');
  return raw && nodeSelector(raw, settings);
}

/**
 * Groups of a cloud. Who is in them only the cloud knows: Cilium's operator asks it, and writes the addresses into
 * CiliumCIDRGroups. Up to 1.19 it writes policies of its own instead, and the agents pass this one over
 * (RequiresDerivative, pkg/policy/k8s/cilium_network_policy.go, v1.19.3).
 */
function readGroup(reader: FieldReader, value: unknown, path: string, { settings: { traits } }: PolicyContext): PeerSelector | undefined {
  const fields = reader.object(value, path, ['aws']);
  const aws = isPresent(fields?.aws) ? reader.object(fields!.aws, `${path}.aws`, ['labels', 'securityGroupsIds', 'securityGroupsNames', 'region']) : undefined;
  reader.text(aws?.region, `${path}.aws.region`);
  for (const list of ['securityGroupsIds', 'securityGroupsNames']) {
    reader.list(aws?.[list], `${path}.aws.${list}`, (item, here) => reader.text(item, here));
  }
  if (isPresent(aws?.labels)) {
    for (const [key, text] of Object.entries(reader.object(aws!.labels, `${path}.aws.labels`, Object.keys(aws!.labels as object)) ?? {})) {
      reader.text(text, `${path}.aws.labels[${JSON.stringify(key)}]`);
    }
  }
  if (traits.groupPoliciesDerived) {
    reader.refuseUnread(path, 'the agents ignore this policy: the operator writes another one with the addresses of the cloud groups');
  } else {
    reader.refuse('unmodelled', path, 'the manifests do not hold the addresses of cloud groups, so the rule selects no addresses here');
  }
  return fields && new LabelSelectorTerms().addMatch(`cidrgroup:extgrp.cilium.io/${JSON.stringify(fields.aws ?? {})}`, '').selector();
}

/** What a rule wants of all peers: refused since 1.19 (maxItems of the CRD). */
export function readRequires(reader: FieldReader, fields: Fields, path: string, place: RulePlace): readonly Requirement[] | undefined {
  const { settings } = place.context;
  const field = place.direction === 'egress' ? 'toRequires' : 'fromRequires';
  const read = (item: unknown, here: string) => {
    const raw = settings.traits.requiredPeers ? readSelector(reader, item, here, settings.traits) : undefined;
    return raw && required(raw, place.namespace, place.matchesInit, settings);
  };
  const all = reader.list(fields[field], `${path}.${field}`, read, settings.traits.requiredPeers ? Infinity : 0)?.flat();
  return all?.length ? all : undefined;
}
