import { Gap, GapReason } from './gap';
import { missingRule } from './rbac';
import { Answer, readPath } from './read-page';
import { formatResource, listPath, Resource } from './resources';
import { Clock } from '../runner/clock';
import { Shell } from '../runner/shell';

/** How an API server is asked: by which shell, until when, and whether asking again still makes sense. */
export interface Source {
  readonly context: string;
  readonly shell: Shell;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly deadline: number;
  /** A list has given up after its last attempt: the others do not try again and again either. */
  failing: boolean;
}

/** What a list gave. */
export type Listed =
  | { readonly kind: 'read'; readonly apiVersion: string }
  /** The API server has no such resource, so it has no such objects. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'gap'; readonly gap: Gap };

/** Takes the objects of a list, page by page. `restart`: the list begins again. */
export interface Collector {
  restart(): void;
  add(object: any): void;
}

/**
 * Objects in a page. A list whose tokens expire before it ends is read again in larger pages: etcd forgets old
 * revisions after five minutes.
 */
const PAGE_SIZES = [500, 5000];

type FailedAnswer = Exclude<Answer, { readonly kind: 'object' }>;

/** Seconds before each further attempt for the same page. */
const PAUSES = [1, 2, 4];

/** Lists one resource in pages, in all namespaces. A list that does not end is a gap, and none of its objects count. */
export async function listResource(
  resource: Resource,
  source: Source,
  collector: Collector,
  onPage: (objects: number) => void,
): Promise<Listed> {
  let last: FailedAnswer | undefined;
  for (const version of resource.versions) {
    const answer = await knownAnswer(resource, version, source, () =>
      listVersion(resource, version, source, collector, onPage),
    );
    if (answer === undefined) {
      return { kind: 'read', apiVersion: resource.group === '' ? version : `${resource.group}/${version}` };
    }
    last = answer;
    if (answer.kind !== 'not-found') {
      break;
    }
  }
  collector.restart();
  if (last!.kind === 'not-found' && !resource.builtIn) {
    return { kind: 'absent' };
  }
  return { kind: 'gap', gap: gapOf(resource, last!) };
}

/**
 * An API server refuses what a user may not read before it looks whether it has it at all. Every user may ask for the
 * resources of a group (the ClusterRole system:discovery).
 */
async function knownAnswer(
  { group, plural, builtIn }: Resource,
  version: string,
  source: Source,
  list: () => Promise<FailedAnswer | undefined>,
): Promise<FailedAnswer | undefined> {
  const answer = await list();
  if (builtIn || answer?.kind !== 'error' || answer.reason !== 'forbidden') {
    return answer;
  }
  const found = await readPatiently(`/apis/${group}/${version}`, source);
  const isMissing =
    found.kind === 'not-found' ||
    (found.kind === 'object' &&
      Array.isArray(found.object.resources) &&
      !found.object.resources.some((each: any) => each?.name === plural));
  return isMissing ? { kind: 'not-found', message: answer.message } : answer;
}

/** Lists one version; the answer that ended the list, or undefined if all of it was read. */
async function listVersion(
  resource: Resource,
  version: string,
  source: Source,
  collector: Collector,
  onPage: (objects: number) => void,
): Promise<FailedAnswer | undefined> {
  let expired: FailedAnswer | undefined;
  for (const limit of PAGE_SIZES) {
    collector.restart();
    let after: string | undefined;
    let objects = 0;
    for (;;) {
      const answer = await readPatiently(listPath(resource, version, limit, after), source);
      if (answer.kind === 'expired') {
        expired = answer;
        break;
      }
      if (answer.kind !== 'object') {
        return answer;
      }
      const { items, metadata } = answer.object;
      if (!Array.isArray(items ?? [])) {
        return { kind: 'error', reason: 'failed', transient: false, message: 'the answer is not a list' };
      }
      for (const item of items ?? []) {
        collector.add(item);
        objects += 1;
      }
      onPage(objects);
      after = typeof metadata?.continue === 'string' && metadata.continue !== '' ? metadata.continue : undefined;
      if (after === undefined) {
        return undefined;
      }
    }
  }
  return expired;
}

/** Requests a path again after transient errors, until the attempts or the time of the snapshot are used up. */
export async function readPatiently(path: string, source: Source): Promise<Answer> {
  const { shell, context, clock, deadline } = source;
  for (let attempt = 0; ; attempt++) {
    if (clock.now() >= deadline) {
      const message = 'the time limit of the snapshot is over';
      return { kind: 'error', reason: 'timeout', transient: false, message };
    }
    const answer = await readPath(shell, context, path);
    if (answer.kind !== 'error' || !answer.transient) {
      return answer;
    }
    if (source.failing || attempt >= PAUSES.length || shell.interruption.aborted) {
      source.failing = true;
      return answer;
    }
    await clock.sleep(PAUSES[attempt] * 1000, shell.interruption);
  }
}

function gapOf(resource: Resource, answer: FailedAnswer): Gap {
  const reason: GapReason =
    answer.kind === 'error' ? answer.reason : answer.kind === 'not-found' ? 'not-served' : 'failed';
  const fix =
    reason === 'forbidden'
      ? `add ${missingRule(resource)} to your ClusterRole (cilium-mesh snapshot --print-rbac prints it whole)`
      : reason === 'unauthorized'
        ? 'log in, then take the snapshot again'
        : reason === 'not-served'
          ? 'check that the context is that of a Kubernetes cluster'
          : 'check the API server, then take the snapshot again; --timeout allows more time';
  return { what: formatResource(resource), reason, message: answer.message, fix };
}
