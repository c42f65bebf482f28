import { formatFailedCommand } from './answer';
import { applyParts, executeCanary } from './canary';
import { ClusterChoice, ClusterOptions, readClusterChoice } from './cluster-choice';
import { configuredMeshFile, loadConfiguration } from './configuration-file';
import { executeApply } from './execute-apply';
import { IdentityOptions, refuseOtherClusters } from './identity-refusal';
import { CommandError, Io, Status } from './io';
import { judgedFindings } from './judged-findings';
import { loadLiveMesh } from './live-mesh';
import { loadMesh } from './mesh-options';
import { confirmPlan, showPlan } from './plan-question';
import { readMaxRemovals, refuseOtherSets, RemovalOptions } from './removal-questions';
import { withSession } from './session';
import { refuseSuffering } from './suffering-refusal';
import { readTimeout } from './timeout';
import { formatValue } from '../diagnostics/texts';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { countedFindings } from '../findings/judgement';
import { compareWithClusters, manifestObjects } from '../live/observations/applied-objects';
import { compareObjects } from '../live/observations/differences';
import { planObjects } from '../live/observations/mesh-plan';
import { ApplyPart, applyPlan } from '../live/plans/apply';
import { ApplySettings, ClusterObjects, PRINTED_STEPS, printedObjects } from '../live/plans/apply-objects';
import { DEFAULT_APPLY_SET } from '../live/plans/apply-set';
import { RECORDS } from '../live/plans/apply-steps';
import { gatedPlan, verificationStep } from '../live/plans/canary';
import { IdentifiedCluster } from '../live/plans/cluster-identity';
import { command } from '../live/plans/command';
import { deliverySteps, formatCommandList, ListedStep, planSteps } from '../live/plans/command-list';
import { WAIT } from '../live/plans/limits';
import { clustersOf, LiveMesh } from '../live/plans/live-mesh';
import { formatObject } from '../live/plans/live-object';
import { isEmptyPlan, objectsSummary } from '../live/plans/mesh-plan';
import { Plan } from '../live/plans/plan';
import { formatScript } from '../live/plans/script';
import { Shell } from '../live/runner/shell';
import { MeshInput } from '../manifests/input';
import { toYaml } from '../model/yaml';
import { checkReport } from '../reports/check';
import { text as printText } from '../reports/formats/text';

export interface ApplyOptions extends RemovalOptions, IdentityOptions, ClusterOptions {
  readonly mesh?: string;
  readonly dryRun?: boolean;
  readonly script?: boolean;
  readonly diff?: boolean;
  readonly applySet?: string;
  readonly forceConflicts?: boolean;
  readonly takeOver?: boolean;
  readonly breakLock?: boolean;
  readonly timeout?: string;
  readonly ignoreFindings?: boolean;
  readonly print?: string;
}

/** `cilium-mesh apply`: makes the clusters match the manifests, or shows what would change. */
export async function applyCommand(options: ApplyOptions, io: Io): Promise<Status> {
  const { live, renderings } = await loadLiveMesh(options.mesh, io);
  const { input, mesh } = await loadMesh({ mesh: options.mesh }, io, renderings);
  const settings = readApplySettings(options);
  readMaxRemovals(options);
  readTimeout(options.timeout);
  const choice = readClusterChoice(options, live);
  if (options.print !== undefined) {
    const chosen = { clusters: clustersOf(live, choice.names) };
    await io.out(printStep(options.print, manifestObjects(chosen, mesh), settings.applySet));
    return Status.OK;
  }
  refuseErrors(mesh, input, options, io);
  const compare = (names: readonly string[], required: readonly string[]) => (shell: Shell) =>
    compareWithClusters({ clusters: clustersOf(live, names) }, mesh, settings.applySet, shell, required);
  const all = live.clusters.map(({ name }) => name);
  // an order needs to know the other clusters too, if they answer
  const objects = await withSession(io, ({ shell }) => compare(all, choice.names)(shell));
  const clusters = objects.filter(({ name }) => choice.names.includes(name));
  if (options.diff) {
    return showDifferences(canaryFirst(clusters, choice), settings, io);
  }
  if (options.dryRun || options.script) {
    refuseOtherClusters(identifiedClusters(live, objects), options, io);
    refuseOtherSets(clusters, settings, io);
    if (options.dryRun) {
      const { title } = applyPlan(clusters, settings);
      await io.out(formatCommandList(title, listedSteps(live, clusters, choice, settings)));
      return Status.OK;
    }
    const { plan: shown } = await withSession(io, ({ shell }) =>
      planObjects(mesh, objects, settings, shell, { clusters: choice.names, canary: choice.canary }),
    );
    refuseSuffering(shown.order, choice, options, io);
    const { canary, isPartial } = choice;
    const { order } = shown;
    await io.out(
      formatScript(
        canary === undefined
          ? applyPlan(clusters, settings, { order, isPartial })
          : gatedPlan(
            applyParts({ live, canary, order, objects: clusters, settings, isPartial }),
            verificationStep(settings, canary),
          ),
      ),
    );
    return Status.OK;
  }
  const again = compare(choice.names, choice.names);
  const planOf = (part: ApplyPart) => applyPlan(clusters, settings, part);
  return applyAndShow({ live, mesh, objects, planOf, settings, again, choice }, options, io);
}

