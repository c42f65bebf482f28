import { ApiObject } from 'cdk8s';
import { NAMESPACE_LABEL } from '../../cilium/labels';
import { isMap } from '../../diagnostics/is-map';

/** The annotation by which Argo CD orders the objects of an Application (docs/user-guide/sync-waves.md, v3.1). */
const SYNC_WAVE = 'argocd.argoproj.io/sync-wave';

/** Policies that come last whatever their rules and selectors are. */
const LAST = new WeakSet<ApiObject>();

/** Lets a policy come last: it is there to deny, although it may allow DNS. */
export function applyLast(policy: ApiObject): void {
  LAST.add(policy);
}

/**
 * An object with the sync wave in which Argo CD applies it. Argo CD waits until the objects of a wave are healthy, and
 * applies the next one then. Wave 0 needs no annotation.
 *
 * A policy enables default deny for the pods that it selects, so it drops flows that a later policy allows. So policies
 * that only deny, and those for all pods of a namespace or a cluster, come last. `source` is the construct.
 */
export function withSyncWaves(object: any, source: ApiObject): any {
  const wave = LAST.has(source) ? 1 : waveOf(object);
  const { metadata = {} } = object;
  return wave === 0 || metadata.annotations?.[SYNC_WAVE] !== undefined
    ? object
    : { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, [SYNC_WAVE]: String(wave) } } };
}

function waveOf(object: any): number {
  switch (object.kind) {
    case 'Namespace':
    case 'CustomResourceDefinition':
      return -1;
    case 'NetworkPolicy':
    case 'CiliumNetworkPolicy':
    case 'CiliumClusterwideNetworkPolicy':
      return specsOf(object).every(spec => onlyDenies(spec) || selectsAllPods(spec)) ? 1 : 0;
    default:
      return 0;
  }
}

function specsOf({ spec, specs }: any): any[] {
  return [...(isMap(spec) ? [spec] : []), ...(Array.isArray(specs) ? specs : [])];
}

/** Whether no rule allows a peer or a port. An empty rule of Cilium (`ingress: [{}]`) allows nothing. */
function onlyDenies({ podSelector, ingress = [], egress = [] }: any): boolean {
  const rules = [ingress, egress].flatMap(list => (Array.isArray(list) ? list : []));
  return podSelector === undefined
    ? rules.every(rule => !isMap(rule) || Object.keys(rule).length === 0)
    : rules.length === 0;
}

/** Whether a selector names no labels of pods, only namespaces. */
function selectsAllPods({ endpointSelector, podSelector }: any): boolean {
  const selector = endpointSelector ?? podSelector;
  if (!isMap(selector)) {
    return false;
  }
  const { matchLabels, matchExpressions } = selector as any;
  const keys = [...Object.keys(matchLabels ?? {}), ...(matchExpressions ?? []).map(({ key }: any) => key)];
  return keys.every(key => key.replace(/^k8s:/, '') === NAMESPACE_LABEL);
}
