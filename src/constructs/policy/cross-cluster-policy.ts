import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { Half, halves } from './halves';
import { DnsRule, HttpRule, l7Faults } from './l7';
import { EndpointsSpec, Entity, IPeer, PeerSpec } from './peer';
import { Port, Protocol } from './port';
import * as cilium from '../../../imports/cilium.io';
import { isDnsSubdomain } from '../../cilium/kubernetes-names';
import { Feature, firstMinorWith } from '../../cilium/traits';
import { ConstructCode } from '../../diagnostics/codes/constructs';
import { MeshError } from '../../diagnostics/fault';
import { formatList, formatValue, shorten } from '../../diagnostics/texts';
import { closedSetRefusals } from '../closed-set';
import { ClusterMesh } from '../mesh/cluster-mesh';
import { Refusal, refusal } from '../refusal';

/** Mutual authentication of a rule (CiliumNetworkPolicy `authentication.mode`, v1.20.2). */
export enum AuthenticationMode {
  /**
   * Cilium drops the flow until both sides are authenticated. Across clusters it never allows the flow: mutual
   * authentication is not compatible with Cluster Mesh (mutual-authentication.rst, v1.20.2). Cilium 1.20 deprecates it.
   */
  REQUIRED = 'required',
  /** No authentication, even if another rule requires it. */
  DISABLED = 'disabled',
}

/** Properties that `CrossClusterAllow` and `CrossClusterDeny` share. */
export interface CrossClusterPolicyProps {
  /** The sources of the flows: workloads of any clusters, or peers outside of the mesh. */
  readonly sources: IPeer[];

  /** The destinations of the flows: workloads of any clusters, global services, or peers outside of the mesh. */
  readonly destinations: IPeer[];

  /**
   * The ports of the destinations; `Port.all()` means all ports.
   * @default - the ports of the pods behind the services; required if a destination is not a global service
   */
  readonly ports?: Port[];

  /**
   * Name of the egress policy in the clusters of the sources.
   * @default - `<id>-egress`
   */
  readonly egressName?: string;

  /**
   * Name of the ingress policy in the clusters of the destinations.
   * @default - `<id>-ingress`
   */
  readonly ingressName?: string;

  /**
   * Description, written into both policies.
   * @default - none
   */
  readonly description?: string;
}

/** How a subclass writes its policies. */
export interface CrossClusterPolicyRules {
  readonly verb: 'allow' | 'deny';
  readonly http: readonly HttpRule[];
  readonly dns: readonly DnsRule[];
  readonly authentication?: AuthenticationMode;
  /** Whether the policies of a direction enable default deny for the endpoints that they select. */
  readonly defaultDeny: { readonly egress: boolean; readonly ingress: boolean };
}

/**
 * Writes the egress and ingress policies of a construct into the clusters of sources and destinations, sorted by
 * cluster, direction and namespace.
 * @throws with all faults of the properties at once
 */
export function writeHalves(
  construct: Construct,
  props: CrossClusterPolicyProps,
  rules: CrossClusterPolicyRules,
): ApiObject[] {
  return new HalvesWriter(construct).write(props, rules);
}

class HalvesWriter {
  constructor(private readonly construct: Construct) {}

  public write(props: CrossClusterPolicyProps, rules: CrossClusterPolicyRules): ApiObject[] {
    const mesh = ClusterMesh.enclosing(this.construct);
    const faults: Refusal[] = [];
    const peers = (property: 'sources' | 'destinations'): PeerSpec[] => {
      const specs = (props[property] ?? []).map(each => each?.asPeer?._spec);
      specs.forEach((spec, index) => {
        if (!spec) {
          faults.push(
            this.fault(
              'peer-missing',
              `${property}[${index}]`,
              'must be a peer',
              formatValue(props[property][index]),
              'a workload, a global service or a Peer',
              'name a peer',
            ),
          );
        }
      });
      if (specs.length === 0) {
        faults.push(
          this.fault(
            'side-empty',
            property,
            'one side of the flow is empty, so there is no policy to write',
            'nothing',
            'at least one peer',
            `name the ${property}`,
          ),
        );
      }
      return specs.filter(spec => spec !== undefined);
    };
    const sources = peers('sources');
    const destinations = peers('destinations').map(peer => ({ peer, ports: portsFor(peer, props.ports) }));
    if (props.ports && props.ports.length === 0) {
      faults.push(
        this.fault(
          'ports-missing',
          'ports',
          'a list without ports allows nothing',
          '[]',
          'at least one port; Port.all() for every port',
          'name the ports',
        ),
      );
    } else {
      for (const { peer } of destinations.filter(({ ports }) => ports.length === 0)) {
        faults.push(
          this.fault(
            'ports-missing',
            'ports',
            `the ports of ${shorten(peer.name)} are missing`,
            'nothing',
            'at least one port; Port.all() for every port',
            'name the ports',
          ),
        );
      }
    }
    faults.push(
      ...this.sideFaults(
        sources,
        destinations.map(({ peer }) => peer),
        rules,
      ),
      ...this.meshFaults(mesh, [...sources, ...destinations.map(({ peer }) => peer)]),
      ...this.portFaults(
        destinations.flatMap(({ ports }) => ports),
        rules,
      ),
      ...l7Faults(this.construct.node.path, rules.http, rules.dns),
      ...this.nameFaults(props),
      ...closedSetRefusals(`${this.construct.node.path}.authentication`, rules.authentication, AuthenticationMode),
    );
    if (faults.length > 0) {
      throw new MeshError(faults, this.construct.constructor);
    }
    const written = halves({ ...rules, sources, destinations });
    const late = written.flatMap(half =>
      this.versionFaults(
        half,
        destinations.flatMap(({ ports }) => ports),
        rules,
      ),
    );
    if (late.length > 0) {
      throw new MeshError(late, this.construct.constructor);
    }
    return written.map(half => this.writeHalf(half, props, rules));
  }

