import { Cidr } from '../../cilium/cidr';
import { Cluster } from '../mesh/cluster';
import { EndpointsSpec } from '../policy/peer';

/** A pod that a law asks about. It exists only for that. */
export interface PodWitness {
  readonly kind: 'pod';
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly namespaceLabels: { readonly [key: string]: string };
  readonly labels: { readonly [key: string]: string };
  readonly serviceAccount?: string;
}

/** A node that a law asks about, seen from pods on other nodes. It exists only for that. */
export interface NodeWitness {
  readonly kind: 'node';
  readonly cluster: Cluster;
  readonly labels: { readonly [key: string]: string };
}

/** An endpoint that a law asks about: a pod, a node, an address outside of the mesh, or an entity. */
export type Witness =
  | PodWitness
  | NodeWitness
  | { readonly kind: 'address'; readonly address: Cidr }
  | { readonly kind: 'entity'; readonly entity: string };

/** A protocol and port that a law asks about. For ICMP the port is the type. */
export interface AskedPort {
  readonly protocol: 'TCP' | 'UDP' | 'SCTP' | 'ICMP' | 'ICMPv6';
  readonly port: number;
}

/**
 * What a law says of a flow at one of its ends:
 *
 * - `allowed`, `redirected` to the proxy that applies layer 7 rules, `authenticated` first, `denied` by a rule
 * - `default-denied`, because no rule names it
 * - `unchanged` by the policies
 * - `unknown`: the law says nothing
 */
export type Claim =
  'allowed' | 'redirected' | 'authenticated' | 'denied' | 'default-denied' | 'unchanged' | 'unknown';

/** The ends of flows, as one of them sees them. */
export interface AskedEnds {
  readonly direction: 'egress' | 'ingress';
  readonly subject: PodWitness;
  readonly peer: Witness;
}

/** The endpoints that a law asks about. */
export interface Witnesses {
  /** Inside of what the statement names. */
  readonly inside: readonly Witness[];
  /** Just outside of it. */
  readonly outside: readonly Witness[];
}

/** A service that a statement names. */
export interface NamedService {
  readonly peer: EndpointsSpec;
  /** Whether the ports of the flows are those of the service; otherwise the statement names its own. */
  readonly hasOwnPorts: boolean;
}

/** What makes a statement true, as far as witnesses can tell. */
export interface Law {
  /** Endpoints that decide whether the statement is true; `clusters` are those whose policies are asked. */
  witnesses(clusters: readonly Cluster[]): Witnesses;
  /** Ports inside and outside of what the statement names. */
  ports(): AskedPort[];
  /** What it says of the flows between two endpoints, on each of the ports. */
  claims(ends: AskedEnds, ports: readonly AskedPort[]): Claim[];
  /** The names of ports that the statement uses. */
  portNames(): readonly string[];
  /** The services that the statement names, whose reach is asked too. */
  services(): readonly NamedService[];
  /** What the law says of a cluster, as text; clusters with equal texts need to be asked once. */
  claimsOf(cluster: Cluster): string;
}

/** The number that the containers of all witnesses give to a port name. */
export function portNumber(name: string): number {
  return 60001 + ([...name].reduce((hash, letter) => (hash * 31 + letter.charCodeAt(0)) % 4999, 7) % 4999);
}
