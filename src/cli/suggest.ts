import * as fs from 'fs';
import * as path from 'path';
import { readFlowArguments } from './flow-arguments';
import { CommandError, found, Io, Status } from './io';
import { formatProblem } from './mesh-files';
import { evaluateInput, loadConfiguredInput, MeshOptions } from './mesh-options';
import { writeNewFiles } from './new-files';
import { readPeriod } from './period';
import { checkFormat, formatsOf, print } from './print';
import { checkMapped, readRecording } from './recording';
import { didYouMean } from '../diagnostics/did-you-mean';
import { formatAlternatives, formatList, formatValue } from '../diagnostics/texts';
import { selectWorkloads } from '../evaluator/queries/workload-pattern';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { Workload } from '../evaluator/read/workload';
import { readFolder } from '../manifests/files/read-folder';
import { MeshInput } from '../manifests/input';
import { ObservedFlow } from '../observed/flows/observed-flow';
import { suggest, SuggestionScope } from '../observed/suggesting/suggestion';
import { meshNotes, withNotes } from '../reports/mesh-notes';
import { coverageOf } from '../reports/replay-coverage';
import { isWhole, suggestedFiles, SuggestedForm, SUGGESTED_FORMS, suggestReport } from '../reports/suggest';
import { counted } from '../reports/words';

export interface SuggestOptions extends MeshOptions {
  readonly format: string;
  readonly namespace?: readonly string[];
  readonly workload?: readonly string[];
  readonly inCluster?: readonly string[];
  readonly audited?: boolean;
  readonly http?: boolean;
  readonly extend?: string;
  readonly as?: string;
  readonly output?: string;
  readonly since?: string;
  readonly until?: string;
}

/** Its pods are the system's own: a default deny there may cut DNS for all others. */
const SYSTEM_NAMESPACE = 'kube-system';

/** `cilium-mesh suggest FLOWS… [MESH]`: the least policies that allow what was recorded and deny the rest. */
export async function suggestCommand(args: readonly string[], options: SuggestOptions, io: Io): Promise<Status> {
  checkFormat(options.format, formatsOf('suggest'));
  const form = options.as === undefined ? undefined : formOf(options.as);
  const period = readPeriod(options, Date.now);
  const { sources, mesh: named } = readFlowArguments(args);
  if (named !== undefined && (options.mesh !== undefined || options.cluster !== undefined)) {
    throw new CommandError(`${formatValue(named)} already names the mesh: remove --mesh and --cluster`);
  }
  const input = await loadConfiguredInput(named === undefined ? options : { ...options, mesh: named }, io);
  const mesh = evaluateInput(options.extend === undefined ? input : extended(input, options.extend), options);
  // a mesh of constructs has two clusters or more
  const as = form ?? (mesh.clusters.length > 1 ? 'constructs' : 'yaml');
  const scope = scopeOf(mesh, options);
  const { recording, files, flows } = await readRecording(sources, [mesh], period);
  const isKnown = ({ source, destination }: ObservedFlow) =>
    [source, destination].every(({ matches: [match] }) => 'endpoint' in match);
  const each = flows.map(flow => ({ flow }));
  checkMapped(
    { flows: each.filter(({ flow }) => isKnown(flow)), unknown: each.filter(({ flow }) => !isKnown(flow)) },
    mesh,
  );
  const suggestion = suggest(mesh, flows, scope);
  const coverage = coverageOf(mesh, recording, { flows: each });
  const written = options.output === undefined ? undefined : suggestedFiles({ suggestion, coverage, recording }, as);
  if (written && files.problems.length === 0) {
    writeNewFiles(options.output!, written);
  }
  const report = suggestReport({
    mesh,
    recording,
    files,
    coverage,
    suggestion,
    as,
    ...(written
      ? { written: files.problems.length > 0 ? [] : [...written.keys()].map(file => path.join(options.output!, file)) }
      : {}),
  });
  await print(withNotes(report, meshNotes(mesh)), options.format, io, { meshes: [mesh], quiet: options.quiet });
  return files.problems.length > 0 ? Status.UNUSABLE : isWhole(suggestion) ? Status.OK : Status.FOUND;
}

function formOf(text: string): SuggestedForm {
  const form = SUGGESTED_FORMS.find(each => each === text);
  if (!form) {
    throw new CommandError(
      `--as must be ${formatAlternatives(SUGGESTED_FORMS)}, got ${formatValue(text)}${didYouMean(text, [...SUGGESTED_FORMS])}`,
    );
  }
  return form;
}

/** The workloads that the options choose: whole namespaces of clusters, or single workloads. */
function scopeOf(
  mesh: EvaluatedMesh,
  { namespace, workload, inCluster, audited = false, http = false }: SuggestOptions,
): SuggestionScope {
  const pods = mesh.workloads.filter(({ hostNetwork }) => !hostNetwork);
  checkNames('--in-cluster', inCluster, mesh.clusters.map(({ name }) => name), 'cluster');
  checkNames('--namespace', namespace, [...new Set(pods.map(each => each.namespace))].sort(), 'namespace with pods');
  const isIn = (each: Workload) => inCluster === undefined || inCluster.includes(each.cluster);
  const isNamed = (each: Workload) =>
    namespace === undefined ? each.namespace !== SYSTEM_NAMESPACE : namespace.includes(each.namespace);
  const matching =
    workload === undefined
      ? undefined
      : new Set(workload.flatMap(text => [...found(selectWorkloads(mesh, text) as readonly Workload[])]));
  const chosen = pods.filter(
    each => isIn(each) && (matching ? matching.has(each) && (namespace === undefined || isNamed(each)) : isNamed(each)),
  );
  if (chosen.length === 0) {
    throw new CommandError(
      'no workload is chosen: those with host network have no policies of their own\n' +
        '    fix: name others with --namespace, --workload or --in-cluster',
    );
  }
  return { chosen, byWorkload: workload !== undefined, audited, http };
}

function checkNames(option: string, names: readonly string[] = [], known: readonly string[], what: string): void {
  const unknown = names.filter(name => !known.includes(name));
  if (unknown.length > 0) {
    throw new CommandError(
      unknown
        .map(name => `${option}: the mesh has no ${what} ${formatValue(name)}${didYouMean(name, [...known])}`)
        .concat(`    known: ${formatList(known, 10)}`)
        .join('\n'),
    );
  }
}

/** The mesh with the policies that an earlier run wrote as YAML: a file for each cluster, `paris.yaml`. */
function extended(input: MeshInput, folder: string): MeshInput {
  const present = input.clusters
    .map(({ name }) => ({ name, file: path.join(folder, `${name}.yaml`) }))
    .filter(({ file }) => fs.existsSync(file));
  if (present.length === 0) {
    throw new CommandError(
      `--extend: ${formatValue(folder)} contains no policies of ${formatList(input.clusters.map(({ name }) => name))}\n` +
        '    fix: name a folder that suggest --as yaml --output wrote; of constructs, synthesize them and name the mesh',
    );
  }
  const read = new Map(present.map(({ name, file }) => [name, readFolder(file)] as const));
  const problems = [...read.values()].flatMap(each => each.problems);
  if (problems.length > 0) {
    throw new CommandError(`${problems.map(formatProblem).join('\n')}\n    ${counted(problems.length, 'problem')} in --extend`);
  }
  return {
    ...input,
    clusters: input.clusters.map(cluster => ({
      ...cluster,
      manifests: [...cluster.manifests, ...(read.get(cluster.name)?.manifests ?? [])],
    })),
  };
}
