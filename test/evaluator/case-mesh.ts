/**
 * Turns a case of the conformance protocol (oracle/README.md) into manifests and Helm values, and reads them as the
 * program does: so that what is compared with Cilium is all of the program, not only its rules.
 */
import { parseAllDocuments } from 'yaml';
import { Cidr } from '../../src/cilium/cidr';
import { CiliumVersion } from '../../src/cilium/version';
import { Endpoint } from '../../src/evaluator/flows/endpoint';
import { EvaluatedMesh, readMesh } from '../../src/evaluator/read/mesh';
import { ClusterInput, MeshInput } from '../../src/manifests/input';
import { Manifest } from '../../src/manifests/manifest';
import { Case, Cluster, Config, CaseEndpoint } from '../../test-support/judge';

/** The mesh of a case, and the endpoints of its flows by their IDs. */
export interface CaseMesh {
  readonly input: MeshInput;
  readonly mesh: EvaluatedMesh;
  readonly endpoints: ReadonlyMap<string, Endpoint>;
}

/** The judge reads ClusterNetworkPolicies with the CRD of the standard channel. */
const STANDARD_CRD = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: 'clusternetworkpolicies.policy.networking.k8s.io',
    annotations: { 'policy.networking.k8s.io/channel': 'standard' },
  },
};

/** What the protocol has no fields for. */
export interface CaseExtras {
  /** The pods that have the network of their node. */
  readonly hostNetwork?: ReadonlySet<string>;
  /** More objects, by cluster. */
  readonly objects?: { readonly [cluster: string]: readonly any[] };
}

export function meshOfCase(given: Case, minor: number = 20, { hostNetwork, objects }: CaseExtras = {}): CaseMesh {
  const clusters = given.clusters.map((cluster): ClusterInput => ({
    name: cluster.name,
    id: cluster.id,
    manifests: [
      STANDARD_CRD,
      ...objectsOf(cluster),
      ...podsOf(given, cluster.name, hostNetwork),
      ...(objects?.[cluster.name] ?? []),
      ...nodesOf(given, cluster.name),
    ].map(manifestOf),
    notes: [],
    values: {
      file: `${cluster.name}.values.yaml`,
      values: valuesOf(cluster, { ...given.config, ...cluster.config }, minor),
      line: () => 1,
    },
    settings: { name: cluster.name, id: cluster.id, manifests: [] },
    declared: { file: 'mesh.yaml', line: () => 1 },
  }));
  const input = { source: 'mesh.yaml', clusters };
  const mesh = readMesh(input, { version: CiliumVersion.parse(`1.${minor}.0`) });
  return {
    input,
    mesh,
    endpoints: new Map(given.endpoints.map(endpoint => [endpoint.id, endpointOf(endpoint, mesh)])),
  };
}

/** Whether the labels of every namespace are the same for all of its pods, as they are in a cluster. */
export function hasOneNamespaceEach({ endpoints }: Case): boolean {
  const labels = new Map<string, string>();
  return endpoints
    .filter(each => each.cluster !== undefined && each.entity === undefined)
    .every(({ cluster, namespace, namespaceLabels }) => {
      const key = `${cluster}/${namespace ?? 'default'}`;
      const text = JSON.stringify(namespaceLabels ?? {});
      const first = labels.get(key) ?? text;
      labels.set(key, first);
      return first === text;
    });
}

function objectsOf(cluster: Cluster): any[] {
  const documents = (cluster.policies ?? []).flatMap(text => {
    const parsed = parseAllDocuments(text, { version: '1.1', merge: true });
    return (Array.isArray(parsed) ? parsed : []).map(document => document.toJS());
  });
  return [
    ...documents.filter(
      object =>
        typeof object?.kind === 'string' &&
        typeof object.apiVersion === 'string' &&
        typeof object.metadata?.name === 'string',
    ),
    ...(cluster.services ?? []).flatMap(({ name, namespace, labels, selector, backends }) => [
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name, namespace, labels },
        spec: { selector, ports: [{ port: 80 }] },
      },
      ...(backends?.length
        ? [
          {
            apiVersion: 'v1',
            kind: 'Endpoints',
            metadata: { name, namespace },
            subsets: [{ addresses: backends.map(ip => ({ ip })) }],
          },
        ]
        : []),
    ]),
  ];
}

