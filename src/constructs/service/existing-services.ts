import { ApiObject } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';
import { Affinity, AnnotationKeys, annotationsOf, ServiceAnnotations } from './annotations';
import { checkSettings } from './global-service-settings-checks';
import { ServiceReference } from './service-reference';
import { OLD_ANNOTATION_KEYS, SERVICE_KEYS } from '../../cilium/service-annotations';
import { formatList, formatValue } from '../../diagnostics/texts';
import { shapeRefusals } from '../checks/check-shape';
import { pathIn } from '../checks/placed';
import { present } from '../checks/present';
import { invalidate, isInvalid } from '../faults';
import { Cluster } from '../mesh/cluster';
import { settingsOf } from '../mesh/placement';
import { PropertyRefusals } from '../property-refusals';
import { refusal } from '../refusal';

/** Settings of a Service that other constructs create; they can differ between clusters. */
export interface ExistingServiceSettings {
  /**
   * Whether the Service is global.
   * @default true
   */
  readonly isGlobal?: boolean;

  /**
   * Whether other clusters can reach the backends of this cluster.
   * @default - the annotation that the Service has, else the default of Cilium, true
   */
  readonly shared?: boolean;

  /**
   * Which backends the clients in the cluster prefer.
   * @default - the annotation that the Service has, else Affinity.NONE
   */
  readonly affinity?: Affinity;
}

/** Properties of Services that other constructs create and `GlobalService.fromApiObjects` makes global. */
export interface ExistingServiceProps extends ExistingServiceSettings {
  /**
   * Settings of single clusters, by name. They replace those for all clusters.
   * @default - none
   */
  readonly perCluster?: { [cluster: string]: ExistingServiceSettings };

  /**
   * Keys of the annotations.
   * @default - CURRENT, and LEGACY in clusters with Cilium before 1.13
   */
  readonly annotationKeys?: AnnotationKeys;
}

/** A Service of the program in a cluster. */
interface Existing {
  readonly cluster: Cluster;
  readonly object: ApiObject;
}

/** Sets Cilium's annotations on Services of the program, and returns a reference to them. */
export function makeGlobal(
  scope: Construct,
  id: string,
  services: IConstruct[],
  given: ExistingServiceProps | undefined,
): ServiceReference {
  pathIn(scope, id);
  const props = present('ExistingServiceProps', given ?? {});
  const found = Array.isArray(services) ? services.flatMap(existing) : [];
  const clusters = [...new Set(found.map(each => each.cluster))];
  // the reference reads the annotations, so they come first; faults need a construct to report them
  const isReadable = shapeRefusals('', { struct: 'ExistingServiceProps' }, props).length === 0;
  const perCluster = isReadable ? settingsIn(scope, clusters, props) : new Map<Cluster, ExistingServiceSettings>();
  for (const { cluster, object } of found) {
    annotate(cluster, object, perCluster.get(cluster) ?? {}, isReadable ? props.annotationKeys : undefined);
  }
  const reference = ServiceReference.fromApiObjects(scope, id, services);
  const refusals = new PropertyRefusals(reference);
  if (!isInvalid(reference) && refusals.checkProps('ExistingServiceProps', props)) {
    settingsOf<ExistingServiceSettings>(reference, clusters, props.perCluster, {}, refusals);
    clusters.forEach(cluster => checkSettings(cluster, perCluster.get(cluster) ?? {}, undefined, refusals));
    checkAlike(found, refusals);
  }
  if (refusals.report()) {
    invalidate(reference);
  }
  return reference;
}

function existing(construct: IConstruct): Existing[] {
  try {
    const [cluster, object] = [Cluster.enclosing(construct), ApiObject.of(construct)];
    return cluster && object.kind === 'Service' ? [{ cluster, object }] : [];
  } catch {
    // the reference refuses it
    return [];
  }
}

function settingsIn(
  scope: Construct,
  clusters: readonly Cluster[],
  { isGlobal, shared, affinity, perCluster }: ExistingServiceProps,
): Map<Cluster, ExistingServiceSettings> {
  const own = Object.fromEntries(
    Object.entries(perCluster ?? {}).filter(([name]) => clusters.some(cluster => cluster.name === name)),
  );
  return settingsOf(scope, clusters, own, { isGlobal, shared, affinity }, new PropertyRefusals(scope));
}

function annotate(
  { _model }: Cluster,
  object: ApiObject,
  settings: ExistingServiceSettings,
  keys: AnnotationKeys | undefined,
): void {
  const wanted = { ...settings, isGlobal: settings.isGlobal ?? true };
  const annotations = annotationsOf(
    wanted as ServiceAnnotations,
    keys ?? (_model.version.traits.currentAnnotationKeys ? AnnotationKeys.CURRENT : AnnotationKeys.LEGACY),
  );
  // a property replaces what the Service has, under either key; without a value, no annotation is written
  const replaced = [
    SERVICE_KEYS.global,
    ...(settings.shared === undefined ? [] : [SERVICE_KEYS.shared]),
    ...(settings.affinity === undefined ? [] : [SERVICE_KEYS.affinity]),
  ].flatMap(key => [key, OLD_ANNOTATION_KEYS[key]]);
  for (const key of replaced) {
    object.metadata.addAnnotation(key, annotations[key]);
  }
}

/** Cilium merges the backends of Services of one name and namespace, and a cluster has one of them. */
function checkAlike(found: readonly Existing[], refusals: PropertyRefusals): void {
  const names = [...new Set(found.map(({ object }) => `${object.metadata.namespace ?? 'default'}/${object.name}`))];
  const twice = found.find(({ cluster }, index) => found.findIndex(each => each.cluster === cluster) !== index);
  if (names.length > 1 || twice) {
    refusals.include([
      refusal('services-differ', {
        path: refusals.pathOf('services'),
        message: twice
          ? `${twice.cluster.name} has several of the Services`
          : 'Cilium merges the backends of Services only if their names and namespaces are the same',
        got: formatList(names.map(each => formatValue(each))),
        allowed: 'one Service in each cluster, of one name and namespace',
        fix: 'name the Services alike, or make them global one by one',
      }),
    ]);
  }
}
