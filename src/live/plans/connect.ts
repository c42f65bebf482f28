import { CITATIONS } from './citation';
import { Condition } from './command';
import { ConnectionMode, peersOf } from './connection-mode';
import { noUnfinishedRelease, patchSteps, releaseIntent } from './install';
import { cilium } from './kube';
import { WAIT, WaitLimit, withLimit } from './limits';
import { LiveCluster, LiveMesh } from './live-mesh';
import { Step } from './plan';

/** How clusters are connected. */
export interface ConnectSettings {
  /** The limit of each wait. */
  readonly wait?: WaitLimit;
  /** A cluster was built again: the others know its old addresses, which `clustermesh connect` replaces. */
  readonly isStale?: boolean;
  /** The clusters trust the authorities of each other, so these may differ. */
  readonly allowsOtherAuthorities?: boolean;
  /** Steps that must be done before. */
  readonly needs?: readonly string[];
}

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
  { wait = WAIT, isStale, allowsOtherAuthorities, needs = [] }: ConnectSettings = {},
): Step[] {
  const [first, ...others] = clusters;
  const patches = clusters.flatMap(each => patchSteps(each, 'connect', [`${each.name}/enabled`], wait));
  return [
    ...patches,
    {
      id: 'mesh/connect',
      title: 'connect the clusters',
      change: 'connect',
      ...(isStale ? { source: CITATIONS.reconnect } : mode === 'unicast' ? {} : { source: CITATIONS.connect }),
      needs: [...clusters.map(each => `${each.name}/enabled`), ...patches.map(each => each.id), ...needs],
      ...(isStale ? {} : { unless: areConnected(clusters, mode) }),
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
          ...(allowsOtherAuthorities ? ['--allow-mismatching-ca'] : []),
        ),
      ],
    },
    ...clusters.map((each): Step => ({
      id: `${each.name}/connected`,
      title: 'wait for the connections',
      cluster: each.name,
      needs: ['mesh/connect'],
      commands: [
        withLimit(wait, cilium(each.context, 'clustermesh', 'status', '--wait', '--wait-duration', wait.text)),
      ],
      // status waits for the existing connections, and ends at once without any
      ensure:
        peersOf(clusters, each, mode).length === 0
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
  const connecting = clusters.filter(each => peersOf(clusters, each, mode).length > 0);
  return {
    kind: 'all',
    conditions: [
      ...clusters.map(each => noUnfinishedRelease(each.context)),
      ...connecting.map((each): Condition => ({
        kind: 'prints',
        command: cilium(each.context, 'clustermesh', 'status'),
        texts: peersOf(clusters, each, mode).map(({ name }) => `- ${name}:`),
      })),
    ],
  };
}
