import { ClusterChoice } from './cluster-choice';
import { CommandError, Status } from './io';
import { Existing } from './missing-contexts';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { Installations, readAnsweredInstallations } from '../live/observations/installations';
import { reachableClusters } from '../live/observations/left-clusters';
import { planMesh, PlannedChange, ReadPlan } from '../live/observations/mesh-plan';
import { upgradeEffect } from '../live/observations/upgrade-effect';
import { ApplySettings } from '../live/plans/apply-objects';
import { CITATIONS, formatCitation } from '../live/plans/citation';
import { IdentifiedCluster } from '../live/plans/cluster-identity';
import { peersOf } from '../live/plans/connection-mode';
import { minorOf, releaseConnections, skewFaults, upgradeFaults } from '../live/plans/installation';
import { clustersOf, LiveCluster, LiveMesh } from '../live/plans/live-mesh';
import { membership, Membership, unconnectedClusters } from '../live/plans/membership';
import { LeftConnection } from '../live/plans/mesh-plan';
import { Plan } from '../live/plans/plan';
import { upPlan, UpSettings } from '../live/plans/up';
import { Shell } from '../live/runner/shell';
import { MeshInput } from '../manifests/input';

/** What `up` is about. */
export interface UpRequest {
  readonly live: LiveMesh;
  readonly input: MeshInput;
  readonly mesh: EvaluatedMesh;
  readonly choice: ClusterChoice;
  readonly settings: UpSettings;
  readonly applySettings: ApplySettings;
}

/** What `up` would do, and what it does before it applies the manifests. */
export interface PlannedUp extends ReadPlan, Pick<PlannedChange, 'during'> {
  readonly steps: Plan;
  /** The clusters that answered. */
  readonly existing: readonly IdentifiedCluster[];
}

/** Plans `up` for the clusters that exist. Throws where Cilium does not support the plan, or an answer is missing. */
export async function planUp(
  { live, input, mesh, choice, settings, applySettings }: UpRequest,
  { identified: existing, absent }: Existing,
  shell: Shell,
): Promise<PlannedUp> {
  const { names: chosen, canary, isPartial } = choice;
  const names = existing.map(({ name }) => name);
  const found = await readAnsweredInstallations(clustersOf(live, names), chosen, shell);
  const unread = live.clusters.flatMap(({ name }) =>
    [...chosen, ...names, ...absent].includes(name) ? [] : [name],
  );
  refuseUpgrades(live, found, choice, unread);
  refuseNewAuthority(found, choice, unread);
  const members = membership(live, existing, found.known, applySettings.applySet);
  const reachable = await reachableClusters(members.left, shell);
  const steps = upPlan(
    { clusters: clustersOf(live, chosen) },
    {
      ...settings,
      canary,
      isPartial,
      authority: authorityOf(live, choice, names, [...found.known.keys(), ...found.unreadable]),
      installations: found.known,
      replaced: members.replaced,
      disconnections: members.left.map(each => ({ left: each, isReachable: reachable.has(each.name) })),
    },
  );
  const releases = {
    unreadable: found.unreadable,
    otherConnections: members.otherConnections,
    leftConnections: isPartial ? leftConnections(live, choice, found, members, settings) : new Map(),
  };
  const facts = { existing: names, absent, chosen, canary, steps, releases };
  const { plan, ...read } = await planMesh(live, mesh, facts, applySettings, shell);
  const upgraded = upgradeEffect(input, { clusters: clustersOf(live, chosen) }, found.known);
  const unconnected = canary === undefined ? [] : unconnectedClusters(canary, live, names, found, members.replaced);
  return {
    ...read,
    steps,
    existing,
    plan: {
      ...plan,
      upgrade: upgraded,
      ...(canary === undefined ? {} : { canary: { name: canary, unconnected } }),
    },
  };
}

/**
 * Refuses upgrades over more than one minor version, and those after which two clusters would be that far apart.
 * Clusters that were not chosen keep their version.
 */
function refuseUpgrades(
  { clusters }: LiveMesh,
  { known }: Installations,
  { names, canary }: ClusterChoice,
  unread: readonly string[],
): void {
  const after = clusters.flatMap((cluster): LiveCluster[] => {
    const installed = known.get(cluster.name);
    return names.includes(cluster.name) ? [cluster] : installed ? [{ ...cluster, version: installed.version }] : [];
  });
  const faults = upgradeFaults(after, known);
  const skews = faults.length > 0 ? [] : skewFaults(after, known, canary);
  const moved = after.filter(({ name, version }) => {
    const from = known.get(name)?.version;
    return from !== undefined && minorOf(from) !== minorOf(version);
  });
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
    ...(moved.length === 0
      ? []
      : unread.map(
        name =>
          `${name}: does not answer, so it is not known whether ${moved.map(each => each.name).join(', ')} would be ` +
          `within one minor version of it: ${formatCitation(CITATIONS.skew)}\n` +
          `    fix: run the command again when ${name} answers`,
      )),
  ];
  if (texts.length > 0) {
    throw new CommandError(`Nothing was changed.\n${texts.join('\n')}`, Status.FOUND);
  }
}

/** Refuses to install Cilium with an authority of its own beside clusters that may have another one. */
function refuseNewAuthority(
  { known, unreadable }: Installations,
  { names }: ClusterChoice,
  unread: readonly string[],
): void {
  if (unread.length === 0 || known.size + unreadable.length > 0) {
    return;
  }
  const others = unread.join(', ');
  throw new CommandError(
    `Nothing was changed: ${names.join(', ')} would get a new certificate authority, and ${others} may have the one of ` +
      `the mesh, but does not answer.\n    fix: run the command again when ${others} answers`,
    Status.FOUND,
  );
}

/**
 * The cluster whose authority the others get: the first one with a release of Cilium, which made or got an authority.
 * The first cluster of the mesh may have been lost, and made again by a run that ended before it copied one.
 */
function authorityOf(
  { clusters }: LiveMesh,
  { names, canary }: ClusterChoice,
  existing: readonly string[],
  installed: readonly string[],
): LiveCluster {
  const candidates = clusters.filter(({ name }) => (canary === undefined ? names.includes(name) : name === canary));
  return (
    clusters.find(({ name }) => installed.includes(name)) ??
    candidates.find(({ name }) => existing.includes(name)) ??
    candidates[0]
  );
}

/** By chosen cluster: connections of the mesh file that its release lacks, and those to clusters that left. */
function leftConnections(
  { clusters }: LiveMesh,
  { names }: ClusterChoice,
  { known, unreadable }: Installations,
  { left, replaced }: Membership,
  { connectionMode }: UpSettings,
): ReadonlyMap<string, readonly LeftConnection[]> {
  const isConnected = (name: string, other: string) =>
    unreadable.includes(name) ||
    (![name, other].some(each => replaced.includes(each)) &&
      known.has(name) &&
      releaseConnections(known.get(name)!).has(other));
  return new Map(
    clusters
      .filter(({ name }) => names.includes(name))
      .map(cluster => [
        cluster.name,
        [
          ...peersOf(clusters, cluster, connectionMode)
            .filter(({ name }) => !isConnected(cluster.name, name))
            .map(({ name }): LeftConnection => ({ change: 'connect', cluster: name })),
          ...left
            .filter(({ peers }) => peers.includes(cluster.name))
            .map(({ name }): LeftConnection => ({ change: 'disconnect', cluster: name })),
        ],
      ]),
  );
}
