import { ApiServer, readApiServer } from './api-server';
import { EvaluatedSettings, settingsOf } from './cluster-settings';
import { EvaluatedNamespace, namespaceOf } from './namespace';
import { EvaluatedNode, nodeCidrsOf, readNodes } from './node';
import { ObjectProblem } from './object-problem';
import { groupedByOwner, isFinishedPod, withoutOwned } from './owned-pods';
import { Refusal } from './policy/field-reader';
import { CidrGroup, isPolicyKind, PolicyContext, readCidrGroup, readPolicy } from './policy/policy';
import { PolicyChannel } from './policy/policy-context';
import { EvaluatedService, serviceOf } from './service';
import { endpointsOf } from './service-endpoints';
import { serviceProblems } from './service-problems';
import { compareWorkloads, isWorkload, Workload, workloadOf } from './workload';
import { CLUSTERWIDE_POLICY_KINDS, POLICY_KINDS, policyKindOf } from '../../cilium/policy-kinds';
import { CiliumVersion } from '../../cilium/version';
import { ClusterInput } from '../../manifests/input';
import { Manifest } from '../../manifests/manifest';
import { Origin, PolicyEntry } from '../engine/entry';

/** A policy or CIDR group, with its entries or refusals. */
export interface EvaluatedPolicy {
  readonly manifest: Manifest;
  readonly entries: readonly PolicyEntry[];
  readonly refusals: readonly Refusal[];
}

/** Two manifests of one object. The second replaces the first. */
export interface Duplicate {
  readonly first: Manifest;
  readonly second: Manifest;
}

/** One cluster of the mesh: the manifests and settings that flows depend on. */
export interface EvaluatedCluster {
  readonly name: string;
  readonly version: CiliumVersion;
  readonly input: ClusterInput;
  readonly settings: EvaluatedSettings;
  /** All namespaces with a manifest or with objects. */
  readonly namespaces: ReadonlyMap<string, EvaluatedNamespace>;
  /** Sorted by name; empty if the nodes are unknown. */
  readonly nodes: readonly EvaluatedNode[];
  readonly apiServer: ApiServer;
  readonly workloads: readonly Workload[];
  readonly services: readonly EvaluatedService[];
  readonly policies: readonly EvaluatedPolicy[];
  /** The entries of all policies that Cilium accepts. */
  readonly entries: readonly PolicyEntry[];
  readonly cidrGroups: readonly CidrGroup[];
  readonly serviceExports: readonly Manifest[];
  readonly serviceImports: readonly Manifest[];
  /** CiliumLocalRedirectPolicies. */
  readonly localRedirects: readonly Manifest[];
  readonly duplicates: readonly Duplicate[];
  readonly workloadProblems: ReadonlyArray<ObjectProblem & { readonly manifest: Manifest }>;
  readonly serviceProblems: ReadonlyArray<ObjectProblem & { readonly manifest: Manifest }>;
  /** The manifest of a policy, or of the policy of a rule. */
  manifestOf(policy: Pick<Origin, 'namespace' | 'name'> & { readonly kind: string }): Manifest | undefined;
}

/** Settings to replace in all clusters, for example to evaluate another version. */
export interface Overrides {
  readonly version?: CiliumVersion;
  /** Replicas by `cluster/namespace/name`. */
  readonly replicas?: ReadonlyMap<string, number>;
}

/** Kinds of cluster-scoped objects. */
const CLUSTER_SCOPED = new Set(['Namespace', 'Node', ...CLUSTERWIDE_POLICY_KINDS]);

