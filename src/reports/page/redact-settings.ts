import { pick } from './pick';
import { SETTING_LIST } from '../../cilium/settings';
import { isMap } from '../../diagnostics/is-map';
import { MeshFileCluster } from '../../model/mesh-file';

/** The fields of a cluster in mesh.yaml that evaluations read: not the commands that render its sources. */
export function redactSettings({ manifests, ...settings }: MeshFileCluster): MeshFileCluster {
  const kept = pick(settings, {
    name: true,
    id: true,
    values: true,
    context: true,
    ciliumVersion: true,
    podCIDRs: true,
    serviceCIDRs: true,
    nodeCIDRs: true,
    nodes: true,
    workloads: true,
    gaps: true,
  });
  return { ...(kept as MeshFileCluster), manifests: manifests.filter(each => typeof each === 'string') };
}

/** The names and labels of nodes that a kind configuration creates. */
export function redactKindConfiguration(configuration: unknown): unknown {
  return pick(configuration, { kind: true, apiVersion: true, name: true, nodes: [{ role: true, labels: true }] });
}

/** The Helm values of settings that this program reads, and their keys in `extraConfig` and `extraArgs`. */
const PATHS: ReadonlySet<string> = new Set([
  ...SETTING_LIST.flatMap(([, { helm, config }]) => [
    ...helm.map(({ path }) => path),
    ...config.map(key => `extraConfig.${key}`),
  ]),
  'k8sServiceHost',
]);

const CONFIG_KEYS: ReadonlySet<string> = new Set(SETTING_LIST.flatMap(([, { config }]) => config));

/**
 * Helm values without texts that this program does not read, such as keys and passwords. All keys stay, because some
 * are mistyped, and so do numbers and booleans. Certificate authorities are only compared, so a digest of each stays.
 */
export function redactValues(values: { readonly [key: string]: unknown }): { readonly [key: string]: unknown } {
  return redactBelow(values, '') as { readonly [key: string]: unknown };
}

function redactBelow(value: unknown, path: string): unknown {
  if (PATHS.has(path)) {
    return value;
  }
  if (path === 'extraArgs') {
    return redactArguments(value);
  }
  return isMap(value)
    ? Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, redactBelow(each, path === '' ? key : `${path}.${key}`)]),
    )
    : Array.isArray(value)
      ? value.map(each => redactBelow(each, `${path}[]`))
      : typeof value === 'string'
        ? redactText(value, path)
        : value;
}

function redactText(text: string, path: string): string {
  return path === 'tls.ca.cert' && text !== '' ? digest(text) : '';
}

/** The flags of the agent that this program reads. */
function redactArguments(value: unknown): unknown {
  let keeps = false;
  return Array.isArray(value)
    ? value.map(each => {
      const key = /^--([^=]+)/.exec(String(each))?.[1];
      keeps = key === undefined ? keeps : CONFIG_KEYS.has(key);
      return keeps ? each : key === undefined ? '' : `--${key}=`;
    })
    : value;
}

/** A number that stands for a text, so two texts can be compared without being there (FNV-1a, of 52 bits). */
function digest(text: string): string {
  let [high, low] = [0x811c9dc5, 0x01000193];
  for (const character of text.replace(/\s/g, '')) {
    const code = character.codePointAt(0)!;
    /* eslint-disable no-bitwise -- a hash */
    high = Math.imul(high ^ code, 0x01000193) >>> 0;
    low = Math.imul(low ^ (code + 7), 0x85ebca6b) >>> 0;
    /* eslint-enable no-bitwise */
  }
  return `redacted-${high.toString(16)}${low.toString(16)}`;
}
