import { isExampleFile, isScaffold } from './example-files';
import { policyKindOf } from '../../../cilium/policy-kinds';
import { workloadKindOf } from '../../../cilium/workload-kinds';
import { isNamespaceName } from '../../../manifests/extent/namespace-changes';
import { ReadingDiagnostic } from '../../../manifests/reading-diagnostic';
import { EvaluatedCluster, namespaceName } from '../../read/cluster';

/**
 * Where a cluster has pods, Services and policies that its manifests do not show, because a program makes them from
 * other objects: Helm, Kustomize, Flux, Argo CD, or an operator.
 */
export interface Unrendered {
  /** Whether they may be anywhere. */
  readonly anywhere: boolean;
  /** Whether a program of continuous delivery makes some, so that the Helm values of Cilium may be among them. */
  readonly delivered: boolean;
  /** The namespaces that may have more objects. */
  readonly namespaces: ReadonlySet<string>;
  /** The namespaces that exist for certain: with a Namespace, or an object other than a policy. */
  readonly existing: ReadonlySet<string>;
}

/** Why a finding about policies may not hold. */
export const UNRENDERED_POLICIES = 'Policies that are not rendered may change this';

/** What is not rendered in the manifests of a cluster. */
export function unrenderedOf({ input, duplicates }: EvaluatedCluster): Unrendered {
  const namespaces = new Set<string>();
  const existing = new Set<string>();
  // whoever copies a scaffold writes another file
  const isCopied = ({ code, file }: ReadingDiagnostic) =>
    (code === 'placeholder' && isExampleFile(input, file)) || (code === 'flux-variables' && isScaffold(input, file));
  const notes = input.notes.filter(each => UNRENDERED_NOTES.has(each.code) && !isCopied(each));
  const ofNotes = notes.map(({ namespaces: own, lacksNamespace, file }) =>
    lacksNamespace ? input.placements?.get(file) : own,
  );
  [...ofNotes, input.delivered].forEach(own => own?.forEach(each => namespaces.add(each)));
  let anywhere = ofNotes.includes(undefined);
  let delivered = notes.length > 0;
  for (const { object, file } of input.manifests) {
    if (object.kind === 'Namespace' && object.apiVersion === 'v1') {
      existing.add(object.metadata.name);
    } else if (!policyKindOf(object)) {
      existing.add(namespaceName(object));
    }
    delivered ||= isDelivered(object);
    // the reader has found what others deliver
    if (makesObjects(object) && !(input.delivered && isDelivered(object) && !isRelease(object))) {
      const targets = targetNamespaces(object, input.placements?.get(file));
      anywhere ||= targets === undefined;
      targets?.forEach(each => namespaces.add(each));
    }
  }
  // files that define one workload are variants, and each may have pods that the others lack
  for (const { first, second } of duplicates.filter(each => workloadKindOf(each.second.object))) {
    if (first.file !== second.file) {
      namespaces.add(namespaceName(second.object));
    }
  }
  return { anywhere, delivered, namespaces, existing };
}

/** Whether one of the namespaces may have more objects; undefined stands for all of them. */
export function mayHaveMore({ anywhere, namespaces }: Unrendered, asked: readonly string[] | undefined): boolean {
  return anywhere || (asked === undefined ? namespaces.size > 0 : asked.some(each => namespaces.has(each)));
}

const UNRENDERED_NOTES = new Set([
  'kustomization',
  'helm-chart',
  'flux-variables',
  'placeholder',
  'sops-encrypted',
  'template-unrendered',
  'link-ignored',
]);

/** Kinds whose objects a program of continuous delivery renders, by their groups. */
const DELIVERED: { readonly [group: string]: readonly string[] } = {
  'helm.toolkit.fluxcd.io': ['HelmRelease'],
  'kustomize.toolkit.fluxcd.io': ['Kustomization'],
  'helm.cattle.io': ['HelmChart'],
  'argoproj.io': ['Application', 'ApplicationSet'],
};

