import { Command } from '../../src/live/plans/command';
import { CommandResult } from '../../src/live/runner/shell';
import { RESOURCES } from '../../src/live/snapshot/resources';

/** An answer of kubectl. */
export interface KubectlAnswer {
  readonly status: number;
  readonly output: string;
  /** What kubectl writes to stderr. */
  readonly error?: string;
  readonly cause?: CommandResult['cause'];
}

/** API servers in memory that answer `kubectl get --raw`, with pages, roles and faults. */
export class ApiServers {
  /** Every path that was asked for, after its context. */
  public readonly log: string[] = [];
  /** What answers instead of a server. */
  public instead?: (context: string, path: URL) => KubectlAnswer | undefined;
  private readonly objects = new Map<string, any[]>();
  private readonly forbidden = new Set<string>();
  private readonly missing = new Set<string>();

  /** Adds objects to a cluster, as an API server stores them. */
  public add(context: string, ...objects: readonly any[]): this {
    this.objects.set(context, [...(this.objects.get(context) ?? []), ...objects]);
    return this;
  }

  /** The user may not list a resource. */
  public forbid(context: string, plural: string): this {
    this.forbidden.add(`${context} ${plural}`);
    return this;
  }

  /** The cluster has no such resource. */
  public remove(context: string, plural: string): this {
    this.missing.add(`${context} ${plural}`);
    return this;
  }

  /** In place of the shell. */
  public run(command: Command): CommandResult {
    const { args } = command;
    const context = args[args.indexOf('--context') + 1];
    const path = new URL(args[args.indexOf('--raw') + 1], 'http://server');
    this.log.push(`${context} ${path.pathname}${path.search}`);
    const { status, output, error, cause } = this.instead?.(context, path) ?? this.answer(context, path);
    const tail = [output, error ?? ''].join('\n').split('\n').slice(-20).join('\n').trim();
    return { status, output, tail, bySignal: false, ...(cause ? { cause } : {}) };
  }

  private answer(context: string, path: URL): KubectlAnswer {
    if (!this.objects.has(context)) {
      return failure(`error: context "${context}" does not exist`);
    }
    const named = /\/namespaces\/([^/]+)\/configmaps\/(.+)$/.exec(path.pathname);
    if (named) {
      const found = this.find(
        context,
        ({ kind, metadata }) => kind === 'ConfigMap' && metadata.namespace === named[1] && metadata.name === named[2],
      );
      return this.forbidden.has(`${context} configmaps`)
        ? failure(`Error from server (Forbidden): configmaps "${named[2]}" is forbidden: User "eve" cannot get it`)
        : found.length > 0
          ? { status: 0, output: JSON.stringify(found[0]) }
          : failure(`Error from server (NotFound): configmaps "${named[2]}" not found`);
    }
    const parts = path.pathname.split('/').slice(1);
    const [group, version, plural] = parts[0] === 'api' ? ['', parts[1], parts[2]] : parts.slice(1);
    const resource = RESOURCES.find(each => each.group === group && each.plural === plural);
    if (plural === undefined) {
      const resources = RESOURCES.filter(each => each.group === group && each.versions[0] === version)
        .map(each => ({ name: each.plural }))
        .filter(({ name }) => !this.missing.has(`${context} ${name}`));
      return { status: 0, output: JSON.stringify({ kind: 'APIResourceList', resources }) };
    }
    // as API servers do, the role first
    if (this.forbidden.has(`${context} ${plural}`)) {
      return failure(`Error from server (Forbidden): ${plural} is forbidden: User "eve" cannot list resource`);
    }
    if (!resource || this.missing.has(`${context} ${plural}`) || version !== resource.versions[0]) {
      return failure('Error from server (NotFound): the server could not find the requested resource');
    }
    const apiVersion = group === '' ? version : `${group}/${version}`;
    const items = this.find(context, each => each.kind === resource.kind && each.apiVersion === apiVersion);
    const first = Number(path.searchParams.get('continue') ?? 0);
    const next = first + Number(path.searchParams.get('limit'));
    return {
      status: 0,
      output: JSON.stringify({
        kind: `${resource.kind}List`,
        apiVersion,
        metadata: { resourceVersion: '7', ...(next < items.length ? { continue: String(next) } : {}) },
        // items of lists have no kinds
        items: items.slice(first, next).map(({ kind: _, apiVersion: __, ...rest }) => rest),
      }),
    };
  }

  private find(context: string, isFound: (object: any) => boolean): any[] {
    return this.objects.get(context)!.filter(isFound);
  }
}

/** kubectl fails with this message. */
export function failure(error: string): KubectlAnswer {
  return { status: 1, output: '', error };
}
