import { spawnSync } from 'child_process';
import { createHash } from 'crypto';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { buildSync } from 'esbuild';
import { build, moduleFolder } from './build';
import { Module, MODULES } from './programs';
import { clusterNames, stopCluster } from './simulated-cluster';

/**
 * A folder for everything of a run, and the variables of the programs that run in it. They read and change nothing of
 * the user's.
 */
export interface Environment {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
}

/** The project's own program. */
const PROGRAM = path.join(__dirname, '..', 'src', 'cli', 'main.ts');

/** Programs of the machine (bin) and of pods (pod-bin), by the file that they are made of. */
const STAND_INS = {
  'bin': { docker: 'docker.ts', kubelet: 'kubelet.ts' },
  'pod-bin': { 'cilium': 'cilium-agent.ts', 'clustermesh-apiserver': 'clustermesh-apiserver.ts', 'curl': 'curl.ts' },
};

/** Builds missing programs, and creates a new environment. */
export function createEnvironment(): Environment {
  const programs = build();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cilium-mesh-acceptance-'));
  try {
    return { folder, env: fill(folder, programs) };
  } catch (error) {
    fs.rmSync(folder, { recursive: true });
    throw error;
  }
}

function fill(folder: string, programs: readonly string[]): NodeJS.ProcessEnv {
  const at = (name: string) => path.join(folder, name);
  ['home', 'cache', 'bin', 'pod-bin', 'crds'].forEach(name => fs.mkdirSync(at(name)));
  bundle(PROGRAM, path.join(at('bin'), 'cilium-mesh'));
  for (const [bin, sources] of Object.entries(STAND_INS)) {
    for (const [name, source] of Object.entries(sources)) {
      bundle(path.join(__dirname, 'stand-ins', source), path.join(at(bin), name));
    }
  }
  for (const name of ['kwok-with-pod-programs', 'controller-manager-after-api-server']) {
    fs.copyFileSync(path.join(__dirname, 'stand-ins', `${name}.sh`), path.join(at('bin'), name));
    fs.chmodSync(path.join(at('bin'), name), 0o755);
  }
  const env = {
    PATH: [
      at('bin'),
      ...programs,
      path.dirname(process.execPath),
      '/usr/local/sbin',
      '/usr/local/bin',
      '/usr/sbin',
      '/usr/bin',
      '/sbin',
      '/bin',
    ].join(path.delimiter),
    HOME: at('home'),
    KUBECONFIG: path.join(at('home'), 'kubeconfig'),
    XDG_CACHE_HOME: at('cache'),
    XDG_STATE_HOME: at('state'),
    XDG_CONFIG_HOME: at('config'),
    XDG_DATA_HOME: at('data'),
    // kind must use the docker of this environment, whatever else exists
    KIND_EXPERIMENTAL_PROVIDER: 'docker',
    DOCKER_HOST: '',
    ACCEPTANCE_ENVIRONMENT: folder,
    CILIUM_CHART: path.join(ciliumFolder(), 'install', 'kubernetes', 'cilium'),
    CILIUM_CHART_ARCHIVES: moduleFolder(moduleOf('cilium'), 'github.com/cilium/charts'),
    NO_COLOR: '1',
  };
  // the CRDs that Cilium's operator installs; kubelet.ts installs them instead. This copies the files alone, because
  // the module's own folders are read-only and a copy of them could not be removed
  for (const file of crdFiles()) {
    fs.writeFileSync(path.join(at('crds'), path.basename(file)), fs.readFileSync(file));
  }
  putChart(env);
  return env;
}

/** Stops all clusters, and removes the folder. */
export function endEnvironment({ folder, env }: Environment): void {
  process.env.PATH = env.PATH;
  clusterNames(folder).forEach(name => stopCluster(folder, name));
  fs.rmSync(folder, { recursive: true, force: true });
}

/** One file with everything in it: docker is started some forty times for a cluster. */
function bundle(source: string, program: string): void {
  buildSync({
    entryPoints: [source],
    outfile: program,
    bundle: true,
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
  });
  fs.chmodSync(program, 0o755);
}

/** The CRDs of Cilium 1.20.2. */
function crdFiles(): string[] {
  const folder = path.join(ciliumFolder(), 'pkg', 'k8s', 'apis', 'cilium.io', 'client', 'crds');
  return fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(each => each.endsWith('.yaml'))
    .sort()
    .map(each => path.join(folder, each));
}

/** The files of Cilium 1.20.2. */
function ciliumFolder(): string {
  return moduleFolder(moduleOf('judge'), 'github.com/cilium/cilium');
}

function moduleOf(program: string): Module {
  return MODULES.find(({ programs }) => program in programs)!;
}

/**
 * The cilium CLI takes charts from its cache before it asks the chart repository (cilium-cli/internal/helm,
 * newChartFromRemoteWithCache). This puts the chart there, so `cilium install --version 1.20.2` runs as elsewhere.
 */
function putChart(env: NodeJS.ProcessEnv): void {
  const cache = path.join(env.XDG_CACHE_HOME!, 'cilium-cli');
  const { status, stdout, stderr } = spawnSync('helm', ['package', env.CILIUM_CHART!, '--destination', cache], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  if (status !== 0) {
    throw new Error(`helm package of ${env.CILIUM_CHART!} ended with status ${status}: ${stdout}${stderr}`);
  }
  const repository = createHash('sha256').update('https://helm.cilium.io').digest('hex').slice(0, 8);
  fs.renameSync(path.join(cache, 'cilium-1.20.2.tgz'), path.join(cache, `cilium-1.20.2-${repository}.tgz`));
}
