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
    .option('--dry-run', 'print the plan as a shell script, and change nothing')
    .option('--yes', 'remove what left the mesh without a question')
    .option('--apply-set <name>', 'under which name kubectl knows what belongs to this mesh; each program needs a name of its own (default: cilium-mesh)')
    .option('--force-conflicts', 'take over fields that somebody else set')
    .option('--ignore-findings', 'go on although check has errors');
  applies('up', 'makes the mesh: creates kind clusters, installs Cilium, connects the clusters, applies the manifests')
    .option('--preload', 'pull the images once and load them into every kind cluster; Cilium is installed with tags instead of digests')
    .option('--connection-mode <mode>', 'mesh, bidirectional or unicast: everybody with everybody, the first cluster with each other, or the first to each other (default: everybody)')
    .option('--chart-directory <folder>', 'the chart of Cilium, instead of that in the chart repository')
    .action(async options => ended(await (require('./up') as typeof import('./up.js')).upCommand(options, io)));
  applies('apply', 'applies every cluster\'s manifests: what allows before what denies, and removes what left the mesh')
    .option('--diff', 'show what would change, and change nothing; exit status 1 where something would')
    .option('--print <cluster/step>', 'print what a step gives to kubectl; scripts of --dry-run use it for steps with Secrets')
    .action(async options => ended(await (require('./apply') as typeof import('./apply.js')).applyCommand(options, io)));
  act('verify', 'what is predicted, against requests from the pods of the mesh')
    .option('--http <request>', 'requests with this method, path and host, decided at layer 7 too: \'GET /path\', or \'GET http://host/path\'')
    .option('--header <header>', 'a header of the request: \'X-Key: value\', repeatable', collect)
    .option('--from <pattern>', 'only these clients: name@cluster, namespace/*, @cluster, app=web')
    .option('--to <pattern>', 'only these destinations, or one service: svc/namespace/name')
    .option('--port <port>', 'TCP/80, ICMP/8, repeatable (default: the ports that the destination declares)', collect)
    .option('--only <what>', 'flows between workloads, or requests to services')
    .option('--requests <number>', 'requests of each probe', '10')
    .option('--max-time <seconds>', 'how long a request may take', '2')
    .option('--settle <seconds>', 'how long to wait before probes that are in doubt are sent again', '2')
    .option('--tour [folder]', 'apply one mesh after the other, those in the folders of this one, and verify and explain each (default: dist/steps)')
    .option('--yes', 'with --tour: go on without a question')
    .option('--apply-set <name>', 'with --tour: the name for apply')
    .option('--force-conflicts', 'with --tour: take over fields that somebody else set')
    .option('--ignore-findings', 'with --tour: go on although check has errors')
    .option('-o, --format <format>', 'text, json or junit', 'text')
    .action(async options => ended(options.tour === undefined
      ? await (require('./verify') as typeof import('./verify.js')).verifyCommand(options, io) : await (require('./tour') as typeof import('./tour.js')).tour(options, io)));
  act('status', 'the clusters, their connections, and what differs from the manifests; changes nothing')
    .option('--apply-set <name>', 'the name that apply was given')
    .option('-o, --format <format>', 'text or json', 'text')
    .action(async options => ended(await (require('./status') as typeof import('./status.js')).statusCommand(options, io)));
  act('down', 'deletes the kind clusters that up created, and nothing else')
    .option('--yes', 'delete them without a question')
    .option('--dry-run', 'print the plan as a shell script, and delete nothing')
    .action(async options => ended(await (require('./down') as typeof import('./down.js')).downCommand(options, io)));
  return program;
}
