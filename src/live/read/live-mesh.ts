import { createHash } from 'crypto';
import * as path from 'path';
import { CommandError } from '../../cli/io';
import { externalEtcd, EtcdSources, TellFault } from './external-etcd';
import { DEFAULT_MESH_FILE, shownProblem } from '../../cli/mesh-options';
import { CiliumVersion } from '../../cilium/version';
import { kindHost } from '../plans/host';
import { KindFile, LiveCluster, LiveMesh, LivePatch, LiveWorkload, PATCH_STAGES } from '../plans/live-mesh';
import { readYaml } from '../../manifests/documents';
import { readText } from '../../manifests/files';
import { ClusterInput } from '../../manifests/input';
import { Manifest } from '../../manifests/manifest';
import { readMeshFile } from '../../manifests/mesh-input';
import { MeshFilePatch } from '../../model/mesh-file';
import { mergeValues } from '../../model/mesh-model';

/** The first version with a clustermesh-apiserver that the cilium CLI connects. */
const APISERVER = 14;
/** The first version that the cilium CLI installs (getHelmValues in cilium-cli/install/helm.go, April 2026). */
const CLI = 15;

/** Kinds of Kubernetes' own groups, whose lists have keys to merge by; the API server knows no strategic merge patch of any other kind. */
const OWN_KINDS = new Set([
  'ConfigMap', 'CronJob', 'DaemonSet', 'Deployment', 'Endpoints', 'HorizontalPodAutoscaler', 'Ingress', 'Job', 'LimitRange', 'Namespace', 'NetworkPolicy', 'Node', 'Pod',
  'PodDisruptionBudget', 'ReplicaSet', 'ReplicationController', 'ResourceQuota', 'Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding', 'Secret', 'Service', 'ServiceAccount',
  'StatefulSet',
].map(kind => kind.toLowerCase()));

/** The mesh of a mesh file, for commands that act on its clusters; everything that stands against it at once. */
export function loadLiveMesh(file: string = DEFAULT_MESH_FILE): LiveMesh {
  const { input, problems } = readMeshFile(file);
  const faults = problems.map(shownProblem);
  const clusters = problems.length > 0 ? [] : input.clusters.map(cluster => liveCluster(cluster, input.clusters, path.dirname(file), faults));
  if (faults.length > 0) {
    throw new CommandError(faults.join('\n'));
  }
  return { clusters };
}

function liveCluster(cluster: ClusterInput, all: readonly ClusterInput[], folder: string, faults: string[]): LiveCluster {
  const { name, id, settings, values, declared, manifests } = cluster;
  const fault: TellFault = (field, message, fix) => faults.push(`${declared.file}:${declared.line(field)}: ${message}\n    fix: ${fix}`);
  const version = CiliumVersion.parse(settings.ciliumVersion ?? CiliumVersion.DEFAULT);
  if (!version) {
    fault('ciliumVersion', `${name}: Cilium ${settings.ciliumVersion} is not known; allowed is ${CiliumVersion.SUPPORTED}`, 'set ciliumVersion to the version that the cluster is to run');
  }
  if (settings.context === undefined && settings.kind === undefined) {
    fault('', `${name} has neither a context nor a kind configuration`, 'write context: with a context of kubectl, or kind: with a kind configuration');
  }
  const upgrade = settings.upgradeValues === undefined ? undefined : readValues(beside(folder, settings.upgradeValues), 'Helm values', faults);
  const patches = (settings.patches ?? []).flatMap((patch, index) => livePatch(patch, `patches[${index}]`, folder, fault, faults));
  const sources: EtcdSources = { values: mergeValues(values?.values ?? {}, upgrade?.value ?? {}), patches };
  const clustermesh = values?.values.clustermesh;
  const serviceType = clustermesh?.apiserver?.service?.type;
  if (serviceType === 'ClusterIP' && clustermesh.useAPIServer !== true && version?.atLeast(APISERVER)) {
    faults.push(`${values!.file}:${values!.line('clustermesh.apiserver.service.type')}: ${name}: the cilium CLI turns Cluster Mesh on for a NodePort or a LoadBalancer only\n`
      + '    fix: write clustermesh.useAPIServer: true, or another type');
  }
  return {
    name,
    id,
    context: settings.context ?? `kind-${name}`,
    kind: settings.kind === undefined ? undefined : kindFile(beside(folder, settings.kind), faults),
    version: settings.ciliumVersion ?? CiliumVersion.DEFAULT,
    installer: version?.atLeast(CLI) ? 'cilium' : 'helm',
    values: values?.file,
    identity: values?.values.cluster === undefined ? [`cluster.name=${name}`, `cluster.id=${id}`] : [],
    datapathMode: datapathMode(cluster),
    upgradeValues: upgrade && { file: upgrade.file, hash: createHash('sha256').update(upgrade.text).digest('hex').slice(0, 16) },
    patches,
    manifests: settings.manifests.map(each => beside(folder, each)),
    workloads: manifests.flatMap(liveWorkload),
    images: [...new Set(manifests.flatMap(images))].sort(),
    serviceType: ['NodePort', 'LoadBalancer', 'ClusterIP'].includes(serviceType) ? serviceType : settings.kind === undefined ? 'LoadBalancer' : 'NodePort',
    enabledByValues: clustermesh?.useAPIServer === true && (serviceType === 'ClusterIP' || clustermesh.apiserver?.tls?.auto !== undefined),
    etcd: version?.atLeast(APISERVER) === false ? externalEtcd(cluster, all, sources, fault) : undefined,
  };
}

