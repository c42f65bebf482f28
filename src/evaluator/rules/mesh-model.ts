import { FindingContext } from './context';
import { Finding } from './finding';
import { isMap } from './raw-rules';
import { SETTING_LIST, SETTINGS } from '../../cilium/settings';
import { CiliumVersion } from '../../cilium/version';
import { ClusterInput, MeshInput } from '../../manifests/input';
import { ClusterProps } from '../../model/cluster-settings';
import { OWNED_VALUES } from '../../model/helm-values';
import { MeshDiagnostic } from '../../model/mesh-diagnostic';
import { meshFaults } from '../../model/mesh-faults';
import { resolveMesh } from '../../model/mesh-model';
import { MeshVocabulary } from '../../model/vocabulary';

/**
 * The checks that the constructs make before they write, made for a mesh that a person wrote by hand: its settings are those of mesh.yaml, and
 * those of the Helm values.
 */
export function modelFindings({ input, version }: FindingContext): Finding[] {
  const ids = clusterIds(input.clusters, input.source);
  const given = input.clusters.map((cluster, index) => clusterSettings(cluster, ids[index], version));
  const mesh = resolveMesh(given.map(({ props }) => props as unknown as ClusterProps));
  return meshFaults(mesh, FILE_VOCABULARY).filter(each => isOfFiles(each, given)).map(each => modelFinding(each, input, given));
}

/** Whether a mesh file can have it, and may not have it: a file may leave out what its program writes. */
function isOfFiles({ code, place }: MeshDiagnostic, given: readonly Given[]): boolean {
  switch (code) {
    case 'pod-cidrs-missing': case 'helm-value-owned': case 'setting-unknown': case 'kind-context': return false;
    case 'cluster-count': return given.length > 1;
    case 'cluster-pool-mask-size': return place !== undefined && given[place.clusterIndex].props.ipamMode !== undefined;
    default: return true;
  }
}

/** The settings of a cluster in the model's terms, and where each is written. */
interface Given {
  readonly props: { readonly [setting: string]: unknown };
  /** The field of mesh.yaml or the Helm value; of values that are not there, that which would hold them. */
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

/** The IDs of mesh.yaml. Arguments have none: those of Helm values, else any that is free. */
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

/** A diagnostic of the model at the place in mesh.yaml or the Helm values where it is. */
function modelFinding({ code, severity, place, message, got, allowed, fix }: MeshDiagnostic, { clusters, source }: MeshInput, given: readonly Given[]): Finding {
  if (!place) {
    return { code, severity, file: source, line: 1, message: `${message} (got ${got})`, fix };
  }
  const cluster = clusters[place.clusterIndex];
  const written = given[place.clusterIndex].places.get(place.setting);
  const field = written === undefined ? undefined : fieldOf(written, place.part);
  const inValues = written?.in === 'values' && cluster.values ? cluster.values : undefined;
  return {
    code, severity, cluster: cluster.name,
    file: inValues?.file ?? cluster.declared.file,
    line: inValues?.line(field ?? '') ?? cluster.declared.line(field),
    message: `${field === undefined ? '' : `${field}: `}${message} (got ${got})`,
    fix: `${fix} (allowed: ${allowed})`,
  };
}

/** The path of a part of a setting in its file; undefined for the file as a whole. */
function fieldOf({ path }: Place, part: string): string | undefined {
  const field = path === '' ? part.replace(/^\./, '') : `${path}${part}`;
  return field === '' ? undefined : field;
}

const FIELDS = new Map([...FROM_MESH_FILE, ...FROM_VALUES]);

/** Settings as mesh.yaml and Helm values call them. Of encryption, the value is written in one field and its switch in another. */
const FILE_VOCABULARY: MeshVocabulary = {
  setting: name => name === 'encryption' ? name : FIELDS.get(name) ?? name,
  inAllClusters: 'in all clusters',
};

function withoutOwned(values: { readonly [key: string]: unknown }, prefix: string): { [key: string]: unknown } {
  return Object.fromEntries(Object.entries(values).filter(([key]) => !OWNED_VALUES.has(prefix + key)).map(([key, value]) => [key, isMap(value) ? withoutOwned(value, `${prefix}${key}.`) : value]));
}

/** The value at a path of Helm values. */
export function at(values: unknown, path: string): any {
  return path.split('.').reduce<any>((each, key) => (isMap(each) ? each[key] : undefined), values);
}
