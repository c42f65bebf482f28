import { helmValue } from './helm-values';
import { isMap } from '../../../diagnostics/is-map';
import { ClusterInput } from '../../../manifests/input';

/** A cluster that Helm values connect to. */
export interface MeshPeer {
  readonly name: string;
  readonly peer: unknown;
  /** The path of its name. */
  readonly path: string;
}

const CLUSTERS = 'clustermesh.config.clusters';

/** The entries of `clustermesh.config.clusters`: a list, or a map by name. */
export function meshPeers({ values }: ClusterInput): MeshPeer[] {
  const written: unknown = helmValue(values?.values, CLUSTERS);
  const peers = Array.isArray(written)
    ? written.map((peer, index) => ({ name: helmValue(peer, 'name'), peer, path: `${CLUSTERS}[${index}]` }))
    : isMap(written)
      ? Object.entries(written).map(([name, peer]) => ({ name, peer, path: `${CLUSTERS}.${name}` }))
      : [];
  return peers.filter(({ name, peer }) => typeof name === 'string' && helmValue(peer, 'enabled') !== false);
}
