import { Command } from '../plans/command';
import { kubectl } from '../plans/kube';

/** Requests from the pods of a workload to an address. */
export interface Probe {
  /** kubectl context of the client. */
  readonly context: string;
  readonly client: { readonly kind: string; readonly namespace: string; readonly name: string };
  readonly protocol: 'TCP' | 'ICMP' | 'ICMPv6';
  /** A name or an IP address. */
  readonly host: string;
  readonly port: number;
  readonly requests: number;
  /** Seconds that one request may take. */
  readonly maxTime: number;
  readonly http?: ProbeRequest;
}

/** The HTTP request of a probe. */
export interface ProbeRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: { readonly [name: string]: string };
}

/** The outcome of one request. */
export type Answer =
  /** The destination accepted the connection, or answered the request. */
  | { readonly kind: 'answered'; readonly http?: number; readonly body: string }
  /** The host refused the connection: packets arrive, and no program listens. */
  | { readonly kind: 'refused' }
  /** There was no answer. */
  | { readonly kind: 'silent' }
  /** DNS did not resolve the name. */
  | { readonly kind: 'unresolved' }
  /** A router or the kernel reported that the destination cannot be reached. */
  | { readonly kind: 'unreachable' };

/**
 * Sends requests with the first of curl, wget, bash and nc that the pod has, ten at a time. Requests with a method or
 * headers need curl, ICMP needs ping. Each request prints one line: the tool, its exit status, and the beginning of the
 * answer, at its end the measures of curl.
 *
 * All values are arguments, so no shell parses them.
 */
const SCRIPT = `
requests=$1; seconds=$2; host=$3; port=$4; url=$5; protocol=$6; shift 6
if [ "$protocol" != TCP ]; then tool=ping
elif [ "$#" -gt 0 ] || command -v curl > /dev/null 2>&1; then tool=curl
elif command -v wget > /dev/null 2>&1; then tool=wget
elif command -v bash > /dev/null 2>&1 && command -v timeout > /dev/null 2>&1; then tool=bash
else tool=nc
fi
command -v "$tool" > /dev/null 2>&1 || { echo 'cilium-mesh no-tool'; exit 0; }
request() {
  case $tool in
    curl) out=$(curl --silent --show-error --globoff --max-time "$seconds" --write-out '\\ncilium-mesh-measured %{http_code} %{time_connect}' "$@" "$url" 2>&1) ;;
    wget) out=$(wget -q -T "$seconds" -O - "$url" 2>&1) ;;
    bash) out=$(timeout "$seconds" bash -c 'exec 3<> "/dev/tcp/$0/$1"' "$host" "$port" 2>&1) ;;
    nc) out=$(nc -v -z -w "$seconds" "$host" "$port" 2>&1) ;;
    ping) out=$(ping -c 1 -W "$seconds" "$host" 2>&1) ;;
  esac
  status=$?
  # only other options print the reason of a failure in words
  case "$tool $status" in
    'curl 7') out=$(curl --verbose --silent --globoff --max-time "$seconds" "$@" "$url" 2>&1) ;;
    'wget 0') ;;
    wget*) out=$(wget -T "$seconds" -O /dev/null "$url" 2>&1) ;;
  esac
  out=$(printf '%s' "$out" | tr '\\n\\r' '  ')
  [ "\${#out}" -le 2000 ] || out="$(printf '%s' "$out" | cut -c 1-1000) … $(printf '%s' "$out" | tail -c 100)"
  echo "cilium-mesh $tool $status $out"
}
done=0
while [ "$done" -lt "$requests" ]; do
  batch=0
  while [ "$batch" -lt 10 ] && [ "$done" -lt "$requests" ]; do
    request "$@" &
    batch=$((batch + 1)); done=$((done + 1))
  done
  wait
done
`.trim();

/** The command that sends the requests. */
export function probeCommand({ context, client, protocol, host, port, requests, maxTime, http }: Probe): Command {
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}${http?.path ?? '/'}`;
  const headers = Object.entries(http?.headers ?? {}).flatMap(([name, value]) => ['--header', `${name}: ${value}`]);
  const exec = kubectl(context).exec(
    '--namespace',
    client.namespace,
    `${client.kind.toLowerCase()}/${client.name}`,
    '--',
    'sh',
    '-c',
    SCRIPT,
    'sh',
    String(requests),
    String(maxTime),
    host,
    String(port),
    url,
    protocol,
    ...(http ? ['--request', http.method, ...headers] : []),
  );
  // the time of the requests, and a margin for the connection to the pod
  return { ...exec, seconds: Math.ceil(requests / 10) * (maxTime + 1) + 30 };
}

/** Reads the output of a probe; `problem` tells why it sent no request. */
export function readAnswers(output: string): { readonly answers: readonly Answer[] } | { readonly problem: string } {
  const lines = output.split('\n').filter(line => line.startsWith('cilium-mesh '));
  if (lines.includes('cilium-mesh no-tool')) {
    const needs = 'requests with a method need curl, ICMP needs ping';
    return { problem: `its pods contain no curl, wget, bash or nc (${needs})` };
  }
  const answers = lines.flatMap(line => {
    const match = /^cilium-mesh (\w+) (\d+) ?(.*)$/.exec(line);
    return match ? [answerOf(match[1], Number(match[2]), match[3])] : [];
  });
  return answers.length > 0 ? { answers } : { problem: 'the probe printed nothing' };
}

/**
 * curl's exit statuses are those of its manual page (6 no name, 7 no connection, 28 timeout); other tools print words.
 */
function answerOf(tool: string, status: number, text: string): Answer {
  const measured = / ?cilium-mesh-measured (\d+) ([\d.,]+)\s*$/.exec(text);
  const body = measured ? text.slice(0, measured.index) : text;
  if (tool === 'curl') {
    const http = Number(measured?.[1] ?? 0);
    if (http > 0) {
      return { kind: 'answered', http, body };
    }
    if (status === 6 || /resolving timed out|could not resolve/i.test(body)) {
      return { kind: 'unresolved' };
    }
    // a connection is enough: the destination need not speak HTTP
    if (status === 0 || Number((measured?.[2] ?? '0').replace(',', '.')) > 0) {
      return { kind: 'answered', body: status === 0 ? body : '' };
    }
    return status === 28 ? { kind: 'silent' } : answerInWords(body);
  }
  if (status === 0) {
    return { kind: 'answered', body: tool === 'wget' ? body : '' };
  }
  const httpStatus =
    /HTTP\/[\d.]+ (\d{3})|ERROR (\d{3})|server returned error: (?:(?!server returned error: ).)*?(\d{3})/i;
  const http = tool === 'wget' ? httpStatus.exec(body) : null;
  if (http) {
    return { kind: 'answered', http: Number(http[1] ?? http[2] ?? http[3]), body };
  }
  return tool === 'bash' && status === 124 ? { kind: 'silent' } : answerInWords(body);
}

function answerInWords(text: string): Answer {
  if (/refused/i.test(text)) {
    return { kind: 'refused' };
  }
  if (/unreachable|no route|prohibited|not permitted/i.test(text)) {
    return { kind: 'unreachable' };
  }
  if (/bad address|resolve|name or service|unknown host|not known/i.test(text)) {
    return { kind: 'unresolved' };
  }
  return { kind: 'silent' };
}
