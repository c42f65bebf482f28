/**
 * Answers the cases of the conformance protocol (oracle/README.md) with the project's own evaluator: what Cilium's
 * engine is asked, this is asked too.
 */
import { parseAllDocuments } from 'yaml';
import { Cidr } from '../src/cilium/cidr';
import { LabelFilter } from '../src/cilium/identity-labels';
import { CLUSTER_LABEL, NAMESPACE_LABEL, NAMESPACE_LABELS_PREFIX, SERVICE_ACCOUNT_LABEL } from '../src/cilium/labels';
import { CiliumVersion } from '../src/cilium/version';
import { decide, Decision } from '../src/evaluator/engine/decide';
import { commonPorts, DirectionPolicy, directionPolicy, Peer, Subject } from '../src/evaluator/engine/direction-policy';
import { Direction, FlowProtocol, PolicyEntry } from '../src/evaluator/engine/entry';
import { dnsVerdict, HttpRequest, httpVerdict, ProxyVerdict } from '../src/evaluator/engine/http';
import { WILDCARD } from '../src/evaluator/engine/label-selector';
import { Label, LabelSet } from '../src/evaluator/engine/label-set';
import { Aggregate, isOfCidrGroups, PeerSelector } from '../src/evaluator/engine/selector';
import { PolicySettings } from '../src/evaluator/engine/settings';
import { settingsOf as evaluatedSettings } from '../src/evaluator/read/cluster-settings';
import {
  CidrGroup,
  cidrGroupsOf,
  PolicyService,
  readCidrGroup,
  readPolicy,
  worldLabel,
} from '../src/evaluator/read/policy/policy';

export interface Case {
  readonly config?: Config;
  readonly clusters: readonly Cluster[];
  readonly endpoints: readonly CaseEndpoint[];
  /** What `flows` was made of, see `allFlows`. */
  readonly ports?: readonly Port[];
  readonly flows: readonly Flow[];
}

export interface Port {
  readonly port: number;
  readonly protocol: FlowProtocol;
  readonly http?: HttpRequest;
  /** A name that is asked for. */
  readonly dns?: string;
}

export interface Flow extends Port {
  readonly src: string;
  readonly dst: string;
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
  readonly enableHostFirewall?: boolean;
  /** Filters of the labels that make an identity, as the Helm value `labels`. */
  readonly labels?: readonly string[];
}

export interface CaseEndpoint {
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
  /** `cluster Kind/namespace/name stage` of refused documents, sorted; stage is `schema` or `cilium`. */
  readonly refused: readonly string[];
  /** Endpoints whose whole policy fails, sorted. */
  readonly failed: readonly string[];
  /**
   * `egress / ingress` of each flow, with `+http:a|d|?` or `+dns:a|d|?` where a request is redirected, and
   * `+auth:s` or `+auth:t` where authentication is required. The evaluator gives all modes between which the order
   * decides in which Cilium inserts rules, such as `+auth:-|s` for none or the first. It says `undecided` where the
   * order decides about a named port.
   */
  readonly verdicts: readonly string[];
}

const REQUEST: { readonly [verdict in ProxyVerdict]: string } = { allowed: 'a', denied: 'd', unknown: '?' };

interface ClusterState {
  readonly minor: number;
  readonly settings: PolicySettings;
  readonly labelFilter: LabelFilter;
  readonly entries: PolicyEntry[];
  readonly groups: readonly CidrGroup[];
  /**
   * The cluster has both an empty selector of CIDR groups and a selector of all peers. What they select on named ports
   * of egress depends on which one an agent reads first.
   */
  readonly namesUndecided: boolean;
}

