import { Step } from '../step';

/** The policies of a step. */
export interface GuideStep extends Step {
  /** The clusters with the guide's `my-policy`, and the labels of the clients that it admits. */
  readonly policies?: { readonly [cluster: string]: { readonly [label: string]: string } };
  /**
   * In the place of the guide's policies: one `CrossClusterAllow`, which means the same under every version since
   * Cilium 1.16. These clusters' frontends may reach myapp in both clusters.
   */
  readonly allowFrontendsOf?: readonly string[];
}

const FRONTEND = { app: 'frontend' };
/** The guide's requests: `curl myapp-service` in each of its pods, and from cluster2's frontend to cluster1's myapp. */
const all = {
  requests: [
    ...['frontend@cluster1', 'test@cluster1', 'frontend@cluster2', 'test@cluster2'].map(from => ({
      from,
      to: 'svc/default/myapp-service',
    })),
    { from: 'frontend@cluster2', to: 'myapp-deployment@cluster1' },
  ],
};

/** The guide's steps 1 to 6, in its order, then what the constructs write for 5 and 6. */
export const STEPS: { readonly [name: string]: GuideStep } = {
  'no-policy': {
    ...all,
    title: 'no policy: every pod reaches myapp, and the service answers from its own cluster',
    service: 'myapp-service',
  },
  'cluster1': {
    ...all,
    title: 'my-policy in cluster1: it protects myapp in cluster1 only',
    policies: { cluster1: FRONTEND },
  },
  'both': {
    ...all,
    title: 'my-policy in both clusters: each admits frontends to its own myapp, test pods reach neither',
    policies: { cluster1: FRONTEND, cluster2: FRONTEND },
  },
  'restricted': {
    ...all,
    title: "cluster2 admits cluster1's frontends only: those of cluster2 no longer reach their own myapp",
    policies: { cluster1: FRONTEND, cluster2: { ...FRONTEND, 'io.cilium.k8s.policy.cluster': 'cluster1' } },
  },
  'explicit': {
    ...all,
    title: 'policies that name the clusters: all frontends reach both myapps, under every version since 1.16',
    allowFrontendsOf: ['cluster1', 'cluster2'],
  },
  'explicit-restricted': {
    ...all,
    title: "policies that name the clusters: only cluster1's frontends reach myapp, under every version since 1.16",
    allowFrontendsOf: ['cluster1'],
  },
};

export const DEFAULT_VARIANT = 'explicit';
