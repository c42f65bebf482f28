import { exportKubeconfig } from './kube';
import { LiveCluster } from './live-mesh';
import { Plan } from './plan';
import { tool } from './tools';

/** The plan that adds the contexts of existing kind clusters to the kubeconfig. It changes no cluster. */
export function kubeconfigPlan(clusters: readonly LiveCluster[]): Plan {
  return {
    title: `kubeconfig: ${clusters.map(each => each.context).join(', ')}`,
    tools: [tool('kind', 'adds contexts to the kubeconfig')],
    steps: clusters.map(({ name, context }) => ({
      id: `${name}/context`,
      title: `add the context ${context} to the kubeconfig`,
      cluster: name,
      needs: [],
      commands: [exportKubeconfig(name)],
    })),
  };
}
