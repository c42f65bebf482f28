import { ClusterModel } from './mesh-model';
import { diagnosticsOf } from '../diagnostics/catalogue';
import { MESH_CODES, MeshCode } from '../diagnostics/codes/mesh';
import { Diagnostic } from '../diagnostics/diagnostic';
import { Fault } from '../diagnostics/fault';

/** What is wrong with a mesh: a diagnostic that `Fault`, its view in all languages, can show. */
export interface MeshDiagnostic extends Diagnostic<MeshCode>, Fault {
  readonly code: MeshCode;
  readonly path: string;
  readonly got: string;
  readonly allowed: string;
  /** Where in a cluster; undefined for what is wrong with the mesh as a whole. */
  readonly place?: SettingPlace;
}

/** A setting of a cluster. */
export interface SettingPlace {
  /** The place of the cluster in the list of clusters. */
  readonly clusterIndex: number;
  /** The setting in `ClusterProps`, such as `podCidrs`. */
  readonly setting: string;
  /** The part of its value, as it follows the setting in a path: `[0]`, `.nodePort`; empty for the whole value. */
  readonly part: string;
}

/** The texts of a diagnostic of the mesh. */
export interface MeshTexts {
  readonly message: string;
  readonly got: string;
  readonly allowed: string;
  readonly fix: string;
}

/** What is wrong with the mesh as a whole. */
export function clustersDiagnostic(code: MeshCode, texts: MeshTexts): MeshDiagnostic {
  return diagnostic(code, { path: 'clusters', ...texts });
}

/** What is wrong with a setting of a cluster, or with a part of its value. */
export function settingDiagnostic(
  code: MeshCode, { name, index, path }: Pick<ClusterModel, 'name' | 'index' | 'path'>,
  setting: string | [setting: string, part: string], texts: MeshTexts,
): MeshDiagnostic {
  const [whole, part] = typeof setting === 'string' ? [setting, ''] : setting;
  return diagnostic(code, {
    ...typeof name === 'string' ? { cluster: name } : {},
    path: `${path}.${whole}${part}`,
    ...texts,
    place: { clusterIndex: index, setting: whole, part },
  });
}

const diagnostic = diagnosticsOf(MESH_CODES);
