import { Host, thisHost } from './host';
import { Processes } from './processes';
import { command } from '../plans/command';
import { CPUS, DISK_PER_NODE, HostDemands, INOTIFY, KindDemand, MEMORY_PER_NODE, PROVIDERS, Runtime, RUNTIMES } from '../plans/host';
import { Plan, Tool } from '../plans/plan';

/** Something that a plan needs and that is not there. */
export interface Lack {
  /** With a warning the plan may still succeed. */
  readonly severity: 'missing' | 'warning';
  readonly what: string;
  readonly found: string;
  readonly needed: string;
  readonly todo: string;
}

/** What was looked at. */
export interface Preflight {
  readonly lacks: readonly Lack[];
  /** What could not be told, and is no fault. */
  readonly notes: readonly string[];
}

/** Looks for everything that a plan needs, and changes nothing. */
export async function preflight({ tools, host: demands }: Plan, processes: Processes, env: NodeJS.ProcessEnv = process.env, host: Host = thisHost(env)): Promise<Preflight> {
  const notes: string[] = [];
  const [programs, runtime] = await Promise.all([
    Promise.all(tools.map(tool => program(tool, processes, host, notes))),
    demands ? containerRuntime(processes, env, host) : undefined,
  ]);
  const lacks = [...programs.flat(), ...runtime?.lacks ?? []];
  // which clusters there are can only be asked when all of this is there
  if (demands && runtime?.facts && !lacks.some(({ severity }) => severity === 'missing')) {
    lacks.push(...await room(demands, runtime.facts, processes, host));
  }
  return { lacks, notes };
}

/** Whether a program is there, and new enough. */
async function program({ program: name, why, from, version }: Tool, processes: Processes, host: Host, notes: string[]): Promise<Lack[]> {
  if (host.find(name) === undefined) {
    return [{ severity: 'missing', what: name, found: 'not in the path', needed: `${version ? `${version.least} or later: ` : ''}${why}`, todo: `get it: ${from}` }];
  }
  if (!version) {
    return [];
  }
  // what it printed counts, also where it did not end
  const { output, last } = await processes.run({ seconds: 10, ...version.command }, true);
  const found = version.pattern.exec(output)?.[1];
  // a build from sources has no version, or this one
  if (found === undefined || found === '0.0.0') {
    notes.push(`the version of ${name} cannot be read from "${(output || last).trim().split('\n')[0]}": ${version.least} or later is needed (${version.because})`);
    return [];
  }
  return atLeast(found, version.least) ? [] : [{ severity: 'missing', what: name, found, needed: `${version.least} or later: ${version.because}`, todo: `get a newer one: ${from}` }];
}

/** What a container runtime says of itself. */
interface RuntimeFacts {
  /** Nodes run on this host, or in a machine that publishes their ports on it. */
  readonly publishesHere: boolean;
  /** Nodes share the kernel of this host. */
  readonly kernelHere: boolean;
  readonly memory?: number;
  readonly cpus?: number;
  /** Where it keeps containers. */
  readonly folder?: string;
}

/** The runtime that kind will take, and whether it answers. */
async function containerRuntime(processes: Processes, env: NodeJS.ProcessEnv, host: Host): Promise<{ lacks: Lack[]; facts?: RuntimeFacts }> {
  const provider = env.KIND_EXPERIMENTAL_PROVIDER ?? '';
  const chosen: Runtime | undefined = Object.hasOwn(PROVIDERS, provider) ? PROVIDERS[provider] : undefined;
  let runtime: Runtime | undefined;
  for (const each of chosen ? [chosen] : RUNTIMES) {
    if (host.find(each.program) !== undefined && (chosen || (await processes.run({ seconds: 10, ...command(each.program, '-v') }, true)).output.startsWith(each.introduces))) {
      runtime = each;
      break;
    }
  }
  const what = 'container runtime';
  if (!runtime) {
    return {
      lacks: [{
        severity: 'missing', what, found: chosen ? `no ${chosen.program}` : 'none', needed: `${chosen ? `${chosen.program}: KIND_EXPERIMENTAL_PROVIDER says so` : 'docker, podman or nerdctl: kind\'s nodes are containers'}`,
        todo: chosen ? `install ${chosen.program}, or unset KIND_EXPERIMENTAL_PROVIDER` : 'get one: https://docs.docker.com/engine/install/ or https://podman.io/docs/installation',
      }],
    };
  }
  const { program: name, least } = runtime;
  const podman = name === 'podman';
  const { status, output, last, ended } = await processes.run({ seconds: 20, ...command(name, 'info', '--format', podman ? 'json' : '{{json .}}') }, true);
  const info = parsed(output);
  const errors: string[] = [...info?.ServerErrors ?? []];
  if (status !== 0 || errors.length > 0 || !info) {
    // with the daemon down, docker 28 prints what it knows of itself, and its complaint beside that
    const said = [...errors, ...last.split('\n')].filter(line => line.trim() !== '' && !line.startsWith('{'));
    const reason = said.find(line => /cannot connect|permission denied|refused|error/i.test(line)) ?? said[0] ?? `status ${status}`;
    const denied = /permission denied/i.test(reason);
    return {
      lacks: [{
        severity: 'missing', what: `${what}: ${name}`, found: ended === 'too-long' ? 'it does not answer' : denied ? 'permission denied' : reason.trim().split(/\.\s/)[0].slice(0, 100), needed: 'it answers you',
        todo: denied
          ? `let your user use it: sudo usermod -aG ${name} "$USER", then log in again`
          : podman ? 'see what podman info says' : `start it: sudo systemctl start ${name}, or Docker Desktop; ${name} info shows whether it runs`,
      }],
    };
  }
  const version = /\d+\.\d+\.\d+/.exec(podman ? info.version?.Version ?? '' : info.ServerVersion ?? '')?.[0];
  const lacks: Lack[] = [];
  if (least && version !== undefined && !atLeast(version, least.version)) {
    lacks.push({ severity: 'missing', what: `${what}: ${name}`, found: version, needed: `${least.version} or later: ${least.because}`, todo: 'get a newer one: https://docs.docker.com/engine/install/ or https://podman.io/docs/installation' });
  }
  if ((podman ? info.host?.cgroupVersion === 'v1' : String(info.CgroupVersion) === '1')) {
    lacks.push({
      severity: 'warning', what: 'cgroups', found: 'version 1', needed: 'version 2: Cilium\'s socket load balancer needs it, and Kubernetes 1.35 and later',
      todo: 'boot with systemd.unified_cgroup_hierarchy=1',
    });
  }
  const remote = /^(tcp|ssh|https?):/.test((podman ? env.CONTAINER_HOST : env.DOCKER_HOST) ?? '');
  const kernelHere = !remote && (podman ? info.host?.hostname : info.Name) === host.name;
  return {
    lacks,
    facts: {
      publishesHere: !remote,
      kernelHere,
      memory: kernelHere ? host.freeMemory() : podman ? info.host?.memTotal : info.MemTotal,
      cpus: podman ? info.host?.cpus : info.NCPU,
      folder: kernelHere ? podman ? info.store?.graphRoot : info.DockerRootDir : undefined,
    },
  };
}

