import { GlobalServiceProps, ServiceType } from './global-service-props';
import { GlobalServiceSettings } from './global-service-settings';
import { manifest } from '../kubernetes/manifest';
import { Cluster } from '../mesh/cluster';

/** The Service of a cluster. Its annotations and its selector can differ between clusters. */
export function serviceManifest(
  name: string,
  props: GlobalServiceProps,
  selector: { readonly [key: string]: string } | undefined,
  annotations: { readonly [key: string]: string },
): ReturnType<typeof manifest> {
  return manifest('Service', {
    metadata: {
      name,
      namespace: props.namespace,
      ...(props.labels ? { labels: props.labels } : {}),
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    },
    spec: {
      type: props.serviceType ?? ServiceType.CLUSTER_IP,
      // the name in the types is clusterIp
      ...(props.headless ? { clusterIP: 'None' } : {}),
      sessionAffinity: props.sessionAffinity,
      ports: props.ports.map(port => ({
        name: port.name,
        port: port.port,
        targetPort: port.targetPortName ?? port.targetPort,
        protocol: port.protocol,
        nodePort: port.nodePort,
        appProtocol: port.appProtocol,
      })),
      selector,
    },
  });
}

/**
 * The labels of the backends in a cluster; undefined for a Service that selects nothing. In a cluster without pods of
 * the workload, they are those of its pods elsewhere.
 */
export function backendLabels(
  cluster: Cluster,
  settings: GlobalServiceSettings,
  { workload }: GlobalServiceProps,
): { [key: string]: string } | undefined {
  const sets = workload?._endpoints ?? [];
  const { terms } = sets.find(each => each.cluster === cluster) ?? sets[0] ?? {};
  return settings.selector ?? (terms?.matchLabels as { [key: string]: string } | undefined);
}
