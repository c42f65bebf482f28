import { didYouMean } from '../../../diagnostics/did-you-mean';
import { RuleContext } from '../context';
import { inManifest, Rule } from '../rule';
import { globalAnnotationPath, isSameService, ServiceSide, serviceSides } from '../shared/service-sides';

export const serviceMissing: Rule<'service-missing'> = {
  codes: {
    'service-missing': {
      severity: 'warning',
      title: 'A global Service is missing in another cluster',
      documentation:
        'A global Service needs a Service of the same name and namespace in every cluster. ' +
        'In a cluster without it, clients cannot resolve the name, and pods are no backends. ' +
        'Aliases (ExternalName) are not reported. ' +
        'A cluster without workloads in the namespace is not reported where a third cluster has the Service. ' +
        'A cluster where Helm, Flux, Argo CD or an operator may add it is not reported.',
      fix: 'Add the Service to the other cluster, with service.cilium.io/global: "true".',
    },
  },
  check(context, report) {
    for (const side of serviceSides(context).filter(each => isMissing(context, each))) {
      const { cluster, service, other } = side;
      const { namespace, name } = service;
      const names = other.services.filter(each => each.global && each.namespace === namespace).map(each => each.name);
      report('service-missing', {
        at: inManifest(cluster.name, service.manifest, globalAnnotationPath(service)),
        message:
          `${other.name} has no Service ${namespace}/${name}${didYouMean(name, names)}: ` +
          'its clients cannot resolve the name, and its pods are not backends',
        fix: `add the Service to ${other.name}, with service.cilium.io/global: "true"`,
      });
    }
  },
};

function isMissing(context: RuleContext, { cluster, service, other, theirs, elsewhere }: ServiceSide): boolean {
  const { mesh } = context;
  const hasPartner = mesh.clusters.some(
    each => each !== cluster && each.services.find(one => isSameService(one, service))?.global,
  );
  return (
    !theirs &&
    !service.externalName &&
    elsewhere.length === 0 &&
    !context.mayHaveMore(other, [service.namespace]) &&
    !(hasPartner && !other.workloads.some(each => each.namespace === service.namespace))
  );
}
