import { GapReason } from './gap';
import { kubectl } from '../plans/kube';
import { ask, CommandResult, Shell } from '../runner/shell';

/** The answer of an API server to one request. */
export type Answer =
  | { readonly kind: 'object'; readonly object: any }
  /** It has no such resource or object. */
  | { readonly kind: 'not-found'; readonly message: string }
  /** The token of the page is older than the server remembers: the list must be read again. */
  | { readonly kind: 'expired'; readonly message: string }
  /** Asking again may help if it is transient. */
  | { readonly kind: 'error'; readonly reason: GapReason; readonly transient: boolean; readonly message: string };

/** Seconds for one request, as kubectl takes them, and for its process. */
const REQUEST = 60;
const PROCESS = REQUEST + 15;

/** Requests one path of an API server. The answer is not a part of any message: it may contain secrets of pods. */
export async function readPath(shell: Shell, context: string, path: string): Promise<Answer> {
  const result = await ask(shell, kubectl(context).raw(path, REQUEST, PROCESS));
  return result.status === 0 ? objectAnswer(result.output) : failedAnswer(result);
}

function objectAnswer(text: string): Answer {
  try {
    const object = JSON.parse(text);
    if (typeof object === 'object' && object !== null) {
      return { kind: 'object', object };
    }
  } catch {
    // below
  }
  return { kind: 'error', reason: 'failed', transient: true, message: 'the answer is not JSON, or ends early' };
}

/** Reasons of a Status, as kubectl prints them: `Error from server (Forbidden): …`. */
const REASONS: { readonly [reason: string]: GapReason } = { Forbidden: 'forbidden', Unauthorized: 'unauthorized' };

function failedAnswer({ tail, status, cause }: CommandResult): Answer {
  if (cause !== undefined) {
    const message = cause === 'timeout' ? `no answer within ${PROCESS} s` : 'interrupted';
    return { kind: 'error', reason: 'timeout', transient: cause === 'timeout', message };
  }
  const message = errorLine(tail) ?? `kubectl ended with status ${status}`;
  const reason = /^Error from server \((\w+)\)/.exec(message)?.[1] ?? '';
  switch (reason) {
    case 'NotFound':
      return { kind: 'not-found', message };
    case 'Expired':
    case 'Gone':
    case 'ResourceExpired':
      return { kind: 'expired', message };
    default: {
      // kubectl without a connection says so; without a context, a login or itself, asking again does not help
      const isUsage = status === 127 || /^error: (?!unexpected|http2|stream|read)|You must be logged in/i.test(message);
      const isTransient = !isUsage && REASONS[reason] === undefined && reason !== 'BadRequest';
      const isLate = /deadline exceeded|timeout|timed out/i.test(message);
      return {
        kind: 'error',
        reason: /You must be logged in/i.test(message)
          ? 'unauthorized'
          : (REASONS[reason] ?? (isLate ? 'timeout' : 'failed')),
        transient: isTransient,
        message,
      };
    }
  }
}

/** The line in which kubectl names its error. The other lines may be the beginning of an answer. */
function errorLine(tail: string): string | undefined {
  const line = tail
    .split('\n')
    .find(each =>
      /^(Error from server|error:|Error:|Unable to connect|The connection to the server|spawn )/.test(each),
    );
  return line?.slice(0, 300);
}