function podsOf(given: Case, cluster: string, hostNetwork: ReadonlySet<string> = new Set()): any[] {
  const pods = given.endpoints.filter(each => each.cluster === cluster && each.entity === undefined);
  const namespaces = new Map(pods.map(({ namespace = 'default', namespaceLabels }) => [namespace, namespaceLabels]));
  // Services of namespaces that no manifest names are unknown, but a case holds all that there are
  for (const name of ['default', 'shop', ...(clusterOf(given, cluster)?.services ?? []).map(each => each.namespace)]) {
    namespaces.set(name ?? 'default', namespaces.get(name ?? 'default'));
  }
  return [
    ...[...namespaces].map(([name, labels]) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } })),
    ...pods.map(({ id, namespace, labels, serviceAccount, namedPorts }) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: id, namespace, labels },
      spec: {
        ...(hostNetwork.has(id) ? { hostNetwork: true } : {}),
        serviceAccountName: serviceAccount,
        containers: [
          {
            name: 'c',
            ports: Object.entries(namedPorts ?? {}).map(([name, { port, protocol }]) => ({
              name,
              containerPort: port,
              protocol,
            })),
          },
        ],
      },
    })),
  ];
}

/** The nodes of a cluster, if the case has any, and the one of the API server: the entity is a node's. */
function nodesOf({ endpoints }: Case, cluster: string): any[] {
  const nodes = endpoints.filter(each => each.entity !== undefined && each.cluster === cluster);
  const server = { id: 'api-server', labels: { 'node-role.kubernetes.io/control-plane': '' }, ip: undefined };
  return (nodes.length === 0 ? [] : [server, ...nodes]).map(({ id, labels, ip }) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: nodeName(id), labels },
    status: { addresses: ip === undefined ? [] : [{ type: 'InternalIP', address: ip }] },
  }));
}

/** The ids of nodes name their clusters, and names of nodes contain no `@`. */
function nodeName(id: string): string {
  return id.replaceAll('@', '-');
}

function clusterOf({ clusters }: Case, name: string): Cluster | undefined {
  return clusters.find(each => each.name === name);
}

function valuesOf({ name, id }: Cluster, config: Config, minor: number): any {
  const text = (flag: boolean | undefined) => (flag === undefined ? undefined : String(flag));
  const extraConfig = {
    'allow-localhost': config.allowLocalhost,
    'enable-icmp-rules': text(config.enableICMPRules),
    'enable-extended-ip-protocols': text(config.enableExtendedIPProtocols),
  };
  return JSON.parse(
    JSON.stringify({
      cluster: { name, id },
      policyEnforcementMode: config.enforcement,
      policyCIDRMatchMode: config.policyCIDRMatchMode,
      clustermesh: { policyDefaultLocalCluster: config.policyDefaultLocalCluster },
      ipv4: { enabled: config.enableIPv4 },
      ipv6: { enabled: config.enableIPv6 },
      l7Proxy: config.enableL7Proxy,
      nodeSelectorLabels: config.enableNodeSelectorLabels,
      hostFirewall: { enabled: config.enableHostFirewall },
      labels: config.labels?.join(' '),
      enableNonDefaultDenyPolicies: config.enableNonDefaultDenyPolicies,
      k8sClusterNetworkPolicy: { enabled: minor >= 20 },
      extraConfig,
    }),
  );
}

/** An object as if it were read from a file. */
export function manifestOf(object: any): Manifest {
  return { file: 'manifests.yaml', object, line: () => 1 };
}

function endpointOf({ id, cluster, entity, ip, fqdns }: CaseEndpoint, mesh: EvaluatedMesh): Endpoint {
  if (entity !== undefined && cluster !== undefined) {
    return {
      kind: 'node',
      cluster,
      node: mesh.cluster(cluster)!.nodes.find(({ name }) => name === nodeName(id)),
      placement: entity === 'host' ? 'same-node' : 'other-node',
    };
  }
  if (entity !== undefined) {
    return { kind: 'entity', entity: entity as 'host', cluster };
  }
  return ip === undefined
    ? { kind: 'workload', workload: mesh.workloads.find(each => each.cluster === cluster && each.name === id)! }
    : { kind: 'address', address: Cidr.masked(`${ip}/${ip.includes(':') ? 128 : 32}`)!, names: fqdns ?? [] };
}
