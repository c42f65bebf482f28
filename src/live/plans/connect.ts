import { patchSteps } from './install';
import { cilium } from './kube';
import { LiveMesh } from './live-mesh';
import { Step } from './plan';
import { WAIT } from './rollout';

/** Who is connected to whom: everybody; the first cluster with each other one; or the first cluster to each other one, in one direction. */
export const CONNECTION_MODES = ['mesh', 'bidirectional', 'unicast'] as const;
export type ConnectionMode = typeof CONNECTION_MODES[number];

/**
 * Connects clusters that have a clustermesh-apiserver. The last steps are `<cluster>/connected`.
 *
 * - All clusters are connected by one command: every connection is a Helm upgrade of both, and two at a time would fail. It adds to the
 *   clusters that a release knows already, so that it may be run again (mergeClusters).
 * - The chart and all values are those of the release: this needs no access to the chart repository (helmUpgradeClusters).
 *
 * Source: cilium-cli/clustermesh/clustermesh.go, April 2026.
 */
export function connectSteps({ clusters }: LiveMesh, mode: ConnectionMode = clusters.length > 2 ? 'mesh' : 'bidirectional'): Step[] {
  const [first, ...others] = clusters;
  const patches = clusters.flatMap(each => patchSteps(each, 'connect', [`${each.name}/enabled`]));
  return [
    ...patches,
    {
      id: 'mesh/connect', title: 'connect the clusters', needs: [...clusters.map(each => `${each.name}/enabled`), ...patches.map(each => each.id)],
      commands: [cilium(first.context, 'clustermesh', 'connect', '--destination-context', others.map(each => each.context).join(','), '--connection-mode', mode)],
    },
    ...clusters.map((each): Step => ({
      id: `${each.name}/connected`, title: 'wait for the connections', cluster: each.name, needs: ['mesh/connect'],
      commands: [cilium(each.context, 'clustermesh', 'status', '--wait', '--wait-duration', WAIT)],
      // status waits for the connections that there are, and for nothing where there is none
      ensure: each !== first && mode === 'unicast' ? [] : [{
        condition: { kind: 'prints', command: cilium(each.context, 'clustermesh', 'status'), text: `- ${clusters.find(other => other !== each)!.name}:` },
        otherwise: `${each.name} is connected to nobody: cilium clustermesh status --context ${each.context} shows why`,
      }],
    })),
  ];
}
