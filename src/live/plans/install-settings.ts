import { InstallationChange } from './installation';
import { WaitLimit } from './limits';
import { HelmValueTree, LiveCluster } from './live-mesh';

/** How Cilium is installed. */
export interface InstallSettings {
  /** A folder with Cilium's chart, where the chart repository cannot be reached. */
  readonly chartDirectory?: string;
  /** The limit of each wait. */
  readonly wait: WaitLimit;
  /** Values beside those of the files. */
  readonly set?: readonly string[];
  /** Cilium is installed already. */
  readonly isInstalled?: boolean;
  /** The release already connects to other clusters. */
  readonly isConnected?: boolean;
  /** What an upgrade must change in the release of a cluster. */
  readonly change?: PlannedUpgrade;
}

/** An upgrade of the release of a cluster. */
export interface PlannedUpgrade extends InstallationChange {
  /** The values that the release has afterwards. */
  readonly all: HelmValueTree;
  /** Steps that must be done before the release changes, beside those of the installation. */
  readonly needs: readonly string[];
}

/** The chart repository of all releases. */
const REPOSITORY = 'https://helm.cilium.io';

/** The chart of a cluster, and its namespace, as arguments of Helm. */
export function chartArguments({ version }: LiveCluster, { chartDirectory }: InstallSettings): string[] {
  const chart =
    chartDirectory === undefined ? ['cilium', '--repo', REPOSITORY, '--version', version] : [chartDirectory];
  return [...chart, '--namespace', 'kube-system'];
}

/** The chart as arguments of the cilium CLI. */
export function chartOfCli({ chartDirectory }: InstallSettings, version: string): string[] {
  return chartDirectory === undefined ? ['--version', version] : ['--chart-directory', chartDirectory];
}
