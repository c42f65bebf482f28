import { cidrSelector } from './cidrs';
import { Direction, Origin, PolicyEntry } from './entry';
import { FieldReader } from './field-reader';
import { ParsedPolicy, PolicyContext } from './policy-context';
import { readFqdn, readIcmps, readToPorts } from './ports';
import { ENTITIES, entitySelectors, peerSelector, readSelector, subjectTerms } from './selectors';
import { Cidr } from '../../model/cidr';
import { isDnsSubdomain } from '../../model/labels';
import { PeerSelector, RawSelector } from '../selector';
import { PolicySettings } from '../settings';

const SECTIONS = ['ingress', 'ingressDeny', 'egress', 'egressDeny'] as const;

/**
 * Reads a CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy of a cluster.
 *
 * Structure: the CRDs of v1.20.2. What Cilium refuses beyond them: pkg/policy/api/rule_validation.go. What selectors get added:
 * pkg/k8s/apis/cilium.io/utils/utils.go. What becomes of rules: pkg/policy/utils/parserules.go.
 */
export function readCiliumPolicy(object: any, { settings }: PolicyContext): ParsedPolicy {
  const clusterwide = object.kind === 'CiliumClusterwideNetworkPolicy';
  const namespace: string | undefined = clusterwide ? undefined : object.metadata?.namespace ?? 'default';
  const reader = new FieldReader();
  const fields = reader.object(object, '', ['apiVersion', 'kind', 'metadata', 'spec', 'specs', 'status']) ?? {};
  if ((fields.spec === undefined || fields.spec === null) && (fields.specs === undefined || fields.specs === null)) {
    reader.refuse('schema', 'spec', 'spec or specs must be provided');
  }
  const origin = { kind: object.kind as string, namespace, name: String(object.metadata?.name) };
  const read = (spec: unknown, path: string) => readSpec(reader, spec, path, origin, namespace, settings);
  const entries = [
    ...(fields.spec === undefined || fields.spec === null ? [] : read(fields.spec, 'spec')),
    ...(reader.list(fields.specs, 'specs', read) ?? []).flat(),
  ];
  return reader.accepted(entries);
}

function readSpec(
  reader: FieldReader, value: unknown, path: string, origin: Omit<Origin, 'path'>, namespace: string | undefined, settings: PolicySettings,
): PolicyEntry[] {
  const fields = reader.object(value, path, ['description', 'enableDefaultDeny', 'endpointSelector', 'nodeSelector', 'labels', 'log', ...SECTIONS]);
  if (!fields) {
    return [];
  }
  const present = (field: string) => fields[field] !== undefined && fields[field] !== null;
  if (present('endpointSelector') === present('nodeSelector')) {
    reader.refuse('schema', path, 'must have either endpointSelector or nodeSelector');
    return [];
  }
  const node = present('nodeSelector');
  if (node && namespace !== undefined) {
    reader.refuse('cilium', `${path}.nodeSelector`, 'a CiliumNetworkPolicy cannot select nodes');
  }
  const subject = readSelector(reader, node ? fields.nodeSelector : fields.endpointSelector, `${path}.${node ? 'nodeSelector' : 'endpointSelector'}`);
  if (!SECTIONS.some(present)) {
    reader.refuse('schema', path, `must have one of ${SECTIONS.join(', ')}`);
  } else if (SECTIONS.every(section => !Array.isArray(fields[section]) || (fields[section] as unknown[]).length === 0)) {
    reader.refuse('cilium', path, `must have a rule in one of ${SECTIONS.join(', ')}`);
  }
  reader.text(fields.description, `${path}.description`);
  const given = present('enableDefaultDeny') ? reader.object(fields.enableDefaultDeny, `${path}.enableDefaultDeny`, ['ingress', 'egress']) : undefined;
  const defaultDeny = {
    ingress: reader.flag(given?.ingress, `${path}.enableDefaultDeny.ingress`) ?? true,
    egress: reader.flag(given?.egress, `${path}.enableDefaultDeny.egress`) ?? true,
  };
  const terms = subjectTerms(subject ?? {}, namespace);
  const context: RuleContext = { namespace, matchesInit: terms.hasKey('reserved:init'), node, settings };
  return SECTIONS.flatMap(section => (reader.list(fields[section], `${path}.${section}`, (rule, at) => {
    const direction: Direction = section.startsWith('ingress') ? 'ingress' : 'egress';
    const deny = section.endsWith('Deny');
    const parsed = readRule(reader, rule, at, direction, deny, context);
    return parsed && {
      origin: { ...origin, path: at },
      node,
      subject: terms.requirements(),
      direction,
      tier: 'normal' as const,
      priority: 0,
      verdict: deny ? 'deny' as const : 'allow' as const,
      defaultDeny: defaultDeny[direction],
      ...parsed,
    };
  }) ?? []));
}

