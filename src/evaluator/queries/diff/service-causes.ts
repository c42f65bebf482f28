import { changedFields } from './changed-fields';
import { Manifest } from '../../../manifests/manifest';
import { EvaluatedCluster } from '../../read/cluster';
import { EvaluatedMesh } from '../../read/mesh';
import { Workload } from '../../read/workload';
import { ServiceName } from '../../services/service-name';
import { backendsOf, serviceIn } from '../../services/service-view';

/** An object of the manifests that changes, and that connections to a service depend on. */
export interface ServiceCause {
  readonly change: 'added' | 'removed' | 'changed';
  readonly cluster: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** The fields that change, sorted; none for an object that is added or removed. */
  readonly paths: readonly string[];
  /** The place after the change; before it, if the object is removed. */
  readonly file: string;
  readonly line?: number;
}

/**
 * What changes connections of the clients of a cluster to a service: the Services, exports and addresses of its name,
 * and the workloads behind it. Those of other clusters count if the service spans clusters.
 */
export function serviceCauses(
  before: EvaluatedMesh,
  after: EvaluatedMesh,
  service: ServiceName,
  cluster: string,
): ServiceCause[] {
  const meshes = [before, after];
  const clusters = [...new Set(meshes.flatMap(mesh => mesh.clusters.map(({ name }) => name)))].sort();
  const spans =
    service.clusterset || meshes.some(mesh => serviceIn(mesh, service.namespace, service.name, cluster)?.global);
  return clusters
    .filter(each => each === cluster || spans)
    .flatMap(each => {
      const [was, is] = meshes.map(mesh => namedObjects(mesh, service, each));
      const backends = meshes.flatMap(mesh => backendWorkloads(mesh, service, each));
      // a workload that a Service no longer selects is no less there
      backends.forEach(workload => {
        was.set(objectKey(workload.manifest), sameWorkload(before, workload)?.manifest);
        is.set(objectKey(workload.manifest), sameWorkload(after, workload)?.manifest);
      });
      return [...new Set([...was.keys(), ...is.keys()])].flatMap(key => causesOf(each, was.get(key), is.get(key)));
    });
}

function causesOf(cluster: string, before: Manifest | undefined, after: Manifest | undefined): ServiceCause[] {
  const manifest = (after ?? before)!;
  const { kind, metadata } = manifest.object;
  const paths = before && after ? changedFields(before.object, after.object).filter(FIELDS[kind] ?? isPodField) : [];
  if (before && after && paths.length === 0) {
    return [];
  }
  const line = manifest.line(paths[0]);
  return [
    {
      change: !before ? 'added' : !after ? 'removed' : 'changed',
      cluster,
      kind,
      namespace: metadata.namespace ?? 'default',
      name: metadata.name,
      paths,
      file: manifest.file,
      ...(line === undefined ? {} : { line }),
    },
  ];
}

/** The fields that connections to a service depend on. */
const FIELDS: { readonly [kind: string]: (path: string) => boolean } = {
  Service: path => /^(spec\b|metadata\.annotations($|\["(service\.cilium\.io|io\.cilium)\/))/.test(path),
  Endpoints: path => path.startsWith('subsets'),
  EndpointSlice: path => /^(endpoints|ports|addressType|metadata\.labels)\b/.test(path),
  ServiceExport: path => /^(spec\b|metadata\.(annotations|creationTimestamp)\b)/.test(path),
  ServiceImport: path => /^(spec\b|metadata\.annotations\b)/.test(path),
};

/** Of a workload: the number of its pods, their labels and ports, whether they are ready, and their network. */
function isPodField(path: string): boolean {
  return /\b(replicas|parallelism|completions|suspend|ordinals|ports|hostNetwork|readinessGates|status)\b|labels/.test(path);
}

/** The objects of a service's name in a cluster, by kind, namespace and name. */
function namedObjects(mesh: EvaluatedMesh, service: ServiceName, name: string): Map<string, Manifest | undefined> {
  const cluster = mesh.cluster(name);
  const named = cluster ? (objectsByService(cluster).get(`${service.namespace}/${service.name}`) ?? []) : [];
  return new Map(
    named
      .filter(({ object }) => service.clusterset || !OF_CLUSTER_SETS.includes(object.kind))
      .map(manifest => [objectKey(manifest), manifest]),
  );
}

function backendWorkloads(mesh: EvaluatedMesh, { namespace, name }: ServiceName, cluster: string): Workload[] {
  const service = serviceIn(mesh, namespace, name, cluster);
  return service?.selector ? backendsOf(mesh, service).flatMap(({ workload }) => workload ?? []) : [];
}

function sameWorkload(mesh: EvaluatedMesh, { cluster, kind, namespace, name }: Workload): Workload | undefined {
  return mesh
    .cluster(cluster)
    ?.workloads.find(each => each.kind === kind && each.namespace === namespace && each.name === name);
}

function objectKey({ object: { kind, metadata } }: Manifest): string {
  return `${kind} ${metadata.namespace ?? 'default'}/${metadata.name}`;
}

const OF_CLUSTER_SETS = ['ServiceExport', 'ServiceImport'];

/** A cluster may have thousands of services, and as many rows about them. */
const OBJECTS = new WeakMap<EvaluatedCluster, ReadonlyMap<string, readonly Manifest[]>>();

function objectsByService(cluster: EvaluatedCluster): ReadonlyMap<string, readonly Manifest[]> {
  const known = OBJECTS.get(cluster);
  if (known) {
    return known;
  }
  const all = new Map<string, Manifest[]>();
  for (const manifest of cluster.input.manifests) {
    const { kind, metadata } = manifest.object;
    if (FIELDS[kind]) {
      const name = kind === 'EndpointSlice' ? metadata.labels?.['kubernetes.io/service-name'] : metadata.name;
      const key = `${metadata.namespace ?? 'default'}/${name}`;
      all.set(key, [...(all.get(key) ?? []), manifest]);
    }
  }
  OBJECTS.set(cluster, all);
  return all;
}