/** The question's refusals, failures and verdicts, as the evaluator gives them for a version of Cilium. */
export function answer(given: Case, minor: number = 20): Answer {
  const refused: string[] = [];
  const clusters = new Map<string, ClusterState>(
    given.clusters.map(cluster => [cluster.name, readCluster(cluster, given.config ?? {}, minor, refused)]),
  );
  const byId = new Map(given.endpoints.map(endpoint => [endpoint.id, endpoint]));
  const pods = given.endpoints.map(
    endpoint => [endpoint.id, subjectOf(endpoint, clusters.get(endpoint.cluster!)?.labelFilter)] as const,
  );
  const knownPorts = commonPorts(pods.map(([, subject]) => subject));
  const subjects = new Map(pods.map(([id, subject]) => [id, { ...subject, ...(minor < 20 ? { knownPorts } : {}) }]));
  // every flow of a pod asks for its policy, which takes longest
  const policies = new Map<string, DirectionPolicy>();
  const policyOf = (id: string, direction: Direction, entries: readonly PolicyEntry[], settings: PolicySettings) => {
    const key = `${direction} ${id}`;
    const policy = policies.get(key) ?? directionPolicy(subjects.get(id)!, direction, entries, settings);
    policies.set(key, policy);
    return policy;
  };
  const failed = given.endpoints
    .filter(isSubject)
    .filter(({ id, cluster, entity }) => {
      const { entries, settings } = clusters.get(cluster!)!;
      return (
        settings.enforcement !== 'never' &&
        (entity === undefined || settings.hostFirewall) &&
        (['ingress', 'egress'] as const).some(
          direction => policyOf(id, direction, entries, settings).conflict !== undefined,
        )
      );
    })
    .map(({ id }) => id)
    .sort();

  const verdicts = given.flows.map(({ src, dst, port, protocol, http, dns }) => {
    const half = (self: string, other: string, direction: 'ingress' | 'egress'): string => {
      const endpoint = byId.get(self)!;
      if (!isSubject(endpoint)) {
        return 'outside';
      }
      if (failed.includes(self)) {
        return 'error';
      }
      const cluster = clusters.get(endpoint.cluster!)!;
      const { entries, settings } = cluster;
      if (endpoint.entity !== undefined && !settings.hostFirewall) {
        return 'unenforced';
      }
      const peer = peerOf(byId.get(other)!, subjects.get(other)!, cluster);
      if (direction === 'egress' && cluster.namesUndecided && hasNamedPort(peer, protocol, port)) {
        return 'undecided';
      }
      const decided = decide(policyOf(self, direction, entries, settings), { peer, protocol, port });
      const decision = decided.authenticated ?? decided;
      const request =
        decision.verdict !== 'redirected'
          ? ''
          : http
            ? `+http:${REQUEST[httpVerdict(decision, { method: '', path: '', host: '', ...http })]}`
            : dns
              ? `+dns:${REQUEST[dnsVerdict(decision, dns)]}`
              : '';
      return decision.verdict + authenticationOf(decision) + request;
    };
    return `${half(src, dst, 'egress')} / ${half(dst, src, 'ingress')}`;
  });
  return { refused: refused.sort(), failed, verdicts };
}

/** The judge names modes as Cilium does: `spire` and `test-always-fail`. */
function authenticationOf({ authentications = [] }: Decision): string {
  const letters = authentications.map(mode => (mode === 'required' ? 's' : mode === 'test-always-fail' ? 't' : '-'));
  return letters.length === 0 ? '' : `+auth:${letters.sort().join('|')}`;
}

/** The flows that a case asks for at most, and that a recorded one does. */
const MOST_FLOWS = 1500;
export const RECORDED_FLOWS = 300;

/**
 * The flows between the endpoints that have a pod or a host at one end, on some ports. Of too many it takes every nth
 * on each pair of endpoints, beginning with another port for each.
 */
export function allFlows(
  endpoints: readonly CaseEndpoint[],
  ports: readonly Port[],
  most: number = MOST_FLOWS,
): Flow[] {
  const pairs = endpoints.flatMap(src =>
    endpoints
      .filter(dst => src !== dst && (isSubject(src) || isSubject(dst)))
      .map(dst => ({ src: src.id, dst: dst.id })),
  );
  const step = Math.max(1, Math.ceil((pairs.length * ports.length) / most));
  return pairs.flatMap((pair, index) =>
    ports.filter((_, at) => (index + at) % step === 0).map(port => ({ ...pair, ...port })),
  );
}

/** Whether and by whom one document is refused: `ok`, `yaml`, `schema` or `cilium`. */
export function acceptance(text: string, config: Config = {}, minor: number = 20): string {
  const objects = documents(text);
  if (objects?.length !== 1) {
    return 'yaml';
  }
  return read(objects[0], settingsOf('accept', config, minor), [], []).stage;
}

/**
 * The verdicts as two letters for each flow; for an HTTP request that is redirected a capital one, or `?`, says what
 * the proxy makes of it.
 */
export function compact(verdicts: readonly string[]): string {
  const letter = (verdict: string) => {
    const request = /\+http:(.)/.exec(verdict)?.[1];
    return request?.toUpperCase() ?? (verdict === 'outside' ? '-' : verdict === 'default-denied' ? 'n' : verdict[0]);
  };
  return verdicts.map(each => each.split(' / ').map(letter).join('')).join('');
}

/** A letter for each name that is asked for over a redirected flow. */
export function compactNames(verdicts: readonly string[]): string {
  return verdicts.flatMap(each => [...each.matchAll(/\+dns:(.)/g)].map(match => match[1])).join('');
}