  private writeHalf(half: Half, props: CrossClusterPolicyProps, rules: CrossClusterPolicyRules): ApiObject {
    const name =
      half.direction === 'egress'
        ? (props.egressName ?? `${this.construct.node.id}-egress`)
        : (props.ingressName ?? `${this.construct.node.id}-ingress`);
    const field = rules.verb === 'allow' ? half.direction : `${half.direction}Deny`;
    const specs = half.specs.map(({ endpointSelector, rules: list }) => ({
      ...(props.description === undefined ? {} : { description: props.description }),
      endpointSelector,
      ...(!rules.defaultDeny[half.direction] ? { enableDefaultDeny: { [half.direction]: false } } : {}),
      [field]: list,
    }));
    const type = half.namespace === undefined ? cilium.CiliumClusterwideNetworkPolicy : cilium.CiliumNetworkPolicy;
    const scope = half.cluster.scopeFor(this.construct);
    const id = half.namespace === undefined ? half.direction : `${half.direction}-${half.namespace}`;
    // an ApiObject of the finished manifest: patches use the field names of the CRD, and no field is dropped
    return new ApiObject(
      scope,
      id,
      type.manifest({
        metadata: { name, namespace: half.namespace },
        ...(specs.length === 1 ? { spec: specs[0] } : { specs }),
      }),
    );
  }

  private sideFaults(
    sources: readonly PeerSpec[],
    destinations: readonly PeerSpec[],
    rules: CrossClusterPolicyRules,
  ): Refusal[] {
    const faults: Refusal[] = [];
    for (const source of sources) {
      if (source.kind === 'fqdn') {
        faults.push(
          this.fault(
            'source-fqdn',
            'sources',
            'Cilium knows DNS names of destinations only',
            formatValue(source.name),
            'workloads, entities, CIDRs and CIDR groups',
            'use a CIDR',
          ),
        );
      } else if (source.kind === 'endpoints' && !source.sends) {
        faults.push(
          this.fault(
            'source-service',
            'sources',
            'a Service opens no connections',
            formatValue(source.name),
            'the workload whose pods open connections',
            'name the workload',
          ),
        );
      }
    }
    if (rules.verb === 'deny') {
      for (const destination of destinations.filter(each => each.kind === 'fqdn')) {
        faults.push(
          this.fault(
            'deny-fqdn',
            'destinations',
            'Cilium cannot deny by DNS name',
            formatValue(destination.name),
            'workloads, entities, CIDRs and CIDR groups',
            'deny a CIDR, or allow the names that are needed',
          ),
        );
      }
    }
    if (
      sources.length > 0 &&
      destinations.length > 0 &&
      ![...sources, ...destinations].some(each => each.kind === 'endpoints')
    ) {
      faults.push(
        this.fault(
          'no-endpoints',
          'sources',
          'neither side has pods of the mesh, so no policy would apply',
          formatList([...sources, ...destinations].map(each => each.name)),
          'a workload on at least one side',
          'name the workload',
        ),
      );
    }
    return faults;
  }

