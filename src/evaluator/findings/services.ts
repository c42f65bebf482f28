import { FindingContext } from './context';
import { Finding, found, some } from './finding';
import { list, rawRules } from './raw-rules';
import { didYouMean } from '../../model/suggest';
import { serviceNames, serviceView } from '../backends';
import { EvaluatedCluster } from '../mesh/cluster';
import { texts } from '../mesh/namespace';
import { ALIASES, EvaluatedService, selectedWorkloads, targetPort } from '../mesh/service';
import { shownWorkload } from '../mesh/workload';

/** What is wrong with Services and their annotations, and with the rules that name Services. */
export function serviceFindings(context: FindingContext): Finding[] {
  return [
    ...context.mesh.clusters.flatMap(cluster => [
      ...cluster.services.flatMap(service => [
        ...annotations(cluster, service), ...combinations(cluster, service), ...acrossClusters(context, cluster, service), ...backends(cluster, service),
      ]),
      ...serviceExports(cluster),
      ...toServices(context, cluster),
    ]),
    ...partial(context),
  ];
}

/** Values of each annotation, where they are a closed set (pkg/annotation/k8s.go and pkg/loadbalancer, v1.20.2). */
const VALUES: { readonly [key: string]: readonly string[] | undefined } = {
  'service.cilium.io/global': ['true', 'false'],
  'service.cilium.io/shared': ['true', 'false'],
  'service.cilium.io/affinity': ['local', 'remote', 'none'],
  'service.cilium.io/global-sync-endpoint-slices': ['true', 'false'],
  'service.cilium.io/lb-algorithm': ['random', 'maglev'],
  'service.cilium.io/forwarding-mode': ['dsr', 'snat'],
  'service.cilium.io/type': ['ClusterIP', 'NodePort', 'LoadBalancer'],
  'service.cilium.io/src-ranges-policy': ['allow', 'deny'],
  'service.cilium.io/proxy-delegation': ['none', 'delegate-if-local'],
  'service.cilium.io/node': undefined,
  'service.cilium.io/node-selector': undefined,
  'service.cilium.io/include-external': ['true', 'false'],
};

const LEGACY: { readonly [alias: string]: string } = Object.fromEntries(Object.entries(ALIASES).map(([key, alias]) => [alias, key]));

/** Keys of Cilium's that are mistyped or old, and values that mean something else than they look like. */
function annotations(cluster: EvaluatedCluster, { manifest }: EvaluatedService): Finding[] {
  const said = texts(manifest.object.metadata.annotations);
  return Object.entries(said).flatMap(([key, value]) => {
    const path = `metadata.annotations[${JSON.stringify(key)}]`;
    const current = LEGACY[key] ?? key;
    if (LEGACY[key] === undefined && !Object.prototype.hasOwnProperty.call(VALUES, key)) {
      const near = didYouMean(key, [...Object.keys(VALUES), ...Object.keys(LEGACY)]);
      return /^(service\.cilium\.io|io\.cilium)\//.test(key) && !/^io\.cilium\/lb-ipam|^io\.cilium\.network/.test(key) || near !== ''
        ? [found('service-annotation-unknown', cluster.name, manifest, path, `Cilium knows no annotation ${key}${near}`, 'correct the key; Cilium ignores it as it is')]
        : [];
    }
    const allowed = VALUES[current];
    const known = allowed === undefined || allowed.includes(['true', 'false'].includes(value.toLowerCase()) || current.endsWith('/affinity') ? value.toLowerCase() : value);
    const meaning = allowed?.includes('true') ? 'everything but true is false' : current.endsWith('/affinity') ? 'it means none' : 'Cilium ignores it';
    return [
      ...LEGACY[key] === undefined ? [] : said[current] !== undefined
        ? [found('service-annotation-legacy', cluster.name, manifest, path, `${key} is an old name of ${current}, which is there too and wins`, `remove ${key}`)]
        : [found('service-annotation-legacy', cluster.name, manifest, path, `${key} is an old name of ${current}`, `write ${current}, unless clusters before Cilium 1.13 read it`)],
      ...known ? [] : [found('service-annotation-value', cluster.name, manifest, path, `${key} does not take ${JSON.stringify(value)}: ${meaning}`, `write ${allowed!.map(each => JSON.stringify(each)).join(' or ')}`)],
      ...current === 'service.cilium.io/affinity' && value.toLowerCase() === 'none' && keepsRemotesAway(cluster)
        ? [found('service-affinity-none', cluster.name, manifest, path, `affinity none, written out, keeps Cilium ${cluster.version.text} from using remote backends (cilium/cilium#46623)`, 'remove the annotation: none is the default')] : [],
    ];
  });
}

