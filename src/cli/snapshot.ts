import { CommandError, Io, Status } from './io';
import { checkFormat, formatsOf, print } from './print';
import { ciliumNamespaceOf, readClusters, ReadOptions } from './read-clusters';
import { snapshotReport } from '../live/reports/snapshot';
import { checkFolder, FolderError, replaceFolder, SNAPSHOT_FOLDER } from '../live/runner/output-folder';
import { snapshotRoles } from '../live/snapshot/rbac';
import { snapshotFiles } from '../live/snapshot/snapshot-files';
import { toYaml } from '../model/yaml';

export interface SnapshotOptions extends ReadOptions {
  readonly output?: string;
  readonly printRbac?: boolean;
  readonly format: string;
}

/** `cilium-mesh snapshot`: writes what runs in clusters as manifests and a mesh file. */
export async function snapshotCommand(options: SnapshotOptions, io: Io): Promise<Status> {
  checkFormat(options.format, formatsOf('snapshot'));
  if (options.printRbac) {
    await io.out(toYaml(...snapshotRoles(ciliumNamespaceOf(options))));
    return Status.OK;
  }
  const { output } = options;
  if (output === undefined || output === '') {
    throw new CommandError('--output must name the folder to write: cilium-mesh snapshot -o FOLDER');
  }
  inFolder(() => checkFolder(output, process.cwd(), SNAPSHOT_FOLDER));
  const clusters = await readClusters(options, io);
  const files = snapshotFiles(clusters);
  inFolder(() => replaceFolder(output, files, process.cwd(), SNAPSHOT_FOLDER));
  await print(snapshotReport(clusters, output), options.format, io);
  return clusters.some(({ gaps }) => gaps.length > 0) ? Status.FOUND : Status.OK;
}

function inFolder(action: () => void): void {
  try {
    action();
  } catch (error) {
    throw error instanceof FolderError ? new CommandError(error.message) : error;
  }
}
