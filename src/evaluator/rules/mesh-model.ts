import { FindingContext } from './context';
import { Finding } from './finding';
import { isMap } from './raw-rules';
import { SETTING_LIST, SETTINGS } from '../../cilium/settings';
import { CiliumVersion } from '../../cilium/version';
import { Fault } from '../../diagnostics/fault';
import { ClusterInput } from '../../manifests/input';
import { ClusterProps } from '../../model/cluster-settings';
import { OWNED_VALUES } from '../../model/helm-values';
import { meshFaults } from '../../model/mesh-faults';
import { resolveMesh } from '../../model/mesh-model';

/**
 * The checks that the constructs make before they write, made for a mesh that somebody wrote by hand: its settings are those of mesh.yaml, and
 * those of the Helm values.
 */
export function modelFindings({ input, version }: FindingContext): Finding[] {
  const ids = clusterIds(input.clusters, input.source);
  const given = input.clusters.map((cluster, index) => clusterSettings(cluster, ids[index], version));
  const faults = meshFaults(resolveMesh(given.map(({ props }) => props as unknown as ClusterProps)));
  return faults.filter(fault => isOfFiles(fault, input.clusters, given)).map(fault => modelFinding(fault, input.clusters, given, input.source));
}

/** Faults that a mesh file cannot have, or is free to have: it may leave out what its program writes. */
function isOfFiles({ code, path }: Fault, clusters: readonly ClusterInput[], given: readonly Given[]): boolean {
  const of = given[indexOf(path, clusters)];
  switch (code) {
    case 'pod-cidrs-missing': case 'helm-value-owned': case 'setting-unknown': case 'kind-context': return false;
    case 'cluster-count': return clusters.length > 1;
    case 'cluster-pool-mask-size': return of?.props.ipamMode !== undefined;
    default: return true;
  }
}

/** The settings of a cluster in the model's terms, and where each is said. */
interface Given {
  readonly props: { readonly [setting: string]: unknown };
  /** The field of mesh.yaml or the Helm value that says it; values that are not there are said by the values' file as a whole. */
  readonly places: ReadonlyMap<string, Place>;
}

interface Place {
  readonly in: 'mesh' | 'values';
  readonly path: string;
}

const FROM_MESH_FILE: ReadonlyArray<[setting: string, field: string]> = [
  ['name', 'name'], ['id', 'id'], ['ciliumVersion', 'ciliumVersion'], ['podCidrs', 'podCIDRs'], ['serviceCidrs', 'serviceCIDRs'], ['nodeCidrs', 'nodeCIDRs'],
];
const FROM_VALUES: ReadonlyArray<[setting: string, value: string]> = SETTING_LIST
  .filter(([name, { property }]) => property === name && name !== 'name' && name !== 'id')
  .map(([name, { helm }]) => [name, helm[0].path]);
const POOL = SETTINGS.ipv4Pool.helm[0].path;

/** The pool of the chart (install/kubernetes/cilium/values.yaml, v1.20.2). */
const DEFAULT_POOL = ['10.0.0.0/8'];

function clusterSettings({ settings, values: helm }: ClusterInput, id: number, version: CiliumVersion | undefined): Given {
  const props: { [setting: string]: unknown } = {};
  const places = new Map<string, Place>();
  for (const [setting, field] of FROM_MESH_FILE) {
    props[setting] = (settings as any)[field];
    places.set(setting, { in: 'mesh', path: field });
  }
  props.id = id;
  props.ciliumVersion = version?.text ?? props.ciliumVersion;
  if (helm) {
    const traits = CiliumVersion.parse(props.ciliumVersion ?? CiliumVersion.DEFAULT)?.traits;
    for (const [setting, path] of FROM_VALUES) {
      props[setting] = at(helm.values, path) ?? undefined;
      places.set(setting, { in: 'values', path });
    }
    props.encryption = at(helm.values, 'encryption.enabled') === true ? props.encryption ?? 'ipsec' : undefined;
    props.ipamMode ??= at(helm.values, 'eni.enabled') === true ? 'eni' : undefined;
    const { kubeProxyReplacement } = props;
    props.kubeProxyReplacement = traits?.kubeProxyReplacementIsFlag
      ? ({ true: true, false: false } as any)[String(kubeProxyReplacement)] ?? kubeProxyReplacement : undefined;
    if (props.podCidrs === undefined) {
      const pool = at(helm.values, POOL) ?? (props.ipamMode === 'cluster-pool' ? DEFAULT_POOL : undefined);
      props.podCidrs = typeof pool === 'string' ? pool.split(/[\s,]+/) : pool;
      places.set('podCidrs', { in: 'values', path: POOL });
    }
    // what the mesh model does not own is judged by the chart's own schema
    props.helmValues = withoutOwned(helm.values, '');
    places.set('helmValues', { in: 'values', path: '' });
  }
  return { props, places };
}

