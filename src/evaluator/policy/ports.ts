import { FlowProtocol, L7, PortMatch } from './entry';
import { FieldReader } from './field-reader';
import { isFqdn, isFqdnPattern } from '../../model/dns-names';
import { regexProblem } from '../../model/re2';

/** Protocols of the CRD. The ones after SCTP have no ports and need `enable-extended-ip-protocols`. */
const PROTOCOLS = ['TCP', 'UDP', 'SCTP', 'VRRP', 'IGMP', 'GRE', 'IPIP', 'IPV6', 'ESP', 'AH', 'ANY'];
const EXTENDED = ['VRRP', 'IGMP', 'GRE', 'IPIP', 'IPV6', 'ESP', 'AH'];
const TRANSPORT: readonly FlowProtocol[] = ['TCP', 'UDP', 'SCTP'];

/** The pattern of ports in the CRD, anchored at one end of each alternative only, as there (CiliumNetworkPolicy, v1.20.2). */
const PORT_SCHEMA = /^(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[0-9]{1,4})|([a-zA-Z0-9]-?)*[a-zA-Z](-?[a-zA-Z0-9])*$/;

/** IANA service names (pkg/iana/svcname.go, v1.20.2): with them a port is a name, else a number. */
export function isServiceName(text: string): boolean {
  return text.length >= 1 && text.length <= 15 && /^[a-zA-Z0-9]+(-[a-zA-Z0-9]+)*$/.test(text) && /[a-zA-Z]/.test(text);
}

/** `toPorts` of a rule. */
export function readToPorts(reader: FieldReader, value: unknown, path: string, where: { direction: 'ingress' | 'egress'; deny: boolean; node: boolean }): PortMatch[] | undefined {
  const known = where.deny ? ['ports'] : ['ports', 'rules', 'listener', 'originatingTLS', 'terminatingTLS', 'serverNames'];
  return reader.list(value, path, (item, at) => {
    const fields = reader.object(item, at, known);
    if (!fields) {
      return undefined;
    }
    const rules = readRules(reader, fields.rules, `${at}.rules`);
    const serverNames = reader.list(fields.serverNames, `${at}.serverNames`, (each, here) => reader.text(each, here)) ?? [];
    for (const name of serverNames.filter(each => !isFqdnPattern(each))) {
      reader.refuse('schema', `${at}.serverNames`, `${JSON.stringify(name)} is not a server name`);
    }
    if (Array.isArray(fields.serverNames) && fields.serverNames.length === 0) {
      reader.refuse('schema', `${at}.serverNames`, 'must have at least one item');
    }
    const listener = readListener(reader, fields.listener, `${at}.listener`);
    const tls = ['originatingTLS', 'terminatingTLS'].filter(field => fields[field] !== undefined && fields[field] !== null);
    const hasDns = (rules?.dns?.length ?? 0) > 0;
    const hasL7 = hasDns || (rules?.http?.length ?? 0) > 0;
    let zero = false;
    const ports = reader.list(fields.ports, `${at}.ports`, (each, here) => {
      const port = readPort(reader, each, here, hasDns);
      zero ||= port?.number === 0 && port.name === undefined;
      if (port && hasL7 && !hasDns && port.protocol !== 'TCP') {
        reader.refuse('cilium', here, `L7 rules can only apply to TCP (not ${port.protocol}) except for DNS rules`);
      }
      return port;
    }, 40) ?? [];
    if (hasDns && where.direction === 'ingress') {
      reader.refuse('cilium', `${at}.rules.dns`, 'DNS rules are not allowed on ingress');
    }
    if (where.node && hasL7) {
      reader.refuse('cilium', `${at}.rules`, 'L7 rules are not supported on hosts');
    }
    if (hasL7 && serverNames.length > 0 && !tls.includes('terminatingTLS')) {
      reader.refuse('cilium', `${at}.serverNames`, 'not allowed with L7 rules without TLS termination');
    }
    if (hasL7 && zero) {
      reader.refuse('cilium', `${at}.rules`, 'L7 rules can not be used when a port is 0');
    }
    if (hasDns && ports.length === 0) {
      reader.refuse('cilium', `${at}.rules.dns`, 'port 53 must be specified for DNS rules');
    }
    if (listener && where.direction === 'ingress') {
      reader.refuse('cilium', `${at}.listener`, 'not allowed on ingress');
    }
    if (listener && hasL7) {
      reader.refuse('cilium', `${at}.listener`, 'not allowed with L7 rules');
    }
    return ports.flatMap(port => expand(port).map(match => ({ ...match, ...l7Of(match.protocol, { rules, serverNames, listener, tls }) })));
  })?.flat();
}

