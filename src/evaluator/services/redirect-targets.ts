import { LocalRedirect } from './local-redirects';
import { isMap } from '../../diagnostics/is-map';
import { LabelSelectorTerms, RawSelector } from '../engine/label-selector';
import { LabelSet } from '../engine/label-set';
import { meets } from '../engine/selector';
import { EvaluatedCluster } from '../read/cluster';
import { ServicePort } from '../read/service';
import { Workload } from '../read/workload';

/** Pods that take the connections to a Service on their nodes, and their port. */
export interface RedirectTarget {
  readonly workload: Workload;
  readonly port: number;
}

/**
 * The pods of the manifests to which a CiliumLocalRedirectPolicy sends connections to a port of its Service, wherever
 * one of them is on the client's node. Without any, the backends of the Service take them. Undefined where the port of
 * the pods is not certain.
 *
 * The pods are in the namespace of the policy, and have the labels of `localEndpointSelector`. Source:
 * processRedirectPolicy, shouldRedirectFrontend and updateRedirectBackends, pkg/loadbalancer/redirectpolicy, v1.20.2.
 */
export function redirectTargets(
  cluster: EvaluatedCluster,
  redirect: LocalRedirect,
  port: Pick<ServicePort, 'name' | 'protocol'>,
): readonly RedirectTarget[] | undefined {
  const workloads = selectedWorkloads(cluster, redirect);
  const target = workloads.length === 0 ? undefined : targetPort(redirect, port);
  if (workloads.length > 0 && target === undefined) {
    return undefined;
  }
  // pods that declare other ports only are no backends, and yet the Service is redirected
  return workloads.every(each => declares(each, port.protocol, target!))
    ? workloads.map(workload => ({ workload, port: target! }))
    : undefined;
}

/** The workloads whose pods a policy selects. */
export function selectedWorkloads({ workloads }: EvaluatedCluster, redirect: LocalRedirect): Workload[] {
  const selector = redirect.manifest.object.spec?.redirectBackend?.localEndpointSelector;
  const requirements = new LabelSelectorTerms().add(isMap(selector) ? (selector as RawSelector) : {}, 'k8s:').requirements();
  return workloads.filter(
    ({ namespace, replicas, podLabels }) =>
      namespace === redirect.namespace &&
      replicas > 0 &&
      meets(
        requirements,
        new LabelSet(Object.entries(podLabels).map(([key, value]) => ({ source: 'k8s', key, value }))),
      ),
  );
}

/** Ports are matched by name, unless the policy names one port for the Service or for its pods. */
function targetPort({ ports, manifest }: LocalRedirect, { name, protocol }: Pick<ServicePort, 'name' | 'protocol'>) {
  const written = manifest.object.spec?.redirectBackend?.toPorts;
  const backends: any[] = Array.isArray(written) ? written : [];
  const backend =
    backends.length === 1 || ports?.length === 1
      ? backends[0]
      : backends.find(each => name !== undefined && String(each?.name).toLowerCase() === name.toLowerCase());
  const number = Number(backend?.port);
  return (backend?.protocol ?? 'TCP') === protocol && number > 0 && number <= 65535 ? number : undefined;
}

function declares({ ports }: Workload, protocol: string, port: number): boolean {
  return ports.length === 0 || ports.some(each => each.port === port && each.protocol === protocol);
}
