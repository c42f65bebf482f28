import { GlobalServiceProps, ServiceType } from './global-service-props';
import { manifest } from '../kubernetes/manifest';

/** The Service of a cluster. Only its annotations differ between clusters. */
export function serviceManifest(
  name: string,
  props: GlobalServiceProps,
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
      selector: backendLabels(props),
    },
  });
}

/** The labels of the backends; undefined for a Service that selects nothing. */
export function backendLabels(props: GlobalServiceProps): { [key: string]: string } | undefined {
  return props.selector ?? (props.workload?._endpoints[0]?.terms.matchLabels as { [key: string]: string } | undefined);
}
