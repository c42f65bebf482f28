import { count, FieldReader, Fields, isPresent } from './field-reader';
import { namesOf, readFqdn } from './fqdn';
import { isServerName } from '../../../cilium/dns-names';
import { compileRe2 } from '../../../cilium/re2';
import { Traits } from '../../../cilium/traits';
import { HttpRule, L7 } from '../../engine/entry';
import { Fqdn } from '../../engine/fqdn';

/** The layer 7 part of an item of `toPorts`. */
export interface Layer7 {
  readonly http?: readonly HttpRule[];
  readonly dns?: readonly Fqdn[];
  /** Other protocols, up to 1.19: `kafka`, or the value of `l7proto`, which may have no rules. */
  readonly other?: { readonly parser: string; readonly hasRules: boolean };
  readonly serverNames: readonly string[];
  readonly listener?: { readonly name: string; readonly priority: number };
  readonly terminatingTls?: string;
  readonly originatingTls?: string;
  /** Whether it has layer 7 rules. */
  readonly hasRules: boolean;
}

/** The policy of the rule. */
export interface Place {
  readonly namespace: string | undefined;
  readonly traits: Traits;
}

/**
 * The layer 7 rules as Cilium applies them on a port of one protocol: createL4Filter, pkg/policy/l4.go, v1.20.2. Up to
 * 1.17 a parser without rules redirects nothing (addPolicyForSelector, pkg/policy/l4.go, v1.17.15).
 */
export function l7Of(protocol: string, layer7: Layer7, traits: Traits): { readonly l7?: L7; readonly parser?: string } {
  const { http, dns, other, serverNames, listener, terminatingTls, originatingTls } = layer7;
  const tls = terminatingTls !== undefined || originatingTls !== undefined || serverNames.length > 0;
  const rules = count(dns) > 0 ? 'dns' : protocol !== 'TCP' ? undefined : count(http) > 0 ? 'http' : other?.parser;
  const parser = listener ? 'crd' : (rules ?? (tls ? 'tls' : undefined));
  if (parser === undefined) {
    return {};
  }
  if (!traits.parserWithoutRulesRedirects && !listener && !tls && !layer7.hasRules) {
    return { parser };
  }
  return {
    l7: {
      parser,
      http,
      dns,
      listener: listener?.name,
      listenerPriority: listener?.priority,
      serverNames,
      terminatingTls,
      originatingTls,
    },
  };
}

/** Reads the fields of an item of `toPorts`, except its ports. */
export function readLayer7(reader: FieldReader, fields: Fields, path: string, place: Place): Layer7 {
  const rules = readRules(reader, fields.rules, `${path}.rules`, place.traits);
  const tls = (field: string) => readTls(reader, fields[field], `${path}.${field}`, place.traits);
  return {
    ...rules,
    serverNames: readServerNames(reader, fields.serverNames, `${path}.serverNames`, place.traits),
    listener: readListener(reader, fields.listener, `${path}.listener`, place),
    terminatingTls: tls('terminatingTLS'),
    originatingTls: tls('originatingTLS'),
    hasRules: count(rules.http) + count(rules.dns) > 0 || (rules.other?.hasRules ?? false),
  };
}

/** Server names in TLS. The CRD checks them since 1.18, with another pattern since 1.20. */
function readServerNames(reader: FieldReader, value: unknown, path: string, traits: Traits): string[] {
  if (value === undefined) {
    return [];
  }
  const names =
    reader.list(value, path, (each, here) => {
      const name = reader.text(each, here);
      if (name !== undefined && traits.crdServerNames && !isServerName(name, traits.serverNameStarsAnywhere)) {
        return reader.refuse('schema', here, 'must be the name of a server, or a pattern with stars', { got: name });
      }
      return name === '' ? reader.refuse('cilium', here, 'the name of a server must not be empty') : name;
    }) ?? [];
  if (traits.crdServerNames && Array.isArray(value) && value.length === 0) {
    reader.refuse('schema', path, 'must have at least one item', { fix: 'remove serverNames, or give a name' });
  }
  if (traits.crdServerNames && new Set(names).size < names.length) {
    reader.refuse('schema', path, 'must not have a name twice', { got: names.join(', ') });
  }
  return names;
}

