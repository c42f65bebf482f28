import { failureText } from './answer';
import { CommandError, counted, Io, Status } from './io';
import { loadLiveMesh } from './live-mesh';
import { compareWithClusters, objectsOf } from './live-objects';
import { DEFAULT_MESH_FILE, loadMesh } from './mesh-options';
import { ask, executePlan } from './run-plan';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { checkMesh } from '../evaluator/rules/check';
import { applyPlan, ApplySettings, ClusterObjects, PRINTED_STEPS, printedObjects } from '../live/plans/apply';
import { DEFAULT_APPLY_SET } from '../live/plans/apply-set';
import { command } from '../live/plans/command';
import { differenceQueries } from '../live/plans/difference';
import { shownObject } from '../live/plans/live-object';
import { Plan } from '../live/plans/plan';
import { script } from '../live/plans/script';
import { MeshInput } from '../manifests/input';
import { toYaml } from '../model/yaml';
import { checkReport } from '../reports/check';
import { text as printText } from '../reports/formats/text';

export interface ApplyOptions {
  readonly mesh?: string;
  readonly dryRun?: boolean;
  readonly diff?: boolean;
  readonly yes?: boolean;
  readonly applySet?: string;
  readonly forceConflicts?: boolean;
  readonly ignoreFindings?: boolean;
  readonly print?: string;
}

/** `cilium-mesh apply`: makes the clusters what the manifests say, or shows what would change. */
export async function applyCommand(options: ApplyOptions, io: Io): Promise<Status> {
  const live = loadLiveMesh(options.mesh);
  const { input, mesh } = loadMesh({ mesh: options.mesh });
  const settings = applySettings(options);
  if (options.print !== undefined) {
    await io.out(printed(options.print, objectsOf(live, mesh), settings.applySet));
    return Status.OK;
  }
  refuseErrors(mesh, input, options, io);
  const clusters = await compareWithClusters(live, mesh, settings.applySet, io);
  if (options.diff) {
    return differences(clusters, settings, io);
  }
  if (options.dryRun) {
    await io.out(script(applyPlan(clusters, settings)));
    return Status.OK;
  }
  return applyTo(clusters, applyPlan(clusters, settings), settings, options, io);
}

/** Runs a plan that applies, after what leaves has been shown and agreed to. */
export async function applyTo(
  clusters: readonly ClusterObjects[], plan: Plan, settings: ApplySettings, options: Pick<ApplyOptions, 'yes'>, io: Io,
): Promise<Status> {
  const leaving = clusters.flatMap(each => each.leaving);
  if (leaving.length > 0) {
    refuseForeignSet(clusters, settings);
    io.err(`These objects left the mesh and will be removed:\n${leavingText(clusters)}`);
    if (!options.yes && !(await io.confirm?.(`Remove ${counted(leaving.length, 'object')}?`))) {
      throw new CommandError(io.confirm ? 'Nothing was changed.' : 'Nothing was changed: there is no terminal to ask on; --yes removes them.', Status.FOUND);
    }
  }
  return executePlan(plan, io);
}

/** How a mesh is applied; the name of its apply sets is one of Kubernetes. */
export function applySettings({ mesh = DEFAULT_MESH_FILE, applySet = DEFAULT_APPLY_SET, forceConflicts }: Pick<ApplyOptions, 'mesh' | 'applySet' | 'forceConflicts'>): ApplySettings {
  if (!/^[a-z0-9]([-a-z0-9]{0,50}[a-z0-9])?$/.test(applySet)) {
    throw new CommandError(`--apply-set takes a name of Kubernetes (lower-case letters, digits and "-", up to 52 characters), not ${JSON.stringify(applySet)}`);
  }
  const printer: ApplySettings['printer'] = (cluster, step) => command('cilium-mesh', 'apply', '--mesh', mesh, '--apply-set', applySet, '--print', `${cluster}/${step}`);
  return { applySet, forceConflicts, printer };
}

/** What a step gives to kubectl: a script asks for it where it must not hold it itself. */
function printed(text: string, clusters: readonly ClusterObjects[], applySet: string): string {
  const cluster = clusters.find(({ name }) => text.startsWith(`${name}/`));
  const step = PRINTED_STEPS.find(each => text.endsWith(`/${each}`));
  if (!cluster || !step || text !== `${cluster.name}/${step}`) {
    throw new CommandError(`--print takes CLUSTER/STEP, with one of the clusters ${clusters.map(each => each.name).join(', ')} and one of the steps ${PRINTED_STEPS.join(', ')}, not ${JSON.stringify(text)}`);
  }
  return toYaml(...printedObjects(cluster, step, applySet).map(({ object }) => object));
}

/** A mesh with errors does not do what it says: nothing of it is applied unless that is asked for. */
export function refuseErrors(mesh: EvaluatedMesh, input: MeshInput, { ignoreFindings }: Pick<ApplyOptions, 'ignoreFindings'>, io: Io): void {
  const errors = checkMesh(mesh, input).filter(each => each.severity === 'error');
  if (errors.length > 0 && !ignoreFindings) {
    throw new CommandError(`${[...printText(checkReport(errors), io)].join('')}Nothing was applied: correct the errors, or apply nevertheless with --ignore-findings.`, Status.FOUND);
  }
}

/** Where nothing of a set is in this mesh, the set is that of another program: its objects would all be removed. */
function refuseForeignSet(clusters: readonly ClusterObjects[], { applySet }: ApplySettings): void {
  const foreign = clusters.filter(({ leaving, kept, sets }) => leaving.length > 0 && kept === 0 && Object.values(sets).some(each => each.length > 0));
  if (foreign.length > 0) {
    throw new CommandError(`${foreign.map(({ name, leaving }) => `${name}: nothing of what was applied under the name ${applySet} is in this mesh: ${leaving.map(shownObject).join(', ')}`).join('\n')}\n`
      + 'Another program seems to use that name: give this one another with --apply-set NAME. If this mesh takes its place, remove those objects first (kubectl delete).', Status.FOUND);
  }
}

function leavingText(clusters: readonly ClusterObjects[]): string {
  return clusters.flatMap(({ name, leaving }) => leaving.map(each => `  ${name}: ${shownObject(each)}\n`)).join('');
}

/** What applying would change, as `kubectl diff` shows it. */
async function differences(clusters: readonly ClusterObjects[], settings: ApplySettings, io: Io): Promise<Status> {
  const queries = clusters.flatMap(cluster => differenceQueries(cluster, settings).map(query => ({ cluster, query })));
  const results = await ask(queries.map(each => each.query), io);
  // 1 says that there are differences
  const failed = queries.flatMap(({ query }, index) => results[index].status > 1 ? [failureText(query, results[index])] : []);
  const texts = clusters.map(({ name, leaving }) => ({
    name,
    text: queries.map((each, index) => each.cluster.name === name && results[index].status === 1 ? results[index].output : '').join('')
      + leaving.map(each => `removed: ${shownObject(each)}\n`).join(''),
  })).filter(({ text }) => text !== '');
  await io.out(texts.map(({ name, text }) => `${io.colors.bold(name)}\n${text}`).join('\n'));
  if (failed.length > 0) {
    throw new CommandError(failed.join('\n'), Status.FOUND);
  }
  if (texts.length === 0) {
    io.err('The clusters are what the manifests say.\n');
  }
  return texts.length > 0 ? Status.FOUND : Status.OK;
}
