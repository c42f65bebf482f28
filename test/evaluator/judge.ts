/**
 * Answers the cases of the conformance protocol (oracle/README.md) with the project's own evaluator: what Cilium's engine is asked, this is
 * asked too.
 */
import { parseAllDocuments } from 'yaml';
import { Label, LabelSet } from '../../src/evaluator/label-set';
import { FlowProtocol, PolicyEntry } from '../../src/evaluator/policy/entry';
import { PolicyService, readPolicy } from '../../src/evaluator/policy/policy';
import { Aggregate } from '../../src/evaluator/selector';
import { defaultSettings, PolicySettings } from '../../src/evaluator/settings';
import { conflict, decide, Decision, Peer, Subject } from '../../src/evaluator/verdict';
import { Cidr } from '../../src/model/cidr';
import { CLUSTER_LABEL, isIdentityLabel, NAMESPACE_LABEL, NAMESPACE_LABELS_PREFIX, SERVICE_ACCOUNT_LABEL } from '../../src/model/labels';

export interface Case {
  readonly config?: Config;
  readonly clusters: readonly Cluster[];
  readonly endpoints: readonly Endpoint[];
  readonly flows: ReadonlyArray<{ readonly src: string; readonly dst: string; readonly port: number; readonly protocol: FlowProtocol }>;
}

export interface Cluster {
  readonly name: string;
  readonly id: number;
  readonly config?: Config;
  readonly policies?: readonly string[];
  readonly services?: readonly Service[];
}

export interface Service {
  readonly name: string;
  readonly namespace: string;
  readonly labels?: { readonly [key: string]: string };
  readonly selector?: { readonly [key: string]: string };
  readonly backends?: readonly string[];
}

export interface Config {
  readonly policyDefaultLocalCluster?: boolean;
  readonly enableIPv4?: boolean;
  readonly enableIPv6?: boolean;
  readonly enforcement?: PolicySettings['enforcement'];
  readonly allowLocalhost?: PolicySettings['allowLocalhost'];
  readonly policyCIDRMatchMode?: readonly string[];
  readonly enableL7Proxy?: boolean;
  readonly enableICMPRules?: boolean;
  readonly enableNodeSelectorLabels?: boolean;
  readonly enableExtendedIPProtocols?: boolean;
  readonly enableNonDefaultDenyPolicies?: boolean;
}

export interface Endpoint {
  readonly id: string;
  readonly cluster?: string;
  readonly namespace?: string;
  readonly namespaceLabels?: { readonly [key: string]: string };
  readonly labels?: { readonly [key: string]: string };
  readonly serviceAccount?: string;
  readonly namedPorts?: { readonly [name: string]: { readonly port: number; readonly protocol: string } };
  readonly entity?: string;
  readonly ip?: string;
  readonly fqdns?: readonly string[];
  readonly extraLabels?: readonly string[];
}

export interface Answer {
  /** `cluster Kind/namespace/name stage` of refused policies, sorted. */
  readonly refused: readonly string[];
  /** Endpoints whose whole policy fails, sorted. */
  readonly failed: readonly string[];
  /** `egress / ingress` of each flow. */
  readonly verdicts: readonly string[];
}

const PORTS: ReadonlyArray<{ readonly port: number; readonly protocol: FlowProtocol }> = [
  { port: 80, protocol: 'TCP' }, { port: 53, protocol: 'UDP' }, { port: 8080, protocol: 'TCP' }, { port: 443, protocol: 'SCTP' }, { port: 8, protocol: 'ICMP' },
];

interface ClusterState {
  readonly settings: PolicySettings;
  readonly entries: PolicyEntry[];
  readonly groups: any[];
}