/** The kinds of rules of a version. Since 1.20 only HTTP and DNS are left. */
function readRules(
  reader: FieldReader,
  value: unknown,
  path: string,
  traits: Traits,
): Pick<Layer7, 'http' | 'dns' | 'other'> {
  if (!isPresent(value)) {
    return {};
  }
  const kinds = ['http', 'dns', ...(traits.otherLayer7Parsers ? ['kafka', 'l7proto'] : [])];
  const fields = reader.object(value, path, [...kinds, ...(traits.otherLayer7Parsers ? ['l7'] : [])]);
  if (!fields) {
    return {};
  }
  const present = kinds.filter(field => isPresent(fields[field]));
  if (traits.crdOneLayer7Kind ? present.length !== 1 : present.length > 1) {
    reader.refuse(traits.crdOneLayer7Kind ? 'schema' : 'cilium', path, `must have one of ${kinds.join(', ')}`, {
      got: present.join(' and ') || 'none',
      fix: 'write one item of toPorts for each kind of rules',
    });
  }
  const kafka = reader.list(fields.kafka, `${path}.kafka`, (item, at) => readKafka(reader, item, at));
  const proto = reader.text(fields.l7proto, `${path}.l7proto`);
  const pairs = reader.list(fields.l7, `${path}.l7`, (item, at) => {
    const texts = reader.object(item, at, typeof item === 'object' && item !== null ? Object.keys(item) : []);
    for (const key of Object.keys(texts ?? {})) {
      if (reader.text(texts![key], `${at}.${key}`) !== undefined && key === '') {
        reader.refuse('cilium', at, 'empty key not allowed');
      }
    }
    return texts;
  });
  if (pairs !== undefined && (proto === undefined || proto === '')) {
    reader.refuse('cilium', `${path}.l7`, 'needs l7proto');
  }
  return {
    http: reader.list(fields.http, `${path}.http`, (item, at) => readHttp(reader, item, at, traits)),
    dns: reader
      .list(fields.dns, `${path}.dns`, (item, at) => readFqdn(reader, item, at, traits, false))
      ?.flatMap(namesOf),
    other:
      count(kafka) > 0
        ? { parser: 'kafka', hasRules: true }
        : proto
          ? { parser: proto, hasRules: count(pairs) > 0 }
          : undefined,
  };
}

/**
 * Cilium checks path and method as regular expressions, and leaves the host to Envoy (pkg/policy/api/http.go, v1.20.2).
 */
function readHttp(reader: FieldReader, value: unknown, path: string, traits: Traits): HttpRule | undefined {
  const rule = reader.object(value, path, ['method', 'path', 'host', 'headers', 'headerMatches']);
  if (!rule) {
    return undefined;
  }
  for (const part of ['method', 'path', 'host']) {
    const text =
      part === 'host' ? reader.formatted(rule[part], `${path}.${part}`) : reader.text(rule[part], `${path}.${part}`);
    const { problem, dispute } = compileRe2(text ?? '');
    if (problem !== undefined && part !== 'host') {
      reader.refuse('cilium', `${path}.${part}`, `invalid regular expression: ${problem}`, { got: text });
    } else if (problem !== undefined) {
      reader.refuse(
        'unmodelled',
        `${path}.${part}`,
        `invalid regular expression: ${problem}; Cilium accepts it, Envoy refuses it`,
        { got: text },
      );
    } else if (dispute !== undefined) {
      reader.refuse(
        'unmodelled',
        `${path}.${part}`,
        `invalid regular expression for Envoy or some versions of Cilium: ${dispute}`,
        { got: text },
      );
    }
  }
  reader.list(rule.headers, `${path}.headers`, (each, here) => reader.text(each, here));
  reader.list(rule.headerMatches, `${path}.headerMatches`, (each, here) => {
    const match = reader.object(each, here, ['mismatch', 'name', 'secret', 'value']);
    reader.text(match?.mismatch, `${here}.mismatch`, ['LOG', 'ADD', 'DELETE', 'REPLACE']);
    reader.text(match?.value, `${here}.value`);
    if (isPresent(match?.secret)) {
      const secret = reader.object(match!.secret, `${here}.secret`, ['name', 'namespace']);
      reader.text(secret?.namespace, `${here}.secret.namespace`);
      if (secret && reader.text(secret.name, `${here}.secret.name`) === undefined) {
        reader.refuse('schema', `${here}.secret.name`, 'is required');
      } else if (secret?.name === '') {
        reader.refuse('cilium', `${here}.secret.name`, 'must not be empty');
      }
    }
    const name = reader.text(match?.name, `${here}.name`);
    return name
      ? match
      : reader.refuse(name === '' && !traits.crdHeaderName ? 'cilium' : 'schema', here, 'name is required');
  });
  return rule as HttpRule;
}

