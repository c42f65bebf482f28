import { DefaultDeny } from './default-deny';
import { Peer } from './peer';
import { PodSelection } from './pod-selection';
import { Statement, StatementPeer } from './statement';
import { EvaluatedMesh } from '../../evaluator/read/mesh';

/** The most characters of the name of a statement; its policies have a suffix. */
const LONGEST = 100;

/** Names of constructs and policies, each once and different from those of the mesh. */
export class SuggestedNames {
  private readonly taken: Set<string>;
  private readonly selections = new Map<string, string>();

  constructor(mesh: EvaluatedMesh) {
    this.taken = new Set(
      mesh.clusters.flatMap(({ policies }) =>
        policies
          .map(({ manifest }) => String(manifest.object.metadata.name))
          .flatMap(name => [name, name.replace(/-(egress|ingress)$/, '')]),
      ),
    );
  }

  /** `shop-cart`. */
  public ofPods(pods: PodSelection): string {
    const known = this.selections.get(pods.key) ?? this.unique(`${pods.namespace}-${pods.name}`);
    this.selections.set(pods.key, known);
    return known;
  }

  /** `shop-storefront-to-shop-cart`; of several peers, the name of the other side alone: `to-shop-cart`. */
  public ofStatement({ sources, destinations }: Statement): string {
    const [from, to] = [sideName(sources), sideName(destinations)];
    return this.unique(
      from !== undefined && to !== undefined
        ? `${from}-to-${to}`
        : to !== undefined
          ? `to-${to}`
          : from !== undefined
            ? `from-${from}`
            : 'allow',
    );
  }

  /** `default-deny-shop`, or `dns-shop-cart`. */
  public ofDefaultDeny({ namespace, pods, onlyDns }: DefaultDeny): string {
    return this.unique(`${onlyDns ? 'dns' : 'default-deny'}-${namespace}${pods ? `-${pods.name}` : ''}`);
  }

  private unique(text: string): string {
    const plain = text
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .slice(0, LONGEST)
      .replace(/^-+|-+$/g, '');
    // variables of programs begin with a letter
    const name = /^[a-z]/.test(plain) ? plain : `pods-${plain}`.replace(/-+$/, '');
    let unique = name;
    for (let number = 2; this.taken.has(unique); number++) {
      unique = `${name}-${number}`;
    }
    this.taken.add(unique);
    return unique;
  }
}

function sideName(side: readonly StatementPeer[]): string | undefined {
  const names = new Set(side.map(({ peer }) => peerName(peer)));
  return names.size === 1 ? [...names][0] : undefined;
}

function peerName(peer: Peer): string {
  switch (peer.kind) {
    case 'pods':
      return `${peer.pods.namespace}-${peer.pods.name}`;
    case 'entity':
      return peer.entity;
    case 'cidr':
      return peer.cidr.replace(/\/(32|128)$/, '');
    case 'fqdn':
      return peer.name;
  }
}
