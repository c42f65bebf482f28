import { formatValue } from '../../../diagnostics/texts';
import { formatPort } from '../../flows/flow';
import { ServicePort } from '../../read/service';
import { inManifest, Rule } from '../rule';
import { serviceSides } from '../shared/service-sides';

export const servicePortNameDiffers: Rule<'service-port-name-differs'> = {
  codes: {
    'service-port-name-differs': {
      severity: 'warning',
      title: 'A port of a global Service has another name in another cluster',
      documentation:
        'Cilium matches the ports of a global Service by name (pkg/clustermesh/service_merger.go). ' +
        'A port with the same number but another name in another cluster gets no backends of that cluster.',
      fix: 'Give the port the same name in every cluster.',
    },
  },
  check(context, report) {
    for (const { cluster, service, other, theirs } of serviceSides(context)) {
      if (!theirs?.global || !theirs.shared || theirs.externalName || service.externalName || service.headless) {
        continue;
      }
      const { namelessPortsMeetAll } = cluster.settings.policy.traits;
      const nameOf = (port: ServicePort) => port.name ?? '';
      const meets = (port: ServicePort, each: ServicePort) =>
        nameOf(port) === nameOf(each) || (namelessPortsMeetAll && (nameOf(port) === '' || nameOf(each) === ''));
      for (const [index, port] of service.ports.entries()) {
        const ofProtocol = theirs.ports.filter(({ protocol }) => protocol === port.protocol);
        const renamed = ofProtocol.find(each => each.port === port.port);
        if (renamed && !ofProtocol.some(each => meets(port, each))) {
          report('service-port-name-differs', {
            at: inManifest(cluster.name, service.manifest, `spec.ports[${index}]`),
            message:
              `the port ${formatPort(port)} has the name ${formatValue(nameOf(port))} in ${cluster.name} and ` +
              `${formatValue(nameOf(renamed))} in ${other.name}: clients in ${cluster.name} get no backends of ` +
              `${other.name} for it`,
            fix: 'give the port the same name in both clusters',
          });
        }
      }
    }
  },
};
