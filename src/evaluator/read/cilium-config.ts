import { Values } from './setting-reader';
import { hasSetting, helmPaths, Setting, SETTING_LIST, SETTINGS } from '../../cilium/settings';
import { CiliumVersion } from '../../cilium/version';

/** The data of Cilium's ConfigMap `cilium-config`: what the agents of a cluster run with. */
export type CiliumConfig = { readonly [key: string]: string };

/** Keys of `cilium-config` with several items, which the chart joins by spaces. */
const LISTS: readonly Setting[] = [SETTINGS.ipv4Pool, SETTINGS.ipv6Pool];

const NUMBERS: readonly Setting[] = [
  SETTINGS.id,
  SETTINGS.clusterPoolIpv4MaskSize,
  SETTINGS.clusterPoolIpv6MaskSize,
  SETTINGS.maxConnectedClusters,
];

/** Values that are texts in every case: a cluster may be called `true`. */
const TEXTS: readonly Setting[] = [SETTINGS.name];

/**
 * The Helm values that write these settings into `cilium-config`: the inverse of
 * install/kubernetes/cilium/templates/cilium-configmap.yaml (v1.20.2). Settings without a Helm value, or without one
 * in the chart of this version, become `extraConfig`.
 *
 * It includes only the settings that this library knows (cilium/settings.ts). An absent key means the default of the
 * version, as it does for the agent.
 */
export function valuesOfConfig(config: CiliumConfig, version: CiliumVersion): Values {
  const values: { [key: string]: any } = {};
  for (const [, setting] of SETTING_LIST) {
    const index = setting.config.findIndex(key => isText(config[key]));
    if (index < 0 || !hasSetting(version, setting)) {
      continue;
    }
    const key = setting.config[index];
    if (setting === SETTINGS.encryptionEnabled) {
      Object.assign(values, encryption(config));
      continue;
    }
    const paths = helmPaths(setting, version);
    // a setting with two keys has a value for each: `routingMode` writes routing-mode, `tunnel` wrote tunnel
    const path = paths[Math.min(index, paths.length - 1)];
    if (path === undefined) {
      set(values, ['extraConfig', key], config[key]);
    } else {
      set(values, path.split('.'), valueOf(config[key], setting));
    }
  }
  return values;
}

/** A value with the type that the chart wants. */
function valueOf(text: string, setting: Setting): unknown {
  if (LISTS.includes(setting)) {
    return text.split(/[\s,]+/).filter(item => item !== '');
  }
  if (NUMBERS.includes(setting) && /^\d+$/.test(text)) {
    return Number(text);
  }
  if ('default' in setting) {
    return isOn(text);
  }
  return !TEXTS.includes(setting) && /^(true|false)$/.test(text) ? text === 'true' : text;
}

/** The chart writes one key for each type of encryption. */
function encryption(config: CiliumConfig): Values {
  const types = [
    ['enable-wireguard', 'wireguard'],
    ['enable-ipsec', 'ipsec'],
  ];
  const type = types.find(([key]) => isOn(config[key]))?.[1];
  return { encryption: type === undefined ? { enabled: false } : { enabled: true, type } };
}

/** As strconv.ParseBool reads it. */
function isOn(text: string | undefined): boolean {
  return text !== undefined && /^(1|t|true)$/i.test(text);
}

function set(values: { [key: string]: any }, path: readonly string[], value: unknown): void {
  const [key, ...rest] = path;
  if (rest.length === 0) {
    values[key] = value;
  } else {
    values[key] = typeof values[key] === 'object' && values[key] !== null ? values[key] : {};
    set(values[key], rest, value);
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
