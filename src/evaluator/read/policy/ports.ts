import { count, FieldReader, isPresent } from './field-reader';
import { l7Of, readLayer7 } from './l7';
import { isPortName } from '../../../cilium/ports';
import { FlowProtocol, PortMatch } from '../../engine/entry';
import { PolicySettings } from '../../engine/settings';

const TRANSPORT: readonly FlowProtocol[] = ['TCP', 'UDP', 'SCTP'];

/**
 * The ports that the pattern in the CRD accepts, in linear time.
 *
 * The pattern anchors only one end of each alternative, so a digit at the start or a letter near the end suffices:
 * `^(6553[0-5]|…|[0-9]{1,4})|([a-zA-Z0-9]-?)*[a-zA-Z](-?[a-zA-Z0-9])*$` (CiliumNetworkPolicy, v1.20.2).
 */
export const PORT_SCHEMA = /^[0-9]|[a-zA-Z](-?[0-9])*$/;

/** The maximal number of ports, and of ICMP types, in an item. */
const MOST_PORTS = 40;

/** The place of `toPorts`. */
export interface PortsPlace {
  readonly direction: 'ingress' | 'egress';
  readonly deny: boolean;
  readonly node: boolean;
  readonly namespace: string | undefined;
  readonly settings: PolicySettings;
}

/** Reads `toPorts` of a rule. Source of the refusals: pkg/policy/api/rule_validation.go, v1.20.2. */
export function readToPorts(
  reader: FieldReader,
  value: unknown,
  path: string,
  place: PortsPlace,
): PortMatch[] | undefined {
  const { direction, deny, node, settings } = place;
  const { traits } = settings;
  const known = deny ? ['ports'] : ['ports', 'rules', 'listener', 'originatingTLS', 'terminatingTLS', 'serverNames'];
  return reader
    .list(value, path, (item, at) => {
      const fields = reader.object(item, at, known);
      if (!fields) {
        return undefined;
      }
      const layer7 = readLayer7(reader, fields, at, { namespace: place.namespace, traits });
      const { hasRules } = layer7;
      const hasDns = count(layer7.dns) > 0;
      const noRange = traits.layer7ExcludesRanges ? hasRules : hasDns;
      const limited = traits.crdListLimits && !deny;
      if (!limited && count(fields.ports) > MOST_PORTS) {
        reader.refuse('cilium', `${at}.ports`, `must have at most ${MOST_PORTS} items`, {
          got: `${count(fields.ports)}`,
          fix: 'write several items of toPorts',
        });
      }
      let zero = false;
      const ports =
        reader.list(
          fields.ports,
          `${at}.ports`,
          (each, here) => {
            const port = readPort(reader, each, here, { settings, noRange, deny });
            zero ||= port?.isZero ?? false;
            if (port && hasRules && !hasDns && port.protocol !== 'TCP') {
              reader.refuse('cilium', here, 'layer 7 rules other than DNS need protocol TCP', {
                got: port.protocol,
                fix: 'write protocol: TCP',
              });
            }
            return port;
          },
          limited ? MOST_PORTS : Infinity,
        ) ?? [];
      if (hasRules && !settings.l7Proxy) {
        reader.refuse('cilium', `${at}.rules`, 'layer 7 rules need the proxy, which is switched off in this cluster', {
          fix: 'set l7Proxy: true, or remove the rules',
        });
      }
      if (hasDns && direction === 'ingress') {
        reader.refuse('cilium', `${at}.rules.dns`, 'DNS rules are for egress only');
      }
      const unsupported = count(layer7.http) > 0 || (layer7.other?.hasRules && layer7.other.parser === 'kafka');
      if (node && hasRules && (direction === 'ingress' || !traits.layer7OnNodeEgress || unsupported)) {
        reader.refuse('cilium', `${at}.rules`, 'layer 7 rules are not supported on nodes');
      }
      if (hasRules && layer7.serverNames.length > 0 && layer7.terminatingTls === undefined) {
        reader.refuse('cilium', `${at}.serverNames`, 'server names with layer 7 rules need terminatingTLS');
      }
      if (hasRules && zero) {
        reader.refuse('cilium', `${at}.rules`, 'layer 7 rules need a port: 0 means every port');
      }
      if (hasDns && count(fields.ports) === 0) {
        reader.refuse('cilium', `${at}.rules.dns`, 'DNS rules need a port', {
          fix: 'write ports: [{port: "53", protocol: ANY}]',
        });
      }
      if (isPresent(fields.listener) && direction === 'ingress') {
        reader.refuse('cilium', `${at}.listener`, 'a listener is for egress only');
      }
      if (isPresent(fields.listener) && hasRules) {
        reader.refuse('cilium', `${at}.listener`, 'a listener cannot be together with layer 7 rules');
      }
      return ports.flatMap(({ number, name, text, endPort, protocol }) =>
        (protocol === 'ANY' ? TRANSPORT : [protocol as FlowProtocol]).map(each => {
          return {
            number,
            ...(name === undefined ? {} : { name }),
            endPort,
            protocol: each,
            ...(traits.portsMergedAsWritten ? { text } : {}),
            ...l7Of(each, layer7, traits),
          };
        }),
      );
    })
    ?.flat();
}

