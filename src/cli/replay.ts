import { readBaseAndChange } from './base-diff';
import { readFlowArguments } from './flow-arguments';
import { CommandError, Io, Status } from './io';
import { evaluateInput, loadConfiguredInput, loadConfiguredMesh, MeshOptions, quietIo } from './mesh-options';
import { readPeriod } from './period';
import { checkFormat, formatsOf, print } from './print';
import { Severity } from '../diagnostics/diagnostic';
import { didYouMean } from '../diagnostics/did-you-mean';
import { formatAlternatives, formatList, formatValue } from '../diagnostics/texts';
import { Addition } from '../evaluator/queries/added-policies';
import { explainFlows } from '../evaluator/queries/explain';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { SEVERITIES } from '../findings/configuration-schema';
import { isAtLeast } from '../findings/severities';
import { Ends, ObservedEnd } from '../observed/flows/ends';
import { ObservedFlow } from '../observed/flows/observed-flow';
import { Recording } from '../observed/flows/recording';
import { Replay, replayFlows } from '../observed/judging/replay';
import { findRuleUse } from '../observed/judging/unused-rules';
import { FlowSource, readFlowFiles } from '../observed/reading/flow-files';
import { diffNotes, meshNotes, withNotes } from '../reports/mesh-notes';
import { replayReport } from '../reports/replay';
import { coverageOf, SKIP_REASONS, SKIPPED } from '../reports/replay-coverage';
import { counted } from '../reports/words';

export interface ReplayOptions extends MeshOptions {
  readonly format: string;
  readonly against?: string;
  readonly since?: string;
  readonly until?: string;
  readonly failOn?: string;
}

/** The most denied flows for which additions are looked for: each is tried on the mesh. */
const MOST_ADDITIONS = 10;

/** `cilium-mesh replay FLOWS… [MESH]`: recorded flows, decided by the manifests. */
export async function replayCommand(args: readonly string[], options: ReplayOptions, io: Io): Promise<Status> {
  checkFormat(options.format, formatsOf('replay'));
  const failOn = severityOf(options.failOn);
  const period = readPeriod(options, Date.now);
  const { sources, mesh: named } = readFlowArguments(args);
  if (named !== undefined && (options.mesh !== undefined || options.cluster !== undefined)) {
    throw new CommandError(`${formatValue(named)} already names the mesh: remove --mesh and --cluster`);
  }
  const { mesh, before } = await readMeshes(named === undefined ? options : { ...options, mesh: named }, io);
  checkClusters(sources, before ? [mesh, before] : [mesh]);
  const recording = new Recording(new Ends(before ? [mesh, before] : [mesh]), period);
  const files = await readFlowFiles(sources, process.stdin, (item, { cluster }) => recording.add(item, cluster));
  const flows = recording.finish();
  if (recording.records === 0) {
    throw new CommandError(
      [
        ...files.problems.map(({ file, message, fix }) => `${file}: ${message}\n    fix: ${fix}`),
        `no flows of Hubble in ${formatList(sources.map(({ path }) => path))}: ${counted(files.files, 'file')}, ` +
          `${counted(files.broken.count, 'line')} of invalid JSON, ${files.foreign.count} of other text, ` +
          `${counted(recording.others, 'value')} of other programs`,
      ].join('\n'),
    );
  }
  if (flows.length === 0) {
    throw new CommandError(noFlowText(recording));
  }
  const replay = replayFlows(flows, mesh, before);
  checkMapped(replay, mesh);
  const coverage = coverageOf(mesh, recording, replay);
  const report = replayReport({
    mesh,
    ...(before ? { before } : {}),
    recording,
    files,
    replay,
    coverage,
    ruleUse: findRuleUse(mesh, replay, coverage.clusters),
    additions: additionsFor(mesh, replay),
  });
  const notes = before ? diffNotes(before, mesh) : meshNotes(mesh);
  await print(withNotes(report, notes), options.format, io, {
    meshes: before ? [before, mesh] : [mesh],
    quiet: options.quiet,
  });
  return files.problems.length > 0
    ? Status.UNUSABLE
    : report.diagnostics!.some(({ severity }) => isAtLeast(severity, failOn))
      ? Status.FOUND
      : Status.OK;
}

