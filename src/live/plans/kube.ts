import { command, Command } from './command';

/**
 * Commands of kubectl in one cluster. The method decides which kind of request a command is, never the text of an
 * argument: a namespace, pod or container may be called `get`.
 */
export class Kubectl {
  /** The namespace precedes the verb. */
  constructor(
    private readonly context: string,
    private readonly namespace?: string,
  ) {}

  /** Reads objects. The request ends by itself, with a message, before the limit of its process ends it. */
  public get(...args: readonly string[]): Command {
    return this.run('get', ...args, '--request-timeout=20s');
  }

  /** Requests a path of the API, for one page of a list: kubectl's own `--chunk-size` keeps all pages in memory. */
  public raw(path: string, requestSeconds: number, seconds: number): Command {
    return { ...this.run('get', '--raw', path, `--request-timeout=${requestSeconds}s`), seconds };
  }

  /** Runs a program in a pod; every argument after `--` belongs to that program. */
  public exec(...args: readonly string[]): Command {
    return this.run('exec', ...args);
  }

  /** Applies what the command reads from its standard input. */
  public apply(...args: readonly string[]): Command {
    return this.run('apply', '--server-side', ...args, '-f', '-');
  }

  /** Any other verb. */
  public run(verb: string, ...args: readonly string[]): Command {
    const { context, namespace } = this;
    const place = namespace === undefined ? [] : ['-n', namespace];
    return { ...command('kubectl', '--context', context, ...place, verb, ...args), context };
  }
}

/** kubectl in a cluster, and in a namespace of it. */
export function kubectl(context: string, namespace?: string): Kubectl {
  return new Kubectl(context, namespace);
}

/** kubectl in the namespace of Cilium. */
export function kubeSystem(context: string): Kubectl {
  return new Kubectl(context, 'kube-system');
}

/** The cilium CLI in a cluster. */
export function cilium(context: string, ...args: readonly string[]): Command {
  return { ...command('cilium', ...args, '--context', context), context };
}

/** helm in a cluster. */
export function helm(context: string, ...args: readonly string[]): Command {
  return { ...command('helm', ...args, '--kube-context', context), context };
}

/** kind, for the cluster whose context it creates or deletes. */
export function kind(action: 'create' | 'delete', cluster: string, ...args: readonly string[]): Command {
  return { ...command('kind', action, 'cluster', '--name', cluster, ...args), context: `kind-${cluster}` };
}

/** Prints the IDs of the nodes of a kind cluster, which are containers. */
export function kindContainers(runtime: string, cluster: string): Command {
  return command(runtime, 'ps', '--all', '--quiet', '--no-trunc', '--filter', `label=io.x-k8s.kind.cluster=${cluster}`);
}

/** Prints the names of all kind clusters. Not `--quiet`, which hides failures. */
export function kindClusters(): Command {
  return command('kind', 'get', 'clusters');
}

/** Adds the context of a kind cluster to the kubeconfig, and makes it the current one. */
export function exportKubeconfig(cluster: string): Command {
  return command('kind', 'export', 'kubeconfig', '--name', cluster);
}

/** Prints the names of the contexts in the kubeconfig. */
export function contextNames(): Command {
  return command('kubectl', 'config', 'get-contexts', '-o', 'name');
}

/** Succeeds if the API server of a kind cluster answers, whether or not the kubeconfig has its context. */
export function readyOfKind(cluster: string): Command {
  return {
    ...command('kubectl', '--kubeconfig', '/dev/stdin', 'get', '--raw', '/readyz', '--request-timeout=20s'),
    input: command('kind', 'get', 'kubeconfig', '--name', cluster),
  };
}