/** Kinds whose pods an operator makes, of groups that also have kinds without pods. */
const RUNNING: { readonly [group: string]: readonly string[] } = {
  'argoproj.io': ['Rollout', 'Workflow', 'CronWorkflow', 'ArgoCD', 'EventSource', 'Sensor'],
  'monitoring.coreos.com': ['Prometheus', 'PrometheusAgent', 'Alertmanager', 'ThanosRuler'],
  'serving.knative.dev': ['Service', 'Configuration', 'Revision'],
  'postgresql.cnpg.io': ['Cluster', 'Pooler'],
  'kafka.strimzi.io': ['Kafka', 'KafkaNodePool', 'KafkaConnect', 'KafkaBridge', 'KafkaMirrorMaker2'],
};

/** Of these groups, no other kind makes pods. */
const OPERATED: { readonly [group: string]: readonly string[] } = Object.fromEntries(
  [...Object.keys(DELIVERED), ...Object.keys(RUNNING)].map(group => [
    group,
    [...(DELIVERED[group] ?? []), ...(RUNNING[group] ?? [])],
  ]),
);

/** Whether an operator makes pods from an object, which this program does not read. */
export function runsUnknownPods(object: any): boolean {
  const group = groupOf(object);
  const kinds = Object.prototype.hasOwnProperty.call(RUNNING, group) ? RUNNING[group] : [];
  return kinds.includes(object.kind) && !workloadKindOf(object);
}

function groupOf({ apiVersion }: any): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

/** Groups without any kind that runs pods or makes Services. */
const WITHOUT_PODS = new Set([
  '',
  'apps',
  'autoscaling',
  'batch',
  'extensions',
  'policy',
  'cilium.io',
  'isovalent.com',
  'multicluster.x-k8s.io',
  'source.toolkit.fluxcd.io',
  'notification.toolkit.fluxcd.io',
  'image.toolkit.fluxcd.io',
  'cert-manager.io',
  'acme.cert-manager.io',
  'trust.cert-manager.io',
  'external-secrets.io',
  'generators.external-secrets.io',
  'bitnami.com',
  'kyverno.io',
  'policies.kyverno.io',
  'metallb.io',
  'traefik.io',
  'networking.istio.io',
  'security.istio.io',
  'crd.projectcalico.org',
  'projectcalico.org',
]);

function makesObjects(object: any): boolean {
  const { kind } = object;
  const group = groupOf(object);
  if (workloadKindOf(object)) {
    return false;
  }
  // controllers of other classes run the proxies of a Gateway as pods beside it
  if (group === 'gateway.networking.k8s.io' && kind === 'Gateway') {
    return object.spec?.gatewayClassName !== 'cilium';
  }
  const known = Object.prototype.hasOwnProperty.call(OPERATED, group) ? OPERATED[group] : undefined;
  return known ? known.includes(kind) : !WITHOUT_PODS.has(group) && !isOfKubernetes(group);
}

/** Groups of Kubernetes itself end with k8s.io, those of its other projects with x-k8s.io. */
export function isOfKubernetes(group: string): boolean {
  return group.endsWith('.k8s.io') && !group.endsWith('.x-k8s.io');
}

/** Whether a program of continuous delivery renders other objects from this one. */
export function isDelivered({ apiVersion, kind }: any): boolean {
  return Object.entries(DELIVERED).some(([group, kinds]) => apiVersion.startsWith(`${group}/`) && kinds.includes(kind));
}

/** Whether Helm renders other objects from this one. */
function isRelease({ apiVersion, kind }: any): boolean {
  return kind === 'HelmRelease' || (kind === 'HelmChart' && apiVersion.startsWith('helm.cattle.io/'));
}

/**
 * The namespaces in which the rendered objects can be; undefined if they are unknown. `placed` are those that
 * kustomizations, Flux or Argo CD may set instead of its own.
 */
function targetNamespaces(object: any, placed: readonly string[] = []): readonly string[] | undefined {
  const { metadata, spec } = object;
  if (isRelease(object) && spec?.targetNamespace !== undefined) {
    return isNamespaceName(spec.targetNamespace) ? [spec.targetNamespace] : undefined;
  }
  if (isDelivered(object) && !isRelease(object)) {
    return undefined;
  }
  const all = [...(metadata.namespace === undefined ? [] : [metadata.namespace]), ...placed];
  return all.length > 0 && all.every(isNamespaceName) ? all : undefined;
}