/** Reads a cluster from its manifests. Never throws: the result contains the problems. */
export function readCluster(input: ClusterInput, overrides: Overrides = {}): EvaluatedCluster {
  const version =
    overrides.version ??
    CiliumVersion.parse(input.settings.ciliumVersion ?? CiliumVersion.DEFAULT) ??
    CiliumVersion.parse(CiliumVersion.DEFAULT)!;
  const settings = settingsOf(input.name, version, input.values?.values);
  const { objects, duplicates } = unique(input.manifests);
  const ofKind = (kind: string, group: RegExp) =>
    objects.filter(({ object }) => object.kind === kind && group.test(object.apiVersion));
  const namespaces = readNamespaces(objects, ofKind('Namespace', /^v1$/), settings);

  const workloadProblems: Array<ObjectProblem & { manifest: Manifest }> = [];
  const running = objects.filter(({ object }) => isWorkload(object) && !isFinishedPod(object));
  const read: Workload[] = [];
  for (const manifest of withoutOwned(running)) {
    const { workload, problems } = workloadOf(
      manifest,
      input.name,
      namespaces.get(namespaceName(manifest.object))!,
      settings.identityLabels,
    );
    workloadProblems.push(...problems.map(problem => ({ ...problem, manifest })));
    if (workload) {
      read.push(workload);
    }
  }
  const workloads = groupedByOwner(read).map(workload => {
    const replicas = overrides.replicas?.get(`${workload.cluster}/${workload.namespace}/${workload.name}`);
    return replicas === undefined ? workload : { ...workload, replicas };
  });

  const nodes = readNodes(input, ofKind('Node', /^v1$/), {
    own: settings.identityLabels,
    peers: settings.nodeLabels,
  });
  const endpoints = objects.filter(({ object }) => object.kind === 'Endpoints' || object.kind === 'EndpointSlice');
  const services = ofKind('Service', /^v1$/).map(manifest =>
    serviceOf(
      manifest,
      input.name,
      endpointsOf(namespaceName(manifest.object), manifest.object.metadata.name, endpoints),
      settings.policy,
    ),
  );
  const groups = input.manifests
    .filter(({ object }) => policyKindOf(object) === POLICY_KINDS.CiliumCIDRGroup)
    .map(manifest => ({ manifest, ...readCidrGroup(manifest.object, settings.policy.traits) }));
  const cidrGroups = [
    ...new Map(groups.flatMap(({ group }) => (group ? [[group.name, group] as const] : []))).values(),
  ];
  const policies: EvaluatedPolicy[] = [
    ...lastAccepted(readPolicies(input.manifests, { input, settings, services, cidrGroups, nodes })),
    ...groups
      .filter(({ refusals }) => refusals.length > 0)
      .map(({ manifest, refusals }) => ({ manifest, entries: [], refusals })),
  ];
  return {
    name: input.name,
    version,
    input,
    settings,
    namespaces,
    nodes,
    apiServer: readApiServer(objects, input.values?.values ?? {}, nodes, nodeCidrsOf(input)),
    workloads: workloads.sort(compareWorkloads),
    services,
    policies,
    entries: policies.flatMap(policy => policy.entries),
    cidrGroups,
    serviceExports: ofKind('ServiceExport', /^multicluster\.x-k8s\.io\//),
    serviceImports: ofKind('ServiceImport', /^multicluster\.x-k8s\.io\//),
    localRedirects: ofKind('CiliumLocalRedirectPolicy', /^cilium\.io\//),
    duplicates,
    workloadProblems,
    serviceProblems: services.flatMap(({ manifest }) =>
      serviceProblems(manifest.object).map(problem => ({ ...problem, manifest })),
    ),
    manifestOf: manifestFinder(policies),
  };
}

/** The cluster after further policies are applied. They must have other names than those of the cluster. */
export function withClusterPolicies(cluster: EvaluatedCluster, objects: readonly object[]): EvaluatedCluster {
  if (objects.length === 0) {
    return cluster;
  }
  const manifests = objects.map((object): Manifest => ({ file: 'added', object, line: () => 1 }));
  const policies = [...cluster.policies, ...readPolicies(manifests, cluster)];
  return {
    ...cluster,
    input: { ...cluster.input, manifests: [...cluster.input.manifests, ...manifests] },
    policies,
    entries: policies.flatMap(policy => policy.entries),
    manifestOf: manifestFinder(policies),
  };
}

/** The cluster with `policy-default-local-cluster` inverted: only its policies depend on it. */
export function withOtherClusterDefault(cluster: EvaluatedCluster): EvaluatedCluster {
  const { policy } = cluster.settings;
  const settings = { ...cluster.settings, policy: { ...policy, defaultLocalCluster: !policy.defaultLocalCluster } };
  const context = policyContext({ ...cluster, settings });
  const policies = cluster.policies.map(each =>
    each.entries.length === 0 ? each : { ...each, ...readPolicy(each.manifest.object, context) },
  );
  return { ...cluster, settings, policies, entries: policies.flatMap(({ entries }) => entries) };
}

/** The namespace of an object; empty for cluster-scoped objects. */
export function namespaceName(object: any): string {
  return CLUSTER_SCOPED.has(object.kind) ? '' : (object.metadata.namespace ?? 'default');
}

/** Reads the policies of the kinds that the cluster reads. */
export function readPolicies(
  manifests: readonly Manifest[],
  cluster: PolicyCluster,
): EvaluatedPolicy[] {
  const { context, readings } = readingsOf(cluster);
  return manifests
    .filter(({ object }) => isReadPolicy(object, cluster.settings))
    .map(manifest => {
      const reading = readings.get(manifest.object) ?? readPolicy(manifest.object, context);
      readings.set(manifest.object, reading);
      return { manifest, ...reading };
    });
}

type PolicyCluster = Pick<EvaluatedCluster, 'settings' | 'services' | 'cidrGroups' | 'nodes' | 'input'>;

interface Readings {
  readonly context: PolicyContext;
  readonly readings: WeakMap<object, ReturnType<typeof readPolicy>>;
}

/** The readings of each cluster: constructs ask about the same objects several times. */
const READINGS = new WeakMap<PolicyCluster, Readings>();

function readingsOf(cluster: PolicyCluster): Readings {
  const readings = READINGS.get(cluster) ?? { context: policyContext(cluster), readings: new WeakMap() };
  READINGS.set(cluster, readings);
  return readings;
}

function policyContext({ settings, services, cidrGroups, nodes, input }: PolicyCluster): PolicyContext {
  const known = knownNamespaces(input);
  return {
    settings: settings.policy,
    services,
    hasNamespace: name => known.has(name),
    cidrGroups,
    nodesAreUnknown: nodes.length === 0,
    channel: channelOf(input.manifests),
  };
}

/**
 * The namespaces of which the manifests hold more than policies. One that only policies name may have Services that the
 * manifests lack.
 */
export function knownNamespaces({ manifests }: Pick<ClusterInput, 'manifests'>): ReadonlySet<string> {
  return new Set(
    manifests
      .map(({ object }) => object)
      .filter(object => !policyKindOf(object))
      .map(object => (object.kind === 'Namespace' ? String(object.metadata.name) : namespaceName(object))),
  );
}

/** The channel of the CRD of ClusterNetworkPolicies, as its annotation says. */
function channelOf(manifests: readonly Manifest[]): PolicyChannel {
  const crd = manifests.find(
    ({ object: { kind, metadata } }) =>
      kind === 'CustomResourceDefinition' && metadata.name === 'clusternetworkpolicies.policy.networking.k8s.io',
  );
  const channel = crd?.object.metadata.annotations?.['policy.networking.k8s.io/channel'];
  return channel === 'standard' || channel === 'experimental' ? channel : 'unknown';
}

/** The manifests of policies by the objects that their entries name. */
export function manifestFinder(policies: readonly EvaluatedPolicy[]): EvaluatedCluster['manifestOf'] {
  const byOrigin = new Map(
    policies.filter(({ entries }) => entries.length > 0).map(({ manifest }) => [policyKey(manifest), manifest]),
  );
  return ({ kind, namespace, name }) => byOrigin.get(originKey(kind, namespace, name));
}

/** Applies policies one after the other. Of several policies with one name only the last accepted one has entries. */
export function lastAccepted(policies: readonly EvaluatedPolicy[]): EvaluatedPolicy[] {
  const last = new Map(
    policies
      .filter(({ refusals }) => refusals.every(({ stage }) => stage === 'unmodelled'))
      .map(policy => [policyKey(policy.manifest), policy]),
  );
  return policies.map(policy =>
    last.get(policyKey(policy.manifest)) === policy ? policy : { ...policy, entries: [] },
  );
}

function policyKey({ object: { kind, metadata } }: Manifest): string {
  return originKey(kind, metadata.namespace, metadata.name);
}

function originKey(kind: string, namespace: string | undefined, name: string): string {
  return `${kind}/${CLUSTER_SCOPED.has(kind) ? '' : (namespace ?? 'default')}/${name}`;
}

/** Applies manifests one after the other. Of several manifests of one object the last one counts. */
export function unique(manifests: readonly Manifest[]): { objects: Manifest[]; duplicates: Duplicate[] } {
  const byKey = new Map<string, Manifest>();
  const duplicates: Duplicate[] = [];
  for (const manifest of manifests) {
    const { object } = manifest;
    const key =
      `${object.apiVersion.replace(/\/[^/]*$/, '')} ` +
      `${object.kind}/${namespaceName(object)}/${object.metadata.name}`;
    const first = byKey.get(key);
    if (first) {
      duplicates.push({ first, second: manifest });
    }
    byKey.set(key, manifest);
  }
  return { objects: [...byKey.values()], duplicates };
}

export function readNamespaces(
  objects: readonly Manifest[],
  namespaceManifests: readonly Manifest[],
  { defaultGlobalNamespace, policy }: EvaluatedSettings,
): Map<string, EvaluatedNamespace> {
  const manifests = new Map(namespaceManifests.map(manifest => [manifest.object.metadata.name as string, manifest]));
  const names = new Set([
    ...manifests.keys(),
    ...objects.map(({ object }) => namespaceName(object)).filter(name => name !== ''),
  ]);
  return new Map(
    [...names]
      .sort()
      .map(name => [name, namespaceOf(name, manifests.get(name), defaultGlobalNamespace, policy.traits)]),
  );
}

/** Whether an object is a policy that the cluster reads. */
function isReadPolicy(object: any, { unreadKinds }: EvaluatedSettings): boolean {
  const kind = policyKindOf(object);
  return kind !== undefined && isPolicyKind(kind.kind) && !unreadKinds.has(kind.kind);
}
