import { formatValue } from '../../../diagnostics/texts';
import { formatPort } from '../../flows/flow';
import { ServicePort } from '../../read/service';
import { olderFirst, ServiceExport, serviceExport } from '../../services/service-export';
import { serviceNames } from '../../services/service-name';
import { exportsServices } from '../../services/service-view';
import { inManifest, Rule } from '../rule';

export const serviceExportConflict: Rule<'service-export-conflict'> = {
  codes: {
    'service-export-conflict': {
      severity: 'warning',
      title: 'Clusters export a Service with different specs',
      documentation:
        'Cilium derives one Service from all exports of a name. Where they differ, the oldest export wins, ' +
        'and Cilium sets the condition Conflict on the others ' +
        '(Documentation/network/clustermesh/mcsapi.rst; pkg/clustermesh/mcsapi/serviceimport_controller.go).',
      fix: 'Make the exported Services equal, or export them under different names.',
    },
  },
  check({ mesh }, report) {
    for (const { namespace, name } of serviceNames(mesh).filter(({ clusterset }) => clusterset)) {
      const [oldest, ...others] = mesh.clusters
        .filter(each => exportsServices(mesh, namespace, each.name))
        .flatMap(each => serviceExport(mesh, each, namespace, name) ?? [])
        .sort(olderFirst);
      for (const other of others) {
        const older = [oldest, ...others.slice(0, others.indexOf(other))];
        const { exportedPortsCompared } = mesh.cluster(oldest.service.cluster)!.settings.policy.traits;
        const conflicts = [...portConflicts(older, other, exportedPortsCompared), ...fieldConflicts(oldest, other)];
        if (conflicts.length > 0) {
          report('service-export-conflict', {
            at: inManifest(other.service.cluster, other.manifest),
            message:
              `Service ${namespace}/${name} of ${other.service.cluster} conflicts with an older export: ` +
              conflicts.join('; '),
            fix: `make the Service of ${other.service.cluster} like that of ${oldest.service.cluster}`,
          });
        }
      }
    }
  },
};

/** Ports of one name with another number, and of one number with another name (mergePorts). */
function portConflicts(
  older: readonly ServiceExport[],
  { service }: ServiceExport,
  areNumbersCompared: boolean,
): string[] {
  const known = older.flatMap(each => each.service.ports.map(port => ({ port, cluster: each.service.cluster })));
  const nameOf = ({ name }: ServicePort) => name ?? '';
  return service.ports.flatMap(port => {
    const sameName = known.find(each => nameOf(each.port) === nameOf(port));
    const sameNumber = known.find(each => each.port.port === port.port && each.port.protocol === port.protocol);
    return sameName && formatPort(sameName.port) !== formatPort(port)
      ? [
        `port ${formatValue(nameOf(port))} is ${formatPort(port)} here and ${formatPort(sameName.port)} in ` +
            `${sameName.cluster}, ` +
            (areNumbersCompared ? `so ${service.cluster} has no backends for it` : 'which counts in every cluster'),
      ]
      : sameNumber && nameOf(sameNumber.port) !== nameOf(port)
        ? [
          `port ${formatPort(port)} has the name ${formatValue(nameOf(port))} here and ` +
              `${formatValue(nameOf(sameNumber.port))} in ${sameNumber.cluster}, ` +
              `so ${service.cluster} has no backends for it`,
        ]
        : [];
  });
}

const FIELDS: ReadonlyArray<readonly [field: string, read: (spec: any) => string]> = [
  ['type', spec => (spec?.clusterIP === 'None' ? 'Headless' : 'ClusterSetIP')],
  ['sessionAffinity', spec => spec?.sessionAffinity ?? 'None'],
  ['internalTrafficPolicy', spec => spec?.internalTrafficPolicy ?? 'Cluster'],
  ['trafficDistribution', spec => spec?.trafficDistribution ?? 'none'],
];

/** Fields of which the derived Service has the value of the oldest export (checkConflictExport). */
function fieldConflicts(oldest: ServiceExport, { service }: ServiceExport): string[] {
  return FIELDS.flatMap(([field, read]) => {
    const [ours, theirs] = [service, oldest.service].map(({ manifest }) => read(manifest.object.spec));
    return ours === theirs
      ? []
      : [`${field} is ${ours} here and ${theirs} in ${oldest.service.cluster}, which counts in every cluster`];
  });
}
