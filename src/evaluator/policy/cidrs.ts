import { Cidr } from '../../model/cidr';
import { PeerSelector } from '../selector';
import { PolicySettings } from '../settings';

/** A CIDR of length 0 is the label of the world, qualified by family where the other family is enabled too (pkg/labels/cidr.go, v1.20.2). */
export function cidrSelector(cidr: Cidr, except: readonly Cidr[], settings: PolicySettings): PeerSelector {
  if (cidr.prefix === 0) {
    const label = cidr.family === 'IPv4' ? (settings.ipv6 ? 'world-ipv4' : 'world') : settings.ipv4 ? 'world-ipv6' : 'world';
    return { kind: 'world', id: `cidr ${cidr.text} ${except.map(each => each.text)}`, label, except };
  }
  return { kind: 'cidr', id: `cidr ${cidr.text} ${except.map(each => each.text)}`, cidr, except };
}
