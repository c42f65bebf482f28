import { executeAndShow } from './execution';
import { CommandError, Io, Status } from './io';
import { loadLiveMesh } from './live-mesh';
import { withSession } from './session';
import { containerRuntimeOf } from './up-settings';
import { findCreatedClusters, KeptCluster } from '../live/observations/created-clusters';
import { lastLine } from '../live/observations/last-line';
import { formatCommandList, planSteps } from '../live/plans/command-list';
import { downPlan } from '../live/plans/down';
import { kindContainers } from '../live/plans/kube';
import { kindIntent } from '../live/plans/mark';
import { formatScript } from '../live/plans/script';
import { SYSTEM_CLOCK } from '../live/runner/clock';
import { State } from '../live/runner/state';
import { columns } from '../reports/formats/columns';
import { counted } from '../reports/words';

export interface DownOptions {
  readonly mesh?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly script?: boolean;
  readonly breakLock?: boolean;
}

/** `cilium-mesh down`: deletes the kind clusters that `up` created, and no others. */
export async function downCommand(options: DownOptions, io: Io): Promise<Status> {
  const { live } = await loadLiveMesh(options.mesh, io);
  const state = new State(process.env, 'cilium-mesh down', SYSTEM_CLOCK);
  const runtime = containerRuntimeOf(process.env);
  const recorded = {
    ids: (name: string) => state.intentIds(kindIntent(name)),
    query: (name: string) => kindContainers(runtime, name),
  };
  const { created, kept } = await withSession({ ...io, done: 'Nothing was deleted' }, ({ shell }) =>
    findCreatedClusters(live, shell, recorded),
  );
  if (kept.length > 0) {
    const rows = kept.map(each => [each.cluster.name, reasonText(each)]);
    io.err(`These clusters are not deleted:\n${columns(rows, '  ')}`);
  }
  // one of these may be left over
  const status = kept.some(({ reason }) => reason.kind === 'unanswered') ? Status.FOUND : Status.OK;
  if (created.length === 0) {
    await state.removeEnded();
    io.err(status === Status.OK ? 'There are no clusters that up created.\n' : 'Nothing was deleted.\n');
    return status;
  }
  if (options.dryRun || options.script) {
    const plan = downPlan(created, runtime);
    await io.out(options.script ? formatScript(plan) : formatCommandList(plan.title, planSteps(plan)));
    return Status.OK;
  }
  const names = created.map(each => each.cluster.name).join(', ');
  io.err(`These kind clusters will be deleted, with everything in them: ${names}\n`);
  const unmarked = created.filter(each => each.containers).map(each => each.cluster.name);
  if (unmarked.length > 0) {
    io.err(`A run of up created these, and ended before it could mark them: ${unmarked.join(', ')}\n`);
  }
  if (!options.yes && !(await io.confirm?.(`Delete ${counted(created.length, 'cluster')}?`))) {
    const message = io.confirm
      ? 'Nothing was deleted.'
      : 'Nothing was deleted: no terminal to ask on. To delete without asking, add --yes.';
    throw new CommandError(message, Status.FOUND);
  }
  // a half-made cluster cannot be locked
  const contexts = created.filter(each => !each.containers).map(({ cluster }) => cluster.context);
  const ended = await executeAndShow(downPlan(created, runtime), io, { contexts, breakLock: options.breakLock });
  return ended === Status.OK ? status : ended;
}

function reasonText({ cluster, reason }: KeptCluster): string {
  const advice = `to delete it, run kind delete cluster --name ${cluster.name}`;
  switch (reason.kind) {
    case 'context':
      return `the mesh names its context ${cluster.context}: up did not create it`;
    case 'unmarked':
      return `up did not create it; ${advice}`;
    case 'unanswered':
      return `it does not answer whether up created it (${lastLine(reason.result)}); ${advice}`;
  }
}
