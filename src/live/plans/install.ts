import { CITATIONS } from './citation';
import { command, Command, Condition } from './command';
import { FieldChange, formatPath } from './field-changes';
import { chartArguments, chartOfCli, InstallSettings, PlannedUpgrade } from './install-settings';
import { isOlder, minorOf } from './installation';
import { cilium, helm, kubectl, kubeSystem } from './kube';
import { WAIT, WaitLimit, withLimit } from './limits';
import { HelmValueTree, LiveCluster, LivePatch, LivePatchStage, LiveWorkload } from './live-mesh';
import { mcsCrdSteps } from './mcs-crds';
import { Guard, Intent, Step } from './plan';
import { preflightSteps } from './preflight-check';
import { restartCilium, waitFor, waitForCilium } from './rollout';

/** Annotation with the values of the second step that the cluster has: all agents restart only when they change. */
const UPGRADED = 'cilium-mesh/upgrade-values';

/** Turns an existing cluster into one that can be connected. The last step is `<cluster>/enabled`. */
export function installSteps(cluster: LiveCluster, needs: readonly string[], settings: InstallSettings): Step[] {
  const { name, context, version } = cluster;
  const before = patchSteps(cluster, 'before-install', [`${name}/helm`], settings.wait).map(step => ({
    ...step,
    unless: isInstalled(context),
  }));
  const crds = mcsCrdSteps(
    cluster,
    [last(before)?.id ?? `${name}/helm`],
    settings.isInstalled ?? false,
    settings.wait,
  );
  const after = patchSteps(cluster, 'after-install', [`${name}/ready`], settings.wait);
  const upgrade = upgradeSteps(cluster, [last(after)?.id ?? `${name}/ready`], settings);
  return [
    {
      id: `${name}/helm`,
      title: 'look for unfinished Helm operations',
      cluster: name,
      needs: [`${name}/exists`],
      commands: [],
      intents: [releaseIntent(cluster)],
      ensure: [noPendingRelease(cluster)],
    },
    ...before,
    ...crds,
    {
      id: `${name}/installed`,
      title: `install Cilium ${version}`,
      change: 'install',
      cluster: name,
      needs: [last([...before, ...crds])?.id ?? `${name}/helm`, ...needs],
      unless: isInstalled(context),
      intents: [releaseIntent(cluster)],
      commands: install(cluster, settings),
    },
    ...(settings.change ? releaseSteps(cluster, settings.change, [`${name}/installed`, ...needs], settings) : []),
    {
      id: `${name}/ready`,
      title: 'wait for Cilium',
      cluster: name,
      needs: [settings.change ? `${name}/release` : `${name}/installed`],
      commands: cluster.etcd ? waitForCilium(context, settings.wait) : [waitUntilHealthy(context, settings.wait)],
    },
    ...after,
    ...upgrade,
    ...(cluster.etcd ? [] : meshSteps(cluster, [last([...after, ...upgrade])?.id ?? `${name}/ready`], settings)),
  ];
}

function meshSteps(cluster: LiveCluster, needs: readonly string[], settings: InstallSettings): Step[] {
  return cluster.valuesEnableMesh
    ? [waitForMesh(cluster, needs, settings)]
    : [enableStep(cluster, needs), waitForMesh(cluster, [`${cluster.name}/mesh`], settings)];
}

/**
 * The patches of a stage, in their order. The plan waits for workloads that it patches while Cilium runs; before, they
 * could not start. It does not repeat patches of the stage before-install once Cilium is installed: to scale CoreDNS
 * down for a moment would be an outage.
 */
export function patchSteps(
  { name, context, patches }: LiveCluster,
  stage: LivePatchStage,
  needs: readonly string[],
  wait: WaitLimit = WAIT,
): Step[] {
  const chosen = patches.filter(patch => patch.stage === stage);
  if (chosen.length === 0) {
    return [];
  }
  const workloads = stage === 'before-install' ? [] : chosen.filter(isRolledOut);
  return [
    {
      id: `${name}/${stage}`,
      title: PATCH_TITLES[stage],
      change: 'patch',
      cluster: name,
      needs,
      ...(stage === 'before-install' ? {} : { unless: { kind: 'all', conditions: chosen.map(isPatched(context)) } }),
      commands: [
        ...chosen.map(patch => patchCommand(context, patch)),
        ...workloads.map(patch => waitFor(context, patch, wait)),
      ],
    },
  ];
}

