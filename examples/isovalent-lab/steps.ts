import { Affinity } from 'cdk8s-cilium-mesh';
import { Step, StepRequest } from '../step';

/** The mesh after a step of the lab. */
export interface LabStep extends Step {
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
  /** Whether a selector without a cluster selects pods of its own cluster only; by default as Cilium has it. */
  readonly policyDefaultLocalCluster?: boolean;
}

const shared = { shared: false };

/** The clusters in whose terminals the lab runs `curl rebel-base`. */
const from = (...clusters: string[]): StepRequest[] =>
  clusters.map(cluster => ({ from: `x-wing@${cluster}`, to: 'svc/default/rebel-base' }));

const both = { service: 'rebel-base', requests: from('koornacht', 'tion') };
const koornachtOnly = { service: 'rebel-base', requests: from('koornacht') };
const policies = { requests: from('koornacht'), global: true, koornacht: shared, defaultDeny: true };

/**
 * The steps, in the lab's order. Annotations stay from step to step, as they do with `kubectl annotate`. The lab only
 * mentions `affinity-remote`, and does not have `explicit`.
 */
export const STEPS: { readonly [name: string]: LabStep } = {
  'not-global': { ...both, title: 'the Service is not global yet: each cluster answers its own requests' },
  'global': { ...both, title: 'global in both clusters: both answer', global: true },
  'failover': { ...both, title: 'koornacht scaled to 0: tion answers all', global: true, koornacht: { replicas: 0 } },
  'global-again': { ...both, title: 'koornacht scaled back to 2: both answer again', global: true },
  'shared': {
    ...both,
    title: 'koornacht not shared: tion answers tion, both answer koornacht',
    global: true,
    koornacht: shared,
  },
  'affinity-local': {
    ...koornachtOnly,
    title: 'affinity local in koornacht: koornacht answers koornacht',
    global: true,
    koornacht: { ...shared, affinity: Affinity.LOCAL },
  },
  'affinity-local-failover': {
    ...koornachtOnly,
    title: 'koornacht scaled to 0: tion answers koornacht',
    global: true,
    koornacht: { ...shared, affinity: Affinity.LOCAL, replicas: 0 },
  },
  'affinity-local-back': {
    ...koornachtOnly,
    title: 'koornacht scaled back to 2: koornacht answers koornacht again',
    global: true,
    koornacht: { ...shared, affinity: Affinity.LOCAL },
  },
  'affinity-remote': {
    ...koornachtOnly,
    title: 'affinity remote in koornacht: tion answers koornacht',
    global: true,
    koornacht: { ...shared, affinity: Affinity.REMOTE },
  },
  'affinity-removed': {
    ...koornachtOnly,
    title: 'no affinity: both clusters answer koornacht again',
    global: true,
    koornacht: shared,
  },
  'default-deny': { ...policies, title: 'default deny in both clusters: no request passes' },
  'egress': { ...policies, title: 'egress allowed in koornacht: still no request passes', egress: ['koornacht'] },
  'ingress-koornacht': {
    ...policies,
    title: 'ingress allowed in koornacht: requests to koornacht pass, those to tion do not',
    egress: ['koornacht'],
    ingress: ['koornacht'],
  },
  'ingress-tion': {
    ...policies,
    title:
      'ingress allowed in tion too: all requests pass up to Cilium 1.18; since 1.19 those to tion do not, because ' +
      'the egress rule means koornacht only',
    egress: ['koornacht'],
    ingress: ['koornacht', 'tion'],
  },
  'explicit': {
    ...policies,
    title: 'policies that name the clusters: all requests pass, under every version',
    explicit: true,
  },
};

/** The variant of a run without arguments. */
export const DEFAULT_VARIANT = 'explicit';

/** The steps, and the meshes that no step leads to, because they need other Helm values. */
export const VARIANTS: { readonly [name: string]: LabStep } = {
  ...STEPS,
  'ingress-tion-all-clusters': {
    ...STEPS['ingress-tion'],
    title: 'as the lab ends: its own policies, where a selector without a cluster selects pods of all clusters',
    policyDefaultLocalCluster: false,
  },
};
