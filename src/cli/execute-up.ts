import { identifiedClusters } from './apply';
import { afterCanary, verifyCanary } from './canary';
import { executeApply, ExecuteOptions } from './execute-apply';
import { executeAndShow } from './execution';
import { IdentityOptions, refuseOtherClusters } from './identity-refusal';
import { doneSoFar, Io, Status } from './io';
import { identifyOrRefuse } from './missing-contexts';
import { PlannedUp, UpRequest } from './plan-up';
import { changedMeanwhile, refuseChanges } from './removal-questions';
import { withSession } from './session';
import { compareWithClusters } from '../live/observations/applied-objects';
import { openSteps } from '../live/observations/open-steps';
import { ApplyPart } from '../live/plans/apply';
import { ApplySettings, ClusterObjects } from '../live/plans/apply-objects';
import { RECORDS } from '../live/plans/apply-steps';
import { canaryParts } from '../live/plans/canary';
import { IdentifiedCluster } from '../live/plans/cluster-identity';
import { clustersOf } from '../live/plans/live-mesh';
import { Canary, isEmptyPlan, MeshPlan, objectsSummary, planCounts } from '../live/plans/mesh-plan';
import { Plan, Step } from '../live/plans/plan';
import { deliveryPlan } from '../live/plans/up';
import { Shell } from '../live/runner/shell';

/** Executes a confirmed plan of `up`. */
export async function executeUp(
  request: UpRequest,
  planned: PlannedUp,
  options: ExecuteOptions & IdentityOptions,
  io: Io,
): Promise<Status> {
  const execution = new UpExecution(request, planned, options, io);
  const { canary } = planned.plan;
  return canary === undefined || isEmptyPlan(planned.plan) ? execution.all() : execution.withCanary(canary);
}

class UpExecution {
  constructor(
    private readonly request: UpRequest,
    private readonly planned: PlannedUp,
    private readonly options: ExecuteOptions & IdentityOptions,
    private readonly io: Io,
  ) {}

  /** All clusters side by side. */
  public async all(): Promise<Status> {
    const { plan, steps } = this.planned;
    const { names, isPartial } = this.request.choice;
    const status = await this.executeSteps(steps, this.io);
    if (status !== Status.OK) {
      return status;
    }
    const part = isUnchanged(plan) ? { phases: RECORDS } : { order: plan.order };
    return this.deliver(names, names, { ...part, isPartial }, this.recording(), this.afterSteps(steps));
  }

  /**
   * The canary, its manifests, its verification, and only if the answers are as predicted the others and the
   * connections.
   */
  public async withCanary({ name, unconnected }: Canary): Promise<Status> {
    const { live, choice, applySettings } = this.request;
    const { plan, steps, existing, during } = this.planned;
    const { order } = plan;
    const { first, rest } = canaryParts(steps, name);
    let status = await this.executeSteps(first, this.io);
    if (status !== Status.OK) {
      return status;
    }
    const answering = choice.names.filter(each => each === name || existing.some(other => other.name === each));
    const part = { order, only: [name], isPartial: true };
    status = await this.deliver(answering, [name], part, applySettings, this.afterSteps(first));
    if (status !== Status.OK) {
      return status;
    }
    await verifyCanary(live, { name, unconnected }, during([name]), this.io);
    const after = afterCanary(name, this.io);
    status = await this.executeSteps(rest, after, [name]);
    if (status !== Status.OK) {
      return status;
    }
    const others = choice.names.filter(each => each !== name);
    const later = { ...order, stages: order.stages.filter(({ cluster }) => cluster !== name) };
    return this.deliver(
      choice.names,
      others,
      { order: later, only: others, isPartial: choice.isPartial },
      this.recording(),
      this.isOpen(rest)
        ? { ...this.io, done: `${name} was changed; of the others, all but their manifests` }
        : after,
    );
  }

  /** The settings of the part after which all clusters are connected. */
  private recording(): ApplySettings {
    const { applySettings, choice, settings } = this.request;
    return choice.isPartial ? applySettings : { ...applySettings, connected: { mode: settings.connectionMode } };
  }

  /** Whether a plan does anything: the clusters have some of its steps already. */
  private isOpen({ steps }: Plan): boolean {
    const open = openIds(this.planned.plan);
    return steps.some(({ id }) => open.has(id));
  }

