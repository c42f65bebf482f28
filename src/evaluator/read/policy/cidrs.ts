import { FieldReader } from './field-reader';
import { CidrGroup } from './policy-context';
import { Cidr } from '../../../cilium/cidr';
import { Family } from '../../../cilium/ip-address';
import { isCiliumLabel } from '../../../cilium/labels';
import { Traits } from '../../../cilium/traits';
import { reservedSelector } from '../../engine/label-selector';
import { Label } from '../../engine/label-set';
import { PeerSelector, within } from '../../engine/selector';
import { PolicySettings } from '../../engine/settings';

/**
 * The label of all peers outside of the mesh. It is qualified by family where the other family is enabled
 * (getWorldLabel, pkg/labels/cidr.go, v1.20.2), and up to 1.18 where both are (AddWorldLabel, v1.18.8).
 */
export function worldLabel(
  family: Family,
  { ipv4, ipv6, traits }: PolicySettings,
): 'world' | 'world-ipv4' | 'world-ipv6' {
  const qualified = traits.worldQualifiedByOtherFamily ? (family === 'IPv4' ? ipv6 : ipv4) : ipv4 && ipv6;
  return !qualified ? 'world' : family === 'IPv4' ? 'world-ipv4' : 'world-ipv6';
}

/**
 * The selectors of a CIDR. Equal texts give equal selectors (pkg/policy/api/cidr.go, v1.20.2).
 *
 * - A CIDR of length 0 is the label of the world.
 * - Up to 1.18 it is that label and the addresses of the family. Up to 1.16 with exceptions it is only the addresses
 *   (pkg/policy/api/cidr.go, v1.18.8 and v1.16.19).
 */
export function cidrSelectors(
  text: string,
  cidr: Cidr,
  except: readonly Cidr[],
  settings: PolicySettings,
): PeerSelector[] {
  const { traits } = settings;
  if (traits.exceptedCidrIsNoPeer && cidr.isCoveredBy(except)) {
    return [];
  }
  const id = `cidr ${text}${formatExcept(except)}`;
  const addresses: PeerSelector = { kind: 'cidr', id, cidr, except };
  if (cidr.prefix > 0) {
    return [addresses];
  }
  const world: PeerSelector = {
    kind: 'world',
    id: traits.widestCidrIsWorld ? id : `world ${id}`,
    label: worldLabel(cidr.family, settings),
    except,
  };
  if (traits.widestCidrIsWorld) {
    return [world];
  }
  const enabled = cidr.family === 'IPv4' ? settings.ipv4 : settings.ipv6 && !(settings.ipv4 && world.label === 'world');
  return traits.widestCidrIsWorldWhenEnabled && (except.length > 0 || !enabled) ? [addresses] : [addresses, world];
}

/**
 * The selectors of a list of CIDRs. Up to 1.18 with both IP families enabled, all addresses of both are also the world
 * as a whole (CIDRSlice.GetAsEndpointSelectors, pkg/policy/api/cidr.go, v1.18.8).
 */
export function withWholeWorld(
  selectors: readonly PeerSelector[],
  { ipv4, ipv6, traits }: PolicySettings,
): PeerSelector[] {
  const has = (label: string) =>
    selectors.some(selector => selector.kind === 'world' && selector.label === label && selector.except.length === 0);
  return traits.bothFamiliesAreWholeWorld && ipv4 && ipv6 && has('world-ipv4') && has('world-ipv6')
    ? [...selectors, reservedSelector('world')]
    : [...selectors];
}

/**
 * Reads a CIDR. The API server accepts some that Cilium refuses: those with leading zeros, and up to 1.15 everything
 * that matches the pattern of the CRD.
 */
export function readCidr(
  reader: FieldReader,
  value: unknown,
  path: string,
  traits: Traits,
): { readonly text: string; readonly cidr: Cidr } | undefined {
  const text = traits.crdCidrFormat ? reader.formatted(value, path) : reader.text(value, path);
  if (text === undefined) {
    return undefined;
  }
  const admitted = traits.crdCidrFormat
    ? Cidr.masked(text.replace(/(^|[./])0+(?=\d)/g, '$1')) !== undefined
    : OLD_PATTERN.test(text);
  const cidr = Cidr.masked(text);
  if (admitted && cidr) {
    return { text, cidr };
  }
  const fix = Cidr.masked(`${text}/32`)
    ? `write ${text}/32`
    : Cidr.masked(`${text}/128`)
      ? `write ${text}/128`
      : undefined;
  return reader.refuse(
    admitted ? 'cilium' : 'schema',
    path,
    'must be a CIDR: an address with the length of its prefix',
    { got: text, fix },
  );
}

/** The pattern of the CRDs of 1.15: `s*` where spaces were meant, and IPv6 without a dotted tail. */
const OLD_PATTERN = (() => {
  const byte = '(25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)';
  const group = '[0-9A-Fa-f]{1,4}';
  const ipv6 = [
    `(${group}:){7}(:|${group})`,
    `(${group}:){6}:(${group})?`,
    ...[5, 4, 3, 2, 1].map(count => `(${group}:){${count}}(:${group}){0,${6 - count}}:(${group})?`),
    `:(:|(:${group}){1,7})`,
  ].join('|');
  return new RegExp(
    `^(${byte}\\.){3}${byte}/([0-9]|[1-2][0-9]|3[0-2])$|^s*(${ipv6})(%.+|s*)/([0-9]|[1-9][0-9]|1[0-1][0-9]|12[0-8])$`,
  );
})();

export function formatExcept(except: readonly Cidr[]): string {
  return except.length === 0 ? '' : ` except ${except.map(each => each.text).join()}`;
}

/** The names of the CIDR groups that hold an address, and the labels that it gets from them. */
export interface CidrGroupsOfAddress {
  readonly names: readonly string[];
  readonly labels: readonly Label[];
}

/**
 * The CIDR groups that hold an address.
 *
 * The address gets each label of the groups, and for matching values one more label with the value in its key
 * (pkg/policy/k8s/cilium_cidr_group.go, v1.20.2). Cilium leaves out its own labels. Before 1.17 groups give no labels.
 */
export function cidrGroupsOf(address: Cidr, groups: readonly CidrGroup[], traits: Traits): CidrGroupsOfAddress {
  const holding = groups.filter(({ cidrs }) => cidrs.some(text => within(address, Cidr.masked(text))));
  return {
    names: holding.map(({ name }) => name),
    labels: (traits.cidrGroupLabels ? holding : []).flatMap(({ labels }) =>
      Object.entries(labels)
        .filter(([key]) => !isCiliumLabel(key))
        .flatMap(([key, value]) => [
          { source: 'cidrgroup', key, value },
          { source: 'cidrgroup', key: `${key}+${value}`, value: '' },
        ]),
    ),
  };
}
