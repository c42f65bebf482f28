import { Condition } from './command';
import { noUnfinishedRelease, patchSteps, releaseIntent } from './install';
import { cilium } from './kube';
import { WAIT, withLimit } from './limits';
import { LiveCluster, LiveMesh } from './live-mesh';
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
      change: 'connect',
      needs: [...clusters.map(each => `${each.name}/enabled`), ...patches.map(each => each.id)],
      unless: areConnected(clusters, mode),
      intents: clusters.map(releaseIntent),
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
                texts: [`- ${clusters.find(other => other !== each)!.name}:`],
              },
              message:
                  `${each.name} is not connected to any cluster: ` +
                  `cilium clustermesh status --context ${each.context} shows why`,
            },
          ],
    })),
  ];
}

/**
 * The release of every cluster knows those that it connects to. An upgrade that failed may have changed the cluster,
 * and not the release.
 */
function areConnected(clusters: readonly LiveCluster[], mode: ConnectionMode): Condition {
  const [first, ...others] = clusters;
  const peers = (each: LiveCluster) =>
    mode === 'mesh' ? clusters.filter(other => other !== each) : each === first ? others : [first];
  const connecting = mode === 'unicast' ? [first] : clusters;
  return {
    kind: 'all',
    conditions: [
      ...clusters.map(each => noUnfinishedRelease(each.context)),
      ...connecting.map((each): Condition => ({
        kind: 'prints',
        command: cilium(each.context, 'clustermesh', 'status'),
        texts: peers(each).map(({ name }) => `- ${name}:`),
      })),
    ],
  };
}
