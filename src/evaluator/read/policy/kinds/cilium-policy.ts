import { POLICY_KINDS } from '../../../../cilium/policy-kinds';
import { Direction, Origin, PolicyEntry } from '../../../engine/entry';
import { count, FieldReader, isPresent } from '../field-reader';
import { readIcmps } from '../icmps';
import { checkObject } from '../metadata';
import { checkNodesKnown } from '../nodes';
import { subjectTerms } from '../peer-selectors';
import { peerFields, readPeers, readRequires } from '../peers';
import { ParsedPolicy, PolicyContext } from '../policy-context';
import { readToPorts } from '../ports';
import { RulePlace } from '../rule-place';
import { readSelector } from '../selectors';

const SECTIONS = ['ingress', 'ingressDeny', 'egress', 'egressDeny'] as const;

/**
 * Reads a CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy of a cluster. Sources:
 *
 * - structure: the CRDs of each version (pkg/k8s/apis/cilium.io/client/crds/v2)
 * - further refusals of Cilium: pkg/policy/api/rule_validation.go
 * - additions to selectors: pkg/k8s/apis/cilium.io/utils/utils.go
 * - merging of rules: pkg/policy/utils/parserules.go
 */
export function readCiliumPolicy(object: any, context: PolicyContext): ParsedPolicy {
  const kind = POLICY_KINDS[object.kind as 'CiliumNetworkPolicy' | 'CiliumClusterwideNetworkPolicy'];
  const namespace: string | undefined = kind.namespaced ? object.metadata?.namespace || 'default' : undefined;
  const reader = new FieldReader();
  const fields = reader.object(object, '', ['apiVersion', 'kind', 'metadata', 'spec', 'specs', 'status']) ?? {};
  checkObject(reader, fields, kind, context.settings.traits);
  if (!isPresent(fields.spec) && !isPresent(fields.specs)) {
    reader.refuse(context.settings.traits.crdRequiresSpec ? 'schema' : 'cilium', 'spec', 'must have spec or specs');
  }
  const origin = { kind: kind.kind, namespace, name: String(object.metadata?.name) };
  const read = (spec: unknown, path: string) => readSpec(reader, spec, path, origin, context);
  return reader.accepted([
    ...(isPresent(fields.spec) ? read(fields.spec, 'spec') : []),
    ...(reader.list(fields.specs, 'specs', read) ?? []).flat(),
  ]);
}

function readSpec(
  reader: FieldReader,
  value: unknown,
  path: string,
  origin: Omit<Origin, 'path'>,
  context: PolicyContext,
): PolicyEntry[] {
  const { settings } = context;
  const { traits } = settings;
  const { namespace } = origin;
  const more = [...(traits.enableDefaultDeny ? ['enableDefaultDeny'] : []), ...(traits.policyLog ? ['log'] : [])];
  const fields = reader.object(value, path, [
    'description',
    'endpointSelector',
    'nodeSelector',
    'labels',
    ...more,
    ...SECTIONS,
  ]);
  if (!fields) {
    return [];
  }
  const at = (field: string) => `${path}.${field}`;
  if (isPresent(fields.endpointSelector) === isPresent(fields.nodeSelector)) {
    reader.refuse('schema', path, 'must have either endpointSelector or nodeSelector', {
      got: isPresent(fields.nodeSelector) ? 'both' : 'none',
    });
    return [];
  }
  const node = isPresent(fields.nodeSelector);
  if (node && namespace !== undefined) {
    reader.refuse('cilium', at('nodeSelector'), 'a CiliumNetworkPolicy cannot select nodes', {
      fix: 'write a CiliumClusterwideNetworkPolicy',
    });
  }
  const subject = readSelector(
    reader,
    node ? fields.nodeSelector : fields.endpointSelector,
    at(node ? 'nodeSelector' : 'endpointSelector'),
    traits,
  );
  if (node && context.settings.hostFirewall) {
    checkNodesKnown(reader, subject, at('nodeSelector'), context);
  }
  if (traits.ruleRequired && !SECTIONS.some(section => isPresent(fields[section]))) {
    reader.refuse('schema', path, `must have one of ${SECTIONS.join(', ')}`);
  } else if (traits.ruleRequired && SECTIONS.every(section => count(fields[section]) === 0)) {
    reader.refuse('cilium', path, `must have a rule in one of ${SECTIONS.join(', ')}`, {
      fix: 'write [{}] for default deny alone',
    });
  }
  const defaultDeny = readDefaultDeny(reader, fields.enableDefaultDeny, at('enableDefaultDeny'), context);
  const log = readNotes(reader, fields, path);
  const terms = subjectTerms(subject ?? {}, namespace);
  const requirements = terms.requirements();
  const matchesInit = terms.hasKey('reserved:init');
  return SECTIONS.flatMap(section => {
    const direction: Direction = section.startsWith('ingress') ? 'ingress' : 'egress';
    const deny = section.endsWith('Deny');
    const place: RulePlace = { direction, deny, namespace, matchesInit, node, context };
    const rules = () =>
      reader.list(fields[section], at(section), (rule, here) => {
        const parsed = readRule(reader, rule, here, place);
        return (
          parsed && {
            origin: { path: here, ...origin },
            traits,
            node,
            subject: requirements,
            direction,
            tier: 'normal' as const,
            priority: 0,
            verdict: deny ? ('deny' as const) : ('allow' as const),
            defaultDeny: defaultDeny[direction],
            ...(log ? { log } : {}),
            ...parsed,
          }
        );
      });
    // Cilium does not check deny rules before 1.16 (Rule.Sanitize, pkg/policy/api/rule_validation.go, v1.15.19)
    return (deny && !traits.denyRulesChecked ? reader.withoutSanitizing(rules) : rules()) ?? [];
  });
}

