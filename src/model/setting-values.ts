import {
  ApiserverServiceType,
  ClusterMeshApiserver,
  ClusterProps,
  Encryption,
  Hubble,
  IpamMode,
  KindCluster,
  KindPortMapping,
  KubernetesApi,
  PolicyEnforcementMode,
  RoutingMode,
  TunnelProtocol,
} from './cluster-settings';
import { isMap } from '../diagnostics/is-map';

/** The valid values of one setting, independent of the other settings. */
export interface SettingValues {
  readonly accepts: (value: unknown) => boolean;
  /** The type of a value, in words. */
  readonly type: string;
  /** The allowed values, in words. */
  readonly allowed: string;
  /** All allowed values, if they are a closed set of texts. */
  readonly texts?: readonly string[];
  /** The valid items of a list. */
  readonly items?: SettingValues;
}

const oneOf = (values: { readonly [name: string]: string }): SettingValues => {
  const texts = Object.values(values);
  return {
    accepts: value => texts.includes(value as string),
    type: 'one of the allowed values',
    allowed: texts.join(', '),
    texts,
  };
};
/** The Helm chart writes the value in lower case (cilium-configmap.yaml, v1.20.2). */
const inAnyCase = (values: SettingValues): SettingValues => ({
  ...values,
  accepts: value => values.accepts(typeof value === 'string' ? value.toLowerCase() : value),
});
const SWITCH: SettingValues = {
  accepts: value => typeof value === 'boolean',
  type: 'a boolean',
  allowed: 'true, false',
};
const TEXT: SettingValues = {
  accepts: value => typeof value === 'string' && value !== '',
  type: 'a text',
  allowed: 'a text',
};
const TEXTS: SettingValues = {
  accepts: value => Array.isArray(value) && value.length > 0 && value.every(TEXT.accepts),
  type: 'a list of texts',
  allowed: 'a list of at least one text',
  items: TEXT,
};
const MAP: SettingValues = { accepts: isMap, type: 'a map', allowed: 'a map' };
const LIST: SettingValues = { accepts: Array.isArray, type: 'a list of maps', allowed: 'a list of maps' };

/**
 * Settings whose values can be checked independently, by their path. Programs without types can pass any value, and the
 * Helm chart accepts most of them without a message.
 */
export const SETTING_VALUES: ReadonlyMap<string, SettingValues> = new Map([
  ['ipamMode', oneOf(IpamMode)],
  ['routingMode', oneOf(RoutingMode)],
  ['tunnelProtocol', oneOf(TunnelProtocol)],
  ['encryption', oneOf(Encryption)],
  ['policyEnforcementMode', inAnyCase(oneOf(PolicyEnforcementMode))],
  ['autoDirectNodeRoutes', SWITCH],
  ['kubeProxyReplacement', SWITCH],
  ['policyDefaultLocalCluster', SWITCH],
  ['defaultGlobalNamespace', SWITCH],
  ['mcsApi', SWITCH],
  ['endpointSliceSync', SWITCH],
  ['context', TEXT],
  ['manifests', TEXTS],
  ['kubernetesApi', MAP],
  ['apiserver', MAP],
  ['apiserver.serviceType', oneOf(ApiserverServiceType)],
  ['apiserver.serviceAnnotations', MAP],
  ['hubble', MAP],
  ['hubble.relay', SWITCH],
  ['hubble.ui', SWITCH],
  ['hubble.exportFlows', SWITCH],
  ['kind', MAP],
  ['kind.nodeImage', TEXT],
  ['kind.portMappings', LIST],
]);

const PORT_MAPPING: Record<keyof KindPortMapping, true> = {
  containerPort: true,
  hostPort: true,
  listenAddress: true,
  protocol: true,
};

/** The properties of a port mapping of kind. */
export const PORT_MAPPING_PROPERTIES: readonly string[] = Object.keys(PORT_MAPPING);