function patchCommand(context: string, { kind, namespace, name, type, file }: LivePatch, ...args: string[]): Command {
  return kubectl(context, namespace).run(
    'patch',
    kind.toLowerCase(),
    name,
    '--type',
    type,
    '--patch-file',
    file,
    ...args,
  );
}

/** The patch would change nothing. */
function isPatched(context: string): (patch: LivePatch) => Condition {
  return patch => ({
    kind: 'same-output',
    commands: [
      kubectl(context, patch.namespace).get(patch.kind.toLowerCase(), patch.name, '--ignore-not-found', '-o', 'json'),
      patchCommand(context, patch, '--dry-run=server', '-o', 'json'),
    ],
  });
}

function isRolledOut(patch: LivePatch): patch is LivePatch & LiveWorkload {
  return ['Deployment', 'DaemonSet', 'StatefulSet'].includes(patch.kind);
}

const PATCH_TITLES: { readonly [stage in LivePatchStage]: string } = {
  'before-install': 'patch what Cilium replaces',
  'after-install': 'patch what Cilium serves',
  'connect': 'patch what reaches the other clusters',
};

/** The labels of Helm's record of an operation on Cilium that has not ended. */
const PENDING = 'owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)';

/**
 * What an operation of Helm leaves when it is killed: its record, which makes every later one fail ("another operation
 * is in progress"). Without the record, the release is that of the last revision that ended, and the operation can be
 * repeated: Helm adopts the objects of its own release (helm/helm, pkg/action/validate.go, v3.18).
 */
export function releaseIntent({ context }: Pick<LiveCluster, 'context'>): Intent {
  const uids = 'jsonpath={range .items[*]}{.metadata.uid}{"\\n"}{end}';
  return {
    what: `Helm operation on Cilium in ${context}`,
    ids: kubeSystem(context).get('secret', '-l', PENDING, '-o', uids),
    finished: { kind: 'names-no-objects', command: kubeSystem(context).get('secret', '-l', PENDING, '-o', 'name') },
    complete: { commands: [] },
    undo: [kubeSystem(context).run('delete', 'secret', '-l', PENDING)],
  };
}

/**
 * Helm refuses to change a release with an operation that has not ended: another run of Helm goes on, or was killed.
 */
function noPendingRelease({ name, context }: LiveCluster): Guard {
  return {
    condition: { kind: 'names-no-objects', command: kubeSystem(context).get('secret', '-l', PENDING, '-o', 'name') },
    message:
      `a Helm operation on Cilium in ${name} has not ended. Wait for it; if Helm was killed, delete its record ` +
      `(kubectl --context ${context} -n kube-system delete secret -l '${PENDING}'), then run up again`,
  };
}

/** No change of the release has failed or goes on: what the release contains is what the cluster has. */
export function noUnfinishedRelease(context: string): Condition {
  const selector = 'owner=helm,name=cilium,status notin (deployed,superseded,uninstalled)';
  return {
    kind: 'names-no-objects',
    command: kubeSystem(context).get('secret', '-l', selector, '-o', 'name'),
  };
}

/** Prints the manifests that Helm would install. */
export function renderChart(cluster: LiveCluster, settings: InstallSettings): Command {
  const { context, values } = cluster;
  return cluster.installer === 'cilium'
    ? cilium(context, 'install', '--dry-run', ...ciliumArguments(cluster, settings))
    : command('helm', 'template', ...helmArguments(cluster, settings), ...valuesArguments(values, settings));
}

/** A release that Helm completed. */
function isInstalled(context: string): Condition {
  return {
    kind: 'names-objects',
    command: kubeSystem(context).get('secret', '-l', 'owner=helm,name=cilium,status=deployed', '-o', 'name'),
  };
}

