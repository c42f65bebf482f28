import { OLD_ANNOTATION_KEYS, SERVICE_KEYS } from '../../../cilium/service-annotations';
import { EvaluatedCluster } from '../../read/cluster';
import { EvaluatedService } from '../../read/service';
import { RuleContext } from '../context';
import { annotationPath, textAnnotations } from './metadata';

/** A global Service, and one of the other clusters. */
export interface ServiceSide {
  readonly cluster: EvaluatedCluster;
  readonly service: EvaluatedService;
  readonly other: EvaluatedCluster;
  /** The Service of the same name and namespace in the other cluster. */
  readonly theirs?: EvaluatedService;
  /** Namespaces of the other cluster with a global Service of this name, where it has none in the same namespace. */
  readonly elsewhere: readonly string[];
}

/** Every global Service with each other cluster. */
export function serviceSides({ services, mesh }: RuleContext): ServiceSide[] {
  return services
    .filter(({ service }) => service.global)
    .flatMap(({ cluster, service }) =>
      mesh.clusters
        .filter(other => other !== cluster)
        .map((other): ServiceSide => {
          const theirs = other.services.find(each => isSameService(each, service));
          const elsewhere = theirs
            ? []
            : other.services.filter(each => each.name === service.name && each.global).map(each => each.namespace);
          return { cluster, service, other, theirs, elsewhere };
        }),
    );
}

export function isSameService(one: EvaluatedService, other: EvaluatedService): boolean {
  return one.name === other.name && one.namespace === other.namespace;
}

/** The path of the annotation that makes a Service global. */
export function globalAnnotationPath({ manifest }: EvaluatedService): string {
  const key = SERVICE_KEYS.global;
  return annotationPath(textAnnotations(manifest)[key] === undefined ? OLD_ANNOTATION_KEYS[key] : key);
}
