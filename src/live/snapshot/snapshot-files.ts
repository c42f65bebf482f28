import { formatResource, RESOURCES } from './resources';
import { ClusterSnapshot } from './snapshot';
import { MESH_API_VERSION, MeshFile, MeshFileCluster } from '../../model/mesh-file';
import { toYaml } from '../../model/yaml';

/** The texts of the files of a snapshot, by their paths in its folder. */
export type SnapshotFiles = ReadonlyMap<string, string>;

/** One file for each kind of objects of a cluster, its Helm values, and mesh.yaml. Equal snapshots, equal bytes. */
export function snapshotFiles(clusters: readonly ClusterSnapshot[]): SnapshotFiles {
  const sorted = [...clusters].sort((one, other) => (one.name < other.name ? -1 : 1));
  const files = new Map<string, string>();
  for (const cluster of sorted) {
    const { name, values } = cluster;
    if (values) {
      files.set(`${name}.values.yaml`, `${valuesComment(cluster)}${toYaml(values)}`);
    }
    for (const [file, objects] of objectFiles(cluster)) {
      files.set(`${name}/${file}.yaml`, `${objectsComment(cluster)}${toYaml(...objects)}`);
    }
  }
  const mesh: MeshFile = { apiVersion: MESH_API_VERSION, clusters: sorted.map(meshFileCluster) };
  files.set('mesh.yaml', `# Written by cilium-mesh snapshot, which replaces this folder as a whole.\n${toYaml(mesh)}`);
  return files;
}

/** The cluster in mesh.yaml, with paths in the folder of the snapshot. */
export function meshFileCluster(cluster: ClusterSnapshot): MeshFileCluster {
  const { name, id, context, ciliumVersion, values, podCIDRs, serviceCIDRs, nodeCIDRs, gaps } = cluster;
  const fields: MeshFileCluster = {
    name,
    id,
    manifests: [name],
    values: values && `${name}.values.yaml`,
    context,
    ciliumVersion,
    podCIDRs,
    serviceCIDRs,
    nodeCIDRs,
    gaps: gaps.length > 0 ? gaps.map(({ what, reason }) => ({ what, reason })) : undefined,
  };
  return defined(fields);
}

function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;
}

function objectFiles({ objects }: ClusterSnapshot): Map<string, any[]> {
  // a folder of manifests must contain a file
  const files = new Map<string, any[]>(objects.length > 0 ? [] : [['empty', []]]);
  for (const object of objects) {
    const file = fileOf(object);
    const objectsOfFile = files.get(file) ?? [];
    files.set(file, objectsOfFile);
    objectsOfFile.push(object);
  }
  return files;
}

/** `deployments.apps`; for other kinds `Rollout.argoproj.io`. */
function fileOf({ apiVersion, kind }: any): string {
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  const resource = RESOURCES.find(each => each.kind === kind && each.group === group);
  // names of kinds come from the API server, and must stay in the folder
  return resource ? formatResource(resource) : `${kind}.${group}`.replace(/[^A-Za-z0-9.-]/g, '_').replace(/^\.+/, '_');
}

function objectsComment({ context }: ClusterSnapshot): string {
  return `# Of the context ${oneLine(context)}: only the fields that cilium-mesh reads. Not to be applied.\n`;
}

function valuesComment({ context }: ClusterSnapshot): string {
  return `# The settings of Cilium's agents in the context ${oneLine(context)}, as Helm values.\n`;
}

function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');
}