/** The documents of a text, as kubectl reads them (YAML 1.1, no key twice); undefined when one is no object. */
function documents(text: string): any[] | undefined {
  const parsed = parseAllDocuments(text, { version: '1.1', uniqueKeys: true, merge: true });
  const objects = (Array.isArray(parsed) ? parsed : [])
    .map(document => (document.errors.length > 0 ? [] : document.toJS()))
    .filter(each => each !== null);
  return objects.some(object => typeof object !== 'object' || Array.isArray(object)) ? undefined : objects;
}

interface Read {
  readonly stage: 'ok' | 'schema' | 'cilium';
  readonly entries: readonly PolicyEntry[];
  readonly group?: CidrGroup;
}

function read(
  object: any,
  settings: PolicySettings,
  services: readonly PolicyService[],
  cidrGroups: readonly CidrGroup[],
): Read {
  const {
    entries = [],
    group,
    refusals,
  } = object.kind === 'CiliumCIDRGroup'
    ? { entries: undefined, ...readCidrGroup(object, settings.traits) }
    : { group: undefined, ...readPolicy(object, { settings, services, cidrGroups }) };
  const of = (stage: string) => refusals.some(each => each.stage === stage);
  return { stage: of('schema') ? 'schema' : of('cilium') ? 'cilium' : 'ok', entries, group };
}

/** Of the documents of one object the last that is taken counts. */
function readCluster(cluster: Cluster, config: Config, minor: number, refused: string[]): ClusterState {
  const settings = settingsOf(cluster.name, { ...config, ...cluster.config }, minor);
  const services: PolicyService[] = (cluster.services ?? []).map(({ name, namespace, labels, selector, backends }) => ({
    name,
    namespace,
    labels: labels ?? {},
    selector,
    addresses: backends ?? [],
  }));
  const objects = (cluster.policies ?? []).flatMap(text => documents(text) ?? []);
  const groups = new Map<string, CidrGroup>();
  for (const { group } of objects
    .filter(({ kind }) => kind === 'CiliumCIDRGroup')
    .map(object => read(object, settings, [], []))) {
    if (group) {
      groups.set(group.name, group);
    }
  }
  const taken = new Map<string, readonly PolicyEntry[]>();
  for (const object of objects) {
    const { stage, entries } = read(object, settings, services, [...groups.values()]);
    const namespace = CLUSTER_SCOPED.includes(object.kind) ? '' : `${object.metadata?.namespace ?? 'default'}/`;
    const name = `${object.kind}/${namespace}${object.metadata?.name}`;
    if (stage === 'ok') {
      taken.set(name, entries);
    } else {
      refused.push(`${cluster.name} ${name} ${stage}`);
    }
  }
  const { labels = [] } = { ...config, ...cluster.config };
  const labelFilter = LabelFilter.ofVersion(settings.traits).with(labels).filter;
  const entries = [...taken.values()].flat();
  return {
    minor,
    settings,
    labelFilter,
    entries,
    groups: [...groups.values()],
    namesUndecided: selectorsOf(entries).some(isOfCidrGroups) && entries.some(usesWildcard),
  };
}

function selectorsOf(entries: readonly PolicyEntry[]): PeerSelector[] {
  return entries.flatMap(({ peers }) => (peers === 'none' ? [] : peers));
}

/** Whether a rule selects all peers, or Cilium adds one that does: where nothing denies by default, and for `Pass`. */
function usesWildcard(entry: PolicyEntry): boolean {
  const { peers, hasPorts, defaultDeny, verdict } = entry;
  return (
    !defaultDeny ||
    verdict === 'pass' ||
    (peers.length === 0 && hasPorts) ||
    selectorsOf([entry]).some(selector => selector.id === WILDCARD.id && !isOfCidrGroups(selector))
  );
}

function hasNamedPort({ namedPorts }: Peer, protocol: FlowProtocol, port: number): boolean {
  return [...namedPorts].some(([name, number]) => number === port && name.endsWith(`/${protocol}`));
}

const CLUSTER_SCOPED = ['CiliumClusterwideNetworkPolicy', 'CiliumCIDRGroup', 'ClusterNetworkPolicy'];

function settingsOf(clusterName: string, config: Config, minor: number): PolicySettings {
  const defaults = evaluatedSettings(clusterName, CiliumVersion.parse(`1.${minor}.0`)!).policy;
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
    hostFirewall: config.enableHostFirewall ?? defaults.hostFirewall,
  };
}

/** Pods, and hosts of known clusters. */
function isSubject(endpoint: CaseEndpoint): boolean {
  return isPod(endpoint) || (endpoint.entity === 'host' && endpoint.cluster !== undefined);
}

function isPod(endpoint: CaseEndpoint): boolean {
  return endpoint.entity === undefined && endpoint.ip === undefined;
}

