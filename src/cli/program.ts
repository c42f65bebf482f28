/* eslint-disable @typescript-eslint/no-require-imports -- every command loads its own code when it is called: most of the time of a short run is loading */
import { Command, CommanderError } from 'commander';
import { CommandError, Io, Status } from './io';
import { collect, DEFAULT_MESH_FILE, withMeshOptions, withRequestOptions } from './mesh-options';
import { formatsOf, orList } from './print';
import { REFERENCE_FORMS } from '../evaluator/queries/reference';

/** Runs the program with its arguments (without `node` and the script); what it writes goes through `io`. */
export async function run(args: readonly string[], io: Io, version: string = 'unknown'): Promise<Status> {
  let status = Status.OK;
  const program = build({ args, version, ...io }, version, result => {
    status = result;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? Status.OK : Status.UNUSABLE;
    }
    if (error instanceof CommandError) {
      io.err(`${error.message}\n`);
      return error.status;
    }
    throw error;
  }
}

function build(io: Io, version: string, ended: (status: Status) => void): Command {
  const program = new Command('cilium-mesh')
    .description('Who can reach whom across a Cilium Cluster Mesh, in which cluster each packet would be stopped, and by which rule.\n'
      + 'Reads the manifests that cdk8s synth wrote, or any others. Only up, apply, verify --tour and down change clusters.')
    .version(version)
    .exitOverride()
    .configureOutput({ writeOut: text => void io.out(text), writeErr: io.err })
    .showHelpAfterError('(--help shows the usage)')
    .addHelpText('after', '\nExit status: 0 all well; 1 findings, failed expectations, differences, or a step that failed; 2 wrong usage, input that cannot be read, or a host that lacks something; 130 interrupted.');

  const command = (name: string, description: string) => withMeshOptions(
    program.command(name).description(description).exitOverride().configureOutput({ writeOut: text => void io.out(text), writeErr: io.err }),
  ).option('-o, --format <format>', orList(formatsOf(name.split(' ')[0] as Parameters<typeof formatsOf>[0])), 'text');

  command('check', 'every finding: what is wrong with the manifests and the mesh, where, and what to do')
    .option('--severity <least>', 'info, warning or error: the least that is reported and counts', 'info')
    .option('--expect <file>', 'flows that are expected to be allowed or denied')
    .addHelpText('after', '\nEvery code, with an example: docs/findings.md')
    .action(async options => ended(await (require('./check') as typeof import('./check.js')).checkCommand(options, io)));
  withRequestOptions(command('matrix', 'the verdict of every pair of workloads'))
    .option('--port <port>', 'TCP/80, UDP/53, ICMP/8, repeatable (default: the ports that the destination declares)', collect)
    .option('--from <pattern>', 'only these sources: name@cluster, namespace/*, @cluster, app=web')
    .option('--to <pattern>', 'only these destinations')
    .option('--summary', 'count the flows of each pair of clusters')
    .option('--all', 'also the pairs of a workload with itself')
    .action(async options => ended(await (require('./matrix') as typeof import('./matrix.js')).matrixCommand(options, io)));
  withRequestOptions(command('explain <from> <to>', 'the path of one flow, and the rules that decide over it'))
    .option('--port <port>', 'TCP/80, UDP/53, ICMP/8, repeatable (default: the ports that the destination declares)', collect)
    .addHelpText('after', `\nFROM and TO: ${REFERENCE_FORMS}`)
    .action(async (from, to, options) => ended(await (require('./explain') as typeof import('./explain.js')).explainCommand(from, to, options, io)));
  command('backends [service]', 'what each cluster\'s clients of a service reach (default: of all services)')
    .option('--from-cluster <name>', 'only the clients of this cluster')
    .option('--scale <workload=replicas>', 'what if: cluster/namespace/name=0, repeatable', collect)
    .action(async (service, options) => ended(await (require('./backends') as typeof import('./backends.js')).backendsCommand(service, options, io)));
  command('diff [old] [new]', 'flows gained and lost between two meshes, or two versions of Cilium (--cilium 1.18..1.20)')
    .option('--port <port>', 'TCP/80, UDP/53, ICMP/8, repeatable (default: the ports that the destinations declare)', collect)
    .action(async (old, young, options) => ended(await (require('./diff') as typeof import('./diff.js')).diffCommand(old, young, options, io)));
  const act = (name: string, description: string) => program.command(name).description(description)
    .exitOverride().configureOutput({ writeOut: text => void io.out(text), writeErr: io.err })
    .option('--mesh <file>', `the mesh (default: ${DEFAULT_MESH_FILE})`);
  const applies = (name: string, description: string) => act(name, description)
    .option('--dry-run', 'print the plan as a shell script; change nothing')
    .option('--yes', 'remove objects that left the mesh without a question')
    .option('--apply-set <name>', 'the name under which kubectl records the objects of this mesh; every program needs its own '
      + '(default: cilium-mesh)')
    .option('--force-conflicts', 'take over fields that other field managers set')
    .option('--ignore-findings', 'apply despite errors of check');
  applies('up', 'create the mesh: create kind clusters, install Cilium, connect the clusters, apply the manifests')
    .option('--preload', 'pull the images once and load them into every kind cluster; installs Cilium with tags instead of digests')
    .option('--connection-mode <mode>', 'mesh: connect every pair of clusters (default); bidirectional: the first cluster with each '
      + 'other one; unicast: the first cluster to each other one')
    .option('--chart-directory <folder>', 'install this chart of Cilium instead of the one in the chart repository')
    .action(async options => ended(await (require('./up') as typeof import('./up.js')).upCommand(options, io)));
  applies('apply', 'apply the manifests of every cluster, what allows before what denies; remove objects that left the mesh')
    .option('--diff', 'show what would change; change nothing; exit status 1 if something would change')
    .option('--print <cluster/step>', 'print the objects that a step passes to kubectl; scripts of --dry-run use it for Secrets')
    .action(async options => ended(await (require('./apply') as typeof import('./apply.js')).applyCommand(options, io)));
  act('verify', 'compare predicted verdicts with real requests from the mesh\'s pods')
    .option('--http <request>', 'send this method, path and host, and apply layer 7 rules: \'GET /path\', or \'GET http://host/path\'')
    .option('--header <header>', 'a header of the request: \'X-Key: value\', repeatable', collect)
    .option('--from <pattern>', 'only these clients: name@cluster, namespace/*, @cluster, app=web')
    .option('--to <pattern>', 'only these destinations, or one service: svc/namespace/name')
    .option('--port <port>', 'TCP/80, ICMP/8, repeatable (default: the ports that the destination declares)', collect)
    .option('--only <what>', 'flows (between workloads), or services (requests to services)')
    .option('--requests <number>', 'requests of each probe', '10')
    .option('--max-time <seconds>', 'limit of each request', '2')
    .option('--settle <seconds>', 'wait before doubtful probes are repeated', '2')
    .option('--tour [folder]', 'apply, verify and explain the mesh in each folder of this one, in the order of their names '
      + '(default: dist/steps)')
    .option('--yes', 'with --tour: continue without a question')
    .option('--apply-set <name>', 'with --tour: the name for apply')
    .option('--force-conflicts', 'with --tour: take over fields that other field managers set')
    .option('--ignore-findings', 'with --tour: apply despite errors of check')
    .option('-o, --format <format>', orList(formatsOf('verify')), 'text')
    .action(async options => ended(options.tour === undefined
      ? await (require('./verify') as typeof import('./verify.js')).verifyCommand(options, io) : await (require('./tour') as typeof import('./tour.js')).tourCommand(options, io)));
  act('status', 'show the clusters, their connections, and how they differ from the manifests; change nothing')
    .option('--apply-set <name>', 'the name used for apply')
    .option('-o, --format <format>', orList(formatsOf('status')), 'text')
    .action(async options => ended(await (require('./status') as typeof import('./status.js')).statusCommand(options, io)));
  act('down', 'delete the kind clusters that up created, and no others')
    .option('--yes', 'delete them without a question')
    .option('--dry-run', 'print the plan as a shell script; delete nothing')
    .action(async options => ended(await (require('./down') as typeof import('./down.js')).downCommand(options, io)));
  return program;
}