/** pkg/policy/api/kafka.go, v1.19.3. */
function readKafka(reader: FieldReader, value: unknown, path: string): Fields | undefined {
  const rule = reader.object(value, path, ['role', 'apiKey', 'apiVersion', 'clientID', 'topic']);
  const role = reader.text(rule?.role, `${path}.role`, ['produce', 'consume']);
  const key = reader.text(rule?.apiKey, `${path}.apiKey`);
  const version = reader.text(rule?.apiVersion, `${path}.apiVersion`);
  const topic = reader.text(rule?.topic, `${path}.topic`);
  reader.text(rule?.clientID, `${path}.clientID`);
  if (role && key) {
    reader.refuse('cilium', path, 'cannot set both role and apiKey');
  }
  if (key) {
    reader.refuse('unmodelled', `${path}.apiKey`, 'whether Cilium knows the key is not known to this evaluator', {
      got: key,
    });
  }
  if (version && !/^[-+]?\d{1,5}$/.test(version)) {
    reader.refuse('cilium', `${path}.apiVersion`, 'must be a whole number', { got: version });
  }
  if (topic !== undefined && topic.length > 255) {
    reader.refuse('schema', `${path}.topic`, 'must have at most 255 characters', { got: topic });
  } else if (topic && !/^[a-zA-Z0-9._-]*$/.test(topic)) {
    reader.refuse('cilium', `${path}.topic`, 'must be letters, digits, dots, dashes and underscores', { got: topic });
  }
  return rule;
}

/**
 * The name of a listener. The listeners of a CiliumEnvoyConfig belong to the namespace of the endpoint (createL4Filter,
 * pkg/policy/l4.go, v1.20.2).
 */
function readListener(
  reader: FieldReader,
  value: unknown,
  path: string,
  { traits }: Place,
): { name: string; priority: number } | undefined {
  if (!isPresent(value)) {
    return undefined;
  }
  const fields = reader.object(value, path, ['envoyConfig', 'name', ...(traits.listenerPriority ? ['priority'] : [])]);
  const config = isPresent(fields?.envoyConfig)
    ? reader.object(fields!.envoyConfig, `${path}.envoyConfig`, ['kind', 'name'])
    : undefined;
  const name = reader.text(fields?.name, `${path}.name`);
  const configName = reader.text(config?.name, `${path}.envoyConfig.name`);
  const kind = reader.text(config?.kind, `${path}.envoyConfig.kind`, [
    'CiliumEnvoyConfig',
    'CiliumClusterwideEnvoyConfig',
  ]);
  const priority = reader.integer(fields?.priority, `${path}.priority`, 1, 100) ?? 0;
  const scope = kind === 'CiliumClusterwideEnvoyConfig' ? '' : 'namespaced ';
  return name && configName
    ? { name: `${scope}${configName}/${name}`, priority }
    : reader.refuse('schema', path, 'name and envoyConfig.name are required');
}

/**
 * A TLS context, identified by its secret. Contexts of one secret are equal (TLSContext, pkg/policy/l4.go, v1.20.2).
 *
 * In 1.15 and 1.16 the content of the secret identifies it, so its items count too. Two secrets count as different.
 */
function readTls(reader: FieldReader, value: unknown, path: string, traits: Traits): string | undefined {
  if (!isPresent(value)) {
    return undefined;
  }
  const fields = reader.object(value, path, ['secret', 'trustedCA', 'certificate', 'privateKey']);
  const items = ['trustedCA', 'certificate', 'privateKey'].map(
    field => reader.text(fields?.[field], `${path}.${field}`) ?? '',
  );
  const secret = isPresent(fields?.secret)
    ? reader.object(fields!.secret, `${path}.secret`, ['name', 'namespace'])
    : undefined;
  const name = reader.text(secret?.name, `${path}.secret.name`);
  const namespace = reader.text(secret?.namespace, `${path}.secret.namespace`) ?? '';
  return name === undefined
    ? reader.refuse('schema', path, 'secret.name is required')
    : [namespace, name, ...(traits.tlsContextIsSecret ? [] : items)].join('/');
}
