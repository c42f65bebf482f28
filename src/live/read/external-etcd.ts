import { CiliumVersion } from '../../cilium/version';
import { LiveEtcd, LivePatch } from '../plans/live-mesh';
import { ClusterInput } from '../../manifests/input';

/** Tells of something that stands against a plan. */
export type TellFault = (field: string, message: string, fix: string) => void;

/** What says how a cluster of Cilium 1.9 is meshed. */
export interface EtcdSources {
  /** Both sets of Helm values. */
  readonly values: { readonly [key: string]: any };
  readonly patches: readonly LivePatch[];
}

const SECRET = 'cilium-clustermesh';
const SERVICE = 'cilium-etcd-external';

/** The etcd of a cluster whose Cilium has no clustermesh-apiserver that could be connected; everything that is missing for a mesh. */
export function externalEtcd(cluster: ClusterInput, all: readonly ClusterInput[], { values, patches }: EtcdSources, fault: TellFault): LiveEtcd {
  const { name, settings } = cluster;
  const before = `${name}: Cilium ${settings.ciliumVersion} is meshed through an etcd of each cluster, but`;
  const construct = 'ExternalEtcdMesh writes all that it needs; or set ciliumVersion to 1.14 to 1.20';
  const others = all.filter(each => each !== cluster);
  const inSystem = (kind: string, object: string) => cluster.manifests.map(each => each.object)
    .find(each => each.kind === kind && each.metadata.namespace === 'kube-system' && each.metadata.name === object);
  const secret = inSystem('Secret', SECRET);
  const service = inSystem('Service', SERVICE);
  const entry = (key: string): string | undefined => secret?.stringData?.[key] ?? (typeof secret?.data?.[key] === 'string' ? Buffer.from(secret.data[key], 'base64').toString() : undefined);
  if (others.length > 0) {
    for (const other of others.filter(each => CiliumVersion.parse(each.settings.ciliumVersion ?? CiliumVersion.DEFAULT)?.atLeast(14))) {
      fault('ciliumVersion', `${before} ${other.name} runs ${other.settings.ciliumVersion ?? CiliumVersion.DEFAULT}, which is connected in another way`, 'set one ciliumVersion for all clusters of the mesh');
    }
    if (values.etcd?.enabled !== true) {
      fault(settings.upgradeValues === undefined ? '' : 'upgradeValues', `${before} neither values nor upgradeValues turn it on`, `${construct}; by hand: etcd.enabled: true, identityAllocationMode: kvstore`);
    }
    const unknown = others.filter(other => entry(other.name) === undefined).map(other => other.name);
    if (unknown.length > 0) {
      fault('manifests', `${before} there is no Secret kube-system/${SECRET} in the manifests that says where the etcd of ${unknown.join(', ')} is`, construct);
    }
    const byName = others.some(other => entry(other.name)?.includes('.mesh.cilium.io'));
    if (byName && !patches.some(patch => patch.stage === 'connect' && patch.kind === 'DaemonSet' && patch.name === 'cilium')) {
      fault('patches', `${before} no patch of the stage connect gives the DaemonSet kube-system/cilium the addresses of the other etcds (hostAliases)`, construct);
    }
  }
  const supplied = all.map(each => each.name).filter(each => [secret?.data, secret?.stringData].some(data => data?.[`${each}.etcd-client.key`] !== undefined));
  // the manifests may hold keys as well: nothing but these entries is passed on
  const places = Object.fromEntries(all.map(each => [each.name, entry(each.name)]).filter(([, text]) => text !== undefined));
  const items = [...service ? [service] : [], { apiVersion: 'v1', kind: 'Secret', metadata: { name: SECRET, namespace: 'kube-system' }, data: encoded(places) }];
  return {
    objects: `${JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, undefined, 2)}\n`,
    loadBalancer: service?.spec?.type === 'LoadBalancer',
    managed: values.etcd?.managed === true,
    others: others.map(each => each.name),
    supplied,
  };
}

function encoded(texts: { readonly [key: string]: string }): { [key: string]: string } {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]));
}
