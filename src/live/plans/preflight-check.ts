import { CITATIONS } from './citation';
import { Command } from './command';
import { chartArguments, InstallSettings } from './install-settings';
import { helm } from './kube';
import { HelmValueTree, LiveCluster } from './live-mesh';
import { Step } from './plan';
import { waitFor } from './rollout';
import { isMap } from '../../diagnostics/is-map';

/** The release of the check: it owns its objects, and Helm refuses to touch those of another release. */
const RELEASE = 'cilium-preflight';
const NAME = 'cilium-pre-flight-check';

/**
 * Values that the check needs: how to reach the API server without kube-proxy, and how its own pods are made. No
 * others: with those of Hubble or Cluster Mesh, the chart would also render their certificates and Deployments, and a
 * new certificate authority (`helm template` of the charts 1.14.19 to 1.20.2).
 */
const TAKEN = [
  'preflight',
  'k8sServiceHost',
  'k8sServicePort',
  'k8sServiceHostRef',
  'k8s',
  'imagePullSecrets',
  'commonLabels',
  'upgradeCompatibility',
];

/**
 * Cilium's own check before an upgrade, as a Helm release of its own: a DaemonSet pulls the new images on every node,
 * and a Deployment validates the policies in the cluster. The last step is `<cluster>/preflight-removed`.
 *
 * A check that a killed run left is removed first. A check that does not pass stays, so its logs can be read.
 */
export function preflightSteps(
  cluster: LiveCluster,
  values: HelmValueTree,
  needs: readonly string[],
  settings: InstallSettings,
): Step[] {
  const { name, context, version } = cluster;
  const place = { kind: 'DaemonSet', namespace: 'kube-system', name: NAME } as const;
  const validates = !isMap(values.preflight) || values.preflight.validateCNPs !== false;
  return [
    {
      id: `${name}/preflight`,
      title: `run Cilium's pre-flight check for ${version}`,
      change: 'check',
      source: CITATIONS.preflight,
      cluster: name,
      needs,
      commands: [
        { ...uninstall(context), isHousekeeping: true },
        {
          ...helm(context, 'install', RELEASE, ...chartArguments(cluster, settings), '--values', '-'),
          stdin: `${JSON.stringify(checkValues(values))}\n`,
        },
      ],
    },
    {
      id: `${name}/preflight-passed`,
      title: 'wait until the pre-flight check passes',
      cluster: name,
      needs: [`${name}/preflight`],
      commands: [
        waitFor(context, place, settings.wait),
        ...(validates ? [waitFor(context, { ...place, kind: 'Deployment' }, settings.wait)] : []),
      ],
    },
    {
      id: `${name}/preflight-removed`,
      title: 'remove the pre-flight check',
      cluster: name,
      needs: [`${name}/preflight-passed`],
      commands: [uninstall(context)],
    },
  ];
}

function uninstall(context: string): Command {
  return helm(context, 'uninstall', RELEASE, '--namespace', 'kube-system', '--ignore-not-found', '--wait');
}

/** The values of the check, from those of the cluster. */
export function checkValues(values: HelmValueTree): HelmValueTree {
  const taken = TAKEN.filter(key => values[key] !== undefined && values[key] !== null);
  return {
    ...Object.fromEntries(taken.map(key => [key, values[key]])),
    agent: false,
    operator: { enabled: false },
    preflight: { ...(isMap(values.preflight) ? values.preflight : {}), enabled: true },
  };
}
