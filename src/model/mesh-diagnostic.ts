import { ClusterModel } from './mesh-model';
import { diagnosticsOf } from '../diagnostics/catalogue';
import { MESH_CODES, MeshCode } from '../diagnostics/codes/mesh';
import { Diagnostic } from '../diagnostics/diagnostic';
import { Fault } from '../diagnostics/fault';

/** A fault of a mesh: a diagnostic with all that `Fault` needs, its form in all languages. */
export interface MeshDiagnostic extends Diagnostic<MeshCode>, Fault {
  readonly code: MeshCode;
  readonly path: string;
  readonly got: string;
  readonly allowed: string;
  /** The setting of a cluster; undefined for a fault of the mesh as a whole. */
  readonly place?: SettingPlace;
}

/** A setting of a cluster. */
export interface SettingPlace {
  /** The place of the cluster in the list of clusters. */
  readonly clusterIndex: number;
  /** The setting in `ClusterProps`, such as `podCidrs`. */
  readonly setting: string;
  /** The part of its value, as in a path: `[0]`, `.nodePort`; empty for the whole value. */
  readonly part: string;
}

/** The texts of a diagnostic of the mesh. */
export interface MeshTexts {
  readonly message: string;
  readonly got: string;
  readonly allowed: string;
  readonly fix: string;
}

/** A fault of the mesh as a whole. */
export function clustersDiagnostic(code: MeshCode, texts: MeshTexts): MeshDiagnostic {
  return diagnostic(code, { path: 'clusters', ...texts });
}

/** A fault of a setting of a cluster, or of a part of its value. */
export function settingDiagnostic(
  code: MeshCode,
  { name, index, path }: Pick<ClusterModel, 'name' | 'index' | 'path'>,
  setting: string | [setting: string, part: string],
  texts: MeshTexts,
): MeshDiagnostic {
  const [whole, part] = typeof setting === 'string' ? [setting, ''] : setting;
  return diagnostic(code, {
    ...(typeof name === 'string' ? { cluster: name } : {}),
    path: `${path}.${whole}${part}`,
    ...texts,
    place: { clusterIndex: index, setting: whole, part },
  });
}

const diagnostic = diagnosticsOf(MESH_CODES);
