import { FieldChange, fieldChanges, formatPath } from './field-changes';
import { HelmValueTree, LiveCluster } from './live-mesh';
import { isMap } from '../../diagnostics/is-map';

/** Cilium's Helm release in a cluster. */
export interface Installation {
  /** Of the chart, without a leading `v`. */
  readonly version: string;
  /** The values of the release, without the defaults of the chart. They may contain keys. */
  readonly values: HelmValueTree;
}

/** How the release of a cluster differs from the mesh file. */
export interface InstallationChange {
  /** The version of the release, if the mesh file has another one. */
  readonly from?: string;
  /** The values that differ; those that may be secret have no `before` and `after`. */
  readonly values: readonly FieldChange[];
}

/** What `clustermesh connect` writes into the release. */
const OF_CONNECT = ['clustermesh', 'config'];

/**
 * The clusters that a release connects to, by their names: a list before 1.20, then a mapping too
 * (getClustersFromValues in cilium-cli/clustermesh/clustermesh.go, April 2026).
 */
export function releaseConnections({ values }: Installation): ReadonlyMap<string, HelmValueTree> {
  const clusters = values.clustermesh?.config?.clusters;
  const entries: ReadonlyArray<readonly [unknown, unknown]> = Array.isArray(clusters)
    ? clusters.map(each => [each?.name, each] as const)
    : isMap(clusters)
      ? Object.entries(clusters)
      : [];
  return new Map(
    entries.flatMap(([name, entry]) =>
      typeof name === 'string' && isMap(entry) && entry.enabled !== false ? [[name, entry] as const] : [],
    ),
  );
}

/**
 * What an upgrade must change in a release; undefined where it is as the mesh file says. Values that the mesh file does
 * not set stay: the cilium CLI and `clustermesh connect` set some themselves.
 */
export function installationChange(
  { version, helmValues, upgradeValues }: Pick<LiveCluster, 'version' | 'helmValues' | 'upgradeValues'>,
  installed: Installation,
): InstallationChange | undefined {
  const isOther = withoutPrefix(version) !== installed.version;
  const values = valueChanges(helmValues, installed.values, upgradeValues?.values ?? {});
  return isOther || values.length > 0 ? { ...(isOther ? { from: installed.version } : {}), values } : undefined;
}

/** The values of a file that a release does not have; those that the second file sets are not compared. */
function valueChanges(
  wanted: HelmValueTree,
  installed: HelmValueTree,
  second: HelmValueTree,
  path: readonly string[] = [],
): FieldChange[] {
  return Object.keys(wanted)
    .sort()
    .flatMap(key => {
      const place = [...path, key];
      const [value, got, later] = [wanted[key], installed[key], second[key]];
      if (place.join() === OF_CONNECT.join() || (later !== undefined && !isMap(later))) {
        return [];
      }
      if (isMap(value)) {
        return valueChanges(value, isMap(got) ? got : {}, isMap(later) ? later : {}, place);
      }
      // null removes a default of the chart
      const isSame = fieldChanges(got, value).length === 0 || (value === null && got === undefined);
      return isSame ? [] : [hide({ path: place, ...(got === undefined ? {} : { before: got }), after: value })];
    });
}

/** Removes values that may be secret. */
function hide(change: FieldChange): FieldChange {
  const isPlain = [change.before, change.after].every(each => typeof each !== 'object' && String(each).length <= 60);
  const isSecret = /key|crt|cert|pass|token|secret|private|auth/i.test(formatPath(change.path));
  return isPlain && !isSecret ? change : { path: change.path };
}

function withoutPrefix(version: string): string {
  return version.replace(/^v/, '');
}

/** An upgrade that Cilium does not support. */
export interface UpgradeFault {
  readonly cluster: string;
  readonly from: string;
  readonly to: string;
  /** A version to go to first, such as `1.19`. */
  readonly next: string;
}

/**
 * Upgrades over more than one minor version, and back over more than one. Cilium tests and supports only those between
 * consecutive minor versions (Documentation/operations/upgrade-warning.rst, v1.20.2).
 */
export function upgradeFaults(
  clusters: readonly LiveCluster[],
  installations: ReadonlyMap<string, Installation>,
): UpgradeFault[] {
  return clusters.flatMap(({ name, version }) => {
    const installed = installations.get(name);
    const [from, to] = [installed?.version, version].map(text => (text === undefined ? undefined : minorOf(text)));
    return from === undefined || to === undefined || Math.abs(to - from) <= 1
      ? []
      : [{ cluster: name, from: installed!.version, to: version, next: `1.${to > from ? from + 1 : from - 1}` }];
  });
}

/** The number of a minor version; also of versions that this program does not know. */
export function minorOf(version: string): number | undefined {
  const match = /^v?1\.(\d+)\./.exec(version);
  return match ? Number(match[1]) : undefined;
}

/** Whether a version is older than another one; pre-releases count as their release. */
export function isOlder(version: string, other: string): boolean {
  const parts = (text: string) => withoutPrefix(text).split(/[-.+]/).slice(0, 3).map(Number);
  const [one, two] = [parts(version), parts(other)];
  const index = one.findIndex((part, place) => part !== two[place]);
  return index >= 0 && one[index] < two[index];
}

/** An upgrade after which two clusters of the mesh would be more than one minor version apart. */
export interface SkewFault {
  readonly cluster: string;
  readonly version: string;
  readonly other: string;
  readonly otherVersion: string;
}

/**
 * The clusters whose release changes, in the order in which they are upgraded: the oldest first, so no cluster is ahead
 * of another one by more than it must. Rollbacks begin with the newest. A canary comes before all others.
 */
export function upgradeOrder<T extends Pick<LiveCluster, 'name' | 'version'>>(
  changed: readonly T[],
  installations: ReadonlyMap<string, Installation>,
  canary?: string,
): T[] {
  const distance = ({ name, version }: T) => {
    if (name === canary) {
      return -Infinity;
    }
    const from = minorOf(installations.get(name)?.version ?? '') ?? 0;
    const to = minorOf(version) ?? from;
    return to < from ? -from : from;
  };
  return changed
    .map((cluster, index) => ({ cluster, index, key: distance(cluster) }))
    .sort((one, other) => (one.key === other.key ? one.index - other.index : one.key - other.key))
    .map(({ cluster }) => cluster);
}

/**
 * The versions of all clusters must differ by no more than one minor version, after each upgrade
 * (Documentation/network/clustermesh/setup.rst, v1.20.2). What is more than that before counts only if an upgrade makes
 * it worse.
 */
export function skewFaults(
  clusters: ReadonlyArray<Pick<LiveCluster, 'name' | 'version'>>,
  installations: ReadonlyMap<string, Installation>,
  canary?: string,
): SkewFault[] {
  const versions = new Map(
    clusters.map(({ name, version }) => [name, installations.get(name)?.version ?? withoutPrefix(version)]),
  );
  const changed = clusters.filter(({ name, version }) => versions.get(name) !== withoutPrefix(version));
  return upgradeOrder(changed, installations, canary).flatMap(({ name, version }): SkewFault[] => {
    const skew = (text: string) => (other: string) =>
      Math.abs((minorOf(text) ?? NaN) - (minorOf(versions.get(other)!) ?? NaN));
    const before = skew(versions.get(name)!);
    const after = skew(version);
    versions.set(name, withoutPrefix(version));
    return [...versions.keys()]
      .filter(other => other !== name && after(other) > 1 && after(other) >= before(other))
      .slice(0, 1)
      .map(other => ({ cluster: name, version, other, otherVersion: versions.get(other)! }));
  });
}
