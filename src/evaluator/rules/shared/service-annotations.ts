import {
  CURRENT_ANNOTATION_KEYS,
  readsAnnotation,
  SERVICE_ANNOTATIONS,
  ServiceAnnotation,
} from '../../../cilium/service-annotations';
import { nearest } from '../../../diagnostics/did-you-mean';
import { EvaluatedCluster } from '../../read/cluster';
import { EvaluatedService } from '../../read/service';
import { RuleContext } from '../context';
import { inManifest, Place } from '../rule';
import { annotationsOf } from './metadata';

/** An annotation of a Service. */
export interface AnnotationOf {
  readonly cluster: EvaluatedCluster;
  readonly service: EvaluatedService;
  readonly at: Place;
  readonly key: string;
  readonly value: string;
  /** The current key, where `key` is an old one. */
  readonly currentKey: string;
  readonly isOldKey: boolean;
  /** Undefined where Cilium does not know the key. */
  readonly definition?: ServiceAnnotation;
}

/** The keys of annotations that Cilium knows, old ones too. */
export const KNOWN_KEYS: readonly string[] = [
  ...Object.keys(SERVICE_ANNOTATIONS),
  ...Object.keys(CURRENT_ANNOTATION_KEYS),
];

/** The annotations of all Services whose values are texts. */
export function serviceAnnotations({ services }: RuleContext): AnnotationOf[] {
  return services.flatMap(({ cluster, service }) =>
    annotationsOf(service.manifest).flatMap(({ key, value, path }) => {
      const currentKey = lookUp(CURRENT_ANNOTATION_KEYS, key) ?? key;
      return typeof value !== 'string'
        ? []
        : [
          {
            cluster,
            service,
            at: inManifest(cluster.name, service.manifest, path),
            key,
            value,
            currentKey,
            isOldKey: currentKey !== key,
            definition: lookUp(SERVICE_ANNOTATIONS, currentKey),
          },
        ];
    }),
  );
}

/** Whether the cluster's version of Cilium reads an annotation; old keys are read in every version. */
export function isRead({ cluster, definition, isOldKey }: AnnotationOf): boolean {
  return definition !== undefined && (isOldKey || readsAnnotation(cluster.version, definition));
}

/** Prefixes under which every key of a Service is Cilium's. */
const PREFIXES = /^(service\.cilium\.io|lbipam\.cilium\.io|io\.cilium)\//;

/** Cilium's prefixes for other objects (pkg/annotation/k8s.go, v1.20.2), which some copy to Services. */
const OTHER_PREFIXES = /^(config|clustermesh|ingress|gateway|network|policy|ipam|cni|cec)\.cilium\.io\//;

/** Whether a key can only be meant for Cilium: it has one of its prefixes for Services, or one that looks like it. */
export function isMeantForCilium(key: string): boolean {
  const prefix = key.slice(0, Math.max(0, key.indexOf('/')));
  return (
    PREFIXES.test(key) ||
    (!OTHER_PREFIXES.test(key) &&
      /c[il]+um/i.test(prefix) &&
      nearest(prefix, ['service.cilium.io', 'lbipam.cilium.io', 'io.cilium']) !== undefined)
  );
}

function lookUp<T>(table: { readonly [key: string]: T }, key: string): T | undefined {
  return Object.prototype.hasOwnProperty.call(table, key) ? table[key] : undefined;
}
