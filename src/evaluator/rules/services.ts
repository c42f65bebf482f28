import { FindingCode } from './codes';
import { FindingContext } from './context';
import { Finding, found, some } from './finding';
import { didYouMean } from '../../diagnostics/did-you-mean';
import { EvaluatedCluster } from '../read/cluster';
import { texts } from '../read/namespace';
import { EvaluatedService, selectedWorkloads, targetPort } from '../read/service';
import { shownWorkload, Workload } from '../read/workload';

/** Services that lack backends, or their other sides in other clusters. */
export function serviceFindings(context: FindingContext): Finding[] {
  return context.mesh.clusters.flatMap(cluster => [
    ...cluster.services.flatMap(service => [...service.global ? otherSides(context, cluster, service) : [], ...backends(context, cluster, service)]),
    ...serviceExports(cluster),
  ]);
}

/** Other sides of a global Service that are missing, not global, or elsewhere. */
function otherSides(context: FindingContext, cluster: EvaluatedCluster, { manifest, namespace, name }: EvaluatedService): Finding[] {
  const said = texts(manifest.object.metadata.annotations)['service.cilium.io/global'];
  const at = `metadata.annotations[${JSON.stringify(said === undefined ? 'io.cilium/global-service' : 'service.cilium.io/global')}]`;
  const finding = (code: FindingCode, path: string, message: string, fix: string) => found(code, cluster.name, manifest, path, message, fix);
  const sides = context.mesh.clusters.filter(each => each !== cluster)
    .map(other => ({ other, theirs: other.services.find(each => each.name === name && each.namespace === namespace) }));
  const hasPartner = sides.some(({ theirs }) => theirs?.global);
  const findings = sides.flatMap(({ other, theirs }) => {
    if (theirs) {
      return theirs.global ? [] : [finding('service-not-global', at, `the Service is global here, and not in ${other.name}: neither side gets the other's backends`,
        `add service.cilium.io/global: "true" to ${namespace}/${name} in ${other.name}`)];
    }
    const elsewhere = other.services.filter(each => each.name === name && each.global).map(each => each.namespace);
    if (elsewhere.length > 0) {
      return [finding('service-in-other-namespace', 'metadata.namespace', `${other.name} has a global Service ${name} in namespace ${elsewhere.join(', ')}, here it is in ${namespace}: only equal names in equal namespaces are one service`,
        'put both into one namespace')];
    }
    const near = didYouMean(name, other.services.filter(each => each.global && each.namespace === namespace).map(each => each.name));
    return hasPartner && !other.workloads.some(each => each.namespace === namespace) ? [] : [finding('service-missing', at,
      `${other.name} has no Service ${namespace}/${name}${near}: its clients have nothing to ask, and it adds no backends`,
      `add the Service to ${other.name} too, with service.cilium.io/global: "true"`)];
  });
  const isGlobal = cluster.namespaces.get(namespace)?.exportsServices ?? true;
  return isGlobal ? findings : [...findings, finding('service-namespace-not-global', at, `the Service is global, but its namespace ${namespace} is not global in ${cluster.name}: other clusters do not get its backends`,
    'annotate the namespace with clustermesh.cilium.io/global: "true", or set clustermesh.defaultGlobalNamespace: true in the Helm values')];
}

/** A Service that no pod is behind, though some nearly are, or whose pods lack its port. */
function backends(context: FindingContext, cluster: EvaluatedCluster, service: EvaluatedService): Finding[] {
  const { manifest, selector, namespace } = service;
  if (!selector || service.externalName) {
    return [];
  }
  const selected = selectedWorkloads(service, cluster.workloads);
  if (selected.length > 0) {
    return service.ports.flatMap((port, index) => selected.every(each => targetPort(port, each) === undefined) ? [found('service-port-unknown', cluster.name, manifest, `spec.ports[${index}]`,
      `no container of ${some(selected.map(shownWorkload))} has a port named ${JSON.stringify(port.targetPort)} with protocol ${port.protocol}: the port leads nowhere`,
      portNames(selected.flatMap(each => each.ports)))] : []);
  }
  const hasBackendsIn = (other: EvaluatedCluster) => other.services.some(each => isSame(each, service) && each.global && selectedWorkloads(each, other.workloads).length > 0);
  if (service.global && context.mesh.clusters.some(hasBackendsIn)) {
    return []; // a cluster may well have no backends of its own
  }
  const there = cluster.workloads.filter(each => each.namespace === namespace);
  const wrong = (labels: { readonly [key: string]: string }) => Object.entries(selector).filter(([key, value]) => labels[key] !== value);
  const near = Object.keys(selector).length > 1 ? there.filter(each => wrong(each.podLabels).length === 1) : [];
  if (near.length > 0) {
    const [[key, value]] = wrong(near[0].podLabels);
    return [found('service-selects-nothing', cluster.name, manifest, 'spec.selector',
      `it selects no workload of ${cluster.name}; ${some(near.map(shownWorkload))} would match, but for ${key}=${value}`, 'correct the selector, or the labels of the pods')];
  }
  const suggestion = Object.entries(selector).map(([key, value]) => didYouMean(value, there.flatMap(each => each.podLabels[key] ?? []))).find(each => each !== '');
  return suggestion === undefined ? [] : [found('service-selects-nothing', cluster.name, manifest, 'spec.selector', `it selects no workload of ${cluster.name}${suggestion}`,
    'correct the selector, or the labels of the pods')];
}

function isSame(one: EvaluatedService, other: EvaluatedService): boolean {
  return one.name === other.name && one.namespace === other.namespace;
}

function portNames(ports: Workload['ports']): string {
  return ports.length > 0 ? `name one of ${some(ports.map(({ name, port, protocol }) => `${name ?? port} (${protocol})`))}` : 'name the port in the containers, or write its number';
}

function serviceExports(cluster: EvaluatedCluster): Finding[] {
  return cluster.serviceExports.flatMap(manifest => {
    const { name, namespace = 'default' } = manifest.object.metadata;
    const setting = cluster.version.traits.mcsApiValues ? 'clustermesh.mcsapi.enabled' : 'clustermesh.enableMCSAPISupport';
    return [
      ...cluster.settings.mcsApi ? [] : [found('service-export-disabled', cluster.name, manifest, 'kind', `${cluster.name} reads no ServiceExports: the service is not exported`,
        cluster.version.traits.mcsApi ? `set ${setting}: true in the Helm values of the cluster` : 'upgrade the cluster to Cilium 1.17 or later, or use a global Service')],
      ...cluster.services.some(each => each.name === name && each.namespace === namespace) ? [] : [found('service-export-without-service', cluster.name, manifest, 'metadata.name',
        `${cluster.name} has no Service ${namespace}/${name} to export${didYouMean(name, cluster.services.filter(each => each.namespace === namespace).map(each => each.name))}`, 'correct the name, or add the Service')],
    ];
  });
}