/** cilium/cilium#46623 is about 1.18.10 and later patches of 1.18. */
function keepsRemotesAway({ version }: EvaluatedCluster): boolean {
  const patch = Number(/^v?\d+\.\d+\.(\d+)/.exec(version.text)?.[1]);
  return version.minor === 18 && patch >= 10;
}

/** Annotations that mean nothing without another. */
function combinations(cluster: EvaluatedCluster, service: EvaluatedService): Finding[] {
  const { manifest } = service;
  const said = texts(manifest.object.metadata.annotations);
  const keyOf = (key: string) => said[key] !== undefined ? key : said[ALIASES[key]] !== undefined ? ALIASES[key] : undefined;
  const unused = service.global ? [] : ['service.cilium.io/shared', 'service.cilium.io/affinity', 'service.cilium.io/global-sync-endpoint-slices'].flatMap(key => keyOf(key) ?? []);
  const sync = said['service.cilium.io/global-sync-endpoint-slices']?.toLowerCase() === 'true';
  return [
    ...unused.map(key => found('service-annotation-without-global', cluster.name, manifest, `metadata.annotations[${JSON.stringify(key)}]`,
      `${key} means nothing: the Service is not global`, 'add service.cilium.io/global: "true", or remove it')),
    ...service.global && (service.headless || sync) && !cluster.settings.endpointSliceSync ? [found('service-headless-without-sync', cluster.name, manifest, sync ? 'metadata.annotations["service.cilium.io/global-sync-endpoint-slices"]' : 'spec.clusterIP',
      `${service.headless ? 'the Service is headless' : 'EndpointSlices are asked for'}, and ${cluster.name} does not synchronize EndpointSlices: DNS answers with the pods of ${cluster.name} alone`,
      'set clustermesh.enableEndpointSliceSynchronization: true in the Helm values of the cluster')] : [],
  ];
}

/** One side of a global service that is missing, not global, or elsewhere. */
function acrossClusters(context: FindingContext, cluster: EvaluatedCluster, service: EvaluatedService): Finding[] {
  if (!service.global) {
    return [];
  }
  const { manifest, namespace, name } = service;
  const at = manifest.object.metadata.annotations?.['service.cilium.io/global'] === undefined ? 'metadata.annotations["io.cilium/global-service"]' : 'metadata.annotations["service.cilium.io/global"]';
  const others = context.mesh.clusters.filter(each => each !== cluster);
  const namesakes = others.map(other => ({ other, theirs: other.services.find(each => each.name === name && each.namespace === namespace) }));
  const partner = namesakes.some(({ theirs }) => theirs?.global);
  const findings: Finding[] = [];
  for (const { other, theirs } of namesakes) {
    if (theirs && !theirs.global) {
      findings.push(found('service-not-global', cluster.name, manifest, at, `the Service is global here, and not in ${other.name}: neither side gets the other's backends`,
        `add service.cilium.io/global: "true" to ${namespace}/${name} in ${other.name}`));
    } else if (!theirs) {
      const elsewhere = other.services.filter(each => each.name === name && each.global).map(each => each.namespace);
      if (elsewhere.length > 0) {
        findings.push(found('service-in-other-namespace', cluster.name, manifest, 'metadata.namespace', `${other.name} has a global Service ${name} in namespace ${elsewhere.join(', ')}, here it is in ${namespace}: only equal namespaces and names are one service`,
          'put both into one namespace'));
      } else if (!partner || other.workloads.some(each => each.namespace === namespace)) {
        findings.push(found('service-missing', cluster.name, manifest, at, `${other.name} has no Service ${namespace}/${name}: its clients cannot ask for it, and it adds no backends`,
          `add the Service to ${other.name} too, with service.cilium.io/global: "true"`));
      }
    }
  }
  const isGlobal = cluster.namespaces.get(namespace)?.global ?? true;
  if (!isGlobal) {
    findings.push(found('service-namespace-not-global', cluster.name, manifest, at, `the Service is global, but its namespace ${namespace} is not global in ${cluster.name}: its backends stay there`,
      'annotate the namespace with clustermesh.cilium.io/global: "true", or set clustermesh.defaultGlobalNamespace'));
  }
  return findings;
}