interface RawPort {
  readonly number: number;
  readonly name?: string;
  readonly text: string;
  readonly endPort: number;
  readonly protocol: string;
  /** Whether the policy writes it as 0. */
  readonly isZero: boolean;
}

interface PortPlace {
  readonly settings: PolicySettings;
  readonly noRange: boolean;
  readonly deny: boolean;
}

function readPort(
  reader: FieldReader,
  value: unknown,
  path: string,
  { settings, noRange, deny }: PortPlace,
): RawPort | undefined {
  const { traits } = settings;
  const fields = reader.object(value, path, ['port', 'protocol', ...(traits.portRanges ? ['endPort'] : [])]);
  if (!fields) {
    return undefined;
  }
  const extended: readonly string[] = traits.extendedProtocols;
  const protocol =
    reader.text(fields.protocol, `${path}.protocol`, ['TCP', 'UDP', 'SCTP', ...extended, 'ANY']) ?? 'ANY';
  const endPort = reader.integer(fields.endPort, `${path}.endPort`, 0, 65535) ?? 0;
  const text = reader.text(fields.port, `${path}.port`);
  if (text === undefined) {
    if (isPresent(fields.port)) {
      return undefined;
    }
    return traits.portOptional && settings.extendedProtocols
      ? { number: 0, text: '', endPort, protocol, isZero: false }
      : reader.refuse(traits.portOptional ? 'cilium' : 'schema', `${path}.port`, 'a port is required', {
        fix: 'write port: "0" for every port',
      });
  }
  if (!PORT_SCHEMA.test(text)) {
    return reader.refuse('schema', `${path}.port`, 'must be the number of a port in quotes, or the name of one', {
      got: text,
    });
  }
  if (isPortName(text)) {
    // deny rules are not normalized before 1.16 (Rule.Sanitize, pkg/policy/api/rule_validation.go, v1.15.19)
    const name = deny && !traits.denyRulesChecked ? text : text.toLowerCase();
    return { number: 0, name, text: name, endPort, protocol, isZero: false };
  }
  if (extended.includes(protocol) && text !== '0') {
    return reader.refuse('cilium', `${path}.port`, `${protocol} has no ports`, { got: text, fix: 'write port: "0"' });
  }
  const number = goInteger(text);
  if (number === undefined || number > 65535) {
    const fix = /^0\d/.test(text) ? 'a leading 0 means an octal number: remove it' : undefined;
    reader.refuse('cilium', `${path}.port`, 'must be the number of a port, from 0 to 65535, or the name of one', {
      got: text,
      fix,
    });
    // the result of Go's strconv.ParseUint beside its error
    return { number: number === undefined ? 0 : 65535, text, endPort, protocol, isZero: false };
  }
  if (noRange && endPort > number) {
    reader.refuse(
      'cilium',
      `${path}.endPort`,
      traits.layer7ExcludesRanges
        ? 'layer 7 rules do not support ranges of ports'
        : 'DNS rules do not support ranges of ports',
      { got: `${endPort}` },
    );
  }
  return { number, text, endPort, protocol, isZero: number === 0 };
}

/**
 * Parses integers as Go's strconv.ParseUint(text, 0, 16) does. A leading 0 means octal, and underscores may separate
 * digits.
 */
export function goInteger(text: string): number | undefined {
  const match = /^(?:0x((?:_?[0-9a-f])+)|0b((?:_?[01])+)|0o?((?:_?[0-7])+)|(0|[1-9](?:_?[0-9])*))$/i.exec(text);
  if (!match) {
    return undefined;
  }
  const [, hex, binary, octal, decimal] = match.map(part => part?.replace(/_/g, ''));
  return hex ? parseInt(hex, 16) : binary ? parseInt(binary, 2) : octal ? parseInt(octal, 8) : parseInt(decimal, 10);
}
