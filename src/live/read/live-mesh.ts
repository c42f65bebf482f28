import { createHash } from 'crypto';
import * as path from 'path';
import { externalEtcd } from './external-etcd';
import { readValue } from './live-files';
import { readPatches } from './patches';
import { LiveMeshProblem, ReportFault } from './problem';
import { imagesOf, waitableWorkload } from './workloads';
import { CiliumVersion } from '../../cilium/version';
import { ClusterInput } from '../../manifests/input';
import { Manifest } from '../../manifests/manifest';
import { readMeshFile } from '../../manifests/mesh-input';
import { Renderings } from '../../manifests/sources/rendering';
import { mergeValues } from '../../model/mesh-model';
import { kindHost } from '../plans/host';
import { KindFile, LiveCluster, LiveMesh } from '../plans/live-mesh';

/** Reads the mesh of a mesh file, for commands that act on its clusters; or finds all problems that prevent plans. */
export function readLiveMesh(
  file: string,
  renderings: Renderings = new Map(),
): LiveMesh | { readonly problems: readonly LiveMeshProblem[] } {
  const { input, problems } = readMeshFile(file, { renderings });
  if (problems.length > 0) {
    return { problems };
  }
  const found: LiveMeshProblem[] = [];
  const clusters = input.clusters.map(cluster => readCluster(cluster, input.clusters, path.dirname(file), found));
  return found.length > 0 ? { problems: found } : { clusters };
}

function readCluster(
  cluster: ClusterInput,
  all: readonly ClusterInput[],
  folder: string,
  problems: LiveMeshProblem[],
): LiveCluster {
  const { name, id, settings, values, declared, applied: manifests = cluster.manifests } = cluster;
  const fault: ReportFault = (field, message, fix) => {
    problems.push({ file: declared.file, line: declared.line(field), message, fix });
  };
  const version = CiliumVersion.parse(settings.ciliumVersion ?? CiliumVersion.DEFAULT);
  if (!version) {
    const message = `${name}: ciliumVersion must be ${CiliumVersion.SUPPORTED}, got ${settings.ciliumVersion}`;
    fault('ciliumVersion', message, 'set ciliumVersion to the version to install');
  }
  if (settings.context === undefined && settings.kind === undefined) {
    const fix = 'write context: with a context of kubectl, or kind: with a kind configuration';
    fault('', `${name} has neither a context nor a kind configuration`, fix);
  }
  const at = (place: string) => (path.isAbsolute(place) ? place : path.join(folder, place));
  const { upgradeValues } = settings;
  const upgrade = upgradeValues === undefined ? undefined : readUpgradeValues(at(upgradeValues), problems);
  const patches = readPatches(settings.patches ?? [], at, fault, problems);
  const clustermesh = values?.values.clustermesh;
  const serviceType = clustermesh?.apiserver?.service?.type;
  if (serviceType === 'ClusterIP' && clustermesh.useAPIServer !== true && version?.traits.clusterMeshApiserver) {
    problems.push({
      file: values!.file,
      line: values!.line('clustermesh.apiserver.service.type'),
      message:
        `${name}: clustermesh.apiserver.service.type must be NodePort or LoadBalancer, got ClusterIP: ` +
        'the cilium CLI does not enable Cluster Mesh with another type',
      fix: 'write clustermesh.useAPIServer: true, or another type',
    });
  }
  const sources = { values: mergeValues(values?.values ?? {}, upgrade?.value ?? {}), patches };
  return {
    name,
    id,
    context: settings.context ?? `kind-${name}`,
    kind: settings.kind === undefined ? undefined : readKindFile(at(settings.kind), problems),
    version: settings.ciliumVersion ?? CiliumVersion.DEFAULT,
    installer: version?.traits.ciliumCliInstalls ? 'cilium' : 'helm',
    values: values?.file,
    helmValues: values?.values ?? {},
    identity: values?.values.cluster === undefined ? [`cluster.name=${name}`, `cluster.id=${id}`] : [],
    datapathMode: datapathMode(cluster),
    upgradeValues: upgrade && {
      file: upgrade.file,
      values: upgrade.value ?? {},
      hash: createHash('sha256').update(upgrade.text).digest('hex').slice(0, 16),
    },
    patches,
    files: settings.manifests.every(each => typeof each === 'string')
      ? settings.manifests.map(each => ({ path: at(each), isFolder: isFolder(at(each), manifests) }))
      : undefined,
    workloads: manifests.flatMap(waitableWorkload),
    images: [...new Set(manifests.flatMap(imagesOf))].sort(),
    serviceType: ['NodePort', 'LoadBalancer', 'ClusterIP'].includes(serviceType)
      ? serviceType
      : settings.kind === undefined
        ? 'LoadBalancer'
        : 'NodePort',
    valuesEnableMesh:
      clustermesh?.useAPIServer === true &&
      (serviceType === 'ClusterIP' || clustermesh.apiserver?.tls?.auto !== undefined),
    needsMcsCrds:
      version?.traits.mcsApi === true &&
      !version.traits.mcsApiInstallsCrds &&
      clustermesh?.enableMCSAPISupport === true,
    etcd: version?.traits.clusterMeshApiserver === false ? externalEtcd(cluster, all, sources, fault) : undefined,
  };
}

/**
 * With `ipam.mode: cluster-pool`, Cilium uses an overlay unless the values say otherwise, also in a cloud. The cilium
 * CLI checks only `routingMode`, and would configure the cloud beside it: `eni.enabled` and native routing on EKS.
 */
function datapathMode({ settings, values }: ClusterInput): 'tunnel' | undefined {
  const isOverlay = values?.values.ipam?.mode === 'cluster-pool' && values.values.routingMode === undefined;
  return settings.kind === undefined && isOverlay ? 'tunnel' : undefined;
}

/** Whether a path of manifests is a folder: their files are in it. */
function isFolder(place: string, manifests: readonly Manifest[]): boolean {
  return manifests.some(({ file }) => file.startsWith(`${place.replace(/\/+$/, '')}/`));
}

function readKindFile(file: string, problems: LiveMeshProblem[]): KindFile {
  const configuration: any = readValue(file, problems)?.value;
  const { podSubnet, serviceSubnet } = configuration?.networking ?? {};
  return { file, podSubnet, serviceSubnet, host: kindHost(configuration) };
}

function readUpgradeValues(file: string, problems: LiveMeshProblem[]): ReturnType<typeof readValue> {
  const read = readValue(file, problems);
  if (read && (typeof (read.value ?? {}) !== 'object' || Array.isArray(read.value))) {
    const got = Array.isArray(read.value) ? 'a list' : JSON.stringify(read.value).slice(0, 100);
    const message = `Helm values must be a mapping, got ${got}`;
    problems.push({ file, message, fix: 'write the values as `key: value`' });
  }
  return read;
}
