import { formatPort } from '../../flows/flow';
import { serviceView } from '../../services/backends';
import { formatService, serviceNames } from '../../services/service-name';
import { formatBackend, Target, UnsharedBackend } from '../../services/service-view';
import { inManifest, Rule } from '../rule';
import { listNames } from '../shared/names';

export const servicePortsMixed: Rule<'service-ports-mixed'> = {
  codes: {
    'service-ports-mixed': {
      severity: 'warning',
      title: 'Connections to one port of a Service reach several ports of its pods',
      documentation:
        'Cilium matches ports of a Service and of its backends by name, and a port without a name matches all ' +
        '(matchesFrontend, pkg/loadbalancer/writer/writer.go). ' +
        'Where several ports of the pods match, connections are balanced over all of them.',
      fix: 'Give every port a name, the same in every cluster.',
    },
  },
  check({ mesh }, report) {
    for (const name of serviceNames(mesh)) {
      for (const cluster of mesh.clusters) {
        const { service, frontends } = serviceView(mesh, name, cluster.name);
        const seen = new Set<number>();
        for (const { port, targets } of service && !service.headless ? frontends : []) {
          const index = port ? service!.ports.indexOf(port) : -1;
          const mixed = mixedBackends(targets);
          if (mixed.length > 0 && index >= 0 && !seen.has(index)) {
            seen.add(index);
            report('service-ports-mixed', {
              at: inManifest(cluster.name, service!.manifest, `spec.ports[${index}]`),
              message:
                `connections to ${formatService(name)} ${formatPort(port!)} in ${cluster.name} are balanced over ` +
                `several ports of the same pods: ${listNames(mixed.map(([backend, ports]) =>
                  `${ports.join(' and ')} of ${formatBackend(backend)}`))}`,
              fix: 'give every port of the Service a name, the same in every cluster',
            });
          }
        }
      }
    }
  },
};

/** The backends that a frontend reaches at several ports. */
function mixedBackends(targets: readonly Target[]): Array<[UnsharedBackend, number[]]> {
  const ports = new Map<UnsharedBackend, number[]>();
  for (const { backend, port } of targets) {
    ports.set(backend, [...(ports.get(backend) ?? []), ...(port === undefined ? [] : [port])]);
  }
  return [...ports].filter(([, numbers]) => numbers.length > 1);
}