/** The clusters in the order in which they are changed. */
function canaryFirst<T extends { readonly name: string }>(all: readonly T[], { canary }: ClusterChoice): T[] {
  return [...all.filter(({ name }) => name === canary), ...all.filter(({ name }) => name !== canary)];
}

/** The commands of the plan, to read. */
function listedSteps(
  live: LiveMesh,
  objects: readonly ClusterObjects[],
  choice: ClusterChoice,
  settings: ApplySettings,
): ListedStep[] {
  const { names, canary } = choice;
  const [first, ...others] = canaryFirst(clustersOf(live, names), choice);
  return canary === undefined
    ? deliverySteps({ clusters: [first, ...others] }, objects, settings)
    : [
      ...deliverySteps({ clusters: [first] }, objects, settings, WAIT),
      ...planSteps({ steps: [verificationStep(settings, canary)] }),
      ...deliverySteps({ clusters: others }, objects, settings),
    ];
}

/** What is applied. */
export interface Application {
  readonly live: LiveMesh;
  readonly mesh: EvaluatedMesh;
  /** The objects of the chosen clusters, and of the others that answer. */
  readonly objects: readonly ClusterObjects[];
  readonly planOf: (part: ApplyPart) => Plan;
  readonly settings: ApplySettings;
  /** Reads the chosen clusters once more, under their locks. */
  readonly again: (shell: Shell) => Promise<readonly ClusterObjects[]>;
  /** By default all clusters. */
  readonly choice?: ClusterChoice;
}

/**
 * Shows what would change, asks, and executes the plan. Where nothing would change, the plan only completes the records
 * in the clusters.
 */
export async function applyAndShow(
  { live, mesh, objects, planOf, settings, again, choice = readClusterChoice({}, live) }: Application,
  options: RemovalOptions & IdentityOptions & Pick<ApplyOptions, 'breakLock' | 'timeout' | 'acceptSuffering'>,
  io: Io,
): Promise<Status> {
  const { names, canary, isPartial } = choice;
  const clusters = objects.filter(({ name }) => names.includes(name));
  refuseOtherClusters(identifiedClusters(live, objects), options, io);
  refuseOtherSets(clusters, settings, io);
  const { plan, during } = await withSession(io, ({ shell }) =>
    planObjects(mesh, objects, settings, shell, { clusters: names, canary }),
  );
  showPlan(plan, 'apply', io);
  refuseSuffering(plan.order, choice, options, io);
  await confirmPlan(plan, clusters, options, io);
  if (isEmptyPlan(plan)) {
    return executeApply(planOf({ phases: RECORDS, isPartial }), clusters, options, again, io);
  }
  return canary === undefined
    ? executeApply(
      planOf({ order: plan.order, isPartial }),
      clusters,
      { ...options, summary: objectsSummary(plan) },
      again,
      io,
    )
    : executeCanary(
      { live, canary, plan, objects: clusters, settings, isPartial, during: during([canary]), again },
      options,
      io,
    );
}