  /** What is said once these steps are done. */
  private afterSteps(steps: Plan): Io {
    return this.isOpen(steps) ? { ...this.io, done: BEFORE_MANIFESTS } : this.io;
  }

  /** `made` are clusters that this run may have created. */
  private async executeSteps(steps: Plan, io: Io, made: readonly string[] = []): Promise<Status> {
    const { live, choice, settings } = this.request;
    const { plan, existing } = this.planned;
    return executeAndShow(steps, io, {
      contexts: clustersOf(live, choice.names).flatMap(({ name, context }) =>
        [...made, ...existing.map(each => each.name)].includes(name) ? [context] : [],
      ),
      breakLock: this.options.breakLock,
      limit: settings.wait,
      recheck: async shell => {
        const { identified } = await identifyOrRefuse(live, shell, choice.names);
        const open = await openSteps(steps, new Set(identified.map(({ name }) => name)), shell);
        const isMade = ({ name }: IdentifiedCluster) =>
          made.includes(name) && !existing.some(each => each.name === name);
        refuseOtherSteps(plan, existing, { existing: identified.filter(each => !isMade(each)), open }, io);
      },
    });
  }

  /** Applies the manifests in the clusters `changed`; reads all clusters `names`. */
  private async deliver(
    names: readonly string[],
    changed: readonly string[],
    part: ApplyPart,
    settings: ApplySettings,
    io: Io,
  ): Promise<Status> {
    const { live, mesh, settings: upSettings } = this.request;
    const { plan, objects: shown, existing } = this.planned;
    // the records and the order need clusters that exist
    const again = (shell: Shell) =>
      compareWithClusters({ clusters: clustersOf(live, names) }, mesh, settings.applySet, shell);
    const objects = await withSession(io, ({ shell }) => again(shell));
    refuseOtherClusters(identifiedClusters(live, objects), this.options, io);
    const isOld = (name: string) => existing.some(each => each.name === name);
    const expected = shown.flatMap(each => {
      const now = objects.find(({ name }) => name === each.name);
      return now && changed.includes(each.name) ? [isOld(each.name) ? each : asCreated(now)] : [];
    });
    refuseChanges(expected, objects, doneSoFar(io));
    const delivery = deliveryPlan({ clusters: clustersOf(live, changed) }, objects, settings, part, upSettings.wait);
    const isLast = part.only?.length !== 1 || part.only[0] !== plan.canary?.name;
    const summary = isLast && !isEmptyPlan(plan) ? objectsSummary(plan) : undefined;
    return executeApply(delivery, objects, { ...this.options, summary }, again, io);
  }
}

const BEFORE_MANIFESTS = 'The steps before the manifests are done, and no manifest was applied';

/** What a cluster that `up` created may contain: nothing that would be removed, or belongs to others. */
function asCreated(cluster: ClusterObjects): ClusterObjects {
  return { ...cluster, current: { ...cluster.current, removals: [], shared: [] } };
}

/** No object of the manifests would change. */
function isUnchanged(plan: MeshPlan): boolean {
  const { steps: _, ...objects } = planCounts(plan);
  return Object.values(objects).every(each => each === 0);
}

/** The steps that a plan shows. */
function openIds({ clusters, steps }: MeshPlan): ReadonlySet<string> {
  return new Set([...steps, ...clusters.flatMap(each => each.steps)].map(({ id }) => id));
}

/** Refuses to execute a plan when it would do what was not shown, or to another cluster. */
function refuseOtherSteps(
  plan: MeshPlan,
  existing: readonly IdentifiedCluster[],
  now: { readonly existing: readonly IdentifiedCluster[]; readonly open: readonly Step[] },
  io: Io,
): void {
  const shown = openIds(plan);
  const uidOf = (all: readonly IdentifiedCluster[], name: string) => all.find(each => each.name === name)?.identity.uid;
  const changes = [
    ...plan.clusters
      .filter(({ name }) => uidOf(existing, name) !== uidOf(now.existing, name))
      .map(({ name, context }) => `  ${name}: ${context} leads to another cluster than when the plan was made`),
    ...now.open
      .filter(each => !shown.has(each.id))
      .map(({ cluster, title }) => `  ${cluster ?? 'the mesh'}: ${title}: was not shown`),
  ];
  if (changes.length > 0) {
    throw changedMeanwhile(doneSoFar(io), changes);
  }
}
