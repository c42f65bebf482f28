/** A version as text, with the patch 0 if it has none: `1.20` is `1.20.0`. Other texts stay as they are. */
export function withPatch(version: string): string {
  return /^v?\d+\.\d+$/.test(version) ? `${version}.0` : version;
}
