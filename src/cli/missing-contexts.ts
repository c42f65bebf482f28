import { executeAndShow } from './execution';
import { CommandError, Io, Status } from './io';
import { withSession } from './session';
import { ExistingClusters, identifyExisting } from '../live/observations/existing-clusters';
import { exportKubeconfig } from '../live/plans/kube';
import { kubeconfigPlan } from '../live/plans/kubeconfig';
import { LiveCluster, LiveMesh } from '../live/plans/live-mesh';
import { kindIntent } from '../live/plans/mark';
import { formatCommand } from '../live/plans/script';
import { SYSTEM_CLOCK } from '../live/runner/clock';
import { Shell } from '../live/runner/shell';
import { State } from '../live/runner/state';
import { counted } from '../reports/words';

/** The clusters of a mesh that answer, and those that do not exist. */
export type Existing = Pick<ExistingClusters, 'identified' | 'absent'>;

/**
 * The clusters of a mesh that exist. Where the kubeconfig lacks the contexts of required kind clusters, asks whether to
 * add them, or needs `--yes`.
 */
export async function identifyOrExport(
  live: LiveMesh,
  { yes }: { readonly yes?: boolean },
  io: Io,
  required: readonly string[],
): Promise<Existing> {
  const found = await withSession(io, ({ shell }) => identifyWithContexts(live, required, shell));
  const { missing } = found;
  if (missing.length === 0) {
    return found;
  }
  io.err(`${missing.map(missingText).join('\n')}\n`);
  const question = `Add ${counted(missing.length, 'context')} to the kubeconfig, and make the last one the current one?`;
  if (!yes && !(await io.confirm?.(question))) {
    throw new CommandError(
      `Nothing was changed: up needs the contexts.\n${fixText(missing)}${io.confirm ? '' : ', or add --yes'}`,
      Status.FOUND,
    );
  }
  const status = await executeAndShow(kubeconfigPlan(missing), io, { contexts: [] });
  if (status !== Status.OK) {
    throw new CommandError('Nothing else was changed.', status);
  }
  const again = await withSession(io, ({ shell }) => identifyWithContexts(live, required, shell));
  if (again.missing.length > 0) {
    const contexts = again.missing.map(each => each.context).join(', ');
    throw new CommandError(
      `kind export kubeconfig ended, and the kubeconfig still has no context ${contexts}.\n` +
        '    fix: check the variable KUBECONFIG: kind and kubectl must use the same file',
      Status.FOUND,
    );
  }
  return again;
}

/** The clusters of a mesh that exist. Throws where the kubeconfig lacks the contexts of required kind clusters. */
export async function identifyOrRefuse(
  live: LiveMesh,
  shell: Shell,
  required: readonly string[] = live.clusters.map(({ name }) => name),
): Promise<Existing> {
  const found = await identifyWithContexts(live, required, shell);
  const { missing } = found;
  if (missing.length > 0) {
    throw new CommandError(`${missing.map(missingText).join('\n')}\n${fixText(missing)}`, Status.FOUND);
  }
  return found;
}

/** A cluster that a killed run left unfinished needs no context: its step undoes it. */
async function identifyWithContexts(
  live: LiveMesh,
  required: readonly string[],
  shell: Shell,
): Promise<Existing & { readonly missing: readonly LiveCluster[] }> {
  const { withoutContext, ...existing } = await identifyExisting(live, shell, required);
  const state = new State(process.env, 'cilium-mesh up', SYSTEM_CLOCK);
  return { ...existing, missing: withoutContext.filter(({ name }) => !state.findIntent(kindIntent(name))) };
}

function missingText({ name, context }: LiveCluster): string {
  return `The kind cluster ${name} exists, but the kubeconfig has no context ${context}.`;
}

function fixText(clusters: readonly LiveCluster[]): string {
  return `    fix: ${clusters.map(({ name }) => formatCommand(exportKubeconfig(name))).join('; ')}`;
}
