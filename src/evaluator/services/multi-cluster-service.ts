import { balancedView } from './balance';
import { exportManifest, olderFirst, ServiceExport, serviceExport } from './service-export';
import {
  backendsOf,
  emptyView,
  exportsServices,
  headlessReason,
  serviceIn,
  ServiceQuery,
  ServiceView,
  UnsharedBackend,
} from './service-view';
import { Family } from '../../cilium/ip-address';
import { annotationValue, isTrue, SERVICE_KEYS } from '../../cilium/service-annotations';
import { Traits } from '../../cilium/traits';
import { EvaluatedMesh } from '../read/mesh';
import { affinityOf, EndpointPort, EvaluatedService, ServicePort } from '../read/service';

/**
 * The view of a service of the Multi-Cluster Services API.
 *
 * - Its backends are those of all clusters that export it.
 * - Clusters that have its namespace and read ServiceImports get it.
 * - Clients connect to a Service that Cilium derives from all exports.
 * - The oldest export decides whether the derived Service is headless, its affinity, and whether it synchronizes
 *   EndpointSlices.
 * - It has the ports of all exports. If two conflict, the older one wins.
 *
 * Source: pkg/clustermesh/mcsapi/serviceimport_controller.go, service_controller.go and
 * endpointslice_mirror_controller.go, v1.20.2.
 */
export function importedView(
  mesh: EvaluatedMesh,
  namespace: string,
  name: string,
  clusterName: string,
  query: ServiceQuery,
): ServiceView {
  const cluster = mesh.cluster(clusterName)!;
  const without = (reason: string): ServiceView => emptyView(clusterName, [reason]);
  if (!cluster.settings.mcsApi) {
    return without(`${clusterName} does not read ServiceImports (clustermesh.mcsapi.enabled)`);
  }
  if (!cluster.namespaces.has(namespace)) {
    return without(`${clusterName} has no namespace ${namespace}`);
  }
  if (!exportsServices(mesh, namespace, clusterName)) {
    return without(`the namespace ${namespace} is not global in ${clusterName}, so Cilium imports nothing into it`);
  }
  const reasons: string[] = [];
  const exported: ServiceExport[] = [];
  for (const each of mesh.clusters) {
    const manifest = exportManifest(each, namespace, name);
    const found = serviceExport(mesh, each, namespace, name);
    if (manifest && !found) {
      const problem = serviceIn(mesh, namespace, name, each.name)
        ? `${each.name} exports ${namespace}/${name}, which is of type ExternalName`
        : `${each.name} exports ${namespace}/${name}, but has no such Service`;
      if (each === cluster) {
        return without(`${problem}: while its own export is invalid, ${each.name} imports nothing`);
      }
      reasons.push(problem);
    } else if (found && !exportsServices(mesh, namespace, each.name)) {
      reasons.push(`the namespace ${namespace} is not global in ${each.name}`);
    } else if (found) {
      exported.push(found);
    }
  }
  if (exported.length === 0) {
    return emptyView(clusterName, [...reasons, 'no cluster exports it']);
  }
  const ordered = exported.sort(olderFirst);
  const derived = derivedService(ordered, clusterName, cluster.settings.policy.traits);
  const local: UnsharedBackend[] = [];
  const remote: UnsharedBackend[] = [];
  for (const { service } of ordered) {
    const backends = backendsOf(mesh, service).map(backend => ({
      ...backend,
      ports: agreedPorts(backend.ports, service, derived, cluster.settings.policy.traits),
    }));
    if (service.cluster === clusterName) {
      local.push(...backends);
    } else if (
      derived.shared &&
      (!derived.headless || (derived.endpointSliceSync && cluster.settings.endpointSliceSync))
    ) {
      remote.push(...backends);
    } else {
      reasons.push(
        derived.shared
          ? headlessReason(clusterName)
          : `${service.cluster} does not share its backends (exportedAnnotations has shared: "false")`,
      );
    }
  }
  return balancedView(mesh, clusterName, derived, local, remote, reasons, query);
}

/** The Service that Cilium derives from exports. The oldest export comes first. */
function derivedService(exported: readonly ServiceExport[], cluster: string, traits: Traits): EvaluatedService {
  const [{ service: oldest, annotations }] = exported;
  const ports: ServicePort[] = [];
  for (const port of exported.flatMap(({ service }) => service.ports)) {
    const isSame = (each: ServicePort) => each.port === port.port && each.protocol === port.protocol;
    if (!ports.some(each => isSame(each) || (each.name ?? '') === (port.name ?? ''))) {
      ports.push({ ...port, targetPort: port.port });
    }
  }
  const sync = annotations[SERVICE_KEYS.endpointSliceSync];
  return {
    ...oldest,
    cluster,
    selector: undefined,
    ports,
    global: true,
    shared: isTrue(annotationValue(annotations, SERVICE_KEYS.shared) ?? 'true'),
    affinity: affinityOf(annotations, traits),
    // Cilium derives a Service of type ClusterIP
    type: 'ClusterIP',
    isExposed: false,
    externalLocal: false,
    sessionAffinity: false,
    sourceRanges: [],
    families: commonFamilies(exported.map(({ service }) => service.families)),
    endpointSliceSync: sync === undefined ? oldest.headless : isTrue(sync),
    endpoints: [],
    addresses: [],
    imported: true,
  };
}

/** The families of all exports; an export without any of them is left out (intersectIPFamilies). */
function commonFamilies(families: ReadonlyArray<readonly Family[]>): readonly Family[] {
  return families.reduce((common, own) => {
    const both = common.filter(each => own.includes(each));
    return both.length > 0 ? both : common;
  });
}

/**
 * The ports of a backend whose Service agrees with the derived one on name, number and protocol. Cilium compares them
 * since 1.19.
 */
function agreedPorts(
  ports: readonly EndpointPort[],
  service: EvaluatedService,
  derived: EvaluatedService,
  traits: Traits,
): readonly EndpointPort[] {
  const named = (of: EvaluatedService, name: string) => of.ports.find(each => (each.name ?? '') === name);
  return !traits.exportedPortsCompared
    ? ports
    : ports.filter(({ name }) => {
      const [own, theirs] = [named(service, name), named(derived, name)];
      return theirs !== undefined && own?.port === theirs.port && own.protocol === theirs.protocol;
    });
}
