import { Traits, traitsOf } from './traits';

const PATTERN = /^v?1\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})(-[0-9A-Za-z.-]+)?$/;

/**
 * A Cilium version, `MAJOR.MINOR.PATCH`.
 *
 * 1.14 to 1.20 are supported, and 1.9 for clusters that mesh through an etcd of their own.
 */
export class CiliumVersion {
  /** The supported versions, as text. */
  public static readonly SUPPORTED = '1.14.x to 1.20.x, or 1.9.x (external etcd); written MAJOR.MINOR.PATCH';

  /** The version of a cluster without the setting. */
  public static readonly DEFAULT = '1.20.2';

  /** Parses a supported version; undefined for other texts. */
  public static parse(text: unknown): CiliumVersion | undefined {
    const match = typeof text === 'string' ? PATTERN.exec(text) : null;
    if (!match) {
      return undefined;
    }
    const minor = Number(match[1]);
    return minor === 9 || (minor >= 14 && minor <= 20) ? new CiliumVersion(text as string, minor) : undefined;
  }

  /** The traits of this version. */
  public readonly traits: Traits;

  private constructor(
    public readonly text: string,
    public readonly minor: number,
  ) {
    this.traits = traitsOf(minor);
  }
}