/** A Service that no pod is behind, though its namespace has pods, or whose pods lack its port. */
function backends(cluster: EvaluatedCluster, service: EvaluatedService): Finding[] {
  const { manifest, selector, namespace } = service;
  const there = cluster.workloads.filter(each => each.namespace === namespace);
  const selected = selectedWorkloads(service, cluster.workloads);
  if (!selector || service.externalName) {
    return [];
  }
  if (selected.length === 0) {
    const near = there.filter(each => Object.entries(selector).filter(([key, value]) => each.podLabels[key] !== value).length === 1 && Object.keys(selector).length > 1);
    const values = Object.entries(selector).map(([key, value]) => didYouMean(value, there.flatMap(each => each.podLabels[key] ?? []))).find(each => each !== '') ?? '';
    return service.global || (near.length === 0 && values === '') ? [] : [found('service-selects-nothing', cluster.name, manifest, 'spec.selector',
      `it selects no workload of ${cluster.name}${near.length > 0 ? `; ${some(near.map(shownWorkload))} would match, but for one label` : values}`, 'correct the selector, or the labels of the pods')];
  }
  return service.ports.flatMap((port, index) => selected.every(each => targetPort(port, each) === undefined) ? [found('service-port-unknown', cluster.name, manifest, `spec.ports[${index}]`,
    `no container of ${some(selected.map(shownWorkload))} has a port named ${JSON.stringify(port.targetPort)} with protocol ${port.protocol}: the port leads nowhere`,
    `name one of ${some(selected.flatMap(each => each.ports.map(({ name, port: number }) => name ?? String(number))))}`)] : []);
}

function serviceExports(cluster: EvaluatedCluster): Finding[] {
  return cluster.serviceExports.flatMap(manifest => {
    const { name, namespace = 'default' } = manifest.object.metadata;
    return [
      ...cluster.settings.mcsApi ? [] : [found('service-export-disabled', cluster.name, manifest, 'kind', `${cluster.name} does not read ServiceExports`, 'set clustermesh.mcsapi.enabled: true in the Helm values of the cluster')],
      ...cluster.services.some(each => each.name === name && each.namespace === namespace) ? [] : [found('service-export-without-service', cluster.name, manifest, 'metadata.name',
        `${cluster.name} has no Service ${namespace}/${name} to export${didYouMean(name, cluster.services.filter(each => each.namespace === namespace).map(each => each.name))}`, 'correct the name, or add the Service')],
    ];
  });
}