/** The clusters of a mesh that were asked for their identity. */
export function identifiedClusters(live: LiveMesh, clusters: readonly ClusterObjects[]): IdentifiedCluster[] {
  return clusters.flatMap(({ name, context, current: { identity } }) => {
    const id = live.clusters.find(each => each.name === name)?.id;
    return identity && id !== undefined ? [{ name, id, context, identity }] : [];
  });
}

/** The settings of apply; the name of its apply sets must be a name of Kubernetes. */
export function readApplySettings({
  mesh = configuredMeshFile(),
  applySet = DEFAULT_APPLY_SET,
  forceConflicts,
  takeOver,
}: Pick<ApplyOptions, 'mesh' | 'applySet' | 'forceConflicts' | 'takeOver'>): ApplySettings {
  if (!/^[a-z0-9]([-a-z0-9]{0,50}[a-z0-9])?$/.test(applySet)) {
    throw new CommandError(
      '--apply-set must be a name of Kubernetes ' +
        `(lower-case letters, digits and "-", up to 52 characters), got ${formatValue(applySet)}`,
    );
  }
  const own = ['--mesh', mesh, '--apply-set', applySet];
  return {
    applySet,
    forceConflicts,
    takeOver,
    printer: (cluster, step) => command('cilium-mesh', 'apply', ...own, '--print', `${cluster}/${step}`),
    verifier: canary => command('cilium-mesh', 'verify', ...own, '--canary', canary),
  };
}

/** Refuses a mesh with errors: it does not do what its manifests say. */
export function refuseErrors(
  mesh: EvaluatedMesh,
  input: MeshInput,
  { ignoreFindings }: Pick<ApplyOptions, 'ignoreFindings'>,
  io: Io,
): void {
  const configuration = loadConfiguration({ mesh: input.source });
  const judgement = judgedFindings(mesh, input, { configuration, baseline: configuration.baseline });
  // objects without verdicts, such as ConfigMaps, are applied all the same
  const hasObjects = input.clusters.some(({ manifests }) => manifests.length > 0);
  const errors = countedFindings(judgement).filter(
    ({ severity, code }) => severity === 'error' && !(code === 'nothing-to-check' && hasObjects),
  );
  if (errors.length > 0 && !ignoreFindings) {
    const advice = 'Nothing was applied. Correct the errors, or apply despite them with --ignore-findings.';
    throw new CommandError([...printText(checkReport(errors), io), advice].join(''), Status.FOUND);
  }
}

/** The objects that a step passes to kubectl, for scripts, which must not contain them. */
function printStep(text: string, clusters: readonly ClusterObjects[], applySet: string): string {
  const steps = clusters.flatMap(cluster => PRINTED_STEPS.map(step => ({ cluster, step })));
  const chosen = steps.find(({ cluster, step }) => text === `${cluster.name}/${step}`);
  if (!chosen) {
    const names = clusters.map(each => each.name).join(', ');
    throw new CommandError(
      `--print must be CLUSTER/STEP, with a cluster (${names}) ` +
        `and a step (${PRINTED_STEPS.join(', ')}), got ${formatValue(text)}`,
    );
  }
  return toYaml(...printedObjects(chosen.cluster, chosen.step, applySet).map(({ object }) => object));
}

/** Prints what apply would change, in the format of `kubectl diff`. */
async function showDifferences(clusters: readonly ClusterObjects[], settings: ApplySettings, io: Io): Promise<Status> {
  const differences = await withSession(io, ({ shell }) => compareObjects(clusters, settings, shell));
  const texts = differences
    .map(({ cluster, text, removals }) => ({
      cluster,
      text: `${text}${removals.map(each => `removed: ${formatObject(each)}\n`).join('')}`,
    }))
    .filter(({ text }) => text !== '');
  await io.out(texts.map(({ cluster, text }) => `${io.colors.bold(cluster)}\n${text}`).join('\n'));
  const failures = differences.flatMap(each => each.failures);
  if (failures.length > 0) {
    throw new CommandError(failures.map(formatFailedCommand).join('\n'), Status.FOUND);
  }
  if (texts.length === 0) {
    io.err('The clusters match the manifests.\n');
  }
  return texts.length > 0 ? Status.CHANGES : Status.OK;
}
