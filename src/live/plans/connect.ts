import { patchSteps } from './install';
import { cilium } from './kube';
import { WAIT, withLimit } from './limits';
import { LiveMesh } from './live-mesh';
import { Step } from './plan';

/**
 * Which clusters are connected. `mesh`: every pair. `bidirectional`: the first cluster with each other one. `unicast`:
 * the first cluster to each other one, in one direction.
 */
export const CONNECTION_MODES = ['mesh', 'bidirectional', 'unicast'] as const;
export type ConnectionMode = (typeof CONNECTION_MODES)[number];

/**
 * Connects clusters that have a clustermesh-apiserver. The last steps are `<cluster>/connected`.
 *
 * - One command connects all clusters: every connection is a Helm upgrade of both, and two at a time would fail. It
 *   adds to the clusters that a release knows already, so it may run again (mergeClusters).
 * - It takes the chart and all values from the release, and needs no access to the chart repository
 *   (helmUpgradeClusters).
 *
 * Source: cilium-cli/clustermesh/clustermesh.go, April 2026.
 */
export function connectSteps(
  { clusters }: LiveMesh,
  mode: ConnectionMode = clusters.length > 2 ? 'mesh' : 'bidirectional',
): Step[] {
  const [first, ...others] = clusters;
  const patches = clusters.flatMap(each => patchSteps(each, 'connect', [`${each.name}/enabled`]));
  return [
    ...patches,
    {
      id: 'mesh/connect',
      title: 'connect the clusters',
      needs: [...clusters.map(each => `${each.name}/enabled`), ...patches.map(each => each.id)],
      commands: [
        cilium(
          first.context,
          'clustermesh',
          'connect',
          '--destination-context',
          others.map(each => each.context).join(','),
          '--connection-mode',
          mode,
        ),
      ],
    },
    ...clusters.map((each): Step => ({
      id: `${each.name}/connected`,
      title: 'wait for the connections',
      cluster: each.name,
      needs: ['mesh/connect'],
      commands: [
        withLimit(WAIT, cilium(each.context, 'clustermesh', 'status', '--wait', '--wait-duration', WAIT.text)),
      ],
      // status waits for the existing connections, and ends at once without any
      ensure:
        each !== first && mode === 'unicast'
          ? []
          : [
            {
              condition: {
                kind: 'prints',
                command: cilium(each.context, 'clustermesh', 'status'),
                text: `- ${clusters.find(other => other !== each)!.name}:`,
              },
              message:
                  `${each.name} is not connected to any cluster: ` +
                  `cilium clustermesh status --context ${each.context} shows why`,
            },
          ],
    })),
  ];
}