/** Whether there is room for the clusters that do not exist yet. */
async function room({ clusters }: HostDemands, facts: RuntimeFacts, processes: Processes, host: Host): Promise<Lack[]> {
  const verdicts = await Promise.all(clusters.map(({ unless }) => processes.check(unless)));
  // where nobody can tell, the step itself will ask again, and say so
  const created = clusters.filter((_, index) => verdicts[index].kind === 'fails');
  if (created.length === 0) {
    return [];
  }
  const nodes = created.reduce((sum, cluster) => sum + cluster.nodes, 0);
  const forNodes = `${nodes} node${nodes === 1 ? '' : 's'}`;
  const lacks = facts.publishesHere ? (await Promise.all(created.map(cluster => ports(cluster, host)))).flat() : [];
  const low = (what: string, found: number | undefined, least: number, unit: (value: number) => string, because: string, todo: string) => {
    if (found !== undefined && Number.isFinite(found) && found < least) {
      lacks.push({ severity: 'warning', what, found: unit(found), needed: `${unit(least)}: ${because}`, todo });
    }
  };
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
  for (const { name, least } of facts.kernelHere ? INOTIFY : []) {
    low(name, host.sysctl(name), least, String, 'all nodes share it, and pods fail with "too many open files" without', `sudo sysctl ${name}=${least}`);
  }
  low('memory', facts.memory, nodes * MEMORY_PER_NODE, gigabytes, `2 GB for each of ${forNodes}, as kubeadm asks for`, 'end other programs, give the container runtime more, or take fewer nodes');
  low('CPUs', facts.cpus, CPUS, String, 'kubeadm asks for them for a control plane; clusters take longer to start with fewer', 'give the container runtime more');
  const disk = facts.folder === undefined ? undefined : host.freeDisk(facts.folder);
  low(`disk (${facts.folder})`, disk, nodes * DISK_PER_NODE, gigabytes, `about 3 GB for each of ${forNodes}: images and etcd`, 'make room: docker system prune removes what no container uses');
  return lacks;
}

async function ports({ cluster, ports: demanded }: KindDemand, host: Host): Promise<Lack[]> {
  const states = await Promise.all(demanded.map(port => host.port(port)));
  return demanded.flatMap(({ port, protocol, address, field }, index): Lack[] => {
    const what = `port ${address}:${port}/${protocol}`;
    const needed = `free, for ${cluster} (${field})`;
    switch (states[index]) {
      case 'in-use': return [{ severity: 'missing', what, found: 'in use', needed, todo: `end what listens there (${protocol === 'UDP' ? 'ss -lunp' : 'ss -ltnp'} shows it), or take another port` }];
      case 'not-our-address': return [{ severity: 'missing', what, found: 'no address of this host', needed, todo: 'take an address of this host (ip addr shows them)' }];
      default: return [];
    }
  });
}

/** Numbers with points between them, compared. */
function atLeast(version: string, least: string): boolean {
  const [one, other] = [version, least].map(text => text.split('.').map(Number));
  const index = other.findIndex((number, position) => one[position] !== number);
  return index < 0 || one[index] > other[index];
}

function parsed(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
