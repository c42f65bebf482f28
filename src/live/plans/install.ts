import { command, Command, Condition } from './command';
import { cilium, kubectl, kubeSystem } from './kube';
import { LiveCluster, LivePatchStage, LiveWorkload } from './live-mesh';
import { Guard, Step } from './plan';
import { restartCilium, WAIT, waitFor, waitForCilium } from './rollout';

/** How Cilium is installed, the same in all clusters. */
export interface InstallSettings {
  /** A folder with Cilium's chart, for who has no access to the chart repository. */
  readonly chartDirectory?: string;
  /** Values that are set beside the files. */
  readonly set?: readonly string[];
}

/** Where the charts of all releases are. */
const REPOSITORY = 'https://helm.cilium.io';

/** Where the cluster remembers which values of the second step it has: a restart of all agents is nothing to repeat. */
const UPGRADED = 'cilium-mesh/upgrade-values';

/** From a cluster that exists to one that can be connected. The last step is `<cluster>/enabled`. */
export function installSteps(cluster: LiveCluster, needs: readonly string[], settings: InstallSettings): Step[] {
  const { name, context, version } = cluster;
  const before = patchSteps(cluster, 'before-install', [`${name}/exists`]).map(step => ({ ...step, unless: installed(context) }));
  const after = patchSteps(cluster, 'after-install', [`${name}/ready`]);
  const upgrade = upgradeSteps(cluster, [last(after)?.id ?? `${name}/ready`], settings);
  return [
    ...before,
    {
      id: `${name}/installed`,
      title: `install Cilium ${version}`,
      cluster: name,
      needs: [last(before)?.id ?? `${name}/exists`, ...needs],
      unless: installed(context),
      commands: install(cluster, settings),
    },
    { id: `${name}/ready`, title: 'wait for Cilium', cluster: name, needs: [`${name}/installed`], commands: cluster.etcd ? waitForCilium(context) : [waitUntilHealthy(context)] },
    ...after,
    ...upgrade,
    ...cluster.etcd ? [] : [enableStep(cluster, [last([...after, ...upgrade])?.id ?? `${name}/ready`])],
  ];
}

/**
 * The patches of a stage, in their order. Workloads that are patched once Cilium runs are waited for; before, they could not start.
 * Patches before the installation are not repeated afterwards: to scale CoreDNS down for a moment would be an outage.
 */
export function patchSteps({ name, context, patches }: LiveCluster, stage: LivePatchStage, needs: readonly string[]): Step[] {
  const chosen = patches.filter(patch => patch.stage === stage);
  if (chosen.length === 0) {
    return [];
  }
  const changed = stage === 'before-install' ? [] : chosen.filter((patch): patch is typeof patch & LiveWorkload => ['Deployment', 'DaemonSet', 'StatefulSet'].includes(patch.kind));
  return [{
    id: `${name}/${stage}`,
    title: { 'before-install': 'patch what Cilium replaces', 'after-install': 'patch what Cilium serves', 'connect': 'patch what reaches the other clusters' }[stage],
    cluster: name,
    needs,
    commands: [
      ...chosen.map(patch => kubectl(context, '-n', patch.namespace, 'patch', patch.kind.toLowerCase(), patch.name, '--type', patch.type, '--patch-file', patch.file)),
      ...changed.map(patch => waitFor(context, patch)),
    ],
  }];
}

/** Helm begins nothing where it has begun something: a run that was killed leaves that behind, and so does somebody else's that goes on. */
export function noPendingRelease({ name, context }: LiveCluster): Guard {
  const pending = 'owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)';
  return {
    condition: { kind: 'prints-nothing', command: kubeSystem(context, 'get', 'secret', '-l', pending, '-o', 'name') },
    otherwise: `Helm has begun to change Cilium in ${name}, and not ended: wait until it has; if nobody runs it, since it was killed, forget it `
      + `(kubectl --context ${context} -n kube-system delete secret -l '${pending}'), then run up again`,
  };
}

/** What Helm would install, as manifests on standard output. */
export function rendered(cluster: LiveCluster, settings: InstallSettings): Command {
  const { context, values } = cluster;
  return cluster.installer === 'cilium'
    ? cilium(context, 'install', '--dry-run', ...ciliumArguments(cluster, settings))
    : command('helm', 'template', ...helmArguments(cluster, settings), ...values === undefined ? [] : ['--values', values], ...setArguments(settings));
}

/** A release that Helm completed. */
function installed(context: string): Condition {
  return { kind: 'prints-anything', command: kubeSystem(context, 'get', 'secret', '-l', 'owner=helm,name=cilium,status=deployed', '-o', 'name') };
}