/** The question's refusals, failures and verdicts, as the evaluator gives them. */
export function answer(given: Case): Answer {
  const refused: string[] = [];
  const clusters = new Map<string, ClusterState>(given.clusters.map(cluster => [cluster.name, readCluster(cluster, given.config ?? {}, refused)]));
  const byId = new Map(given.endpoints.map(endpoint => [endpoint.id, endpoint]));
  const subjects = new Map(given.endpoints.map(endpoint => [endpoint.id, subjectOf(endpoint)]));
  const failed = given.endpoints.filter(isPod).filter(({ id, cluster }) => {
    const { entries, settings } = clusters.get(cluster!)!;
    return settings.enforcement !== 'never' && (['ingress', 'egress'] as const).some(direction => conflict(subjects.get(id)!, direction, entries) !== undefined);
  }).map(({ id }) => id).sort();

  const verdicts = given.flows.map(({ src, dst, port, protocol }) => {
    const half = (self: string, other: string, direction: 'ingress' | 'egress'): Decision['verdict'] | 'outside' | 'error' => {
      const endpoint = byId.get(self)!;
      if (!isPod(endpoint)) {
        return 'outside';
      }
      if (failed.includes(self)) {
        return 'error';
      }
      const { entries, settings, groups } = clusters.get(endpoint.cluster!)!;
      return decide(subjects.get(self)!, direction, peerOf(byId.get(other)!, subjects.get(other)!, settings, groups), protocol, port, entries, settings).verdict;
    };
    return `${half(src, dst, 'egress')} / ${half(dst, src, 'ingress')}`;
  });
  return { refused: refused.sort(), failed, verdicts };
}

/** All flows between the endpoints that have a pod at one end, on some ports. */
export function allFlows(endpoints: readonly Endpoint[]): Case['flows'] {
  return endpoints.flatMap(src => endpoints.filter(dst => src !== dst && (isPod(src) || isPod(dst)))
    .flatMap(dst => PORTS.map(({ port, protocol }) => ({ src: src.id, dst: dst.id, port, protocol }))));
}

/** Whether and by whom one document is refused: `ok`, `schema` or `cilium`. */
export function acceptance(object: any): string {
  const { refusals } = readPolicy(object, { settings: settingsOf('cluster', {}), services: [] });
  return refusals.some(each => each.stage === 'schema') ? 'schema' : refusals.some(each => each.stage === 'cilium') ? 'cilium' : 'ok';
}

/** The verdicts as two letters for each flow. */
export function compact(verdicts: readonly string[]): string {
  const letter = (verdict: string) => verdict === 'outside' ? '-' : verdict === 'default-denied' ? 'n' : verdict[0];
  return verdicts.map(each => each.split(' / ').map(letter).join('')).join('');
}

function readCluster(cluster: Case['clusters'][number], config: Config, refused: string[]): ClusterState {
  const settings = settingsOf(cluster.name, { ...config, ...cluster.config });
  const services: PolicyService[] = (cluster.services ?? []).map(({ name, namespace, labels, selector, backends }) => ({ name, namespace, labels: labels ?? {}, selector, addresses: backends ?? [] }));
  const objects = new Map<string, any>();
  for (const object of (cluster.policies ?? []).flatMap(text => parseAllDocuments(text).map(document => document.toJS())).filter(Boolean)) {
    objects.set(`${object.kind}/${object.metadata?.namespace ?? ''}/${object.metadata?.name}`, object);
  }
  const groups: any[] = [];
  const entries: PolicyEntry[] = [];
  for (const object of objects.values()) {
    if (object.kind === 'CiliumCIDRGroup') {
      groups.push(object);
      continue;
    }
    const parsed = readPolicy(object, { settings, services });
    entries.push(...parsed.entries);
    if (parsed.refusals.some(each => each.stage !== 'unmodelled')) {
      const namespace = object.kind === 'CiliumClusterwideNetworkPolicy' ? '' : `${object.metadata.namespace ?? 'default'}/`;
      refused.push(`${cluster.name} ${object.kind}/${namespace}${object.metadata.name}`);
    }
  }
  return { settings, entries, groups };
}

