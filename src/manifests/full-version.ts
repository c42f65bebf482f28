import { withPatch } from '../cilium/minor-version';
import { MeshFileCluster } from '../model/mesh-file';

/** Settings with all parts of the version: `1.20` means `1.20.0`, as with `--cilium`. */
export function withFullVersion(settings: MeshFileCluster): MeshFileCluster {
  const { ciliumVersion } = settings;
  return ciliumVersion === undefined ? settings : { ...settings, ciliumVersion: withPatch(ciliumVersion) };
}
