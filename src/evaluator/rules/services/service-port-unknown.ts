import { formatValue } from '../../../diagnostics/texts';
import { selectedWorkloads, targetPort } from '../../read/selected-pods';
import { formatWorkload, Workload } from '../../read/workload';
import { inManifest, Rule } from '../rule';
import { listNames } from '../shared/names';

export const servicePortUnknown: Rule<'service-port-unknown'> = {
  codes: {
    'service-port-unknown': {
      severity: 'warning',
      title: 'A port of the Service names a port that no container has',
      documentation:
        'A port of the Service has a name as targetPort. ' +
        'No container of the selected pods has a port of that name and protocol, so the port has no backends.',
      fix: 'Write the name of a port of the containers, or a number.',
    },
  },
  check(context, report) {
    for (const { cluster, service } of context.services.filter(each => !each.service.externalName)) {
      const selected = selectedWorkloads(service, cluster.workloads);
      // the API server refuses others, see service-invalid
      const isAccepted = !cluster.serviceProblems.some(({ manifest }) => manifest === service.manifest);
      for (const [index, port] of selected.length > 0 && isAccepted ? service.ports.entries() : []) {
        if (selected.every(each => targetPort(port, each) === undefined)) {
          report('service-port-unknown', {
            at: inManifest(cluster.name, service.manifest, `spec.ports[${index}]`),
            message:
              `no container of ${listNames(selected.map(formatWorkload))} has a port named ` +
              `${formatValue(port.targetPort)} ` +
              `with protocol ${port.protocol}, so the port has no backends`,
            fix: fixFor(selected.flatMap(each => each.ports)),
          });
        }
      }
    }
  },
};

function fixFor(ports: Workload['ports']): string {
  return ports.length > 0
    ? `write a targetPort that exists: ${listNames(ports.map(formatPort))}`
    : 'name the port in the containers, or write its number as targetPort';
}

function formatPort({ name, port, protocol }: Workload['ports'][number]): string {
  return `${name ?? port} (${protocol})`;
}