function install(cluster: LiveCluster, settings: InstallSettings): Command[] {
  const { context, values } = cluster;
  if (cluster.installer === 'cilium') {
    return [
      // a failed installation keeps its name: `cilium install` would fail because the name is in use
      {
        ...kubeSystem(context).run('delete', 'secret', '-l', 'owner=helm,name=cilium,status=failed'),
        isHousekeeping: true,
      },
      cilium(context, 'install', ...ciliumArguments(cluster, settings)),
    ];
  }
  return [
    helm(context, 'upgrade', '--install', ...helmArguments(cluster, settings), ...valuesArguments(values, settings)),
  ];
}

/** The upgrade of a release; before another version, Cilium's own check. */
function releaseSteps(
  cluster: LiveCluster,
  change: PlannedUpgrade,
  needs: readonly string[],
  settings: InstallSettings,
): Step[] {
  const check = change.from === undefined ? [] : preflightSteps(cluster, change.all, needs, settings);
  return [...check, releaseStep(cluster, change, [...needs, ...change.needs], settings)];
}

/**
 * Gives the release the version and the values of the mesh file. All other values stay. The agents and the operator
 * read their configuration only at their start.
 */
function releaseStep(
  cluster: LiveCluster,
  { from, values, all }: PlannedUpgrade,
  needs: readonly string[],
  settings: InstallSettings,
): Step {
  const { name, context, version, upgradeValues } = cluster;
  const second = upgradeValues ? ['--values', upgradeValues.file] : [];
  const compatible = from === undefined ? undefined : compatibility(from, version, all);
  const set = [...(settings.set ?? []), ...(compatible === undefined ? [] : [`upgradeCompatibility=${compatible}`])];
  const files = [...valuesArguments(cluster.values, { ...settings, set }), ...second];
  return {
    id: `${name}/release`,
    title: [
      ...(from === undefined
        ? []
        : [`${isOlder(version, from) ? 'downgrade' : 'upgrade'} Cilium from ${from} to ${version}`]),
      ...(values.length === 0 ? [] : [`change values of Cilium: ${values.map(formatValueChange).join(', ')}`]),
    ].join('; '),
    change: 'upgrade',
    source: from === undefined ? CITATIONS.restart : CITATIONS.upgrade,
    restarts: 'Cilium',
    cluster: name,
    needs,
    intents: [releaseIntent(cluster)],
    commands: [
      cluster.installer === 'cilium'
        ? cilium(context, 'upgrade', ...chartOfCli(settings, version), '--reset-then-reuse-values', ...files)
        : helm(context, 'upgrade', ...helmArguments(cluster, settings), '--reset-then-reuse-values', ...files),
      ...restartCilium(context, settings.wait),
    ],
  };
}

/**
 * The value of `upgradeCompatibility` for an upgrade to another minor version: "to minimize datapath disruption", it
 * should be the version that was installed first (Documentation/operations/upgrade.rst, v1.20.2). The release keeps the
 * one of its first upgrade. A rollback needs none.
 */
function compatibility(from: string, to: string, values: HelmValueTree): string | undefined {
  const [before, after] = [minorOf(from), minorOf(to)];
  return before === undefined || after === undefined || before >= after || values.upgradeCompatibility !== undefined
    ? undefined
    : `1.${before}`;
}

/** `debug.enabled: false -> true`; values that may be secret are not shown. */
function formatValueChange({ path, ...change }: FieldChange): string {
  const text = (value: unknown) => (value === undefined ? 'not set' : JSON.stringify(value));
  return 'after' in change ? `${formatPath(path)} ${text(change.before)} -> ${text(change.after)}` : formatPath(path);
}