/** The mesh, and the manifests that ran while Hubble recorded: those of --against, or what a base of the mesh has. */
async function readMeshes(
  options: ReplayOptions,
  io: Io,
): Promise<{ readonly mesh: EvaluatedMesh; readonly before?: EvaluatedMesh }> {
  if (options.against === undefined) {
    const input = await loadConfiguredInput(options, io);
    const [before, mesh] = readBaseAndChange(input, quietIo(options, io)) ?? [undefined, evaluateInput(input, options)];
    return { mesh, ...(before ? { before } : {}) };
  }
  const { mesh } = await loadConfiguredMesh(options, io);
  const { mesh: before } = await loadConfiguredMesh(
    { ...options, mesh: options.against, cluster: undefined, base: undefined, prune: undefined, values: undefined },
    io,
  );
  return { mesh, before };
}

function severityOf(text: string = 'warning'): Severity {
  const severity = SEVERITIES.find(each => each === text);
  if (!severity) {
    throw new CommandError(`--fail-on must be ${formatAlternatives(SEVERITIES)}, got ${formatValue(text)}`);
  }
  return severity;
}

/** Why none of the records says who connected to whom: nothing was compared, which must not look like "no change". */
function noFlowText({ records, skipped }: Recording): string {
  const reasons = SKIP_REASONS.filter(reason => skipped[reason] > 0);
  const isMasked = skipped.incomplete > 0 || skipped['no-verdict'] > 0;
  const isOutside = skipped['outside-of-period'] > 0 || skipped.undated > 0;
  return [
    `none of ${counted(records, 'record')} says who connected to whom, so nothing can be judged`,
    ...reasons.map(reason => `    ${SKIPPED[reason]}: ${skipped[reason]}`),
    ...(isMasked ? ['    fix: record source, destination, l4, verdict and event_type too, or without a field mask'] : []),
    ...(isOutside ? ['    fix: name a period that the recording covers with --since and --until'] : []),
    ...(isMasked || isOutside ? [] : ['    fix: record longer, while clients open new connections']),
  ].join('\n');
}

/** Refuses `NAME=PATH` with a name that no cluster has. */
function checkClusters(sources: readonly FlowSource[], meshes: readonly EvaluatedMesh[]): void {
  const names = [...new Set(meshes.flatMap(({ clusters }) => clusters.map(({ name }) => name)))];
  const faults = sources.flatMap(({ path, cluster }) =>
    cluster === undefined || names.includes(cluster)
      ? []
      : [
        `${cluster}=${path}: the mesh has no cluster ${formatValue(cluster)}${didYouMean(cluster, names)}\n` +
            `    clusters of the mesh: ${formatList(names, 10)}`,
      ],
  );
  if (faults.length > 0) {
    throw new CommandError(faults.join('\n'));
  }
}

/** Refuses a recording of which nothing can be judged, such as that of another mesh. */
function checkMapped({ flows, unknown }: Replay, mesh: EvaluatedMesh): void {
  const hasPods = flows.some(({ flow }) => endsOf(flow).some(isWorkload));
  if (hasPods || unknown.length === 0) {
    return;
  }
  const ends = unknown.flatMap(({ flow }) => endsOf(flow));
  const unmapped = new Set(ends.filter(({ matches: [match] }) => 'unknown' in match).map(({ text }) => text));
  throw new CommandError(
    [
      ends.some(isWorkload)
        ? 'no recorded flow has both ends in the manifests, so nothing can be judged'
        : 'no recorded flow has an end in the manifests: this may be a recording of another mesh',
      `    clusters of the mesh: ${formatList(mesh.clusters.map(({ name }) => name), 10)}`,
      `    ends that are not in the manifests: ${formatList([...unmapped], 5)}`,
      '    fix: name the mesh that was recorded; if the records do not name clusters, write NAME=PATH for each recording',
    ].join('\n'),
  );
}

function endsOf({ source, destination }: ObservedFlow): ObservedEnd[] {
  return [source, destination];
}

function isWorkload({ matches: [match] }: ObservedEnd): boolean {
  return 'endpoint' in match && match.endpoint.kind === 'workload';
}

/** Policies that together allow the flows that would be denied. */
function additionsFor(mesh: EvaluatedMesh, { flows }: Replay): Addition[] {
  const denied = flows.filter(({ change }) => change === 'denied').slice(0, MOST_ADDITIONS);
  const asked = denied.flatMap(({ flow: { source, destination, protocol, port } }) => {
    const [from, to] = [source.matches[0], destination.matches[0]];
    return 'endpoint' in from && 'endpoint' in to
      ? [{ source: from.endpoint, destination: to.endpoint, port: { protocol, port } }]
      : [];
  });
  const added = explainFlows(mesh, asked).flatMap(({ additions }) => additions);
  return [...new Map(added.map(each => [`${each.cluster} ${JSON.stringify(each.policy)}`, each])).values()];
}
