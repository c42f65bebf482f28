import { FieldReader } from './field-reader';
import { Traits } from '../../../cilium/traits';
import { PortMatch } from '../../engine/entry';

/** `icmps` of a rule. */
export function readIcmps(reader: FieldReader, value: unknown, path: string, traits: Traits): PortMatch[] | undefined {
  return reader
    .list(value, path, (item, at) => {
      const fields = reader.object(item, at, ['fields']);
      const limited = traits.crdListLimits;
      if (fields && !limited && Array.isArray(fields.fields) && fields.fields.length > 40) {
        reader.refuse('cilium', `${at}.fields`, 'must have at most 40 items', { got: `${fields.fields.length}` });
      }
      return (
        fields &&
        (reader.list(
          fields.fields,
          `${at}.fields`,
          (each, here) => readField(reader, each, here, traits),
          limited ? 40 : Infinity,
        ) ??
          [])
      );
    })
    ?.flat();
}

function readField(reader: FieldReader, value: unknown, path: string, traits: Traits): PortMatch | undefined {
  const field = reader.object(value, path, ['family', 'type']);
  if (!field) {
    return undefined;
  }
  const family = reader.text(field.family, `${path}.family`, ['IPv4', 'IPv6']) ?? 'IPv4';
  const number = icmpType(reader, field.type, `${path}.type`, family, traits);
  return number === undefined
    ? undefined
    : {
      number,
      endPort: 0,
      protocol: family === 'IPv4' ? 'ICMP' : 'ICMPv6',
      ...(traits.portsMergedAsWritten ? { text: String(number) } : {}),
    };
}

/**
 * The types that the CRD accepts as text (since 1.16). It misspells `ExtendedEcho Reply`, so policies cannot use that
 * name.
 */
const NUMBER = '[0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5]';
const NAMES = [
  'EchoReply',
  'DestinationUnreachable',
  'Redirect',
  'Echo',
  'RouterAdvertisement',
  'RouterSelection',
  'TimeExceeded',
  'ParameterProblem',
  'Timestamp',
  'TimestampReply',
  'Photuris',
  'ExtendedEchoRequest',
  'ExtendedEcho Reply',
  'PacketTooBig',
  'EchoRequest',
  'MulticastListenerQuery',
  'MulticastListenerReport',
  'MulticastListenerDone',
  'RouterSolicitation',
  'NeighborSolicitation',
  'NeighborAdvertisement',
  'RedirectMessage',
  'RouterRenumbering',
  'ICMPNodeInformationQuery',
  'ICMPNodeInformationResponse',
  'InverseNeighborDiscoverySolicitation',
  'InverseNeighborDiscoveryAdvertisement',
  'HomeAgentAddressDiscoveryRequest',
  'HomeAgentAddressDiscoveryReply',
  'MobilePrefixSolicitation',
  'MobilePrefixAdvertisement',
  'DuplicateAddressRequestCodeSuffix',
  'DuplicateAddressConfirmationCodeSuffix',
];
const TYPES = new RegExp(`^(${[NUMBER, ...NAMES].join('|')})$`);

const ICMP4: { readonly [name: string]: number } = {
  EchoReply: 0,
  DestinationUnreachable: 3,
  Redirect: 5,
  Echo: 8,
  EchoRequest: 8,
  RouterAdvertisement: 9,
  RouterSelection: 10,
  TimeExceeded: 11,
  ParameterProblem: 12,
  Timestamp: 13,
  TimestampReply: 14,
  Photuris: 40,
  ExtendedEchoRequest: 42,
};

const ICMP6: { readonly [name: string]: number } = {
  DestinationUnreachable: 1,
  PacketTooBig: 2,
  TimeExceeded: 3,
  ParameterProblem: 4,
  EchoRequest: 128,
  EchoReply: 129,
  MulticastListenerQuery: 130,
  MulticastListenerReport: 131,
  MulticastListenerDone: 132,
  RouterSolicitation: 133,
  RouterAdvertisement: 134,
  NeighborSolicitation: 135,
  NeighborAdvertisement: 136,
  RedirectMessage: 137,
  RouterRenumbering: 138,
  ICMPNodeInformationQuery: 139,
  ICMPNodeInformationResponse: 140,
  InverseNeighborDiscoverySolicitation: 141,
  InverseNeighborDiscoveryAdvertisement: 142,
  HomeAgentAddressDiscoveryRequest: 144,
  HomeAgentAddressDiscoveryReply: 145,
  MobilePrefixSolicitation: 146,
  MobilePrefixAdvertisement: 147,
  DuplicateAddressRequestCodeSuffix: 157,
  DuplicateAddressConfirmationCodeSuffix: 158,
  ExtendedEchoRequest: 160,
};

/**
 * The number of a type, from its number or name (pkg/policy/api/icmp.go, v1.20.2).
 *
 * The CRD's pattern applies to texts only. Cilium takes a negative number for every type. A number above 255 matches no
 * packet (createL4Filter, pkg/policy/l4.go).
 */
function icmpType(
  reader: FieldReader,
  type: unknown,
  path: string,
  family: string,
  traits: Traits,
): number | undefined {
  if (type === undefined || type === null) {
    return reader.refuse('schema', path, 'is required');
  }
  if (!traits.icmpTypeNames) {
    return reader.integer(type, path, 0, 255);
  }
  if (Number.isInteger(type)) {
    const number = type as number;
    return Math.abs(number) > 2 ** 31 - 1
      ? reader.refuse('cilium', path, 'must be a number from 0 to 255', { got: String(type) })
      : Math.min(65535, Math.max(0, number));
  }
  if (typeof type !== 'string' || !TYPES.test(type)) {
    return reader.refuse('schema', path, 'must be a number from 0 to 255, or the name of a type of messages', {
      got: JSON.stringify(type),
    });
  }
  const named = (family === 'IPv4' ? ICMP4 : ICMP6)[type];
  if (named === undefined && !/^\d+$/.test(type)) {
    return reader.refuse('cilium', path, `not a type of ICMP messages of ${family}`, {
      got: type,
      fix: 'give the family, or the number of the type',
    });
  }
  return named ?? Number(type);
}
