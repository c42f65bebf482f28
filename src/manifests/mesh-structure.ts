import { joinPath } from './path';
import { ReadingDiagnostic, readingDiagnostic } from './reading-diagnostic';
import { ReadingCode } from '../diagnostics/codes/reading';
import { didYouMean } from '../diagnostics/did-you-mean';
import { MESH_API_VERSION, MeshFileCluster } from '../model/mesh-file';

/** A file that was read: its value, and where it is. Lines are undefined where the value never was text. */
export interface ReadFile {
  readonly file: string;
  readonly value: any;
  line(path?: string): number | undefined;
}

/** A cluster of mesh.yaml that has all that is required, and its place there. */
export interface DeclaredCluster {
  readonly settings: MeshFileCluster;
  readonly path: string;
}

/** The clusters of mesh.yaml, and everything that is wrong with its structure. What the settings mean is checked with the model. */
export function checkMeshFile(read: ReadFile): { clusters: DeclaredCluster[]; problems: ReadingDiagnostic[] } {
  const check = new Check(read);
  if (!isMapping(read.value)) {
    check.fault('mesh-file', '', 'the file must be a mapping with apiVersion and clusters', read.value, `write apiVersion: ${MESH_API_VERSION} and clusters`);
    return { clusters: [], problems: check.problems };
  }
  const { apiVersion, clusters } = read.value;
  check.known('', read.value, ['apiVersion', 'clusters']);
  if (apiVersion !== MESH_API_VERSION) {
    check.fault('mesh-api-version', 'apiVersion', `apiVersion must be ${MESH_API_VERSION}`, apiVersion, `write apiVersion: ${MESH_API_VERSION}`);
  }
  if (!Array.isArray(clusters) || clusters.length === 0) {
    const code = clusters === undefined || clusters === null ? 'mesh-field-missing' : 'mesh-field-type';
    check.fault(code, 'clusters', 'clusters must be a list of at least one cluster', clusters, 'write a cluster with name, id and manifests');
    return { clusters: [], problems: check.problems };
  }
  const declared = clusters.flatMap((cluster, index) => check.cluster(`clusters[${index}]`, cluster) ? [{ settings: cluster as MeshFileCluster, path: `clusters[${index}]` }] : []);
  check.duplicateNames(clusters);
  return { clusters: declared, problems: check.problems };
}

type Type = 'text' | 'number' | 'texts' | 'patches';

const TYPES: Record<Type, { readonly is: (value: unknown) => boolean; readonly allowed: string }> = {
  text: { is: isText, allowed: 'text' },
  number: { is: value => typeof value === 'number' && Number.isInteger(value), allowed: 'a whole number' },
  texts: { is: value => Array.isArray(value), allowed: 'a list of texts' },
  patches: { is: value => Array.isArray(value), allowed: 'a list of patches' },
};

const CLUSTER: Record<keyof MeshFileCluster, Type> = {
  name: 'text',
  id: 'number',
  manifests: 'texts',
  values: 'text',
  context: 'text',
  ciliumVersion: 'text',
  podCIDRs: 'texts',
  serviceCIDRs: 'texts',
  nodeCIDRs: 'texts',
  kind: 'text',
  upgradeValues: 'text',
  patches: 'patches',
};
const REQUIRED: ReadonlyArray<keyof MeshFileCluster> = ['name', 'id', 'manifests'];
const PATCH = ['stage', 'kind', 'namespace', 'name', 'file'];

class Check {
  readonly problems: ReadingDiagnostic[] = [];

  constructor(private readonly read: ReadFile) {}

  /** Whether the cluster can be used. */
  cluster(path: string, cluster: unknown): boolean {
    const before = this.problems.length;
    if (!isMapping(cluster)) {
      this.fault('mesh-field-type', path, 'a cluster must be a mapping', cluster, 'write name, id and manifests');
      return false;
    }
    this.known(path, cluster, Object.keys(CLUSTER));
    for (const field of REQUIRED) {
      if (cluster[field] === undefined || cluster[field] === null) {
        this.fault('mesh-field-missing', joinPath(path, field), `${where(path)}${field} is required`, undefined, `write ${field}: ${TYPES[CLUSTER[field]].allowed}`);
      }
    }
    for (const [field, type] of Object.entries(CLUSTER) as Array<[keyof MeshFileCluster, Type]>) {
      if (cluster[field] !== undefined && !(cluster[field] === null && REQUIRED.includes(field))) {
        this.type(joinPath(path, field), cluster[field], type);
      }
    }
    if (Array.isArray(cluster.manifests) && cluster.manifests.length === 0) {
      this.fault('mesh-field-missing', `${path}.manifests`, `${where(path)}manifests names no file or folder`, cluster.manifests, 'write the files or folders of the cluster');
    }
    return this.problems.length === before;
  }

  known(path: string, value: Record<string, unknown>, fields: readonly string[]) {
    for (const field of Object.keys(value).filter(each => !fields.includes(each))) {
      this.fault('mesh-field-unknown', joinPath(path, field), `${where(path)}there is no field ${JSON.stringify(field)}${didYouMean(field, fields)}`, field, `remove it, or write one of ${fields.join(', ')}`);
    }
  }

  duplicateNames(clusters: readonly unknown[]) {
    const seen = new Map<string, number>();
    clusters.forEach((cluster, index) => {
      const name = isMapping(cluster) ? cluster.name : undefined;
      if (typeof name === 'string') {
        const other = seen.get(name);
        if (other !== undefined) {
          const line = this.read.line(`clusters[${other}].name`);
          const place = line === undefined ? '' : ` in line ${line}`;
          this.fault('mesh-cluster-duplicate', `clusters[${index}].name`, `the cluster ${JSON.stringify(name)} is declared${place} already`, name, 'give every cluster a name of its own');
        } else {
          seen.set(name, index);
        }
      }
    });
  }

  fault(code: ReadingCode, path: string, message: string, got: unknown, fix: string) {
    this.problems.push(readingDiagnostic(code, { file: this.read.file, line: this.read.line(path), message, got: shownValue(got), fix }));
  }

  private type(path: string, value: unknown, type: Type) {
    const { is, allowed } = TYPES[type];
    if (!is(value)) {
      this.fault('mesh-field-type', path, `${path} must be ${allowed}`, value, `write ${allowed}${typeof value === 'number' && type === 'text' ? ', in quotes' : ''}`);
    } else if (type === 'texts') {
      (value as unknown[]).forEach((item, index) => isText(item) || this.fault('mesh-field-type', `${path}[${index}]`, `${path}[${index}] must be text`, item, 'write text'));
    } else if (type === 'patches') {
      (value as unknown[]).forEach((item, index) => this.patch(`${path}[${index}]`, item));
    }
  }

  private patch(path: string, patch: unknown) {
    if (!isMapping(patch)) {
      this.fault('mesh-field-type', path, `${path} must be a mapping`, patch, `write ${PATCH.join(', ')}`);
      return;
    }
    this.known(path, patch, PATCH);
    for (const field of PATCH.filter(each => !isText(patch[each]))) {
      const missing = patch[field] === undefined || patch[field] === null;
      this.fault(missing ? 'mesh-field-missing' : 'mesh-field-type', joinPath(path, field), `${joinPath(path, field)} must be text`, patch[field], `write ${field}`);
    }
  }
}

function where(path: string): string {
  return path === '' ? '' : `${path}: `;
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function isMapping(value: unknown): value is Record<string, any> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shownValue(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
