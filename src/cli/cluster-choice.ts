import { CommandError } from './io';
import { didYouMean } from '../diagnostics/did-you-mean';
import { formatValue } from '../diagnostics/texts';
import { LiveMesh } from '../live/plans/live-mesh';

/** Options about the clusters that a command changes. */
export interface ClusterOptions {
  /** The clusters to change (default: all). */
  readonly cluster?: readonly string[];
  /** The cluster to change first. */
  readonly canary?: string;
  /** Changes the clusters although flows suffer until the others are changed. */
  readonly acceptSuffering?: boolean;
}

/** The clusters that a command changes, in the order of the mesh file. */
export interface ClusterChoice {
  readonly names: readonly string[];
  /** The mesh has other clusters too. */
  readonly isPartial: boolean;
  /** Changed and verified before the others. */
  readonly canary?: string;
}

/** The clusters that the options choose. Throws with all faults at once. */
export function readClusterChoice({ cluster, canary }: ClusterOptions, { clusters }: LiveMesh): ClusterChoice {
  const all = clusters.map(({ name }) => name);
  const names = all.filter(name => cluster?.includes(name) ?? true);
  const known = (option: string, name: string) =>
    all.includes(name)
      ? []
      : [`${option} must be a cluster of the mesh (${all.join(', ')}), got ${formatValue(name)}${didYouMean(name, all)}`];
  const faults = [
    ...(cluster ?? []).flatMap(name => known('--cluster', name)),
    ...(cluster ?? []).flatMap((name, index, list) =>
      list.indexOf(name) === index ? [] : [`--cluster ${formatValue(name)} is named twice`],
    ),
    ...(canary === undefined ? [] : known('--canary', canary)),
  ];
  if (faults.length === 0 && canary !== undefined && !names.includes(canary)) {
    faults.push(`--canary must be one of the chosen clusters (${names.join(', ')}), got ${formatValue(canary)}`);
  }
  if (faults.length === 0 && canary !== undefined && names.length < 2) {
    faults.push(`--canary ${canary} needs other clusters to change after it: remove the option`);
  }
  if (faults.length > 0) {
    throw new CommandError(faults.join('\n'));
  }
  return { names, isPartial: names.length < all.length, ...(canary === undefined ? {} : { canary }) };
}
