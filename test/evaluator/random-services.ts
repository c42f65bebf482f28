/** Services of all types for random meshes, chosen by numbers so that they can shrink. */
import { Case } from '../../test-support/judge';

const selectors = [{ app: 'web' }, { app: 'db' }, {}];
const ranges = [['203.0.113.0/24'], ['203.0.113.0/25', '2001:db8::/32'], ['0.0.0.0/0']];
const targets = ['db.example.org', 'api.example.net', 'first.default.svc.cluster.local', 'web.default.svc.cluster.local'];

/** Each number is one Service: its cluster, name, type and fields. */
export function servicesOf({ clusters }: Case, numbers: readonly number[]): { [cluster: string]: any[] } {
  const objects: { [cluster: string]: any[] } = {};
  numbers.forEach((number, index) => {
    let rest = number;
    const choose = <T>(all: readonly T[]): T => {
      const chosen = all[rest % all.length];
      rest = Math.floor(rest / all.length);
      return chosen;
    };
    const { name: cluster } = choose(clusters);
    const type = choose(['ClusterIP', 'LoadBalancer', 'ExternalName', 'NodePort', 'headless', 'Ingress'] as const);
    const selector = choose(selectors);
    const name = choose(['first', 'second', `service-${index}`]);
    const global = choose([true, false]);
    const ports = [{ port: choose([80, 443]), ...(type === 'NodePort' ? { nodePort: choose([30080, 30443]) } : {}) }];
    const own = (objects[cluster] ??= []);
    // names are unique in a cluster
    if (own.some(each => each.metadata.name === name)) {
      return;
    }
    own.push({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, ...(global ? { annotations: { 'service.cilium.io/global': 'true' } } : {}) },
      spec:
        type === 'ExternalName'
          ? { type, externalName: choose(targets), ports }
          : type === 'headless'
            ? { clusterIP: 'None', selector, ports }
            : {
              ...(type === 'Ingress' ? {} : { type }),
              selector,
              ports,
              ...(type === 'LoadBalancer' ? { loadBalancerSourceRanges: choose(ranges) } : {}),
              ...(type === 'NodePort' ? { externalTrafficPolicy: choose(['Local', 'Cluster']) } : {}),
            },
    });
    if (type === 'Ingress') {
      own.push({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: { name: `through-${name}` },
        spec: {
          ingressClassName: 'cilium',
          defaultBackend: { service: { name, port: { number: ports[0].port } } },
        },
      });
    }
  });
  return objects;
}