interface RuleContext {
  readonly namespace: string | undefined;
  readonly matchesInit: boolean;
  readonly node: boolean;
  readonly settings: PolicySettings;
}

function readRule(
  reader: FieldReader, value: unknown, path: string, direction: Direction, deny: boolean, context: RuleContext,
): Pick<PolicyEntry, 'peers' | 'hasPorts' | 'ports' | 'authentication'> | undefined {
  const prefix = direction === 'egress' ? 'to' : 'from';
  const peerFields = ['Endpoints', 'Entities', 'CIDR', 'CIDRSet', 'Nodes', 'Groups', 'Requires'].map(field => prefix + field);
  const more = direction === 'egress' ? ['toServices', ...(deny ? [] : ['toFQDNs'])] : [];
  const fields = reader.object(value, path, [...peerFields, ...more, 'toPorts', 'icmps', ...(deny ? [] : ['authentication'])]);
  if (!fields) {
    return undefined;
  }
  const at = (field: string) => `${path}.${field}`;
  const lists: Array<[field: string, selectors: PeerSelector[][] | undefined, emptyMeansNobody: boolean]> = [
    [`${prefix}Endpoints`, reader.list(fields[`${prefix}Endpoints`], at(`${prefix}Endpoints`), (item, here) => {
      const raw: RawSelector | undefined = readSelector(reader, item, here);
      return raw && [peerSelector(raw, context.namespace, context.matchesInit, context.settings)];
    }), true],
    [`${prefix}Entities`, reader.list(fields[`${prefix}Entities`], at(`${prefix}Entities`), (item, here) => {
      const entity = reader.text(item, here, ENTITIES);
      return entity === undefined ? undefined : entitySelectors(entity, context.settings);
    }), true],
    [`${prefix}CIDR`, reader.list(fields[`${prefix}CIDR`], at(`${prefix}CIDR`), (item, here) => readCidr(reader, item, here, context.settings)), true],
    [`${prefix}CIDRSet`, reader.list(fields[`${prefix}CIDRSet`], at(`${prefix}CIDRSet`), (item, here) => readCidrRule(reader, item, here, context.settings)), true],
    ['toFQDNs', reader.list(fields.toFQDNs, at('toFQDNs'), (item, here) => {
      const fqdn = readFqdn(reader, item, here);
      return fqdn && [fqdnSelector(fqdn)];
    }), false],
  ];
  for (const field of ['Nodes', 'Groups'].map(each => prefix + each).concat('toServices')) {
    if (Array.isArray(fields[field]) && (fields[field] as unknown[]).length > 0) {
      reader.refuse('cilium', at(field), 'not modelled by this evaluator');
    }
  }
  reader.list(fields[`${prefix}Requires`], at(`${prefix}Requires`), () => undefined, 0);
  const used = lists.filter(([, selectors]) => selectors && selectors.length > 0).map(([field]) => field);
  if (used.length > 1) {
    reader.refuse('cilium', path, `combining ${used.join(' and ')} is not supported`);
  }
  const toPorts = readToPorts(reader, fields.toPorts, at('toPorts'), { direction, deny, node: context.node });
  const icmps = readIcmps(reader, fields.icmps, at('icmps'));
  if ((fields.icmps as unknown[] | undefined)?.length && (fields.toPorts as unknown[] | undefined)?.length) {
    reader.refuse('cilium', at('icmps'), 'may only be present without toPorts');
  }
  const authentication = fields.authentication === undefined || fields.authentication === null ? undefined
    : reader.object(fields.authentication, at('authentication'), ['mode']);
  const mode = reader.text(authentication?.mode, `${path}.authentication.mode`, ['disabled', 'required', 'test-always-fail']);
  if (authentication && mode === undefined) {
    reader.refuse('schema', at('authentication'), 'mode is required');
  }
  return {
    peers: lists.some(([, selectors, nobody]) => nobody && selectors?.length === 0) ? 'nobody' : lists.flatMap(([, selectors]) => selectors?.flat() ?? []),
    // an empty list of ports is no list; a rule with ports that names none allows nothing
    hasPorts: ['toPorts', 'icmps'].some(field => Array.isArray(fields[field]) && (fields[field] as unknown[]).length > 0),
    ports: [...toPorts ?? [], ...icmps ?? []],
    authentication: mode,
  };
}

