import { helmValue } from './helm-values';
import { SETTING_LIST, SETTINGS } from '../../../cilium/settings';
import { CiliumVersion } from '../../../cilium/version';
import { isMap } from '../../../diagnostics/is-map';
import { ClusterInput, MeshInput } from '../../../manifests/input';
import { OWNED_VALUES } from '../../../model/helm-values';
import { MeshVocabulary } from '../../../model/vocabulary';

/** The settings of a cluster in the model's terms, and where each is written. */
export interface FileSettings {
  readonly props: { readonly [setting: string]: unknown };
  /** The field of mesh.yaml or the Helm value; of values that are not there, that which would hold them. */
  readonly places: ReadonlyMap<string, SettingPlace>;
}

export interface SettingPlace {
  readonly in: 'mesh' | 'values';
  readonly path: string;
}

/** The settings of each cluster, with `version` in all of them where it is given. */
export function fileSettings(input: MeshInput, version: CiliumVersion | undefined): FileSettings[] {
  const ids = clusterIds(input);
  return input.clusters.map((cluster, index) => clusterSettings(cluster, ids[index], version));
}

const FROM_MESH_FILE: ReadonlyArray<[setting: string, field: string]> = [
  ['name', 'name'],
  ['id', 'id'],
  ['ciliumVersion', 'ciliumVersion'],
  ['podCidrs', 'podCIDRs'],
  ['serviceCidrs', 'serviceCIDRs'],
  ['nodeCidrs', 'nodeCIDRs'],
];
const FROM_VALUES: ReadonlyArray<[setting: string, value: string]> = SETTING_LIST.filter(
  ([name, { property }]) => property === name && name !== 'name' && name !== 'id',
).map(([name, { helm }]) => [name, helm[0].path]);
const POOL = SETTINGS.ipv4Pool.helm[0].path;

/** The pool of the chart (install/kubernetes/cilium/values.yaml, v1.20.2). */
const DEFAULT_POOL = ['10.0.0.0/8'];

const FIELDS = new Map([...FROM_MESH_FILE, ...FROM_VALUES]);

/**
 * Settings as mesh.yaml and Helm values call them. Of encryption, the value is written in one field and its switch in
 * another.
 */
export const FILE_VOCABULARY: MeshVocabulary = {
  setting: name => (name === 'encryption' ? name : (FIELDS.get(name) ?? name)),
  inAllClusters: 'in all clusters',
};

function clusterSettings(
  { settings, values: helm }: ClusterInput,
  id: number,
  version: CiliumVersion | undefined,
): FileSettings {
  const props: { [setting: string]: unknown } = {};
  const places = new Map<string, SettingPlace>();
  for (const [setting, field] of FROM_MESH_FILE) {
    props[setting] = (settings as any)[field];
    places.set(setting, { in: 'mesh', path: field });
  }
  props.id = id;
  props.ciliumVersion = version?.text ?? props.ciliumVersion;
  if (helm) {
    const traits = CiliumVersion.parse(props.ciliumVersion ?? CiliumVersion.DEFAULT)?.traits;
    for (const [setting, path] of FROM_VALUES) {
      props[setting] = helmValue(helm.values, path) ?? undefined;
      places.set(setting, { in: 'values', path });
    }
    props.encryption =
      helmValue(helm.values, 'encryption.enabled') === true ? (props.encryption ?? 'ipsec') : undefined;
    props.ipamMode ??= helmValue(helm.values, 'eni.enabled') === true ? 'eni' : undefined;
    const { kubeProxyReplacement } = props;
    props.kubeProxyReplacement = traits?.kubeProxyReplacementIsFlag
      ? (({ true: true, false: false } as any)[String(kubeProxyReplacement)] ?? kubeProxyReplacement)
      : undefined;
    if (props.podCidrs === undefined) {
      const pool = helmValue(helm.values, POOL) ?? (props.ipamMode === 'cluster-pool' ? DEFAULT_POOL : undefined);
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
function clusterIds({ clusters, fromArguments }: MeshInput): number[] {
  if (!fromArguments) {
    return clusters.map(({ id }) => id);
  }
  const written = clusters.map(({ values: helm }): number | undefined => helm && helmValue(helm.values, 'cluster.id'));
  const free = Array.from({ length: 511 }, (_, index) => index + 1).filter(id => !written.includes(id));
  return written.map(id => id ?? free.shift()!);
}

function withoutOwned(values: { readonly [key: string]: unknown }, prefix: string): { [key: string]: unknown } {
  return Object.fromEntries(
    Object.entries(values)
      .filter(([key]) => !OWNED_VALUES.has(prefix + key))
      .map(([key, value]) => [key, isMap(value) ? withoutOwned(value, `${prefix}${key}.`) : value]),
  );
}
