import { MESH_CODES, MeshCode } from '../../../diagnostics/codes/mesh';
import { MeshInput } from '../../../manifests/input';
import { ClusterProps } from '../../../model/cluster-settings';
import { MeshDiagnostic } from '../../../model/mesh-diagnostic';
import { meshFaults } from '../../../model/mesh-faults';
import { resolveMesh } from '../../../model/mesh-model';
import { Reported, Rule } from '../rule';
import { FILE_VOCABULARY, FileSettings, fileSettings, SettingPlace } from '../shared/file-settings';

/**
 * The checks that the constructs make before they write, made for a mesh that a person wrote by hand: its settings
 * are those of mesh.yaml, and
 * those of the Helm values.
 */
export const meshModel: Rule<MeshCode> = {
  codes: MESH_CODES,
  check({ input, version }, report) {
    const settings = fileSettings(input, version);
    const mesh = resolveMesh(settings.map(({ props }) => props as unknown as ClusterProps));
    for (const diagnostic of meshFaults(mesh, FILE_VOCABULARY).filter(each => isOfFiles(each, settings, input))) {
      report(diagnostic.code, inFiles(diagnostic, input, settings));
    }
  },
};

/** Whether a mesh file can have it, and may not have it: a file may leave out what its program writes. */
function isOfFiles(
  { code, place }: MeshDiagnostic,
  settings: readonly FileSettings[],
  { fromArguments = false }: MeshInput,
): boolean {
  switch (code) {
    case 'pod-cidrs-missing':
    case 'helm-value-owned':
    case 'setting-unknown':
    case 'kind-context':
      return false;
    case 'cluster-count':
      return settings.length > 1;
    // a cluster alone that no mesh contains yet has these defaults; arguments name no IDs
    case 'cluster-id-range':
    case 'cluster-name-default':
      return settings.length > 1 || (settings[0].props.id !== 0 && !fromArguments);
    case 'cluster-pool-mask-size':
      return place !== undefined && settings[place.clusterIndex].props.ipamMode !== undefined;
    default:
      return true;
  }
}

/** A diagnostic of the model at the place in mesh.yaml or the Helm values where it is. */
function inFiles(
  { place, message, got, allowed, fix }: MeshDiagnostic,
  { clusters, source }: MeshInput,
  settings: readonly FileSettings[],
): Reported {
  if (!place) {
    return { at: { file: source, line: () => 1 }, message: `${message} (got ${got})`, fix };
  }
  const { name, values, declared } = clusters[place.clusterIndex];
  const written = settings[place.clusterIndex].places.get(place.setting);
  const field = written === undefined ? undefined : fieldOf(written, place.part);
  const helm = written?.in === 'values' ? values : undefined;
  return {
    at: {
      cluster: name,
      file: helm?.file ?? declared.file,
      line: () => helm?.line(field ?? '') ?? declared.line(field),
    },
    message: `${field === undefined ? '' : `${field}: `}${message} (got ${got})`,
    fix: `${fix} (allowed: ${allowed})`,
  };
}

/** The path of a part of a setting in its file; undefined for the file as a whole. */
function fieldOf({ path }: SettingPlace, part: string): string | undefined {
  const field = path === '' ? part.replace(/^\./, '') : `${path}${part}`;
  return field === '' ? undefined : field;
}