function readCidr(reader: FieldReader, value: unknown, path: string, settings: PolicySettings): PeerSelector[] | undefined {
  const text = reader.text(value, path);
  const cidr = text === undefined ? undefined : Cidr.masked(text);
  return cidr ? [cidrSelector(cidr, [], settings)] : text === undefined ? undefined : reader.refuse(cidrStage(text), path, 'not a CIDR');
}

function readCidrRule(reader: FieldReader, value: unknown, path: string, settings: PolicySettings): PeerSelector[] | undefined {
  const fields = reader.object(value, path, ['cidr', 'cidrGroupRef', 'cidrGroupSelector', 'except']);
  if (!fields) {
    return undefined;
  }
  const given = ['cidr', 'cidrGroupRef', 'cidrGroupSelector'].filter(field => fields[field] !== undefined && fields[field] !== null);
  if (given.length !== 1) {
    return reader.refuse('schema', path, 'must have one of cidr, cidrGroupRef, cidrGroupSelector');
  }
  const except = reader.list(fields.except, `${path}.except`, (item, here) => {
    const cidr = Cidr.masked(String(reader.text(item, here)));
    return cidr ?? reader.refuse('schema', here, 'not a CIDR');
  }) ?? [];
  if (given[0] === 'cidrGroupRef') {
    const group = reader.text(fields.cidrGroupRef, `${path}.cidrGroupRef`) ?? '';
    return isDnsSubdomain(group) ? [{ kind: 'cidrGroup', id: `cidrGroup ${group} ${except.map(each => each.text)}`, group, except }]
      : reader.refuse('schema', `${path}.cidrGroupRef`, 'not the name of a CiliumCIDRGroup');
  }
  if (given[0] === 'cidrGroupSelector') {
    return reader.refuse('cilium', `${path}.cidrGroupSelector`, 'not modelled by this evaluator');
  }
  const text = reader.text(fields.cidr, `${path}.cidr`);
  const cidr = text === undefined ? undefined : Cidr.masked(text);
  if (!cidr) {
    return text === undefined ? undefined : reader.refuse(cidrStage(text), `${path}.cidr`, 'not a CIDR');
  }
  for (const part of except.filter(each => !cidr.covers(each))) {
    reader.refuse('cilium', `${path}.except`, `${cidr.text} does not contain ${part.text}`);
  }
  return [cidrSelector(cidr, except, settings)];
}

/** The API server's CIDRs may have leading zeros; Cilium's may not. */
function cidrStage(text: string): 'schema' | 'cilium' {
  const plain = text.replace(/(^|\.)0+(?=\d)/g, '$1');
  return plain !== text && Cidr.masked(plain) ? 'cilium' : 'schema';
}

/** Names and patterns as regular expressions (pkg/fqdn/matchpattern, v1.20.2); patterns are matched against names with a trailing dot. */
function fqdnSelector({ matchName, matchPattern }: { matchName?: string; matchPattern?: string }): PeerSelector {
  const id = `fqdn ${matchName ?? ''} ${matchPattern ?? ''}`;
  const text = (matchName ?? matchPattern!).toLowerCase();
  if (matchName === undefined && /^\*+\.?$/.test(text)) {
    return { kind: 'fqdn', id, pattern: /^([-a-zA-Z0-9_]+[.])+$|^[.]$/ };
  }
  const dotted = text.endsWith('.') ? text : `${text}.`;
  const body = dotted.replace(/\./g, '[.]').replace(/^\*\*\[\.\]/, '([-a-zA-Z0-9_]+[.])+').replace(/\*/g, '[-a-zA-Z0-9_]*');
  return { kind: 'fqdn', id, pattern: new RegExp(`^${body}$`) };
}
