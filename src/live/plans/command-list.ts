import { ApplySettings, ClusterObjects, PRINTED_STEPS, PrintedStep } from './apply-objects';
import { Command } from './command';
import { kubectl } from './kube';
import { WaitLimit } from './limits';
import { LiveCluster, LiveMesh } from './live-mesh';
import { groupKind } from './live-object';
import { inOrder, Plan, Step } from './plan';
import { waitFor } from './rollout';
import { formatCommand } from './script';

/**
 * A plan as commands to read, or to type one after the other: those of its steps, without the questions, guards, locks
 * and records of the program. They read the files of the mesh. The script (script.ts) is the guarded form.
 */
export function formatCommandList(title: string, steps: readonly ListedStep[]): string {
  return [`# ${title}`, ...steps.flatMap(({ title: text, commands }) => ['', `# ${text}`, ...commands]), ''].join('\n');
}

/** The commands of a step, with what they do. */
export interface ListedStep {
  readonly title: string;
  readonly commands: readonly string[];
}

/** The steps of a plan that have commands. */
export function planSteps({ steps }: Pick<Plan, 'steps'>): ListedStep[] {
  return inOrder(steps).flatMap(step => {
    const commands = step.commands.filter(each => !each.isHousekeeping).map(formatLine);
    return commands.length === 0 ? [] : [{ title: stepTitle(step), commands }];
  });
}

function stepTitle({ cluster, title }: Step): string {
  return `${cluster === undefined ? '' : `${cluster}: `}${title}`;
}

/** A command with its standard input: a program prints what a list must not contain. */
function formatLine(each: Command): string {
  const { stdin, printer } = each;
  const line = formatCommand(each);
  return printer ? `${formatCommand(printer)} | ${line}` : stdin === undefined ? line : `${line} <<'EOF'\n${stdin.trimEnd()}\nEOF`;
}

/** Applying the manifests, removing what left the mesh, and, with a limit, waiting for the workloads. */
export function deliverySteps(
  { clusters }: LiveMesh,
  objects: readonly ClusterObjects[],
  settings: ApplySettings,
  wait?: WaitLimit,
): ListedStep[] {
  const step = (cluster: LiveCluster, title: string, commands: readonly Command[]): ListedStep[] =>
    commands.length === 0 ? [] : [{ title: `${cluster.name}: ${title}`, commands: commands.map(formatLine) }];
  const of = (cluster: LiveCluster) => objects.find(each => each.name === cluster.name)!;
  return [
    ...clusters.flatMap(each => step(each, 'apply the manifests', applyCommands(each, of(each), settings))),
    ...clusters.flatMap(each => step(each, 'remove what left the mesh', removeCommands(of(each)))),
    ...(wait
      ? clusters.flatMap(each =>
        step(
          each,
          'wait for the workloads',
          each.workloads.map(workload => waitFor(each.context, workload, wait)),
        ),
      )
      : []),
  ];
}

function applyCommands({ context, files }: LiveCluster, objects: ClusterObjects, settings: ApplySettings): Command[] {
  const force = settings.forceConflicts ? ['--force-conflicts'] : [];
  if (files === undefined) {
    const hasObjects = (step: PrintedStep) =>
      (step === 'definitions' ? objects.definitions : objects.sets[step]).length > 0;
    return PRINTED_STEPS.filter(hasObjects).map(step => ({
      ...kubectl(context).apply(...force),
      input: settings.printer(objects.name, step),
    }));
  }
  const named = files.flatMap(({ path, isFolder }) => [...(isFolder ? ['-R'] : []), '-f', path]);
  return [kubectl(context).run('apply', '--server-side', ...force, ...named)];
}

function removeCommands({ context, current }: ClusterObjects): Command[] {
  return current.removals.map(each =>
    kubectl(context, each.namespace).run('delete', groupKind(each), each.name),
  );
}