/** All settings of a cluster and of its groups. The compiler reports a missing one. */
const SETTINGS: Record<keyof ClusterProps, true> = {
  name: true,
  id: true,
  podCidrs: true,
  serviceCidrs: true,
  nodeCidrs: true,
  kind: true,
  context: true,
  manifests: true,
  ciliumVersion: true,
  ipamMode: true,
  clusterPoolIpv4MaskSize: true,
  clusterPoolIpv6MaskSize: true,
  routingMode: true,
  tunnelProtocol: true,
  ipv4NativeRoutingCidr: true,
  ipv6NativeRoutingCidr: true,
  autoDirectNodeRoutes: true,
  encryption: true,
  kubeProxyReplacement: true,
  kubernetesApi: true,
  policyEnforcementMode: true,
  policyDefaultLocalCluster: true,
  defaultGlobalNamespace: true,
  maxConnectedClusters: true,
  apiserver: true,
  hubble: true,
  mcsApi: true,
  endpointSliceSync: true,
  helmValues: true,
};
const APISERVER: Record<keyof ClusterMeshApiserver, true> = {
  serviceType: true,
  nodePort: true,
  serviceAnnotations: true,
  replicas: true,
};
const HUBBLE: Record<keyof Hubble, true> = {
  relay: true,
  ui: true,
  relayNodePort: true,
  uiNodePort: true,
  exportFlows: true,
};
const KUBERNETES_API: Record<keyof KubernetesApi, true> = { host: true, port: true };
const KIND: Record<keyof KindCluster, true> = {
  controlPlanes: true,
  workers: true,
  portMappings: true,
  nodeImage: true,
};
const GROUPS: { readonly [group: string]: object } = {
  apiserver: APISERVER,
  hubble: HUBBLE,
  kubernetesApi: KUBERNETES_API,
  kind: KIND,
};

/** An unknown setting. */
export interface UnknownSetting {
  /** The group that contains it, such as `apiserver`. */
  readonly group?: string;
  readonly name: string;
  readonly value: unknown;
  /** The known settings of that group. */
  readonly known: readonly string[];
}

/** Finds unknown settings. */
export function unknown(settings: { readonly [key: string]: unknown }): UnknownSetting[] {
  const among = (values: object, table: object, group?: string): UnknownSetting[] =>
    Object.entries(values)
      .filter(([name]) => !Object.prototype.hasOwnProperty.call(table, name))
      .map(([name, value]) => ({ group, name, value, known: Object.keys(table) }));
  return [
    ...among(settings, SETTINGS),
    ...Object.entries(GROUPS).flatMap(([group, table]) =>
      isMap(settings[group]) ? among(settings[group], table, group) : [],
    ),
  ];
}

/** Removes null and undefined values, also in groups of settings. Both mean the same in all languages of jsii. */
export function present(settings: { readonly [key: string]: unknown }): { [key: string]: unknown } {
  const kept = (value: object) =>
    Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined && each !== null));
  // functions on lists skip holes
  const inGroup = (value: unknown) =>
    Array.isArray(value) ? Array.from(value, each => (isMap(each) ? kept(each) : each)) : value;
  return Object.fromEntries(
    Object.entries(kept(settings)).map(([key, value]) => [
      key,
      isMap(value)
        ? Object.fromEntries(Object.entries(kept(value)).map(([name, each]) => [name, inGroup(each)]))
        : Array.isArray(value)
          ? Array.from(value)
          : value,
    ]),
  );
}

/** The settings with usable values, without groups of another type. */
export function usable(settings: { readonly [key: string]: unknown }, prefix: string = ''): { [key: string]: unknown } {
  return Object.fromEntries(
    Object.entries(settings)
      .filter(([key, value]) => SETTING_VALUES.get(prefix + key)?.accepts(value) ?? true)
      .map(([key, value]) => [
        key,
        prefix === '' && SETTING_VALUES.get(key) === MAP
          ? usable(value as { [key: string]: unknown }, `${key}.`)
          : value,
      ]),
  );
}

/** An unusable value. */
export interface UnusableValue {
  readonly setting: string;
  /** The part of the setting, such as `.serviceType`; empty for the whole. */
  readonly part: string;
  readonly value: unknown;
  readonly values: SettingValues;
}

/** Finds unusable values. */
export function unusable(settings: { readonly [key: string]: unknown }): UnusableValue[] {
  return [...SETTING_VALUES].flatMap(([path, values]) => {
    const [setting, ...keys] = path.split('.');
    const value = keys.reduce<unknown>((each, key) => (isMap(each) ? each[key] : undefined), settings[setting]);
    const part = keys.map(key => `.${key}`).join('');
    if (value === undefined || values.accepts(value)) {
      return [];
    }
    const { items } = values;
    return items && Array.isArray(value) && value.length > 0
      ? Array.from(value, (item, index) => ({ setting, part: `${part}[${index}]`, value: item, values: items })).filter(
        each => !items.accepts(each.value),
      )
      : [{ setting, part, value, values }];
  });
}
