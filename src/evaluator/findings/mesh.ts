import { FINDING_CODES, FindingCode } from './codes';
import { FindingContext } from './context';
import { Finding, found, Severity } from './finding';
import { isMap } from './raw-rules';
import { ClusterInput, MeshInput } from '../../manifests/input';
import { ClusterProps } from '../../model/cluster-settings';
import { Fault } from '../../model/fault';
import { OWNED_VALUES } from '../../model/helm-values';
import { meshFaults } from '../../model/mesh-faults';
import { resolveMesh } from '../../model/mesh-model';
import { EvaluatedCluster } from '../mesh/cluster';

/** What is wrong with the mesh as a whole, with the Helm values, and with objects that are no policies. */
export function meshFindings(context: FindingContext): Finding[] {
  return [
    ...modelFaults(context.input, context),
    ...context.mesh.clusters.flatMap(cluster => [...values(cluster), ...objects(cluster)]),
  ];
}

/** Where the settings of the mesh model come from in mesh.yaml and Helm values. */
const FROM_MESH_FILE: ReadonlyArray<[setting: keyof ClusterProps, field: string]> = [
  ['name', 'name'], ['id', 'id'], ['ciliumVersion', 'ciliumVersion'], ['podCidrs', 'podCIDRs'], ['serviceCidrs', 'serviceCIDRs'], ['nodeCidrs', 'nodeCIDRs'],
];
const FROM_VALUES: ReadonlyArray<[setting: string, path: string]> = [
  ['ipamMode', 'ipam.mode'], ['routingMode', 'routingMode'], ['tunnelProtocol', 'tunnelProtocol'], ['ipv4NativeRoutingCidr', 'ipv4NativeRoutingCIDR'],
  ['ipv6NativeRoutingCidr', 'ipv6NativeRoutingCIDR'], ['autoDirectNodeRoutes', 'autoDirectNodeRoutes'], ['maxConnectedClusters', 'clustermesh.maxConnectedClusters'],
  ['policyDefaultLocalCluster', 'clustermesh.policyDefaultLocalCluster'], ['defaultGlobalNamespace', 'clustermesh.defaultGlobalNamespace'],
  ['clusterPoolIpv4MaskSize', 'ipam.operator.clusterPoolIPv4MaskSize'], ['clusterPoolIpv6MaskSize', 'ipam.operator.clusterPoolIPv6MaskSize'],
  ['policyEnforcementMode', 'policyEnforcementMode'],
];

/** Faults of the mesh model that a mesh file cannot have, or that it is free to have. */
const NOT_OF_FILES = new Set(['pod-cidrs-missing', 'helm-value-owned', 'setting-unknown', 'kind-context']);

/** The checks that the constructs make before they write, made for a mesh that somebody wrote by hand. */
function modelFaults(input: MeshInput, context: FindingContext): Finding[] {
  const props = input.clusters.map(cluster => clusterProps(cluster, context.mesh.cluster(cluster.name)?.version.text));
  const faults = meshFaults(resolveMesh(props.map(each => each.props as unknown as ClusterProps)));
  return faults.filter(({ code }) => !NOT_OF_FILES.has(code) && !(code === 'cluster-count' && input.clusters.length === 1)).map(fault => modelFinding(fault, input, props));
}

interface Origin {
  readonly file: string;
  readonly line: number;
}

interface GivenProps {
  readonly props: { readonly [setting: string]: unknown };
  readonly origins: ReadonlyMap<string, Origin>;
}

function clusterProps({ settings, values: given, declared }: ClusterInput, version: string | undefined): GivenProps {
  const props: { [setting: string]: unknown } = {};
  const origins = new Map<string, Origin>();
  for (const [setting, field] of FROM_MESH_FILE) {
    if ((settings as any)[field] !== undefined) {
      props[setting] = (settings as any)[field];
      origins.set(setting, { file: declared.file, line: declared.line(field) });
    }
  }
  props.ciliumVersion ??= version;
  for (const [setting, path] of given ? FROM_VALUES : []) {
    const value = at(given!.values, path);
    if (value !== undefined && value !== null) {
      props[setting] = value;
      origins.set(setting, { file: given!.file, line: given!.line(path) });
    }
  }
  if (given && isMap(at(given.values, 'encryption')) && at(given.values, 'encryption.enabled') === true) {
    props.encryption = at(given.values, 'encryption.type') ?? 'ipsec';
    origins.set('encryption', { file: given.file, line: given.line('encryption') });
  }
  if (given) {
    // what the mesh model does not own is judged by the chart's own schema
    props.helmValues = withoutOwned(given.values, '');
  }
  return { props, origins };
}

