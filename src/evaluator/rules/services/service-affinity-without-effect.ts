import { SERVICE_KEYS } from '../../../cilium/service-annotations';
import { EvaluatedCluster } from '../../read/cluster';
import { selectedWorkloads } from '../../read/selected-pods';
import { EvaluatedService } from '../../read/service';
import { RuleContext, ServiceOf } from '../context';
import { inManifest, Rule } from '../rule';
import { annotationPath, textAnnotations } from '../shared/metadata';
import { listNames } from '../shared/names';
import { isSameService } from '../shared/service-sides';

export const serviceAffinityWithoutEffect: Rule<'service-affinity-without-effect'> = {
  codes: {
    'service-affinity-without-effect': {
      severity: 'warning',
      title: 'The affinity is in the cluster where it has no effect',
      documentation:
        'Cilium reads the affinity from the Service in the cluster of the client ' +
        '(Documentation/network/clustermesh/affinity.rst, v1.20.2). ' +
        'There it prefers nothing, because only one side has backends, and the cluster with backends has no such ' +
        'affinity. The same annotation in every cluster is not reported.',
      fix: 'Annotate the Service in the clusters of the clients.',
    },
  },
  check(context, report) {
    for (const each of context.services.filter(({ service }) => service.global && !service.externalName)) {
      const { cluster, service } = each;
      const { affinity } = service;
      const others = sidesElsewhere(context, each);
      if ((affinity !== 'local' && affinity !== 'remote') || others.length === 0) {
        continue;
      }
      const own = mayHaveBackends(context, cluster, service);
      const remote = others.filter(
        other => other.service.shared && mayHaveBackends(context, other.cluster, other.service),
      );
      const missing = affinity === 'local' ? !own && remote.length > 0 : own && remote.length === 0;
      if (missing && others.some(other => other.service.affinity !== affinity)) {
        const elsewhere = others.filter(other => other.service.affinity !== affinity).map(other => other.cluster.name);
        report('service-affinity-without-effect', {
          at: inManifest(cluster.name, service.manifest, pathOf(service)),
          message:
            `the affinity ${affinity} has no effect in ${cluster.name}, which has ` +
            `${affinity === 'local' ? 'no backends of its own' : 'the only backends'}. ` +
            'Cilium reads the affinity in the cluster of the client',
          fix: `annotate the Service in ${listNames(elsewhere)}, or remove the annotation`,
        });
      }
    }
  },
};

/** The global Services of the same name in other clusters. */
function sidesElsewhere({ services }: RuleContext, { cluster, service }: ServiceOf): ServiceOf[] {
  return services.filter(
    other => other.cluster !== cluster && other.service.global && isSameService(other.service, service),
  );
}

/** Whether a cluster has backends for a Service, or may have some that its manifests do not show. */
function mayHaveBackends(context: RuleContext, cluster: EvaluatedCluster, service: EvaluatedService): boolean {
  return (
    service.selector === undefined ||
    selectedWorkloads(service, cluster.workloads).length > 0 ||
    context.mayHaveMore(cluster, [service.namespace])
  );
}

function pathOf({ manifest }: EvaluatedService): string {
  const key = SERVICE_KEYS.affinity;
  return annotationPath(textAnnotations(manifest)[key] === undefined ? 'io.cilium/service-affinity' : key);
}
