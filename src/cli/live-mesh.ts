import * as path from 'path';
import { CommandError } from './io';
import { DEFAULT_MESH_FILE, shownProblem } from './mesh-options';
import { readYaml } from '../manifests/documents';
import { readText } from '../manifests/files';
import { ClusterInput } from '../manifests/input';
import { readMeshFile } from '../manifests/mesh-input';
import { CiliumVersion } from '../model/cilium-version';
import { kindHost } from '../orchestrator/host';
import { KindFile, LiveCluster, LiveMesh } from '../orchestrator/live-mesh';

/** The mesh of a mesh file, for commands that act on its clusters; everything that stands against it at once. */
export function loadLiveMesh(file: string = DEFAULT_MESH_FILE): LiveMesh {
  const { input, problems } = readMeshFile(file);
  const faults = problems.map(shownProblem);
  const folder = path.dirname(file);
  const clusters = problems.length > 0 ? [] : input.clusters.map(cluster => liveCluster(cluster, folder, faults));
  if (faults.length > 0) {
    throw new CommandError(faults.join('\n'));
  }
  return { clusters };
}

function liveCluster({ name, id, settings, values, declared }: ClusterInput, folder: string, faults: string[]): LiveCluster {
  const fault = (field: string, message: string, fix: string) => faults.push(`${declared.file}:${declared.line(field)}: ${message}\n    fix: ${fix}`);
  const version = CiliumVersion.parse(settings.ciliumVersion ?? CiliumVersion.DEFAULT);
  if (!version?.atLeast(14)) {
    fault('ciliumVersion', `${name}: Cilium ${settings.ciliumVersion} is not installed by this program; the cilium CLI installs 1.14 and later`, 'set ciliumVersion to 1.14 to 1.20');
  }
  if (settings.context === undefined && settings.kind === undefined) {
    fault('', `${name} has neither a context nor a kind configuration`, 'write context: with a context of kubectl, or kind: with a kind configuration');
  }
  const serviceType = values?.values.clustermesh?.apiserver?.service?.type;
  return {
    name,
    id,
    context: settings.context ?? `kind-${name}`,
    kind: settings.kind === undefined ? undefined : kindFile(path.join(folder, settings.kind), faults),
    version: settings.ciliumVersion ?? CiliumVersion.DEFAULT,
    values: values?.file,
    manifests: settings.manifests.map(each => path.join(folder, each)),
    serviceType: ['NodePort', 'LoadBalancer', 'ClusterIP'].includes(serviceType) ? serviceType : settings.kind === undefined ? 'LoadBalancer' : 'NodePort',
  };
}

function kindFile(file: string, faults: string[]): KindFile {
  const text = readText(file);
  const { value, problems } = 'problem' in text ? { value: undefined, problems: [text.problem] } : readYaml(text.text, file);
  faults.push(...problems.map(shownProblem));
  const networking = (value as any)?.networking;
  return { file, podSubnet: networking?.podSubnet, serviceSubnet: networking?.serviceSubnet, host: kindHost(value) };
}
