import { failureText, lastLine } from './answer';
import { columns, CommandError, counted, Io, Status } from './io';
import { loadLiveMesh } from '../live/read/live-mesh';
import { ask, executePlan } from './run-plan';
import { command } from '../live/plans/command';
import { downPlan } from '../live/plans/down';
import { LiveCluster, LiveMesh } from '../live/plans/live-mesh';
import { markQuery } from '../live/plans/mark';
import { script } from '../live/plans/script';

export interface DownOptions {
  readonly mesh?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/** `cilium-mesh down`: deletes the kind clusters that `up` created, and nothing else. */
export async function downCommand(options: DownOptions, io: Io): Promise<Status> {
  const live = loadLiveMesh(options.mesh);
  const { ours, others } = await createdByUp(live, io);
  const left = others.filter(({ why }) => why !== undefined);
  if (left.length > 0) {
    io.err(`These are left alone:\n${columns(left.map(({ cluster, why }) => [cluster.name, why!]), '  ')}`);
  }
  if (ours.length === 0) {
    io.err('There is nothing that up created.\n');
    return Status.OK;
  }
  if (options.dryRun) {
    await io.out(script(downPlan(ours)));
    return Status.OK;
  }
  io.err(`These kind clusters will be deleted, with everything in them: ${ours.map(each => each.name).join(', ')}\n`);
  if (!options.yes && !(await io.confirm?.(`Delete ${counted(ours.length, 'cluster')}?`))) {
    throw new CommandError(io.confirm ? 'Nothing was deleted.' : 'Nothing was deleted: there is no terminal to ask on; --yes deletes them.', Status.FOUND);
  }
  return executePlan(downPlan(ours), io);
}

/** The clusters of the mesh that `up` created, and why the others are left alone; those that are gone need no word. */
async function createdByUp({ clusters }: LiveMesh, io: Io): Promise<{ ours: LiveCluster[]; others: Array<{ cluster: LiveCluster; why?: string }> }> {
  const kinds = clusters.filter(each => each.kind);
  const others: Array<{ cluster: LiveCluster; why?: string }> = clusters.filter(each => !each.kind).map(cluster => ({ cluster, why: `the context ${cluster.context} was there before` }));
  if (kinds.length === 0) {
    return { ours: [], others };
  }
  const query = command('kind', 'get', 'clusters');
  const [existing] = await ask([query], io);
  if (existing.status !== 0) {
    throw new CommandError(`${failureText(query, existing)}\nNothing was deleted.`, Status.FOUND);
  }
  const names = existing.output.split('\n').map(line => line.trim());
  const there = kinds.filter(each => names.includes(each.name));
  const marks = await ask(there.map(({ context }) => markQuery(context)), io);
  const ours = there.filter((_, index) => marks[index].status === 0 && marks[index].output.trim() !== '');
  there.forEach((cluster, index) => {
    if (!ours.includes(cluster)) {
      const why = marks[index].status === 0 ? 'up did not create it' : `it does not say whether up created it (${lastLine(marks[index])})`;
      others.push({ cluster, why: `${why}; kind delete cluster --name ${cluster.name} deletes it` });
    }
  });
  return { ours, others };
}
