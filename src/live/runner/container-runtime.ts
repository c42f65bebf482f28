import { Host } from './host';
import { isAtLeast, MissingRequirement } from './requirement';
import { ask, CommandResult, Shell } from './shell';
import { command } from '../plans/command';
import { PROVIDERS, Runtime, RUNTIMES } from '../plans/host';

/** What a container runtime reports about itself. */
export interface RuntimeFacts {
  /** Nodes run on this host, or in a machine that publishes their ports on it. */
  readonly publishesHere: boolean;
  /** Nodes share the kernel of this host. */
  readonly kernelHere: boolean;
  readonly memory?: number;
  readonly cpus?: number;
  /** The folder of its containers. */
  readonly folder?: string;
}

const WHAT = 'container runtime';
const DOWNLOADS = 'https://docs.docker.com/engine/install/ or https://podman.io/docs/installation';

/** Checks the runtime that kind will use, and whether it answers. */
export async function containerRuntime(
  shell: Shell,
  host: Host,
): Promise<{ requirements: MissingRequirement[]; facts?: RuntimeFacts }> {
  const provider = host.env.KIND_EXPERIMENTAL_PROVIDER ?? '';
  const chosen: Runtime | undefined = Object.hasOwn(PROVIDERS, provider) ? PROVIDERS[provider] : undefined;
  const isInstalled = chosen && host.find(chosen.program) !== undefined;
  const runtime = chosen ? (isInstalled ? chosen : undefined) : await firstRuntime(shell, host);
  if (!runtime) {
    return { requirements: [missingRuntime(chosen)] };
  }
  const { program } = runtime;
  const format = program === 'podman' ? 'json' : '{{json .}}';
  const result = await ask(shell, { seconds: 20, ...command(program, 'info', '--format', format) });
  const info = parseJson(result.output);
  const errors: unknown[] = Array.isArray(info?.ServerErrors) ? info.ServerErrors : [];
  if (result.status !== 0 || errors.length > 0 || !info) {
    return { requirements: [silentRuntime(program, result, errors.map(String))] };
  }
  return { requirements: checkRuntime(runtime, info), facts: runtimeFacts(program, info, host) };
}

/** The first runtime in the path, in the order of kind. */
async function firstRuntime(shell: Shell, host: Host): Promise<Runtime | undefined> {
  for (const runtime of RUNTIMES) {
    if (host.find(runtime.program) !== undefined) {
      const { output } = await ask(shell, { seconds: 10, ...command(runtime.program, '-v') });
      if (output.startsWith(runtime.banner)) {
        return runtime;
      }
    }
  }
  return undefined;
}

function missingRuntime(chosen: Runtime | undefined): MissingRequirement {
  return chosen
    ? {
      severity: 'missing',
      what: WHAT,
      got: `no ${chosen.program}`,
      required: `${chosen.program}, as set in KIND_EXPERIMENTAL_PROVIDER`,
      fix: `install ${chosen.program}, or unset KIND_EXPERIMENTAL_PROVIDER`,
    }
    : {
      severity: 'missing',
      what: WHAT,
      got: 'none',
      required: 'docker, podman or nerdctl: the nodes of kind are containers',
      fix: `get one: ${DOWNLOADS}`,
    };
}

/**
 * A runtime that does not answer. Without its daemon, docker 28 prints facts about itself, and the error beside them.
 */
function silentRuntime(
  program: string,
  { status, tail, cause }: CommandResult,
  errors: readonly string[],
): MissingRequirement {
  const lines = [...errors, ...tail.split('\n')].filter(line => line.trim() !== '' && !line.startsWith('{'));
  const isReason = (line: string) => /cannot connect|permission denied|refused|error/i.test(line);
  const reason = lines.find(isReason) ?? lines[0] ?? `status ${status}`;
  const isDenied = /permission denied/i.test(reason);
  return {
    severity: 'missing',
    what: `${WHAT}: ${program}`,
    got:
      cause === 'timeout' ? 'no answer' : isDenied ? 'permission denied' : reason.trim().split(/\.\s/)[0].slice(0, 100),
    required: 'an answer to its info command',
    fix: isDenied
      ? `give your user access: sudo usermod -aG ${program} "$USER", then log in again`
      : program === 'podman'
        ? 'podman info shows the reason'
        : `start it: sudo systemctl start ${program}, or Docker Desktop; ${program} info shows whether it runs`,
  };
}

function checkRuntime({ program, least }: Runtime, info: any): MissingRequirement[] {
  const isPodman = program === 'podman';
  const version = /\d+\.\d+\.\d+/.exec(String(isPodman ? info.version?.Version : info.ServerVersion))?.[0];
  const isOld = least && version !== undefined && !isAtLeast(version, least.version);
  const hasCgroups1 = isPodman ? info.host?.cgroupVersion === 'v1' : String(info.CgroupVersion) === '1';
  return [
    ...(isOld
      ? [
        {
          severity: 'missing' as const,
          what: `${WHAT}: ${program}`,
          got: version,
          required: `${least.version} or later: ${least.reason}`,
          fix: `get a newer one: ${DOWNLOADS}`,
        },
      ]
      : []),
    ...(hasCgroups1
      ? [
        {
          severity: 'warning' as const,
          what: 'cgroups',
          got: 'version 1',
          required: "version 2: Cilium's socket load balancer and Kubernetes 1.35 and later need it",
          fix: 'boot with systemd.unified_cgroup_hierarchy=1',
        },
      ]
      : []),
  ];
}

function runtimeFacts(program: string, info: any, host: Host): RuntimeFacts {
  const isPodman = program === 'podman';
  const address = isPodman ? host.env.CONTAINER_HOST : host.env.DOCKER_HOST;
  const isRemote = /^(tcp|ssh|https?):/.test(address ?? '');
  const kernelHere = !isRemote && (isPodman ? info.host?.hostname : info.Name) === host.name;
  return {
    publishesHere: !isRemote,
    kernelHere,
    memory: kernelHere ? host.freeMemory() : isPodman ? info.host?.memTotal : info.MemTotal,
    cpus: isPodman ? info.host?.cpus : info.NCPU,
    folder: !kernelHere ? undefined : isPodman ? info.store?.graphRoot : info.DockerRootDir,
  };
}

function parseJson(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
