import { Affinity } from 'cdk8s-cilium-mesh';

/** The mesh after a step of the lab. */
export interface Step {
  /** The action of this step, and the results of its requests. */
  readonly title: string;
  readonly global?: boolean;
  /** Settings of koornacht's rebel-base. */
  readonly koornacht?: { readonly replicas?: number; readonly shared?: boolean; readonly affinity?: Affinity };
  readonly defaultDeny?: boolean;
  /** The clusters with the lab's own policies, as written there. */
  readonly egress?: readonly string[];
  readonly ingress?: readonly string[];
  /**
   * In the place of the lab's policies: one `CrossClusterAllow`, which means the same under every version of Cilium.
   */
  readonly explicit?: boolean;
}

const shared = { shared: false };

/** The steps, in the lab's order. Annotations stay from step to step, as they do with `kubectl annotate`. */
export const STEPS: { readonly [name: string]: Step } = {
  'before-mesh': { title: 'each cluster answers its own requests' },
  'global': { title: 'both clusters answer', global: true },
  'failover': { title: 'koornacht scaled to 0: tion answers all', global: true, koornacht: { replicas: 0 } },
  'shared': {
    title: 'koornacht not shared: tion answers tion, both answer koornacht',
    global: true,
    koornacht: shared,
  },
  'affinity-local': {
    title: 'koornacht answers koornacht',
    global: true,
    koornacht: { ...shared, affinity: Affinity.LOCAL },
  },
  'affinity-local-failover': {
    title: 'koornacht scaled to 0: tion answers koornacht',
    global: true,
    koornacht: { ...shared, affinity: Affinity.LOCAL, replicas: 0 },
  },
  'affinity-remote': {
    title: 'tion answers koornacht',
    global: true,
    koornacht: { ...shared, affinity: Affinity.REMOTE },
  },
  'affinity-removed': { title: 'both clusters answer koornacht again', global: true, koornacht: shared },
  'default-deny': { title: 'no request passes', global: true, koornacht: shared, defaultDeny: true },
  'egress': {
    title: 'still no request passes',
    global: true,
    koornacht: shared,
    defaultDeny: true,
    egress: ['koornacht'],
  },
  'ingress-koornacht': {
    title: 'requests to koornacht pass, those to tion do not',
    global: true,
    koornacht: shared,
    defaultDeny: true,
    egress: ['koornacht'],
    ingress: ['koornacht'],
  },
  'ingress-tion': {
    title:
      'all requests pass up to Cilium 1.18; those to tion do not since 1.19, where the egress rule means koornacht ' +
      'only',
    global: true,
    koornacht: shared,
    defaultDeny: true,
    egress: ['koornacht'],
    ingress: ['koornacht', 'tion'],
  },
  'explicit': {
    title: 'all requests pass, under every version',
    global: true,
    koornacht: shared,
    defaultDeny: true,
    explicit: true,
  },
};