/** `icmps` of a rule. */
export function readIcmps(reader: FieldReader, value: unknown, path: string): PortMatch[] | undefined {
  return reader.list(value, path, (item, at) => {
    const fields = reader.object(item, at, ['fields']);
    return fields && (reader.list(fields.fields, `${at}.fields`, (each, here) => {
      const field = reader.object(each, here, ['family', 'type']);
      if (!field) {
        return undefined;
      }
      const family = reader.text(field.family, `${here}.family`, ['IPv4', 'IPv6']) ?? 'IPv4';
      const type = icmpType(field.type, family);
      if (type === undefined) {
        const known = typeof field.type === 'string' && (field.type in ICMP4 || field.type in ICMP6);
        return reader.refuse(known ? 'cilium' : 'schema', `${here}.type`, `not a type of ICMP messages of ${family}`);
      }
      return { number: type, endPort: 0, protocol: family === 'IPv4' ? 'ICMP' as const : 'ICMPv6' as const };
    }, 40) ?? []);
  })?.flat();
}

interface RawPort {
  readonly number: number;
  readonly name?: string;
  readonly endPort: number;
  readonly protocol: string;
}

function readPort(reader: FieldReader, value: unknown, path: string, hasDns: boolean): RawPort | undefined {
  const fields = reader.object(value, path, ['port', 'endPort', 'protocol']);
  if (!fields) {
    return undefined;
  }
  const protocol = reader.text(fields.protocol, `${path}.protocol`, PROTOCOLS) ?? 'ANY';
  const endPort = reader.integer(fields.endPort, `${path}.endPort`, 0, 65535) ?? 0;
  const text = reader.text(fields.port, `${path}.port`) ?? '';
  if (EXTENDED.includes(protocol)) {
    return reader.refuse('cilium', `${path}.protocol`, `${protocol} needs enable-extended-ip-protocols, which is not modelled`);
  }
  if (text === '') {
    return reader.refuse('cilium', `${path}.port`, 'port must be specified');
  }
  if (!PORT_SCHEMA.test(text)) {
    return reader.refuse('schema', `${path}.port`, 'must be a port number or the name of a port');
  }
  if (isServiceName(text)) {
    return { number: 0, name: text.toLowerCase(), endPort, protocol };
  }
  const number = goInteger(text);
  if (number === undefined || number > 65535) {
    return reader.refuse('cilium', `${path}.port`, `unable to parse port ${JSON.stringify(text)}`);
  }
  if (hasDns && endPort > number) {
    reader.refuse('cilium', `${path}.endPort`, 'DNS rules do not support port ranges');
  }
  return { number, endPort, protocol };
}

/** Integers as Go's strconv.ParseUint(text, 0, 16) reads them: a leading 0 is octal, underscores may stand between digits. */
export function goInteger(text: string): number | undefined {
  const match = /^(?:0x((?:_?[0-9a-f])+)|0b((?:_?[01])+)|0o?((?:_?[0-7])+)|(0|[1-9](?:_?[0-9])*))$/i.exec(text);
  if (!match) {
    return undefined;
  }
  const [, hex, binary, octal, decimal] = match.map(part => part?.replace(/_/g, ''));
  return hex ? parseInt(hex, 16) : binary ? parseInt(binary, 2) : octal ? parseInt(octal, 8) : parseInt(decimal, 10);
}

function expand(port: RawPort): PortMatch[] {
  const protocols = port.protocol === 'ANY' ? TRANSPORT : [port.protocol as FlowProtocol];
  return protocols.map(protocol => ({ ...port, protocol }));
}

interface Rules {
  readonly http?: readonly any[];
  readonly dns?: readonly any[];
}

function l7Of(protocol: FlowProtocol, said: { rules?: Rules; serverNames: readonly string[]; listener?: { name: string; priority: number }; tls: readonly string[] }): { l7?: L7 } {
  const { rules, serverNames, listener, tls } = said;
  const parser = listener ? 'crd' : rules?.dns?.length ? 'dns' : rules?.http?.length && protocol === 'TCP' ? 'http' : tls.length > 0 || serverNames.length > 0 ? 'tls' : undefined;
  return parser === undefined ? {} : { l7: { parser, http: rules?.http, dns: rules?.dns, listener: listener?.name, listenerPriority: listener?.priority, serverNames, terminatingTls: tls.includes('terminatingTLS') } };
}

