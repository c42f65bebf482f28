import { ApiserverServiceType, Encryption, IpamMode, PolicyEnforcementMode, RoutingMode, TunnelProtocol } from './cluster-settings';

/** The values that one setting can have, whatever the other settings are. */
export interface SettingValues {
  readonly accepts: (value: unknown) => boolean;
  /** In words. */
  readonly allowed: string;
  /** All of them, where they are a closed set of texts. */
  readonly texts?: readonly string[];
}

const oneOf = (values: { readonly [name: string]: string }): SettingValues => {
  const texts = Object.values(values);
  return { accepts: value => texts.includes(value as string), allowed: texts.join(', '), texts };
};
const SWITCH: SettingValues = { accepts: value => typeof value === 'boolean', allowed: 'true, false' };
const TEXT: SettingValues = { accepts: value => typeof value === 'string' && value !== '', allowed: 'a text' };
const MAP: SettingValues = { accepts: isMap, allowed: 'a map' };
const MAPS: SettingValues = { accepts: value => Array.isArray(value) && value.every(isMap), allowed: 'a list of maps' };

/**
 * Settings whose values can be judged by themselves, by their path. Programs without types can pass anything, and the Helm chart would take
 * most of it silently.
 */
export const SETTING_VALUES: ReadonlyMap<string, SettingValues> = new Map([
  ['ipamMode', oneOf(IpamMode)],
  ['routingMode', oneOf(RoutingMode)],
  ['tunnelProtocol', oneOf(TunnelProtocol)],
  ['encryption', oneOf(Encryption)],
  ['policyEnforcementMode', oneOf(PolicyEnforcementMode)],
  ['autoDirectNodeRoutes', SWITCH],
  ['kubeProxyReplacement', SWITCH],
  ['policyDefaultLocalCluster', SWITCH],
  ['defaultGlobalNamespace', SWITCH],
  ['mcsApi', SWITCH],
  ['endpointSliceSync', SWITCH],
  ['context', TEXT],
  ['kubernetesApi', MAP],
  ['apiserver', MAP],
  ['apiserver.serviceType', oneOf(ApiserverServiceType)],
  ['apiserver.serviceAnnotations', MAP],
  ['hubble', MAP],
  ['hubble.relay', SWITCH],
  ['hubble.ui', SWITCH],
  ['kind', MAP],
  ['kind.nodeImage', TEXT],
  ['kind.portMappings', MAPS],
]);

/** Whether a value is a map (and not an array). */
export function isMap(value: unknown): value is { [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Without what is null or undefined, also in groups of settings: the two mean the same in all languages that jsii serves. */
export function present(settings: { readonly [key: string]: unknown }): { [key: string]: unknown } {
  const kept = (value: object) => Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined && each !== null));
  const inGroup = (value: unknown) => Array.isArray(value) ? value.map(each => isMap(each) ? kept(each) : each) : value;
  return Object.fromEntries(Object.entries(kept(settings)).map(([key, value]) => [
    key, isMap(value) ? Object.fromEntries(Object.entries(kept(value)).map(([name, each]) => [name, inGroup(each)])) : value,
  ]));
}

/** What of the settings can be used: without the values that cannot be, and without groups that are none. */
export function usable(settings: { readonly [key: string]: unknown }, prefix: string = ''): { [key: string]: unknown } {
  return Object.fromEntries(Object.entries(settings)
    .filter(([key, value]) => SETTING_VALUES.get(prefix + key)?.accepts(value) ?? true)
    .map(([key, value]) => [key, prefix === '' && SETTING_VALUES.get(key) === MAP ? usable(value as { [key: string]: unknown }, `${key}.`) : value]));
}

/** The paths and values that cannot be used. */
export function unusable(settings: { readonly [key: string]: unknown }): Array<{ path: string; value: unknown; values: SettingValues }> {
  return [...SETTING_VALUES].flatMap(([path, values]) => {
    const value = path.split('.').reduce<unknown>((each, key) => isMap(each) ? each[key] : undefined, settings);
    return value === undefined || values.accepts(value) ? [] : [{ path, value, values }];
  });
}
