import { Step } from '../step';

/** The mesh of a variant. */
export interface AwsStep extends Step {
  /** Cilium 1.9 and an etcd in each cluster, as in the article. */
  readonly legacy?: boolean;
  /** The policy `allow-only-production-cluster`. */
  readonly policy?: boolean;
}

const subject = {
  service: 'testing/backend-svc',
  requests: [{ from: 'testing/frontend@k8s-test-cluster', to: 'svc/testing/backend-svc' }],
};

/** The outcomes that the article shows, in its order, with current versions. */
export const STEPS: { readonly [name: string]: AwsStep } = {
  'today': { ...subject, title: "the test cluster's frontends reach the backends in the shared cluster" },
  'today-policy': {
    ...subject,
    title: "only frontends of k8s-production-cluster may reach the backends: the test cluster's no longer do",
    policy: true,
  },
};

/** The steps, and the same in the form of the article, which no step leads to: it is another mesh. */
export const VARIANTS: { readonly [name: string]: AwsStep } = {
  ...STEPS,
  'legacy': { ...STEPS.today, legacy: true },
  'legacy-policy': { ...STEPS['today-policy'], legacy: true },
};
