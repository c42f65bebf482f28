import { Flag, hasSetting, helmPaths, Setting } from '../../cilium/settings';
import { CiliumVersion } from '../../cilium/version';

/** Helm values. */
export type Values = { readonly [key: string]: any };

/**
 * Reads Cilium's settings from Helm values, as the version reads them.
 *
 * - The chart writes `extraConfig` into the agent's ConfigMap after its own settings, so it wins
 *   (install/kubernetes/cilium/templates/cilium-configmap.yaml, v1.20.2).
 * - `extraArgs` are flags of the agent, which win over the ConfigMap (templates/cilium-agent/daemonset.yaml, v1.20.2).
 */
export class SettingReader {
  private readonly flags: ReadonlyMap<string, string>;

  constructor(
    private readonly values: Values,
    private readonly version: CiliumVersion,
  ) {
    this.flags = readFlags(values.extraArgs);
  }

  /**
   * Whether a setting is on; by default, and in versions without it, that of the version. `extraConfig` is parsed like
   * Go's strconv.ParseBool.
   */
  public flag(setting: Flag): boolean {
    const byDefault = setting.default(this.version.traits);
    if (!hasSetting(this.version, setting)) {
      return byDefault;
    }
    const text = this.config(setting);
    if (text !== undefined) {
      return /^(1|t|true)$/i.test(text);
    }
    const flags = helmPaths(setting, this.version)
      .map(path => this.value(path))
      .filter(value => typeof value === 'boolean');
    return flags.length > 0 ? flags.includes(true) : byDefault;
  }

  /** The value of a setting, of any type. */
  public any(setting: Setting): unknown {
    const values = setting.helm.map(({ path }) => this.value(path));
    return this.config(setting) ?? values.find(value => value !== undefined && value !== null);
  }

  /** The items of a setting that is a list, or a text of items. */
  public list(setting: Setting): string[] {
    const value = this.any(setting);
    const items: unknown[] = Array.isArray(value) ? value : typeof value === 'string' ? value.split(/[\s,]+/) : [];
    return items.map(String).filter(item => item !== '');
  }

  /** Whether a Helm value other than `extraConfig` sets it. */
  public hasHelmValue({ helm }: Setting): boolean {
    return helm.some(({ path }) => Boolean(this.value(path)));
  }

  /** The value in `extraArgs` or `extraConfig`. */
  public config({ config: [key] }: Setting): string | undefined {
    const value = key === undefined ? undefined : (this.flags.get(key) ?? this.values.extraConfig?.[key]);
    return value === undefined || value === null ? undefined : String(value);
  }

  /** The Helm value at a path. */
  private value(path: string): unknown {
    const below = (value: any, key: string) => (typeof value === 'object' && value !== null ? value[key] : undefined);
    return path.split('.').reduce<unknown>(below, this.values);
  }
}

/** The agent's flags in `extraArgs`: `--key=value`, `--key value`, and `--key` for true. The last one of a key wins. */
function readFlags(args: unknown): Map<string, string> {
  const items = Array.isArray(args) ? args.map(String) : [];
  return new Map(
    items.flatMap((item, index): Array<[string, string]> => {
      const [, key, value] = /^--([^=]+)(?:=(.*))?$/s.exec(item) ?? [];
      const next = items[index + 1];
      return key === undefined ? [] : [[key, value ?? (next === undefined || next.startsWith('-') ? 'true' : next)]];
    }),
  );
}