/**
 * A pool of Cilium's own is an overlay unless the values say otherwise, also in a cloud. The cilium CLI asks only for `routingMode`, and
 * would set up what the cloud has beside it: `eni.enabled` and native routing on EKS.
 */
function datapathMode({ settings, values }: ClusterInput): 'tunnel' | undefined {
  return settings.kind === undefined && values?.values.ipam?.mode === 'cluster-pool' && values.values.routingMode === undefined ? 'tunnel' : undefined;
}

function livePatch({ stage, kind, namespace, name, file }: MeshFilePatch, place: string, folder: string, fault: TellFault, faults: string[]): LivePatch[] {
  const known = PATCH_STAGES.find(each => each === stage);
  if (!known) {
    fault(`${place}.stage`, `there is no stage ${JSON.stringify(stage)}; allowed are ${PATCH_STAGES.join(', ')}`, 'write when the patch is to be applied');
  }
  const read = readFile(beside(folder, file), faults);
  if (read && (typeof read.value !== 'object' || read.value === null)) {
    fault(`${place}.file`, `${read.file} holds no patch: a mapping that is merged into the object, or a list of JSON patch operations`, 'write the patch');
  }
  return known && read ? [{ stage: known, kind, namespace, name, file: read.file, type: Array.isArray(read.value) ? 'json' : OWN_KINDS.has(kind.toLowerCase()) ? 'strategic' : 'merge' }] : [];
}

/** What is waited for. Of workloads whose pods are replaced only when somebody deletes them, kubectl knows no status. */
function liveWorkload({ object: { kind, metadata, spec } }: Manifest): LiveWorkload[] {
  return ['Deployment', 'DaemonSet', 'StatefulSet', 'Pod'].includes(kind) && spec?.updateStrategy?.type !== 'OnDelete' && spec?.paused !== true
    ? [{ kind, namespace: metadata.namespace ?? 'default', name: metadata.name }] : [];
}

function images({ object }: Manifest): string[] {
  const pods = object.kind === 'Pod' ? object.spec : object.kind === 'CronJob' ? object.spec?.jobTemplate?.spec?.template?.spec
    : ['Deployment', 'DaemonSet', 'StatefulSet', 'ReplicaSet', 'ReplicationController', 'Job'].includes(object.kind) ? object.spec?.template?.spec : undefined;
  return [pods?.initContainers, pods?.containers].flatMap(list => Array.isArray(list) ? list : [])
    .map(container => container?.image)
    .filter(image => typeof image === 'string' && !image.includes('@'))
    .map(qualified);
}

/** With the registry: podman asks, or refuses, where it is missing; Kubernetes takes Docker's. */
function qualified(image: string): string {
  const [first, ...rest] = image.split('/');
  return rest.length > 0 && /[.:]|^localhost$/.test(first) ? image : `docker.io/${rest.length > 0 ? '' : 'library/'}${image}`;
}

function kindFile(file: string, faults: string[]): KindFile {
  const value = readFile(file, faults)?.value;
  const networking = (value as any)?.networking;
  return { file, podSubnet: networking?.podSubnet, serviceSubnet: networking?.serviceSubnet, host: kindHost(value) };
}

function readValues(file: string, what: string, faults: string[]): { file: string; value: any; text: string } | undefined {
  const read = readFile(file, faults);
  if (read && (typeof (read.value ?? {}) !== 'object' || Array.isArray(read.value))) {
    faults.push(`${file}: ${what} must be a mapping\n    fix: write the values as \`key: value\``);
  }
  return read;
}

function readFile(file: string, faults: string[]): { file: string; value: any; text: string } | undefined {
  const text = readText(file);
  const { value, problems } = 'problem' in text ? { value: undefined, problems: [text.problem] } : readYaml(text.text, file);
  faults.push(...problems.map(shownProblem));
  return problems.length > 0 || 'problem' in text ? undefined : { file, value, text: text.text };
}

function beside(folder: string, file: string): string {
  return path.isAbsolute(file) ? file : path.join(folder, file);
}
