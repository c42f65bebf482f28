import { Cidr, Family } from '../../model/cidr';
import { Label } from '../label-set';
import { PeerSelector, within } from '../selector';
import { PolicySettings } from '../settings';
import { CidrGroup } from './policy-context';

/** The label of everybody outside of the mesh, qualified by family where the other family is enabled (getWorldLabel, pkg/labels/cidr.go, v1.20.2). */
export function worldLabel(family: Family, settings: PolicySettings): 'world' | 'world-ipv4' | 'world-ipv6' {
  return family === 'IPv4' ? (settings.ipv6 ? 'world-ipv4' : 'world') : settings.ipv4 ? 'world-ipv6' : 'world';
}

/**
 * The selector of a CIDR. One of length 0 is the label of the world. Selectors are one when they are written alike (pkg/policy/api/cidr.go, v1.20.2).
 */
export function cidrSelector(text: string, cidr: Cidr, except: readonly Cidr[], settings: PolicySettings): PeerSelector {
  const id = `cidr ${text}${shownExcept(except)}`;
  if (cidr.prefix === 0) {
    return { kind: 'world', id, label: worldLabel(cidr.family, settings), except };
  }
  return { kind: 'cidr', id, cidr, except };
}

export function shownExcept(except: readonly Cidr[]): string {
  return except.length === 0 ? '' : ` except ${except.map(each => each.text).join()}`;
}

/** What an address has of the CIDR groups that hold it: their names, and the labels that it gets of them. */
export interface CidrGroupsOfAddress {
  readonly names: readonly string[];
  readonly labels: readonly Label[];
}

/**
 * The groups that hold an address. It gets a label for each of theirs, and one more with the value in the key, by which values are matched
 * (pkg/policy/k8s/cilium_cidr_group.go, v1.20.2); labels of Cilium's own are left out (RemoveCiliumLabels, pkg/k8s/utils/utils.go).
 */
export function cidrGroupsOf(address: Cidr, groups: readonly CidrGroup[]): CidrGroupsOfAddress {
  const holding = groups.filter(({ cidrs }) => cidrs.some(text => within(address, Cidr.masked(text))));
  return {
    names: holding.map(({ name }) => name),
    labels: holding.flatMap(({ labels }) => Object.entries(labels).filter(([key]) => !key.startsWith('io.cilium.k8s')).flatMap(([key, value]) => [
      { source: 'cidrgroup', key, value }, { source: 'cidrgroup', key: `${key}+${value}`, value: '' },
    ])),
  };
}
