import { CITATIONS } from './citation';
import { kubectl, kubeSystem } from './kube';
import { SERVE, WaitLimit, withLimit } from './limits';
import { LiveCluster } from './live-mesh';
import { Step } from './plan';
import { waitFor } from './rollout';

/**
 * The CRDs of the Multi-Cluster Services API at the commit that Cilium's documentation names before 1.19
 * (Documentation/network/clustermesh/mcsapi.rst, v1.17 and v1.18).
 */
const FOLDER =
  'https://raw.githubusercontent.com/kubernetes-sigs/mcs-api/62ede9a032dcfbc41b3418d7360678cb83092498/config/crd';
const KINDS = ['serviceexports', 'serviceimports'];
const NAMES = KINDS.map(each => `customresourcedefinition.apiextensions.k8s.io/${each}.multicluster.x-k8s.io`);

/**
 * Installs the CRDs before Cilium, for versions that need them and do not install them. The operator looks for them
 * only at its start, so one that runs already is restarted.
 */
export function mcsCrdSteps(cluster: LiveCluster, needs: readonly string[], runs: boolean, wait: WaitLimit): Step[] {
  const { name, context } = cluster;
  const operator = { kind: 'Deployment', namespace: 'kube-system', name: 'cilium-operator' } as const;
  return cluster.needsMcsCrds
    ? [
      {
        id: `${name}/mcs-crds`,
        title: 'install the CRDs of the Multi-Cluster Services API',
        change: 'install',
        source: CITATIONS.mcsCrds,
        ...(runs ? { restarts: "Cilium's operator" } : {}),
        cluster: name,
        needs,
        unless: {
          kind: 'prints',
          command: kubectl(context).get(...NAMES, '--ignore-not-found', '-o', 'name'),
          texts: NAMES,
        },
        commands: [
          kubectl(context).run(
            'apply',
            '--server-side',
            ...KINDS.flatMap(each => ['-f', `${FOLDER}/multicluster.x-k8s.io_${each}.yaml`]),
          ),
          withLimit(
            SERVE,
            kubectl(context).run('wait', '--for=condition=Established', `--timeout=${SERVE.text}`, ...NAMES),
          ),
          ...(runs
            ? [
              kubeSystem(context).run('rollout', 'restart', 'deployment/cilium-operator'),
              waitFor(context, operator, wait),
            ]
            : []),
        ],
      },
    ]
    : [];
}
