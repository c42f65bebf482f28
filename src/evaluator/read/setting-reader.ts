import { Flag, hasSetting, helmPaths, Setting } from '../../cilium/settings';
import { CiliumVersion } from '../../cilium/version';

/** Helm values as they were read. */
export type Values = { readonly [key: string]: any };

/**
 * Reads Cilium's settings out of Helm values, as the version reads them.
 *
 * `extraConfig` is written into the agent's ConfigMap after what the chart sets, and so wins
 * (install/kubernetes/cilium/templates/cilium-configmap.yaml, v1.20.2).
 */
export class SettingReader {
  constructor(private readonly values: Values, private readonly version: CiliumVersion) {}

  /**
   * Whether something is on: the default where it is not set or the version does not know it. `extraConfig` is read as
   * by Go's strconv.ParseBool.
   */
  public flag(setting: Flag): boolean {
    const otherwise = setting.default(this.version.traits);
    if (!hasSetting(this.version, setting)) {
      return otherwise;
    }
    const text = this.config(setting);
    if (text !== undefined) {
      return /^(1|t|true)$/i.test(text);
    }
    const flags = helmPaths(setting, this.version).map(path => this.value(path))
      .filter(value => typeof value === 'boolean');
    return flags.length > 0 ? flags.includes(true) : otherwise;
  }

  /** What a setting is set to, of whatever type. */
  public any(setting: Setting): unknown {
    const values = setting.helm.map(({ path }) => this.value(path));
    return this.config(setting) ?? values.find(value => value !== undefined && value !== null);
  }

  /** The items of a setting that is a list, or a text of items. */
  public list(setting: Setting): string[] {
    const given = this.any(setting);
    const items: unknown[] = Array.isArray(given) ? given : typeof given === 'string' ? given.split(/[\s,]+/) : [];
    return items.map(String).filter(item => item !== '');
  }

  /** Whether a Helm value other than `extraConfig` sets it to something. */
  public hasHelmValue({ helm }: Setting): boolean {
    return helm.some(({ path }) => Boolean(this.value(path)));
  }

  /** What `extraConfig` sets it to. */
  public config({ config: [key] }: Setting): string | undefined {
    const given = key === undefined ? undefined : this.values.extraConfig?.[key];
    return given === undefined || given === null ? undefined : String(given);
  }

  /** The Helm value at a path. */
  private value(path: string): unknown {
    const below = (value: any, key: string) => (typeof value === 'object' && value !== null ? value[key] : undefined);
    return path.split('.').reduce<unknown>(below, this.values);
  }
}
