import { command } from './command';
import { Tool } from './plan';

/**
 * The programs that plans need, with the least version of each and why that one.
 *
 * How a version is asked never reaches a cluster: `cilium version` and `kubectl version` do without `--client`. `cilium version --client` still asks
 * the network for the newest release after it has printed its own (cilium-cli/cli/version.go): a proxy that is not there makes that fail at once. What it
 * printed counts, also where it had to be ended.
 */
const TOOLS = {
  // v0.20.0 gives every node a cgroup namespace of its own, also under cgroup v1 (its release notes); Cilium's socket load balancer needs that
  // (Documentation/installation/kind.rst)
  kind: {
    from: 'https://kind.sigs.k8s.io/docs/user/quick-start/#installation',
    version: {
      command: command('kind', 'version'), pattern: /\bv?(\d+\.\d+\.\d+)/, least: '0.20.0',
      because: 'its nodes have cgroup namespaces of their own, as Cilium\'s socket load balancer needs',
    },
  },
  // cilium/cilium#34510: lists of destinations, and --connection-mode. 0.16.18 has the code of Cilium v1.17.0-pre.0 (cilium/cilium-cli#2788, 8 September 2024),
  // which is older: on 23 September cilium/cilium-cli#2810 calls the list a change still to come. #2818 takes v1.17.0-pre.1 on 1 October, and #2822 makes 0.16.19 of that
  cilium: {
    from: 'https://github.com/cilium/cilium-cli/releases',
    version: {
      command: { ...command('cilium', 'version', '--client'), env: { HTTPS_PROXY: 'http://127.0.0.1:9' } }, pattern: /^cilium-cli: v(\d+\.\d+\.\d+)/m, least: '0.16.19',
      because: 'clustermesh connect takes several clusters and --connection-mode',
    },
  },
  // KEP-3659: `apply --prune --applyset`, alpha in 1.27; `--validate=strict` by the server is of 1.25
  kubectl: {
    from: 'https://kubernetes.io/docs/tasks/tools/',
    version: {
      command: command('kubectl', 'version', '--client', '-o', 'json'), pattern: /"gitVersion": *"v(\d+\.\d+\.\d+)/, least: '1.27.0',
      because: 'apply prunes by apply sets',
    },
  },
  hubble: {
    from: 'https://github.com/cilium/hubble/releases',
    version: undefined,
  },
  // Documentation/installation/kind-install-deps.rst: install Helm 3.13.0 or later
  helm: {
    from: 'https://helm.sh/docs/intro/install/',
    version: {
      command: command('helm', 'version', '--template', '{{.Version}}'), pattern: /^v(\d+\.\d+\.\d+)/m, least: '3.13.0',
      because: 'Cilium\'s documentation asks for it',
    },
  },
  docker: { from: 'https://docs.docker.com/get-docker/', version: undefined },
  podman: { from: 'https://podman.io/docs/installation', version: undefined },
} as const;

/** A program that a plan needs, and what for. */
export function tool(program: keyof typeof TOOLS, why: string): Tool {
  return { program, why, ...TOOLS[program] };
}