function modelFinding({ code, path, message, got, allowed, fix }: Fault, input: MeshInput, given: readonly GivenProps[]): Finding {
  const index = input.clusters.findIndex((cluster, each) => path.startsWith(`${cluster.name}.`) || path.startsWith(`clusters[${each}]`));
  const [, first = '', rest = ''] = /^(?:clusters\[\d+\]|[^.]+)\.?([^.[]*)\.?(.*)$/.exec(path) ?? [];
  const cluster = input.clusters[index];
  const values_ = cluster?.values;
  const origin = first === 'helmValues' && values_ ? { file: values_.file, line: values_.line(rest) }
    : given[index]?.origins.get(first) ?? (cluster ? { file: cluster.declared.file, line: cluster.declared.line() } : { file: input.source, line: 1 });
  return {
    code, severity: 'error', ...cluster ? { cluster: cluster.name } : {}, ...origin,
    message: `${path}: ${message}; got ${got}`, fix: `${fix}; allowed: ${allowed}`,
  };
}

/** Helm values that contradict mesh.yaml, and those that decide over flows and are not modelled. */
function values({ name, input, settings }: EvaluatedCluster): Finding[] {
  const given = input.values;
  if (!given) {
    return [];
  }
  const finding = (code: FindingCode, path: string, message: string, fix: string): Finding => ({
    code, severity: FINDING_CODES[code].severity as Severity, cluster: name, file: given.file, line: given.line(path), message, fix,
  });
  const said = at(given.values, 'cluster');
  return [
    ...said?.name === name ? [] : [finding('values-other-cluster', 'cluster.name', `the values install a cluster named ${JSON.stringify(said?.name ?? 'default')}, mesh.yaml calls it ${JSON.stringify(name)}`, `write cluster.name: ${name}`)],
    ...said?.id === input.id ? [] : [finding('values-other-cluster', 'cluster.id', `the values install cluster ID ${JSON.stringify(said?.id ?? 0)}, mesh.yaml says ${input.id}`, `write cluster.id: ${input.id}`)],
    ...settings.unmodelled.map(path => finding('values-not-modelled', path.replace(/:.*$/, ''), `${path} changes verdicts, and this program does not model it`, 'take verdicts in this cluster with care')),
  ];
}

/** Objects that cannot be read, stand twice, or are ignored. */
function objects(cluster: EvaluatedCluster): Finding[] {
  return [
    ...cluster.duplicates.map(({ first, second }) => found('object-twice', cluster.name, second, 'metadata.name',
      `${cluster.name} has this object twice: it is in ${first.file}:${first.line()} too, and the last one counts`, 'keep one of the two')),
    ...cluster.workloadProblems.map(({ manifest, path, message }) => found('workload-invalid', cluster.name, manifest, path, message, 'correct the field; the API server refuses the object as it is')),
    ...cluster.input.notes.map(({ code, file, line, message, got, fix }): Finding => ({
      code, severity: 'info', cluster: cluster.name, file, ...line === undefined ? {} : { line }, message: `${message}${got === undefined ? '' : ` (got ${got})`}`, fix,
    })),
  ];
}

function withoutOwned(given: { readonly [key: string]: unknown }, prefix: string): { [key: string]: unknown } {
  return Object.fromEntries(Object.entries(given).filter(([key]) => !OWNED_VALUES.has(prefix + key)).map(([key, value]) => [key, isMap(value) ? withoutOwned(value, `${prefix}${key}.`) : value]));
}

function at(value: any, path: string): any {
  return path.split('.').reduce<any>((each, key) => (isMap(each) ? each[key] : undefined), value);
}