function settingsOf(clusterName: string, config: Config, minor: number = 20): PolicySettings {
  const defaults = defaultSettings(clusterName, minor);
  return {
    ...defaults,
    defaultLocalCluster: config.policyDefaultLocalCluster ?? defaults.defaultLocalCluster,
    enforcement: config.enforcement ?? defaults.enforcement,
    ipv4: config.enableIPv4 ?? defaults.ipv4,
    ipv6: config.enableIPv6 ?? defaults.ipv6,
    allowLocalhost: config.allowLocalhost ?? defaults.allowLocalhost,
    cidrMatchesNodes: config.policyCIDRMatchMode?.includes('nodes') ?? defaults.cidrMatchesNodes,
    nodeSelectorLabels: config.enableNodeSelectorLabels ?? defaults.nodeSelectorLabels,
    extendedProtocols: config.enableExtendedIPProtocols ?? defaults.extendedProtocols,
    l7Proxy: config.enableL7Proxy ?? defaults.l7Proxy,
    icmpRules: config.enableICMPRules ?? defaults.icmpRules,
    nonDefaultDenyPolicies: config.enableNonDefaultDenyPolicies ?? defaults.nonDefaultDenyPolicies,
    // the judges read them always
    clusterNetworkPolicy: minor >= 20,
  };
}

function isPod(endpoint: Endpoint): boolean {
  return endpoint.entity === undefined && endpoint.ip === undefined;
}

function subjectOf(endpoint: Endpoint): Subject {
  const namespace = endpoint.namespace ?? 'default';
  const k8s = (labels: { readonly [key: string]: string }) => Object.entries(labels).map(([key, value]) => ({ source: 'k8s', key, value }));
  const labels = isPod(endpoint) ? [
    ...k8s({
      ...Object.fromEntries(Object.entries(endpoint.labels ?? {}).filter(([key]) => isIdentityLabel(key) && !key.startsWith('io.cilium.k8s.'))),
      ...Object.fromEntries(Object.entries({ 'kubernetes.io/metadata.name': namespace, ...endpoint.namespaceLabels })
        .map(([key, value]) => [`${NAMESPACE_LABELS_PREFIX}.${key}`, value])),
      [NAMESPACE_LABEL]: namespace,
      [CLUSTER_LABEL]: endpoint.cluster!,
      [SERVICE_ACCOUNT_LABEL]: endpoint.serviceAccount ?? 'default',
    }),
  ] : reserved(endpoint.entity ?? 'world');
  return {
    labels: new LabelSet(labels),
    namedPorts: new Map(Object.entries(endpoint.namedPorts ?? {}).map(([name, { port, protocol }]) => [`${name.toLowerCase()}/${protocol}`, port])),
  };
}

/** Identity 7 carries two labels: pkg/identity/reserved.go, Cilium 1.20. */
function reserved(entity: string): Label[] {
  return (entity === 'kube-apiserver' ? ['kube-apiserver', 'remote-node'] : [entity]).map(key => ({ source: 'reserved', key, value: '' }));
}

function peerOf(endpoint: Endpoint, subject: Subject, settings: PolicySettings, groups: readonly any[]): Peer {
  if (isPod(endpoint)) {
    const aggregate: Aggregate = endpoint.cluster === settings.clusterName ? 'aggregate-cluster' : 'aggregate-cluster-mesh';
    return { ...subject, names: [], groups: [], aggregate };
  }
  if (endpoint.entity !== undefined) {
    // the host of another cluster's node is a remote node here
    const foreign = endpoint.entity === 'host' && endpoint.cluster !== undefined && endpoint.cluster !== settings.clusterName;
    return { ...subject, ...foreign ? { labels: new LabelSet(reserved('remote-node')) } : {}, names: [], groups: [] };
  }
  const ipv6 = endpoint.ip!.includes(':');
  const address = Cidr.masked(`${endpoint.ip}/${ipv6 ? 128 : 32}`)!;
  const world = settings.ipv4 && settings.ipv6 ? (ipv6 ? 'world-ipv6' : 'world-ipv4') : 'world';
  return {
    labels: new LabelSet([{ source: 'reserved', key: world, value: '' }]),
    namedPorts: new Map(),
    address,
    names: endpoint.fqdns ?? [],
    groups: groups.filter(group => (group.spec.externalCIDRs as string[]).some(text => Cidr.masked(text)?.covers(address))).map(group => group.metadata.name),
    aggregate: 'aggregate-world',
  };
}
