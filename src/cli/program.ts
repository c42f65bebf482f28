/* eslint-disable @typescript-eslint/no-require-imports -- each command loads only its own code, which starts faster */
import { Command, CommanderError, OutputConfiguration } from 'commander';
import { SHELLS } from './completion/shells';
import { refuseFlagValues } from './flag-values';
import { CommandError, Io, Status } from './io';
import { BASELINE_NAME, DEFAULT_MESH_FILE, WRITTEN_MESH_FILE } from './mesh-files';
import { collect, withMeshOptions, withRequestOptions } from './mesh-options';
import { formatsOf } from './print';
import { visibleIo } from './visible-io';
import { formatAlternatives, shorten } from '../diagnostics/texts';
import { CELL_VERDICTS } from '../evaluator/queries/cell-verdict';
import { ENDPOINT_FORMS, REFERENCE_FORMS } from '../evaluator/queries/reference';
import { LANGUAGES } from '../init/languages';

/** Runs the program with its arguments (without `node` and the script). All output goes through `io`. */
export async function run(args: readonly string[], given: Io, version: string = 'unknown'): Promise<Status> {
  const io = visibleIo(given);
  let status = Status.OK;
  const program = build({ args, version, ...io }, version, result => {
    status = result;
  });
  try {
    refuseFlagValues(program, args);
    await program.parseAsync([...args], { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? Status.OK : errorStatus(Status.UNUSABLE, args);
    }
    if (error instanceof CommandError) {
      io.err(`${error.message}\n`);
      return errorStatus(error.status, args);
    }
    throw error;
  }
}

/** Commands that compare clusters with the mesh end with 2 if something would change, so all of their errors are 1. */
function errorStatus(status: Status, [command, ...args]: readonly string[]): Status {
  const compares = ['plan', 'status'].includes(command) || (command === 'apply' && args.includes('--diff'));
  return compares && status === Status.UNUSABLE ? Status.FOUND : status;
}

/** Describes the ports of a query. */
const DECLARED_PORTS = 'TCP/80, UDP/53 or ICMP/8, repeatable (default: the ports that the destinations declare)';

type ReportCommand = Parameters<typeof formatsOf>[0];

/** Describes --format of a command. */
function formatHelp(name: ReportCommand): string {
  return `output format: ${formatAlternatives(formatsOf(name))}`;
}

/** A message of commander, which quotes arguments of any length. */
function shortenLines(text: string): string {
  const lines = text.trimEnd().split('\n').slice(0, 5);
  return lines.map(line => `${shorten(line)}\n`).join('');
}

function build(io: Io, version: string, ended: (status: Status) => void): Command {
  const output: OutputConfiguration = {
    writeOut: text => void io.out(text),
    writeErr: io.err,
    outputError: (text, write) => write(shortenLines(text)),
  };
  const program = new Command('cilium-mesh')
    .description(
      'Show which pods of a Cilium Cluster Mesh can reach each other, which cluster ' +
        'drops a packet, and which rule decides it. Reads the manifests of every cluster, ' +
        'written by cdk8s synth or by other tools.\n\n' +
        'Only up, apply, rotate, verify --tour and down change clusters.',
    )
    .version(version)
    .exitOverride()
    .configureOutput(output)
    .showHelpAfterError('(--help shows the usage)')
    .addHelpText(
      'after',
      `
Exit status:
  0    success
  1    errors or warnings, unmet expectations, differences, or a failed step
  2    invalid arguments, unreadable input, or a host that lacks a requirement;
       for plan, status and apply --diff: changes, and their errors are 1
  130  interrupted`,
    );

  const subcommand = (name: string, description: string) =>
    program.command(name).description(description).exitOverride().configureOutput(output);
  const command = (name: string, description: string, cilium?: string) =>
    withMeshOptions(subcommand(name, description), cilium).option(
      '-o, --format <format>',
      formatHelp(name.split(' ')[0] as ReportCommand),
      'text',
    );

  const reads = (each: Command, when = '') =>
    each
      .option(
        '--context <name>',
        `${when}context of kubectl, repeatable (default: the contexts of the mesh file)`,
        collect,
      )
      .option('--cilium-namespace <name>', `${when}namespace of Cilium's agents`, 'kube-system')
      .option('--helm-values', `${when}also read the known settings in Cilium's Helm release, which is a Secret`)
      .option('--timeout <seconds>', `${when}time limit for reading all clusters`, '600');
  const check = command('check [mesh]', 'report mistakes in the manifests and the mesh, each with its place and a fix');
  reads(
    check.option('--live', 'check what runs in clusters, instead of manifests: --context names the clusters'),
    'with --live: ',
  )
    .option('--severity <least>', 'report and count only findings from this severity: info, warning or error', 'info')
    .option(
      '--fail-on <severity>',
      'end with status 1 for findings from this severity: info, warning or error (default: warning)',
    )
    .option('--max-warnings <number>', 'end with status 1 only for more warnings than this, or for errors')
    .option('--baseline <file>', 'do not count the findings in this file')
    .option('--write-baseline [file]', `write today's findings to this file (default: ${BASELINE_NAME})`)
    .option('--expect <file>', 'compare the verdicts with the expectations in this file, and report unmet ones')
    .option(
      '--write-expectations <file>',
      "write the verdicts of today's flows to this file as expectations, to review",
    )
    .option('--force', 'with --write-expectations and --write-baseline: replace a file that they did not write')
    .addHelpText(
      'after',
      `
docs/findings.md in the package describes each code with an example:
  node_modules/cdk8s-cilium-mesh/docs/findings.md`,
    )
    .action(async (mesh, options) =>
      ended(await (require('./check') as typeof import('./check.js')).checkCommand(mesh, options, io)),
    );
  withRequestOptions(command('matrix', 'print who may connect to whom: the allowed ports of every pair of endpoints'))
    .option('--from <pattern>', 'show only these sources, repeatable (default: all workloads)', collect)
    .option('--to <pattern>', 'show only these destinations, repeatable (default: all workloads)', collect)
    .option('--verdict <verdict>', `show only pairs with this verdict: ${formatAlternatives(CELL_VERDICTS)}`)
    .option('--group-by <what>', 'print a grid of groups: cluster, namespace, workload, or label:KEY')
    .option('--port <port>', 'show a row for this port: TCP/80, UDP/53 or ICMP/8, repeatable', collect)
    .option('--summary', 'count the pairs and flows of each pair of clusters')
    .option('--all', 'include flows from a workload to itself')
    .addHelpText(
      'after',
      `\nA pattern of --from and --to must be one of:\n${ENDPOINT_FORMS.map(form => `  ${form}\n`).join('')}`,
    )
    .action(async options =>
      ended(await (require('./matrix') as typeof import('./matrix.js')).matrixCommand(options, io)),
    );
  withRequestOptions(
    command(
      'explain <from> <to>',
      'explain the verdict of a flow: the policies at both ends, and a rule that would allow it',
    ),
  )
    .option('--port <port>', DECLARED_PORTS, collect)
    .addHelpText('after', `\nFROM and TO must be one of:\n${REFERENCE_FORMS.map(form => `  ${form}\n`).join('')}`)
    .action(async (from, to, options) =>
      ended(await (require('./explain') as typeof import('./explain.js')).explainCommand(from, to, options, io)),
    );
  command('backends [service]', 'print the backends that the clients in each cluster reach (default: of all services)')
    .option('--from-cluster <name>', 'show only the clients in this cluster')
    .option('--scale <workload=replicas>', 'assume this number of pods: namespace/name@cluster=0, repeatable', collect)
    .action(async (service, options) =>
      ended(await (require('./backends') as typeof import('./backends.js')).backendsCommand(service, options, io)),
    );
  command(
    'diff [old] [new]',
    'print what changes between two meshes, or two versions of Cilium (--cilium 1.18..1.20): flows and backends',
    'compare these two versions of Cilium, for example 1.18..1.20',
  )
    .option('--port <port>', 'compare only this port, repeatable (default: all ports)', collect)
    .option('--group-by <group>', 'count the changes between groups of endpoints: cluster, namespace or workload')
    .option('--summary', 'the same as --group-by cluster')
    .option('--report <address>', 'link each change to this report, which `report --against` wrote of the same meshes')
    .addHelpText(
      'after',
      `
OLD and NEW are mesh files, or folders that contain one, such as dist.`,
    )
    .action(async (old, updated, options) =>
      ended(await (require('./diff') as typeof import('./diff.js')).diffCommand(old, updated, options, io)),
    );
  command('replay <flows...>', 'print what the manifests change for flows that Hubble recorded, and where it disagrees')
    .option('--against <old>', 'manifests that ran while Hubble recorded: a mesh file, or a folder that contains one')
    .option('--since <time>', 'read only records from then on: 2026-03-20T09:00:00Z, 2026-03-20, or 24h, 7d before now')
    .option('--until <time>', 'read only records up to then')
    .option(
      '--fail-on <severity>',
      'end with status 1 for findings from this severity: info, warning or error',
      'warning',
    )
    .addHelpText(
      'after',
      `
FLOWS are files and folders of flows, plain or with gzip, or - for standard input; NAME=PATH names their cluster.
A YAML file among them, or a folder that contains mesh.yaml, is the mesh.
Status 1: a flow that was let through would be denied, or Hubble disagrees with the manifests.`,
    )
    .action(async (flows, options) =>
      ended(await (require('./replay') as typeof import('./replay.js')).replayCommand(flows, options, io)),
    );
  withMeshOptions(
    subcommand('suggest <flows...>', 'write the least policies that allow what Hubble recorded, and deny the rest'),
  )
    .option('--namespace <name>', 'for the pods of this namespace, repeatable (default: all but kube-system)', collect)
    .option('--workload <pattern>', 'for these workloads: name@cluster, namespace/*, label:app=web, repeatable', collect)
    .option('--in-cluster <name>', 'only for pods of this cluster, repeatable', collect)
    .option(
      '--as <what>',
      'write constructs (a program of TypeScript) or yaml (a file for each cluster) (default: constructs; yaml for a ' +
        'mesh of one cluster)',
    )
    .option('-o, --output <folder>', 'folder to write into; no file is replaced')
    .option('--format <format>', formatHelp('suggest'), 'text')
    .option('--extend <folder>', 'folder of an earlier run with --as yaml: write what is missing there')
    .option('--audited', 'also allow what only audit mode let through')
    .option('--http', 'allow only the recorded methods and paths of HTTP, where a proxy recorded all requests')
    .option('--since <time>', 'read only records from then on: 2026-03-20T09:00:00Z, 2026-03-20, or 24h, 7d before now')
    .option('--until <time>', 'read only records up to then')
    .addHelpText(
      'after',
      `
FLOWS are files and folders of flows, plain or with gzip, or - for standard input; NAME=PATH names their cluster.
A YAML file among them, or a folder that contains mesh.yaml, is the mesh: what it allows by rules is left out.
Status 1: something that was let through would be denied, or the rest is not denied.`,
    )
    .action(async (flows, options) =>
      ended(await (require('./suggest') as typeof import('./suggest.js')).suggestCommand(flows, options, io)),
    );
  withMeshOptions(subcommand('report', 'write one HTML file in which people look at the mesh, ask, and try changes'))
    .option('--against <old>', 'show what changes from this mesh: a mesh file, or a folder that contains one')
    .option(
      '--flows <flows...>',
      'also show what Hubble recorded: files, folders, or - for standard input, also as cluster=path',
    )
    .option('--since <time>', 'of --flows, only records from this time on: RFC 3339, a date, or a span such as 24h')
    .option('--until <time>', 'of --flows, only records up to this time')
    .option('--scale <workload=replicas>', 'assume this number of pods: namespace/name@cluster=0, repeatable', collect)
    .option('--out <file>', 'file to write, or - for standard output', 'mesh-report.html')
    .option('--title <title>', 'title of the report (default: the mesh)')
    .option('--baseline <file>', 'do not count the findings in this file')
    .option('--open', 'open the file in a browser')
    .option('--force', 'replace a file that is not a report')
    .addHelpText(
      'after',
      `
The file loads nothing from anywhere. It contains the objects that verdicts depend on, without environments, commands,
volumes, and data of Secrets and ConfigMaps. With --against, the exit status is 1 if a flow or a share changes; with
--flows, if a recorded flow that was let through would be denied, or Hubble disagrees with the manifests.`,
    )
    .action(async options =>
      ended(await (require('./report') as typeof import('./report.js')).reportCommand(options, io)),
    );
  const act = (name: string, description: string) =>
    subcommand(name, description).option('--mesh <file>', `mesh file (default: ${DEFAULT_MESH_FILE}, else ${WRITTEN_MESH_FILE})`);
  const applies = (name: string, description: string) =>
    act(name, description)
      .option('--dry-run', 'print the commands of the plan, and change nothing')
      .option('--script', 'print the plan as a shell script with all of its guards, and change nothing')
      .option('--yes', 'carry out the plan without asking')
      .option(
        '--max-removals <number>',
        'the most objects to remove in one cluster without a confirmation by name (default: half of them, at least 10)',
      )
      .option('--confirm <name>', 'confirm a dangerous removal by the name of the cluster or object, repeatable', collect)
      .option('--cluster <name>', 'change only this cluster, repeatable (default: all)', collect)
      .option('--canary <name>', 'change and verify this cluster before the others')
      .option('--accept-suffering', 'change the clusters although flows suffer until the others are changed too')
      .option('--accept-cluster <name>', 'accept that this cluster was built again, repeatable', collect)
      .option('--take-over', 'move objects of other apply sets to the sets of this mesh')
      .option('--break-lock', 'take the lock of a cluster from a run that has ended')
      .option(
        '--timeout <duration>',
        'limit of each wait, such as 90s, 30m or 1h30m (default: 10m), and of each other command if that is longer',
      )
      .option(
        '--apply-set <name>',
        'name under which kubectl records the objects of this mesh; each program needs ' +
          'its own (default: cilium-mesh)',
      )
      .option('--force-conflicts', 'take over fields that other field managers set')
      .option('--ignore-findings', 'apply even if check reports errors');
  applies('up', 'create the mesh: create kind clusters, install Cilium, connect the clusters, apply the manifests')
    .option(
      '--preload',
      'pull the images once and load them into every kind cluster; installs Cilium with tags ' + 'instead of digests',
    )
    .option(
      '--connection-mode <mode>',
      'mesh: connect every pair of clusters (default); bidirectional: the first ' +
        'cluster with each other one; unicast: the first cluster to each other one',
    )
    .option('--chart-directory <folder>', 'install this chart of Cilium instead of the one in the chart repository')
    .action(async options => ended(await (require('./up') as typeof import('./up.js')).upCommand(options, io)));
  act('plan [command]', 'show what up (default), apply or rotate would do; exit status 2 if anything would change')
    .option('--cluster <name>', 'change only this cluster, repeatable (default: all)', collect)
    .option('--canary <name>', 'change and verify this cluster before the others')
    .option('--accept-cluster <name>', 'accept that this cluster was built again, repeatable', collect)
    .option('--take-over', 'move objects of other apply sets to the sets of this mesh')
    .option('--apply-set <name>', 'name used for apply')
    .option('--connection-mode <mode>', 'mode used for up')
    .option('--force-conflicts', 'take over fields that other field managers set')
    .option('--ignore-findings', 'plan even if check reports errors')
    .option('-o, --format <format>', formatHelp('plan'), 'text')
    .action(async (name = 'up', options) =>
      ended(await (require('./plan') as typeof import('./plan.js')).planCommand(name, options, io)),
    );
  applies(
    'apply',
    'apply the manifests of every cluster, policies that allow before policies that deny; ' +
      'remove objects that left the mesh',
  )
    .option('--diff', 'show what would change as kubectl diff does, and change nothing; exit status 2 if anything would')
    .option(
      '--print <cluster/step>',
      'print the objects that a step passes to kubectl; ' + 'what --script prints uses it for Secrets',
    )
    .action(async options =>
      ended(await (require('./apply') as typeof import('./apply.js')).applyCommand(options, io)),
    );
  act('rotate', "replace Cilium's certificate authority in all clusters, and all certificates that it signed")
    .option('--dry-run', 'print the commands of the plan, and change nothing')
    .option('--yes', 'carry out the plan without asking')
    .option('--accept-cluster <name>', 'accept that this cluster was built again, repeatable', collect)
    .option('--break-lock', 'take the lock of a cluster from a run that has ended')
    .option('--timeout <duration>', 'limit of each wait (default: 10m), and of each other command if that is longer')
    .option('--chart-directory <folder>', 'use this chart of Cilium instead of the one in the chart repository')
    .action(async options =>
      ended(await (require('./rotate') as typeof import('./rotate.js')).rotateCommand(options, io)),
    );
  act('verify', "compare predicted verdicts with real requests from the mesh's pods")
    .option(
      '--http <request>',
      'send this request, and predict with layer 7 rules: ' + "'GET /path' or 'GET http://host/path'",
    )
    .option('--header <header>', "add a header to the request: 'X-Key: value', repeatable", collect)
    .option('--from <pattern>', 'verify only these clients: name@cluster, namespace/*, @cluster, app=web')
    .option('--to <pattern>', 'verify only these destinations, or one service: svc/namespace/name')
    .option('--port <port>', 'TCP/80 or ICMP/8, repeatable (default: the ports that the destinations declare)', collect)
    .option('--only <what>', 'verify only flows (between workloads) or services (requests to services)')
    .option('--canary <name>', 'verify the flows from and to this cluster, while the others are as they are; scripts of --canary use it')
    .option('--requests <number>', 'number of requests of each probe (default: as many as tell a wrong share from chance)')
    .option('--pods <number>', 'how many pods of each workload send and receive requests (default: all)')
    .option('--max-time <seconds>', 'time limit of each request', '2')
    .option('--settle <seconds>', 'wait before the second round of unexpected probes', '2')
    .option(
      '--tour [folder]',
      'apply, verify and explain the mesh of each folder in this folder, in the order of ' +
        'their names (default: dist/steps)',
    )
    .option('--step <name>', 'with --tour: take only this step, repeatable', collect)
    .option('--pause', 'with --tour: wait for Enter after each step')
    .option('--predict', 'with --tour: print and explain the predictions of each step; asks and changes no cluster')
    .option('--yes', 'with --tour: continue without asking')
    .option('--apply-set <name>', 'with --tour and --canary: name for apply')
    .option('--force-conflicts', 'with --tour: take over fields that other field managers set')
    .option('--ignore-findings', 'with --tour: apply even if check reports errors')
    .option('-o, --format <format>', formatHelp('verify'), 'text')
    .action(async options =>
      ended(
        options.canary !== undefined
          ? await (require('./verify-canary') as typeof import('./verify-canary.js')).verifyCanaryCommand(options, io)
          : options.tour === undefined
            ? await (require('./verify') as typeof import('./verify.js')).verifyCommand(options, io)
            : await (require('./tour') as typeof import('./tour.js')).tourCommand(options, io),
      ),
    );
  act('status', 'show the clusters, their connections, and how they differ from the manifests')
    .option('--flows <path>', "also compare Hubble's verdicts in this recording with the manifests, repeatable", collect)
    .option('--apply-set <name>', 'name used for apply')
    .option('--connection-mode <mode>', 'which clusters must be connected: as for up (default: as the last up connected them, else every pair)')
    .option('-o, --format <format>', formatHelp('status'), 'text')
    .action(async options =>
      ended(await (require('./status') as typeof import('./status.js')).statusCommand(options, io)),
    );
  reads(act('snapshot', 'write what runs in clusters, as manifests and a mesh file for all other commands'))
    .option('-o, --output <folder>', 'folder to write, or a snapshot to replace as a whole')
    .option('--print-rbac', 'print the roles that a snapshot needs, and read no cluster')
    .option('--format <format>', formatHelp('snapshot'), 'text')
    .addHelpText(
      'after',
      `
It lists objects with kubectl, and no Secrets and no ConfigMap but cilium-config.
It keeps only the fields that flows depend on.`,
    )
    .action(async options =>
      ended(await (require('./snapshot') as typeof import('./snapshot.js')).snapshotCommand(options, io)),
    );
  subcommand('record [mesh]', 'record the flows of all clusters with hubble observe, for replay')
    .option('--mesh <file>', `mesh file (default: ${DEFAULT_MESH_FILE}, else ${WRITTEN_MESH_FILE})`)
    .option('--context <name>', 'context of kubectl, repeatable (default: the contexts of the mesh file)', collect)
    .option('--cilium-namespace <name>', 'namespace of Hubble Relay', 'kube-system')
    .option('--for <time>', 'how long to record: 90s, 10m, 8h, up to 24d (default: 10m)')
    .option('-o, --output <folder>', 'folder to write a file for each cluster into; replaces no file', 'flows')
    .option('--redact', 'record no addresses, no names of pods, nodes and DNS, and no requests')
    .option('--recording <path>', 'with --redact: copy this recording instead of recording, repeatable', collect)
    .option('--format <format>', formatHelp('record'), 'text')
    .addHelpText(
      'after',
      `
Ctrl-C ends a recording before its time and keeps what it has. Headers of requests, and queries of URLs, are not kept.
Status 1: a cluster could not be recorded, or nothing was; the others are recorded.`,
    )
    .action(async (mesh, options) =>
      ended(await (require('./record') as typeof import('./record.js')).recordCommand(mesh, options, io)),
    );
  subcommand('render <folder>', 'build a repository of Flux or Argo CD, as manifests and a mesh file for all other commands')
    .option('-o, --output <folder>', 'folder to write, or a rendering to replace as a whole')
    .option(
      '--root <path>',
      'file or folder in FOLDER that begins a cluster, such as clusters/paris, repeatable (default: the Kustomizations ' +
        'of flux bootstrap, and all Applications)',
      collect,
    )
    .option('--charts <folder>', "folder with archives of charts, beside Helm's cache, repeatable", collect)
    .option('--repo <url>', 'URL of the repository in Applications of Argo CD, repeatable', collect)
    .option('--format <format>', formatHelp('render'), 'text')
    .addHelpText(
      'after',
      `
It runs kustomize and helm, and fetches nothing: charts are in the repository, in Helm's cache or in --charts.`,
    )
    .action(async (folder, options) =>
      ended(await (require('./render') as typeof import('./render.js')).renderCommand(folder, options, io)),
    );
  subcommand('init [folder]', 'write a new app repository: program, tests, validation and CI workflow')
    .option('--language <name>', `language of the program: ${formatAlternatives(LANGUAGES)}`, LANGUAGES[0])
    .option('--clusters <names>', 'names of the clusters, separated by commas (default: paris,lyon)')
    .option('--context <name>', 'context of kubectl, repeatable: a cluster for each', collect)
    .addHelpText(
      'after',
      `
It writes into the current folder or FOLDER, and replaces no file.`,
    )
    .action(async (folder, options) =>
      ended(await (require('./init') as typeof import('./init.js')).initCommand(folder, options, io)),
    );
  subcommand('completion <shell>', `print the completion script of a shell: ${formatAlternatives(SHELLS)}`)
    .addHelpText(
      'after',
      `
  ~/.bashrc:                   source <(cilium-mesh completion bash)
  ~/.zshrc, after compinit:    source <(cilium-mesh completion zsh)
  ~/.config/fish/config.fish:  cilium-mesh completion fish | source`,
    )
    .action(async shell =>
      ended(await (require('./completion') as typeof import('./completion.js')).completionCommand(shell, io)),
    );
  program
    .command('complete', { hidden: true })
    .argument('[words...]')
    .helpOption(false)
    .action(async words =>
      ended(await (require('./completion') as typeof import('./completion.js')).completeCommand(program, words, io)),
    );
  act('down', 'delete the kind clusters that up created, and no others')
    .option('--yes', 'delete them without asking')
    .option('--break-lock', 'take the lock of a cluster from a run that has ended')
    .option('--dry-run', 'print the commands of the plan, and delete nothing')
    .option('--script', 'print the plan as a shell script with all of its guards, and delete nothing')
    .action(async options => ended(await (require('./down') as typeof import('./down.js')).downCommand(options, io)));
  return program;
}
