import { command } from './command';
import { Tool } from './plan';

/**
 * The programs that plans need, with the least version of each and its reason.
 *
 * No question for a version reaches a cluster: without `--client`, `cilium version` and `kubectl version` would. After
 * its own version, `cilium version --client` asks the network for the newest release (cilium-cli/cli/version.go): a
 * proxy that does not exist makes that fail at once. Its output counts also when it fails.
 */
const TOOLS = {
  // v0.20.0 gives every node a cgroup namespace of its own, also under cgroup v1 (its release notes); Cilium's socket
  // load balancer needs that (Documentation/installation/kind.rst)
  kind: {
    url: 'https://kind.sigs.k8s.io/docs/user/quick-start/#installation',
    version: {
      command: command('kind', 'version'),
      pattern: /\bv?(\d+\.\d+\.\d+)/,
      least: '0.20.0',
      reason: "its nodes have cgroup namespaces of their own, as Cilium's socket load balancer needs",
    },
  },
  // cilium/cilium#34510: lists of destinations, and --connection-mode. 0.16.18 has the code of Cilium v1.17.0-pre.0
  // (cilium/cilium-cli#2788, 8 September 2024), which is older: on 23 September cilium/cilium-cli#2810 announces the
  // list as a future change. #2818 takes v1.17.0-pre.1 on 1 October, and #2822 releases it as 0.16.19
  cilium: {
    url: 'https://github.com/cilium/cilium-cli/releases',
    version: {
      command: { ...command('cilium', 'version', '--client'), env: { HTTPS_PROXY: 'http://127.0.0.1:9' } },
      pattern: /^cilium-cli: v(\d+\.\d+\.\d+)/m,
      least: '0.16.19',
      reason: 'clustermesh connect takes several clusters and --connection-mode',
    },
  },
  // `apply --validate=strict` needs 1.25 on both sides; 1.27 is the oldest one that the plans were run with
  kubectl: {
    url: 'https://kubernetes.io/docs/tasks/tools/',
    version: {
      command: command('kubectl', 'version', '--client', '-o', 'json'),
      pattern: /"gitVersion": *"v(\d+\.\d+\.\d+)/,
      least: '1.27.0',
      reason: 'the API server checks unknown fields strictly',
    },
  },
  hubble: {
    url: 'https://github.com/cilium/hubble/releases',
    version: undefined,
  },
  // upgrades need --reset-then-reuse-values, which Helm has since 3.14.0; Cilium's documentation asks for 3.13.0
  helm: {
    url: 'https://helm.sh/docs/intro/install/',
    version: {
      command: command('helm', 'version', '--template', '{{.Version}}'),
      pattern: /^v(\d+\.\d+\.\d+)/m,
      least: '3.14.0',
      reason: 'upgrades reuse the values of the release (--reset-then-reuse-values)',
    },
  },
  docker: { url: 'https://docs.docker.com/get-docker/', version: undefined },
  podman: { url: 'https://podman.io/docs/installation', version: undefined },
} as const;

/** Where to get a program; undefined for other programs than those of plans. */
export function downloadOf(program: string): string | undefined {
  return Object.hasOwn(TOOLS, program) ? TOOLS[program as keyof typeof TOOLS].url : undefined;
}

/** A program that a plan needs, and its purpose. */
export function tool(program: keyof typeof TOOLS, purpose: string): Tool {
  return { program, purpose, ...TOOLS[program] };
}

/**
 * The kubectl of a plan that waits for load balancers: `wait --for=jsonpath` needs no value since 1.28
 * (kubernetes/kubernetes#118160).
 */
export function waitingKubectl(purpose: string): Tool {
  const { version, ...kubectl } = tool('kubectl', purpose);
  const reason = 'it waits for load balancers of unknown names';
  return { ...kubectl, version: { ...version!, least: '1.28.0', reason } };
}