/** Without `enable-non-default-deny-policies` Cilium ignores the field (Rule.Sanitize, v1.20.2). */
function readDefaultDeny(
  reader: FieldReader,
  value: unknown,
  path: string,
  { settings }: PolicyContext,
): { readonly [direction in Direction]: boolean } {
  const fields = isPresent(value) ? reader.object(value, path, ['ingress', 'egress']) : undefined;
  const flag = (direction: Direction) => {
    const enabled = reader.flag(fields?.[direction], `${path}.${direction}`) ?? true;
    return settings.nonDefaultDenyPolicies ? enabled : true;
  };
  return { ingress: flag('ingress'), egress: flag('egress') };
}

/** Checks the fields that say nothing about flows. Returns the text of the log. */
function readNotes(
  reader: FieldReader,
  fields: { readonly [field: string]: unknown },
  path: string,
): string | undefined {
  reader.text(fields.description, `${path}.description`);
  reader.list(fields.labels, `${path}.labels`, (item, here) => {
    const label = reader.object(item, here, ['key', 'value', 'source']);
    for (const part of ['value', 'source']) {
      reader.text(label?.[part], `${here}.${part}`);
    }
    return label && reader.text(label.key, `${here}.key`) === undefined
      ? reader.refuse('schema', `${here}.key`, 'is required')
      : label;
  });
  const log = isPresent(fields.log) ? reader.object(fields.log, `${path}.log`, ['value']) : undefined;
  const text = reader.text(log?.value, `${path}.log.value`);
  if (text !== undefined && ([...text].length > 32 || /\p{C}/u.test(text))) {
    reader.refuse('schema', `${path}.log.value`, 'must be at most 32 printable characters', { got: text });
  }
  return text;
}

function readRule(
  reader: FieldReader,
  value: unknown,
  path: string,
  place: RulePlace,
):
  | Omit<
    PolicyEntry,
      'origin' | 'traits' | 'node' | 'subject' | 'direction' | 'tier' | 'priority' | 'verdict' | 'defaultDeny' | 'log'
  >
  | undefined {
  const {
    direction,
    deny,
    namespace,
    node,
    context: { settings },
  } = place;
  const fields = reader.object(value, path, [
    ...peerFields(place),
    'toPorts',
    'icmps',
    ...(deny ? [] : ['authentication']),
  ]);
  if (!fields) {
    return undefined;
  }
  const at = (field: string) => `${path}.${field}`;
  const peers = readPeers(reader, fields, path, place);
  const requires = readRequires(reader, fields, path, place);
  const toPorts = readToPorts(reader, fields.toPorts, at('toPorts'), { direction, deny, node, namespace, settings });
  const icmps = readIcmps(reader, fields.icmps, at('icmps'), settings.traits);
  if (count(fields.icmps) > 0 && count(fields.toPorts) > 0) {
    reader.refuse('cilium', at('icmps'), 'cannot be together with toPorts', { fix: 'write one rule for each' });
  }
  if (count(fields.icmps) > 0 && !settings.icmpRules) {
    reader.refuse('cilium', at('icmps'), 'ICMP rules are off in this cluster');
  }
  const authentication = isPresent(fields.authentication)
    ? reader.object(fields.authentication, at('authentication'), ['mode'])
    : undefined;
  const mode = reader.text(authentication?.mode, `${path}.authentication.mode`, [
    'disabled',
    'required',
    'test-always-fail',
  ]);
  if (authentication && !isPresent(authentication.mode)) {
    reader.refuse('schema', at('authentication'), 'mode is required');
  }
  return {
    peers,
    // an empty list of ports counts as missing; a rule with an item without ports allows nothing
    hasPorts: ['toPorts', 'icmps'].some(field => count(fields[field]) > 0),
    ports: [...(toPorts ?? []), ...(icmps ?? [])],
    authentication: mode,
    ...(requires ? { requires } : {}),
    // Services become endpoints too
    ...(settings.traits.requiredPeers &&
    ['toEndpoints', 'fromEndpoints', 'toServices'].some(field => count(fields[field]) > 0)
      ? { endpoints: true }
      : {}),
  };
}