function install(cluster: LiveCluster, settings: InstallSettings): Command[] {
  const { context, values } = cluster;
  if (cluster.installer === 'cilium') {
    return [
      // an installation that failed keeps its name: `cilium install` would say that it is still in use
      kubeSystem(context, 'delete', 'secret', '-l', 'owner=helm,name=cilium,status=failed'),
      cilium(context, 'install', ...ciliumArguments(cluster, settings)),
    ];
  }
  return [helm(context, 'upgrade', '--install', ...helmArguments(cluster, settings), ...values === undefined ? [] : ['--values', values], ...setArguments(settings))];
}

function upgradeSteps(cluster: LiveCluster, needs: readonly string[], settings: InstallSettings): Step[] {
  const { name, context, upgradeValues, version } = cluster;
  if (!upgradeValues) {
    return [];
  }
  const { file, hash } = upgradeValues;
  // both keep the values that the release has, and with them the connections of a mesh that runs: `cilium upgrade` by default
  // (--reset-then-reuse-values), helm when it is told
  const upgrade = cluster.installer === 'cilium'
    ? cilium(context, 'upgrade', ...chartOfCli(settings, version), '--values', file)
    : helm(context, 'upgrade', ...helmArguments(cluster, settings), '--reuse-values', '--values', file);
  return [{
    id: `${name}/upgraded`, title: 'upgrade Cilium with its second values', cluster: name, needs,
    unless: {
      kind: 'prints-line', line: hash,
      command: kubeSystem(context, 'get', 'daemonset', 'cilium', '--ignore-not-found', '-o', `jsonpath={.metadata.annotations.${UPGRADED}}`),
    },
    commands: [upgrade, ...restartCilium(context), kubeSystem(context, 'annotate', '--overwrite', 'daemonset/cilium', `${UPGRADED}=${hash}`)],
  }];
}

/**
 * `clustermesh enable` upgrades the release with its own chart and values, and sets the type of the Service and a CronJob that renews the
 * certificates: everything else that the values say stays, so that it may be run after an installation that has Cluster Mesh on already,
 * and again. It refuses the type ClusterIP, and would replace another way to make certificates (`clustermesh.apiserver.tls.auto`): there
 * the values are left alone. Hubble needs no command of its own: `hubble enable --ui` only sets hubble.relay.enabled and hubble.ui.enabled.
 *
 * Sources: generateEnableHelmValues and EnableWithHelm in cilium-cli/clustermesh/clustermesh.go, EnableWithHelm in cilium-cli/hubble/hubble.go,
 * April 2026.
 */
function enableStep({ name, context, serviceType, enabledByValues }: LiveCluster, needs: readonly string[]): Step {
  return {
    id: `${name}/enabled`,
    title: enabledByValues ? 'wait for Cluster Mesh' : 'enable Cluster Mesh',
    cluster: name,
    needs,
    commands: [
      ...enabledByValues ? [] : [cilium(context, 'clustermesh', 'enable', '--service-type', serviceType)],
      cilium(context, 'clustermesh', 'status', '--wait', '--wait-duration', WAIT),
    ],
  };
}

function waitUntilHealthy(context: string): Command {
  return cilium(context, 'status', '--wait', '--wait-duration', WAIT);
}

function ciliumArguments({ version, values, datapathMode }: LiveCluster, settings: InstallSettings): string[] {
  return [
    ...chartOfCli(settings, version),
    // the CLI would take an EKS for one with addresses of AWS (detectDatapathMode in cilium-cli/install/autodetect.go, April 2026)
    ...datapathMode === undefined ? [] : ['--datapath-mode', datapathMode],
    ...values === undefined ? [] : ['--values', values],
    ...setArguments(settings),
  ];
}

function chartOfCli({ chartDirectory }: InstallSettings, version: string): string[] {
  return chartDirectory === undefined ? ['--version', version] : ['--chart-directory', chartDirectory];
}

function helmArguments({ version }: LiveCluster, { chartDirectory }: InstallSettings): string[] {
  return ['cilium', ...chartDirectory === undefined ? ['cilium', '--repo', REPOSITORY, '--version', version] : [chartDirectory], '--namespace', 'kube-system'];
}

function setArguments({ set = [] }: InstallSettings): string[] {
  return set.length === 0 ? [] : ['--set', set.join(',')];
}

function helm(context: string, ...args: readonly string[]): Command {
  return command('helm', ...args, '--kube-context', context);
}

function last<T>(list: readonly T[]): T | undefined {
  return list[list.length - 1];
}