function subjectOf(endpoint: CaseEndpoint, filter: LabelFilter | undefined): Subject {
  const namespace = endpoint.namespace ?? 'default';
  const k8s = (labels: { readonly [key: string]: string }) =>
    Object.entries(labels).map(([key, value]) => ({ source: 'k8s', key, value }));
  const namespaceLabels = { 'kubernetes.io/metadata.name': namespace, ...endpoint.namespaceLabels };
  const labels = isPod(endpoint)
    ? [
      ...k8s({
        ...Object.fromEntries(
          Object.entries(endpoint.labels ?? {}).filter(([key]) => !key.startsWith('io.cilium.k8s')),
        ),
        ...Object.fromEntries(
          Object.entries(namespaceLabels).map(([key, value]) => [`${NAMESPACE_LABELS_PREFIX}.${key}`, value]),
        ),
        [NAMESPACE_LABEL]: namespace,
        [CLUSTER_LABEL]: endpoint.cluster!,
        [SERVICE_ACCOUNT_LABEL]: endpoint.serviceAccount ?? 'default',
      }).filter(({ key }) => filter!.keeps(key)),
    ]
    : [
      ...reserved(endpoint.entity ?? 'world'),
      // those of a host's own identity (InitWithNodeLabels, pkg/endpoint/endpoint.go, v1.20.2)
      ...k8s(endpoint.labels ?? {}).filter(({ key }) => filter!.keeps(key)),
    ];
  return {
    labels: new LabelSet(labels),
    namedPorts: new Map(
      Object.entries(endpoint.namedPorts ?? {}).map(([name, { port, protocol }]) => [
        `${name.toLowerCase()}/${protocol}`,
        port,
      ]),
    ),
  };
}

/** Identity 7 carries two labels: pkg/identity/reserved.go, Cilium 1.20. */
function reserved(entity: string): Label[] {
  return (entity === 'kube-apiserver' ? ['kube-apiserver', 'remote-node'] : [entity]).map(key => ({
    source: 'reserved',
    key,
    value: '',
  }));
}

function addressOf(endpoint: CaseEndpoint): Cidr {
  return Cidr.masked(`${endpoint.ip}/${endpoint.ip!.includes(':') ? 128 : 32}`)!;
}

function peerOf(endpoint: CaseEndpoint, subject: Subject, { minor, settings, groups }: ClusterState): Peer {
  const aggregate = (name: Aggregate) => (minor >= 20 ? { aggregate: name } : {});
  if (isPod(endpoint)) {
    return {
      ...subject,
      names: [],
      groups: [],
      ...aggregate(endpoint.cluster === settings.clusterName ? 'aggregate-cluster' : 'aggregate-cluster-mesh'),
    };
  }
  if (endpoint.entity !== undefined) {
    // the host of another cluster's node is a remote node here
    const entity =
      endpoint.entity === 'host' && endpoint.cluster !== undefined && endpoint.cluster !== settings.clusterName
        ? 'remote-node'
        : endpoint.entity;
    // only nodes that have labels of their own have an identity of their own
    const byAddress = endpoint.ip !== undefined && settings.cidrMatchesNodes;
    const labels: Label[] =
      endpoint.cluster !== undefined && settings.nodeSelectorLabels
        ? [
          ...Object.entries(endpoint.labels ?? {}).map(([key, value]) => ({ source: 'node', key, value })),
          { source: 'k8s', key: CLUSTER_LABEL, value: endpoint.cluster },
        ]
        : [];
    const { names, labels: ofGroups } = byAddress
      ? cidrGroupsOf(addressOf(endpoint), groups, settings.traits)
      : { names: [], labels: [] };
    return {
      ...subject,
      labels: new LabelSet([...reserved(entity), ...labels, ...ofGroups]),
      names: [],
      groups: names,
      ...(byAddress ? { address: addressOf(endpoint) } : {}),
      ...((byAddress || labels.length > 0) && entity === 'remote-node' ? aggregate('aggregate-remote-node') : {}),
      halfOfWorld: minor < 18 && settings.ipv4 && settings.ipv6 && (entity === 'world-ipv4' || entity === 'world-ipv6'),
    };
  }
  const address = addressOf(endpoint);
  const { names, labels } = cidrGroupsOf(address, groups, settings.traits);
  return {
    labels: new LabelSet([
      { source: 'reserved', key: worldLabel(address.family, settings), value: '' },
      ...labels,
      ...(endpoint.extraLabels ?? []).map(text => ({
        source: text.slice(0, text.indexOf(':')),
        key: text.slice(text.indexOf(':') + 1),
        value: '',
      })),
    ]),
    namedPorts: new Map(),
    address,
    names: endpoint.fqdns ?? [],
    groups: names,
    ...aggregate('aggregate-world'),
  };
}
