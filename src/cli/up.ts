import { ApplyOptions, identifiedClusters, readApplySettings, refuseErrors } from './apply';
import { ClusterOptions } from './cluster-choice';
import { executeApply } from './execute-apply';
import { executeAndShow, refuseMissingRequirements } from './execution';
import { refuseOtherClusters } from './identity-refusal';
import { CommandError, Io, Status } from './io';
import { loadLiveMesh } from './live-mesh';
import { loadMesh } from './mesh-options';
import { identifyOrExport, identifyOrRefuse } from './missing-contexts';
import { confirmPlan, showPlan } from './plan-question';
import { changedMeanwhile, refuseChanges, refuseOtherSets } from './removal-questions';
import { withSession } from './session';
import { readUpSettings, UpChoices } from './up-settings';
import { compareWithClusters, manifestObjects } from '../live/observations/applied-objects';
import { Installations, readInstallations } from '../live/observations/installations';
import { reachableClusters } from '../live/observations/left-clusters';
import { planMesh } from '../live/observations/mesh-plan';
import { openSteps } from '../live/observations/open-steps';
import { upgradeEffect } from '../live/observations/upgrade-effect';
import { ClusterObjects } from '../live/plans/apply-objects';
import { RECORDS } from '../live/plans/apply-steps';
import { CITATIONS, formatCitation } from '../live/plans/citation';
import { IdentifiedCluster } from '../live/plans/cluster-identity';
import { deliverySteps, formatCommandList, planSteps } from '../live/plans/command-list';
import { skewFaults, upgradeFaults } from '../live/plans/installation';
import { WAIT } from '../live/plans/limits';
import { clustersOf, LiveCluster, LiveMesh } from '../live/plans/live-mesh';
import { membership } from '../live/plans/membership';
import { MeshPlan, planCounts, ReleaseFacts } from '../live/plans/mesh-plan';
import { Plan, Step } from '../live/plans/plan';
import { formatScript } from '../live/plans/script';
import { deliveryPlan, upPlan, UpSettings, wholePlan } from '../live/plans/up';
import { Shell } from '../live/runner/shell';

export interface UpOptions extends UpChoices, Omit<ApplyOptions, 'diff' | 'print' | keyof ClusterOptions> {}

/** `cilium-mesh up`: creates the mesh, or prints the script that does. */
export async function upCommand(options: UpOptions, io: Io): Promise<Status> {
  const { live, renderings } = await loadLiveMesh(options.mesh, io);
  const settings = readUpSettings(options, live);
  const applySettings = readApplySettings(options);
  const { input, mesh } = await loadMesh({ mesh: options.mesh }, io, renderings);
  refuseErrors(mesh, input, options, io);
  if (options.script) {
    await io.out(formatScript(wholePlan(live, manifestObjects(live, mesh), settings, applySettings)));
    return Status.OK;
  }
  if (options.dryRun) {
    const plan = upPlan(live, settings);
    const delivery = deliverySteps(live, manifestObjects(live, mesh), applySettings, settings.wait ?? WAIT);
    await io.out(formatCommandList(plan.title, [...planSteps(plan), ...delivery]));
    return Status.OK;
  }
  await withSession(io, ({ shell }) => refuseMissingRequirements(upPlan(live, settings), shell, io));
  const existing = await identifyOrExport(live, options, io);
  refuseOtherClusters(existing, options);
  const names = existing.map(each => each.name);
  const found = await withSession(io, ({ shell }) => readInstallations(clustersOf(live, names), shell));
  refuseUpgrades(live, found);
  const { known, releases } = await withSession(io, ({ shell }) =>
    meshFacts(live, existing, found, applySettings.applySet, shell),
  );
  const steps = upPlan(live, { ...settings, ...known });
  const facts = { existing: names, steps, releases };
  const { plan: objectPlan, objects: shown } = await withSession(io, ({ shell }) =>
    planMesh(live, mesh, facts, applySettings, shell),
  );
  const plan = { ...objectPlan, upgrade: upgradeEffect(input, live, found.known) };
  refuseOtherSets(shown, applySettings);
  showPlan(plan, 'up', io);
  await confirmPlan(plan, shown, options, io);
  const status = await executeAndShow(steps, io, {
    contexts: existing.map(({ context }) => context),
    breakLock: options.breakLock,
    limit: settings.wait,
    recheck: async shell => refuseOtherSteps(plan, existing, await openNow(live, steps, shell)),
  });
  if (status !== Status.OK) {
    return status;
  }
  // the records and the order need clusters that exist
  const again = (shell: Shell) => compareWithClusters(live, mesh, applySettings.applySet, shell);
  const objects = await withSession(io, ({ shell }) => again(shell));
  refuseOtherClusters(identifiedClusters(live, objects), options);
  refuseChanges(
    shown.map((each, index) => (names.includes(each.name) ? each : asCreated(objects[index]))),
    objects,
    'The mesh was created, and no manifest applied',
  );
  const part = isUnchanged(plan) ? { phases: RECORDS } : { order: plan.order };
  const recording = { ...applySettings, recordsConnections: true };
  return executeApply(deliveryPlan(live, objects, recording, part, settings.wait), objects, options, again, io);
}