  private meshFaults(mesh: ClusterMesh, peers: readonly PeerSpec[]): Refusal[] {
    return peers
      .filter((peer): peer is EndpointsSpec => peer.kind === 'endpoints')
      .flatMap(peer => {
        const clusters = [...new Set(peer.endpoints.map(each => each.cluster))];
        return [
          ...(clusters.length === 0
            ? [
              this.fault(
                'peer-nowhere',
                peer.name,
                'the peer has no pods in any cluster',
                '[]',
                'at least one cluster',
                'name a peer with a cluster',
              ),
            ]
            : []),
          ...clusters
            .filter(cluster => !mesh.clusters.includes(cluster))
            .map(cluster =>
              this.fault(
                'cluster-of-other-mesh',
                peer.name,
                'the cluster belongs to another mesh',
                cluster.name,
                formatList(mesh.clusters.map(each => each.name)),
                'name a peer of this mesh',
              ),
            ),
        ];
      });
  }

  private portFaults(ports: readonly Port[], rules: CrossClusterPolicyRules): Refusal[] {
    const faults: Refusal[] = [];
    const labels = [...new Set(ports.map(port => port.label))];
    if (ports.some(port => port._kind === 'all') && labels.length > 1) {
      faults.push(
        this.fault(
          'ports-all-mixed',
          'ports',
          'Port.all() includes the other ports',
          formatList(labels),
          'Port.all() alone, or single ports',
          'keep Port.all() or the single ports',
        ),
      );
    }
    if (rules.http.length > 0 && rules.dns.length > 0) {
      faults.push(
        this.fault(
          'l7-mixed',
          'http',
          'Cilium refuses HTTP and DNS rules on one port',
          'http and dns',
          'one of the two',
          'create two policies',
        ),
      );
    }
    for (const port of ports) {
      if (rules.http.length > 0 && port._port?.protocol !== Protocol.TCP) {
        faults.push(
          this.fault(
            'http-port',
            'ports',
            'HTTP rules need TCP ports',
            port.label,
            'TCP ports',
            'name TCP ports, or remove http',
          ),
        );
      }
      if (
        rules.dns.length > 0 &&
        (!port._port ||
          port._port.endPort !== undefined ||
          !/^\d+$/.test(port._port.port) ||
          port._port.protocol === Protocol.SCTP)
      ) {
        faults.push(
          this.fault(
            'dns-port',
            'ports',
            'DNS rules need single UDP or TCP ports',
            port.label,
            'Port.udp(53), Port.tcp(53), Port.any(53)',
            'name single ports, or remove dns',
          ),
        );
      }
    }
    return faults;
  }

  private nameFaults(props: CrossClusterPolicyProps): Refusal[] {
    const names: Array<[property: string, name: string]> = [
      ['egressName', props.egressName ?? `${this.construct.node.id}-egress`],
      ['ingressName', props.ingressName ?? `${this.construct.node.id}-ingress`],
    ];
    return names
      .filter(([, name]) => !isDnsSubdomain(name))
      .map(([property, name]) =>
        this.fault(
          'object-name-invalid',
          property,
          'invalid object name',
          formatValue(name),
          'lower-case letters, digits, dashes and dots, with a letter or digit at both ends',
          `set ${property}, or rename the construct`,
        ),
      );
  }

  private versionFaults(half: Half, ports: readonly Port[], rules: CrossClusterPolicyRules): Refusal[] {
    const { version } = half.cluster._model;
    const faults: Refusal[] = [];
    const needs = (feature: Feature, what: string, fix: string, before: string = '') => {
      if (!version.traits[feature]) {
        const minor = firstMinorWith(feature);
        faults.push(
          this.fault(
            'feature-unknown-to-version',
            `${half.cluster.name} (${half.direction})`,
            `Cilium knows ${what} since 1.${minor}${before}`,
            `Cilium ${version.text}`,
            `Cilium 1.${minor} or later`,
            fix,
          ),
        );
      }
    };
    if (ports.some(port => port._port?.endPort !== undefined)) {
      needs('portRanges', 'port ranges', 'name the ports one by one');
    }
    if (!rules.defaultDeny[half.direction]) {
      needs(
        'enableDefaultDeny',
        'enableDefaultDeny',
        `set ${half.direction === 'egress' ? 'defaultDenyEgress' : 'defaultDenyIngress'} to true, and allow what ` +
        'else is needed',
        '; before, every policy enables default deny',
      );
    }
    if (half.entities.has(Entity.CLUSTER_MESH)) {
      needs('clusterMeshEntity', 'the entity cluster-mesh', 'name the workloads');
    }
    return faults;
  }

  private fault(
    code: ConstructCode,
    property: string,
    message: string,
    got: string,
    allowed: string,
    fix: string,
  ): Refusal {
    return refusal(code, { path: `${this.construct.node.path}.${property}`, message, got, allowed, fix });
  }
}

function portsFor(peer: PeerSpec, ports: readonly Port[] | undefined): readonly Port[] {
  return ports ?? (peer.kind === 'endpoints' ? (peer.defaultPorts ?? []) : []);
}