function readRules(reader: FieldReader, value: unknown, path: string): Rules | undefined {
  if (value === undefined || value === null) {
    return undefined;
  }
  const fields = reader.object(value, path, ['http', 'dns']);
  if (!fields) {
    return undefined;
  }
  const given = ['http', 'dns'].filter(field => fields[field] !== undefined && fields[field] !== null);
  if (given.length !== 1) {
    reader.refuse('schema', path, 'must have either http or dns');
  }
  return {
    http: reader.list(fields.http, `${path}.http`, (item, at) => {
      const rule = reader.object(item, at, ['method', 'path', 'host', 'headers', 'headerMatches']);
      for (const part of ['method', 'path', 'host']) {
        const text = reader.text(rule?.[part], `${at}.${part}`);
        const problem = text ? regexProblem(text) : undefined;
        if (problem) {
          reader.refuse('cilium', `${at}.${part}`, `the regular expression ${problem}`);
        }
      }
      reader.list(rule?.headers, `${at}.headers`, (each, here) => reader.text(each, here));
      reader.list(rule?.headerMatches, `${at}.headerMatches`, (each, here) => {
        const match = reader.object(each, here, ['mismatch', 'name', 'secret', 'value']);
        reader.text(match?.mismatch, `${here}.mismatch`, ['LOG', 'ADD', 'DELETE', 'REPLACE']);
        reader.text(match?.value, `${here}.value`);
        return reader.text(match?.name, `${here}.name`) ? match : reader.refuse('schema', here, 'name is required');
      });
      return rule;
    }),
    dns: reader.list(fields.dns, `${path}.dns`, (item, at) => readFqdn(reader, item, at)),
  };
}

/** A DNS name or pattern: exactly one of the two. */
export function readFqdn(reader: FieldReader, value: unknown, path: string): { matchName?: string; matchPattern?: string } | undefined {
  const fields = reader.object(value, path, ['matchName', 'matchPattern']);
  if (!fields) {
    return undefined;
  }
  const matchName = reader.text(fields.matchName, `${path}.matchName`);
  const matchPattern = reader.text(fields.matchPattern, `${path}.matchPattern`);
  if ((matchName === undefined) === (matchPattern === undefined)) {
    return reader.refuse('schema', path, 'must have either matchName or matchPattern');
  }
  if (matchName !== undefined ? !isFqdn(matchName) : !isFqdnPattern(matchPattern)) {
    return reader.refuse('schema', path, 'not a DNS name or pattern');
  }
  return { matchName, matchPattern };
}

function readListener(reader: FieldReader, value: unknown, path: string): { name: string; priority: number } | undefined {
  if (value === undefined || value === null) {
    return undefined;
  }
  const fields = reader.object(value, path, ['envoyConfig', 'name', 'priority']);
  const config = reader.object(fields?.envoyConfig, `${path}.envoyConfig`, ['kind', 'name']);
  const name = reader.text(fields?.name, `${path}.name`);
  const configName = reader.text(config?.name, `${path}.envoyConfig.name`);
  const kind = reader.text(config?.kind, `${path}.envoyConfig.kind`, ['CiliumEnvoyConfig', 'CiliumClusterwideEnvoyConfig']) ?? '';
  const priority = reader.integer(fields?.priority, `${path}.priority`, 1, 100) ?? 0;
  return name && configName ? { name: `${kind}/${configName}/${name}`, priority } : reader.refuse('schema', path, 'name and envoyConfig.name are required');
}

const ICMP4: { readonly [name: string]: number } = {
  EchoReply: 0, DestinationUnreachable: 3, Redirect: 5, Echo: 8, EchoRequest: 8, RouterAdvertisement: 9, RouterSelection: 10, TimeExceeded: 11, ParameterProblem: 12,
  Timestamp: 13, TimestampReply: 14, Photuris: 40, ExtendedEchoRequest: 42, ExtendedEchoReply: 43,
};

const ICMP6: { readonly [name: string]: number } = {
  DestinationUnreachable: 1, PacketTooBig: 2, TimeExceeded: 3, ParameterProblem: 4, EchoRequest: 128, EchoReply: 129, MulticastListenerQuery: 130,
  MulticastListenerReport: 131, MulticastListenerDone: 132, RouterSolicitation: 133, RouterAdvertisement: 134, NeighborSolicitation: 135,
  NeighborAdvertisement: 136, RedirectMessage: 137, RouterRenumbering: 138, ICMPNodeInformationQuery: 139, ICMPNodeInformationResponse: 140,
  InverseNeighborDiscoverySolicitation: 141, InverseNeighborDiscoveryAdvertisement: 142, HomeAgentAddressDiscoveryRequest: 144, HomeAgentAddressDiscoveryReply: 145,
  MobilePrefixSolicitation: 146, MobilePrefixAdvertisement: 147, DuplicateAddressRequestCodeSuffix: 157, DuplicateAddressConfirmationCodeSuffix: 158,
  ExtendedEchoRequest: 160, ExtendedEchoReply: 161,
};

/** Number of a type that is given by number or name (pkg/policy/api/icmp.go, v1.20.2). */
function icmpType(type: unknown, family: string): number | undefined {
  if (typeof type === 'number') {
    return Number.isInteger(type) ? type : undefined; // the CRD's pattern holds for texts only; no packet has a type above 255
  }
  if (typeof type === 'string' && /^\d+$/.test(type)) {
    return Number(type) <= 255 ? Number(type) : undefined;
  }
  const names = family === 'IPv4' ? ICMP4 : ICMP6;
  return typeof type === 'string' && Object.prototype.hasOwnProperty.call(names, type) ? names[type] : undefined;
}