/** Refuses upgrades over more than one minor version, and those after which two clusters would be that far apart. */
export function refuseUpgrades({ clusters }: LiveMesh, { known }: Installations): void {
  const faults = upgradeFaults(clusters, known);
  const skews = faults.length > 0 ? [] : skewFaults(clusters, known);
  if (faults.length + skews.length > 0) {
    const texts = [
      ...faults.map(
        ({ cluster, from, to, next }) =>
          `${cluster}: Cilium ${from} cannot become ${to}: Cilium supports only one minor version at a time\n` +
        `    fix: set ciliumVersion to the latest patch release of ${next}, run up, and then go on to ${to} ` +
        '(https://docs.cilium.io/en/stable/operations/upgrade/)',
      ),
      ...skews.map(
        ({ cluster, version, other, otherVersion }) =>
          `${cluster}: Cilium ${version} would run beside ${otherVersion} in ${other}: ${formatCitation(CITATIONS.skew)}\n` +
          `    fix: first bring ${other} within one minor version of ${version}`,
      ),
    ];
    throw new CommandError(`Nothing was changed.\n${texts.join('\n')}`, Status.FOUND);
  }
}

/** What a cluster that `up` created may contain: nothing that would be removed, or belongs to others. */
function asCreated(cluster: ClusterObjects): ClusterObjects {
  return { ...cluster, current: { ...cluster.current, removals: [], shared: [] } };
}

/** No object of the manifests would change. */
function isUnchanged(plan: MeshPlan): boolean {
  const { steps: _, ...objects } = planCounts(plan);
  return Object.values(objects).every(each => each === 0);
}

/** The clusters that exist now, and the steps that would change something. */
async function openNow(
  live: LiveMesh,
  steps: Plan,
  shell: Shell,
): Promise<{ readonly existing: readonly IdentifiedCluster[]; readonly open: readonly Step[] }> {
  const existing = await identifyOrRefuse(live, shell);
  return { existing, open: await openSteps(steps, new Set(existing.map(each => each.name)), shell) };
}

/** Refuses to execute a plan when it would do what was not shown, or to another cluster. */
function refuseOtherSteps(
  { clusters, steps }: MeshPlan,
  existing: readonly IdentifiedCluster[],
  now: { readonly existing: readonly IdentifiedCluster[]; readonly open: readonly Step[] },
): void {
  const shown = new Set([...steps, ...clusters.flatMap(each => each.steps)].map(each => each.id));
  const uidOf = (all: readonly IdentifiedCluster[], name: string) => all.find(each => each.name === name)?.identity.uid;
  const changes = [
    ...clusters
      .filter(({ name }) => uidOf(existing, name) !== uidOf(now.existing, name))
      .map(({ name, context }) => `  ${name}: ${context} leads to another cluster than when the plan was made`),
    ...now.open
      .filter(each => !shown.has(each.id))
      .map(({ cluster, title }) => `  ${cluster ?? 'the mesh'}: ${title}: was not shown`),
  ];
  if (changes.length > 0) {
    throw changedMeanwhile('Nothing was changed', changes);
  }
}

/** What `up` finds out about a mesh that runs. */
interface MeshFacts {
  readonly known: Pick<UpSettings, 'authority' | 'installations' | 'replaced' | 'disconnections'>;
  readonly releases: ReleaseFacts;
}

/** What `up` knows about a mesh that runs: releases, authority, and clusters that left or were built again. */
export async function meshFacts(
  live: LiveMesh,
  existing: readonly IdentifiedCluster[],
  found: Installations,
  applySet: string,
  shell: Shell,
): Promise<MeshFacts> {
  const { left, replaced, otherConnections } = membership(live, existing, found.known, applySet);
  const reachable = await reachableClusters(left, shell);
  return {
    known: {
      authority: authorityOf(live, existing, [...found.known.keys(), ...found.unreadable]),
      installations: found.known,
      replaced,
      disconnections: left.map(each => ({ left: each, isReachable: reachable.has(each.name) })),
    },
    releases: { unreadable: found.unreadable, otherConnections },
  };
}

/**
 * The cluster whose authority the others get: the first one with a release of Cilium, which made or got an authority.
 * The first cluster of the mesh may have been lost, and made again by a run that ended before it copied one.
 */
function authorityOf(
  { clusters }: LiveMesh,
  existing: readonly IdentifiedCluster[],
  installed: readonly string[],
): string {
  const exists = ({ name }: LiveCluster) => existing.some(each => each.name === name);
  return (clusters.find(({ name }) => installed.includes(name)) ?? clusters.find(exists) ?? clusters[0]).name;
}
