import { ReportFault } from './problem';
import { CiliumVersion } from '../../cilium/version';
import { ClusterInput } from '../../manifests/input';
import { LiveEtcd, LivePatch } from '../plans/live-mesh';

/** The values and patches that decide how a cluster of Cilium 1.9 is meshed. */
export interface EtcdSources {
  /** Both sets of Helm values, merged. */
  readonly values: { readonly [key: string]: any };
  readonly patches: readonly LivePatch[];
}

const SECRET = 'cilium-clustermesh';
const SERVICE = 'cilium-etcd-external';
const CONSTRUCT = 'ExternalEtcdMesh writes everything that it needs; or set ciliumVersion to 1.14 to 1.20';

/** The etcd of a cluster without a clustermesh-apiserver; reports everything that is missing for a mesh. */
export function externalEtcd(
  cluster: ClusterInput,
  all: readonly ClusterInput[],
  sources: EtcdSources,
  fault: ReportFault,
): LiveEtcd {
  const others = all.filter(each => each !== cluster);
  const secret = findInSystem(cluster, 'Secret', SECRET);
  const service = findInSystem(cluster, 'Service', SERVICE);
  const addresses = Object.fromEntries(
    all.flatMap(({ name }) => {
      const text = entryOf(secret, name);
      return text === undefined ? [] : [[name, text]];
    }),
  );
  if (others.length > 0) {
    reportMissing(cluster, others, { ...sources, addresses }, fault);
  }
  const entries = { ...secret?.data, ...secret?.stringData };
  const hasKey = (name: string) => entries[`${name}.etcd-client.key`] !== undefined;
  // the Secret of the manifests may contain keys: only the addresses go into the plan
  const addressSecret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: SECRET, namespace: 'kube-system' },
    data: encodeAll(addresses),
  };
  const list = { apiVersion: 'v1', kind: 'List', items: [...(service ? [service] : []), addressSecret] };
  return {
    objects: `${JSON.stringify(list, undefined, 2)}\n`,
    loadBalancer: service?.spec?.type === 'LoadBalancer',
    managed: sources.values.etcd?.managed === true,
    otherClusters: others.map(each => each.name),
    certificatesInManifests: all.map(each => each.name).filter(hasKey),
  };
}

function reportMissing(
  cluster: ClusterInput,
  others: readonly ClusterInput[],
  { values, patches, addresses }: EtcdSources & { readonly addresses: { readonly [cluster: string]: string } },
  fault: ReportFault,
): void {
  const { name, settings } = cluster;
  const intro = `${name}: Cilium ${settings.ciliumVersion} is meshed through an etcd of each cluster, but`;
  for (const other of others) {
    const version = other.settings.ciliumVersion ?? CiliumVersion.DEFAULT;
    if (CiliumVersion.parse(version)?.traits.clusterMeshApiserver) {
      const message = `${intro} ${other.name} runs Cilium ${version}, which connects through the clustermesh-apiserver`;
      fault('ciliumVersion', message, 'set one ciliumVersion for all clusters of the mesh');
    }
  }
  if (values.etcd?.enabled !== true) {
    const field = settings.upgradeValues === undefined ? '' : 'upgradeValues';
    const fix = `${CONSTRUCT}; without it, write etcd.enabled: true and identityAllocationMode: kvstore`;
    fault(field, `${intro} neither values nor upgradeValues enable it`, fix);
  }
  const unknown = others.filter(other => addresses[other.name] === undefined).map(other => other.name);
  if (unknown.length > 0) {
    const message =
      `${intro} the manifests contain no Secret kube-system/${SECRET} ` +
      `with the address of the etcd of ${unknown.join(', ')}`;
    fault('manifests', message, CONSTRUCT);
  }
  const usesNames = others.some(other => addresses[other.name]?.includes('.mesh.cilium.io'));
  const isAliasPatch = ({ stage, kind, name: object }: LivePatch) =>
    stage === 'connect' && kind === 'DaemonSet' && object === 'cilium';
  if (usesNames && !patches.some(isAliasPatch)) {
    const message =
      `${intro} no patch of the stage connect adds the addresses of the other etcds (hostAliases) ` +
      'to the DaemonSet kube-system/cilium';
    fault('patches', message, CONSTRUCT);
  }
}

function findInSystem({ manifests }: ClusterInput, kind: string, name: string): any {
  return manifests
    .map(each => each.object)
    .find(each => each.kind === kind && each.metadata.namespace === 'kube-system' && each.metadata.name === name);
}

/** The decoded entry of a Secret. */
function entryOf(secret: any, key: string): string | undefined {
  const encoded = secret?.data?.[key];
  const decoded = typeof encoded === 'string' ? Buffer.from(encoded, 'base64').toString() : undefined;
  return secret?.stringData?.[key] ?? decoded;
}

function encodeAll(texts: { readonly [key: string]: string }): { [key: string]: string } {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]));
}