function upgradeSteps(cluster: LiveCluster, needs: readonly string[], settings: InstallSettings): Step[] {
  const { name, context, upgradeValues, version } = cluster;
  if (!upgradeValues) {
    return [];
  }
  const { file, hash } = upgradeValues;
  // both keep the values of the release, and with them the connections of a running mesh: `cilium upgrade` by default
  // (--reset-then-reuse-values), helm with a flag
  const upgrade =
    cluster.installer === 'cilium'
      ? cilium(context, 'upgrade', ...chartOfCli(settings, version), '--values', file)
      : helm(context, 'upgrade', ...helmArguments(cluster, settings), '--reuse-values', '--values', file);
  return [
    {
      id: `${name}/upgraded`,
      title: 'upgrade Cilium with its second values',
      change: 'upgrade',
      source: CITATIONS.restart,
      restarts: 'Cilium',
      cluster: name,
      needs,
      intents: [releaseIntent(cluster)],
      unless: {
        kind: 'prints-line',
        line: hash,
        command: kubeSystem(context).get(
          'daemonset',
          'cilium',
          '--ignore-not-found',
          '-o',
          `jsonpath={.metadata.annotations.${UPGRADED}}`,
        ),
      },
      commands: [
        upgrade,
        ...restartCilium(context, settings.wait),
        kubeSystem(context).run('annotate', '--overwrite', 'daemonset/cilium', `${UPGRADED}=${hash}`),
      ],
    },
  ];
}

/**
 * `clustermesh enable` upgrades the release with its own chart and values, and sets the type of the Service and a
 * CronJob that renews the certificates. It keeps all other values, so it may run after an installation that enables
 * Cluster Mesh already, and again. It refuses the type ClusterIP, and would replace another way to make certificates
 * (`clustermesh.apiserver.tls.auto`): the plan leaves such values alone. Hubble needs no command of its own: `hubble
 * enable --ui` only sets hubble.relay.enabled and hubble.ui.enabled.
 *
 * Sources: generateEnableHelmValues and EnableWithHelm in cilium-cli/clustermesh/clustermesh.go, EnableWithHelm in
 * cilium-cli/hubble/hubble.go, April 2026.
 */
function enableStep({ name, context, serviceType }: LiveCluster, needs: readonly string[]): Step {
  return {
    id: `${name}/mesh`,
    intents: [releaseIntent({ context })],
    title: 'enable Cluster Mesh',
    change: 'enable',
    source: CITATIONS.enable,
    cluster: name,
    needs,
    unless: {
      kind: 'all',
      conditions: [{ kind: 'names-objects', command: apiserverQuery(context) }, noUnfinishedRelease(context)],
    },
    commands: [cilium(context, 'clustermesh', 'enable', '--service-type', serviceType)],
  };
}

/** Prints the name of the clustermesh-apiserver, or nothing. */
function apiserverQuery(context: string): Command {
  return kubeSystem(context).get('deployment', 'clustermesh-apiserver', '--ignore-not-found', '-o', 'name');
}

/**
 * Waits for the clustermesh-apiserver. `clustermesh status --wait` also waits for every cluster that the release
 * connects to: for ever for one that was lost, whose new addresses only the following steps write.
 */
function waitForMesh(
  { name, context }: LiveCluster,
  needs: readonly string[],
  { wait, isConnected }: InstallSettings,
): Step {
  return {
    id: `${name}/enabled`,
    title: 'wait for Cluster Mesh',
    cluster: name,
    needs,
    commands: isConnected
      ? [waitFor(context, { kind: 'Deployment', namespace: 'kube-system', name: 'clustermesh-apiserver' }, wait)]
      : [withLimit(wait, cilium(context, 'clustermesh', 'status', '--wait', '--wait-duration', wait.text))],
  };
}

function waitUntilHealthy(context: string, wait: WaitLimit): Command {
  return withLimit(wait, cilium(context, 'status', '--wait', '--wait-duration', wait.text));
}

function ciliumArguments({ version, values, datapathMode }: LiveCluster, settings: InstallSettings): string[] {
  return [
    ...chartOfCli(settings, version),
    // on EKS the CLI would choose addresses of AWS (detectDatapathMode in cilium-cli/install/autodetect.go, April 2026)
    ...(datapathMode === undefined ? [] : ['--datapath-mode', datapathMode]),
    ...valuesArguments(values, settings),
  ];
}

function helmArguments(cluster: LiveCluster, settings: InstallSettings): string[] {
  return ['cilium', ...chartArguments(cluster, settings)];
}

function valuesArguments(file: string | undefined, { set = [] }: InstallSettings): string[] {
  return [...(file === undefined ? [] : ['--values', file]), ...(set.length === 0 ? [] : ['--set', set.join(',')])];
}

function last<T>(list: readonly T[]): T | undefined {
  return list[list.length - 1];
}