/** The IDs of mesh.yaml. Arguments say none: those of Helm values, else any that is free. */
function clusterIds(clusters: readonly ClusterInput[], source: string): number[] {
  if (!isOfArguments(source)) {
    return clusters.map(({ id }) => id);
  }
  const said = clusters.map(({ values: helm }): number | undefined => helm && at(helm.values, 'cluster.id'));
  const free = Array.from({ length: 511 }, (_, index) => index + 1).filter(id => !said.includes(id));
  return said.map(id => id ?? free.shift()!);
}

/** Whether the clusters were named by arguments: then nothing is known of them but names and manifests. */
export function isOfArguments(source: string): boolean {
  return source.startsWith('--cluster ');
}

/** A fault of the model at the place in mesh.yaml or the Helm values where it is, in the words of these files. */
function modelFinding({ code, path, message, got, allowed, fix }: Fault, clusters: readonly ClusterInput[], given: readonly Given[], source: string): Finding {
  const index = indexOf(path, clusters);
  const cluster = clusters[index];
  if (!cluster) {
    return { code, severity: 'error', file: source, line: 1, message: `${message} (got ${got})`, fix: inFiles(fix) };
  }
  const [, setting = '', rest = ''] = /^(?:clusters\[\d+\]|[^.]+)\.?([^.[]*)\.?(.*)$/.exec(path) ?? [];
  const place = given[index].places.get(setting);
  const field = place ? `${place.path}${place.path !== '' && rest !== '' && !rest.startsWith('[') ? '.' : ''}${rest}` : '';
  const words = setting === 'helmValues' ? (text: string) => text : inFiles;
  const inValues = place?.in === 'values' && cluster.values ? cluster.values : undefined;
  return {
    code, severity: 'error', cluster: cluster.name,
    file: inValues?.file ?? cluster.declared.file,
    line: inValues?.line(field) ?? cluster.declared.line(field === '' ? undefined : field),
    message: `${field === '' ? '' : `${field}: `}${words(message)} (got ${words(got)})`,
    fix: `${words(fix)} (allowed: ${words(allowed)})`,
  };
}

/** Clusters are named, or where names are wrong counted. */
function indexOf(path: string, clusters: readonly ClusterInput[]): number {
  return clusters.findIndex((cluster, index) => path.startsWith(`${cluster.name}.`) || path.startsWith(`clusters[${index}]`));
}

const FIELDS = new Map([...FROM_MESH_FILE, ...FROM_VALUES].filter(([setting, field]) => setting !== field && setting !== 'encryption'));
const SETTING = new RegExp(`\\b(${[...FIELDS.keys()].join('|')})\\b`, 'g');

/** The model names settings as the constructs do, and its defaults are a property of theirs. */
function inFiles(text: string): string {
  return text.replace(SETTING, setting => FIELDS.get(setting)!).replace(/(once, )?in defaults/, each => each.startsWith('once') ? 'to one value in all clusters' : 'in all clusters');
}

function withoutOwned(values: { readonly [key: string]: unknown }, prefix: string): { [key: string]: unknown } {
  return Object.fromEntries(Object.entries(values).filter(([key]) => !OWNED_VALUES.has(prefix + key)).map(([key, value]) => [key, isMap(value) ? withoutOwned(value, `${prefix}${key}.`) : value]));
}

/** The value at a path of Helm values. */
export function at(values: unknown, path: string): any {
  return path.split('.').reduce<any>((each, key) => (isMap(each) ? each[key] : undefined), values);
}
