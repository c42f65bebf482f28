import * as fs from 'fs';
import { readBaseAndChange } from './base-diff';
import { configuredMeshFile } from './configuration-file';
import { CommandError, Io, Status } from './io';
import { loadConfiguredInput, loadConfiguredMesh, MeshOptions, portOf, quietIo, versionOf } from './mesh-options';
import { checkFormat, formatsOf, print } from './print';
import { didYouMean } from '../diagnostics/did-you-mean';
import { formatList, formatValue } from '../diagnostics/texts';
import { diffMeshes } from '../evaluator/queries/diff/diff';
import { sortedPorts } from '../evaluator/queries/matrix';
import { EvaluatedMesh, readMesh } from '../evaluator/read/mesh';
import { diffReport } from '../reports/diff';
import { DIFF_GROUPS, DiffGroup } from '../reports/diff-group';
import { groupedDiffReport } from '../reports/diff-groups';
import { diffNotes, withNotes } from '../reports/mesh-notes';

export interface DiffOptions extends MeshOptions {
  readonly format: string;
  readonly port?: readonly string[];
  readonly groupBy?: string;
  readonly summary?: boolean;
  readonly report?: string;
}

/** `cilium-mesh diff OLD NEW`, or `diff --cilium 1.18..1.20`: flows gained and lost. */
export async function diffCommand(
  old: string | undefined,
  updated: string | undefined,
  options: DiffOptions,
  io: Io,
): Promise<Status> {
  checkFormat(options.format, formatsOf('diff'));
  const ports = options.port && sortedPorts(options.port.map(portOf));
  const groupBy = options.summary ? 'cluster' : groupOf(options.groupBy);
  const layout = options.report === undefined ? {} : { report: reportAddress(options.report) };
  const [before, after] = await meshes(old, updated, options, io);
  const diff = diffMeshes(before, after, ports ? { ports } : {});
  const report = diffReport(diff, layout);
  const shown = groupBy ? groupedDiffReport(diff, groupBy, report, layout) : report;
  await print(withNotes(shown, diffNotes(before, after)), options.format, io, {
    meshes: [before, after],
    quiet: options.quiet,
  });
  return diff.flows.length + diff.services.length > 0 ? Status.FOUND : diff.isEmpty ? Status.UNUSABLE : Status.OK;
}

/** An address that a reader of the comment can open: of the web, or relative to where the comment is. */
function reportAddress(text: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1].toLowerCase();
  // eslint-disable-next-line no-control-regex
  const isValid = text !== '' && !/[\u0000-\u0020\u007f#]/.test(text) && SCHEMES.includes(scheme);
  if (!isValid) {
    throw new CommandError(
      '--report must be the address of a report without # and spaces, such as https://ci.example/mesh.html or ' +
        `mesh-report.html, got ${formatValue(text)}`,
    );
  }
  return text;
}

const SCHEMES: ReadonlyArray<string | undefined> = ['http', 'https', 'file', undefined];

function groupOf(text: string | undefined): DiffGroup | undefined {
  const group = DIFF_GROUPS.find(each => each === text);
  if (text !== undefined && !group) {
    throw new CommandError(
      `--group-by must be one of ${formatList(DIFF_GROUPS)}, got ${formatValue(text)}${didYouMean(text, DIFF_GROUPS)}`,
    );
  }
  return group;
}

async function meshes(
  old: string | undefined,
  updated: string | undefined,
  options: DiffOptions,
  io: Io,
): Promise<[EvaluatedMesh, EvaluatedMesh]> {
  const range = options.cilium === undefined ? undefined : /^(.+?)\.\.([^]+)$/.exec(options.cilium);
  if (options.cilium !== undefined && !range) {
    throw new CommandError(`diff --cilium must be two versions such as 1.18..1.20, got ${formatValue(options.cilium)}`);
  }
  if (range && (old !== undefined || updated !== undefined)) {
    throw new CommandError(
      'diff compares either two meshes or two versions of Cilium: remove OLD and NEW, or remove --cilium',
    );
  }
  if (range) {
    const input = await loadConfiguredInput(options, io);
    return [readMesh(input, { version: versionOf(range[1]) }), readMesh(input, { version: versionOf(range[2]) })];
  }
  const hasMesh = options.mesh !== undefined || options.cluster !== undefined || fs.existsSync(configuredMeshFile());
  const layered =
    old === undefined && updated === undefined && hasMesh
      ? readBaseAndChange(await loadConfiguredInput(options, io), quietIo(options, io))
      : undefined;
  if (layered) {
    return layered;
  }
  if (old === undefined || updated === undefined) {
    throw new CommandError(
      'diff needs two meshes: write diff OLD NEW (mesh files or folders), ' +
        'or diff --cilium 1.18..1.20; or name what runs with base: in the mesh file, or --base NAME=PATH',
    );
  }
  if (options.mesh !== undefined || options.cluster) {
    throw new CommandError('diff OLD NEW already names both meshes: remove --mesh and --cluster');
  }
  const load = async (mesh: string) => (await loadConfiguredMesh({ ...options, mesh }, io)).mesh;
  return [await load(old), await load(updated)];
}