/** `toServices` means other pods than it looks like. */
function toServices(context: FindingContext, cluster: EvaluatedCluster): Finding[] {
  return cluster.policies.filter(policy => policy.manifest.object.kind.startsWith('Cilium')).flatMap(policy => rawRules(policy).flatMap(({ section, rule, path }) => {
    if (!Array.isArray(rule?.toServices)) {
      return [];
    }
    const hasPorts = list(rule.toPorts).length > 0;
    const at = `${path}.toServices`;
    const finding = (message: string, fix: string) => found('to-services', cluster.name, policy.manifest, at, message, fix);
    if (section === 'egressDeny') {
      return [finding(hasPorts ? 'toServices is never resolved in egressDeny: with toPorts the rule denies everybody on these ports' : 'toServices is never resolved in egressDeny: the rule denies nobody, and turns default deny on', 'deny the pods of the service by their labels')];
    }
    return list(rule.toServices).length === 0
      ? hasPorts ? [finding('an empty list in toServices with toPorts allows everybody on these ports', 'name a Service, or remove the rule')] : []
      : list(rule.toServices).flatMap(each => {
        const matched = servicesOf(cluster, each);
        const name = each?.k8sService ? `${each.k8sService.namespace ?? policy.manifest.object.metadata.namespace ?? 'default'}/${each.k8sService.serviceName}` : 'the selector';
        if (matched.length === 0) {
          const near = didYouMean(each?.k8sService?.serviceName, cluster.services.map(({ name: known }) => known));
          return [finding(hasPorts ? `${name} is no Service of ${cluster.name}: with toPorts the rule allows everybody on these ports` : `${name} is no Service of ${cluster.name}: the rule allows nobody`, `add the Service, or correct its name${near}`)];
        }
        const empty = matched.filter(service => !service.selector && service.addresses.length === 0);
        const remote = matched.filter(service => service.selector && service.global && cluster.settings.policy.defaultLocalCluster && context.mesh.clusters.some(other => other !== cluster
          && other.services.some(theirs => theirs.name === service.name && theirs.namespace === service.namespace && theirs.global && theirs.shared)));
        return [
          ...empty.length > 0 && hasPorts ? [finding(`${name} has neither a selector nor addresses: with toPorts the rule allows everybody on these ports`, 'add Endpoints or a selector to the Service')] : [],
          ...remote.length > 0 ? [finding(`toServices selects the backends of ${cluster.name} only; ${name} is global, and connections to its other backends are denied`, 'select the pods with toEndpoints, and name the clusters')] : [],
        ];
      });
  }));
}

function servicesOf(cluster: EvaluatedCluster, item: any): EvaluatedService[] {
  if (item?.k8sService) {
    const { serviceName, namespace } = item.k8sService;
    return cluster.services.filter(each => each.name === serviceName && (namespace === undefined || each.namespace === namespace));
  }
  const { selector, namespace } = item?.k8sServiceSelector ?? {};
  const labels = Object.entries(texts(selector?.matchLabels));
  return cluster.services.filter(each => (namespace === undefined || each.namespace === namespace) && labels.every(([key, value]) => each.labels[key.replace(/^(k8s|any):/, '')] === value));
}

/** Clients whose connections to a service arrive by chance: policies let them through to some of its backends only. */
function partial(context: FindingContext): Finding[] {
  const { mesh } = context;
  return serviceNames(mesh).flatMap(name => mesh.clusters.flatMap(cluster => {
    const view = serviceView(mesh, name, cluster.name);
    const workloads = view.backends.flatMap(({ workload }) => workload ?? []);
    if (workloads.length < 2 || !view.service) {
      return [];
    }
    return view.service.ports.flatMap(port => {
      const stopped = new Map<string, { clients: string[]; backends: string[] }>();
      for (const client of cluster.workloads) {
        const verdicts = workloads.filter(each => each !== client).map(workload => {
          const target = targetPort(port, workload);
          return { workload, verdict: target === undefined ? undefined : context.on({ protocol: port.protocol, port: target }).verdict(client, workload) };
        });
        const denied = verdicts.filter(({ verdict }) => verdict?.verdict !== 'allowed');
        if (denied.length > 0 && denied.length < verdicts.length) {
          const how = denied.map(({ workload, verdict }) => `${shownWorkload(workload)} (${verdict === undefined ? 'no such port' : verdict.egress === 'default-denied' || verdict.egress === 'denied' ? `egress in ${client.cluster}` : `ingress in ${workload.cluster}`})`);
          const known = stopped.get(how.join()) ?? { clients: [], backends: how };
          known.clients.push(shownWorkload(client));
          stopped.set(how.join(), known);
        }
      }
      return [...stopped.values()].map(({ clients, backends: lost }) => found('service-partial', cluster.name, view.service!.manifest, undefined,
        `connections of ${some(clients)} to ${name.namespace}/${name.name} ${port.protocol}/${port.port} arrive by chance only: policies stop those that are balanced to ${some(lost)}`,
        `allow them, or keep them away with affinity or shared: cilium-mesh explain ${clients[0]} svc/${name.namespace}/${name.name} shows each backend`));
    });
  }));
}
