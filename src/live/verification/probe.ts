import { Command } from '../plans/command';
import { kubectl } from '../plans/kube';

/** Requests from one pod to addresses. */
export interface Probe {
  /** kubectl context of the client. */
  readonly context: string;
  readonly client: { readonly namespace: string; readonly pod: string };
  readonly protocol: 'TCP' | 'UDP' | 'SCTP' | 'ICMP' | 'ICMPv6';
  /** Names or IP addresses. */
  readonly hosts: readonly string[];
  readonly port: number;
  /** Requests to each host. */
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
  /**
   * The destination accepted the connection, or answered the request. `localPort` is the client's port, where the tool
   * tells it.
   */
  | { readonly kind: 'answered'; readonly http?: number; readonly body: string; readonly localPort?: number }
  /** The host refused the connection: packets arrive, and no program listens. */
  | { readonly kind: 'refused' }
  /** There was no answer. */
  | { readonly kind: 'silent' }
  /** DNS did not resolve the name. */
  | { readonly kind: 'unresolved' }
  /** A router or the kernel reported that the destination cannot be reached. */
  | { readonly kind: 'unreachable' };

/** Seconds to wait for a tool that does not end its request itself: far more than a busy pod needs to start one. */
const GRACE = 15;

/**
 * Sends requests with the first of curl, wget, bash and nc that the pod has, ten at a time. Requests with a method or
 * headers need curl, ICMP needs ping, UDP bash or nc, SCTP ncat. Each request prints one line: the tool, its exit
 * status, and the beginning of the answer, at its end the measures of curl.
 *
 * No request takes longer than its limit, whatever the tool does: GNU wget tries 20 times by itself, and some tools
 * resolve names without a limit.
 *
 * All values are arguments, so no shell parses them.
 */
const SCRIPT = `
requests=$1; seconds=$2; hosts=$3; port=$4; path=$5; protocol=$6; payload=$7; shift 7
has() { command -v "$1" > /dev/null 2>&1; }
case $protocol in
  ICMP*) tool=ping ;;
  SCTP) tool=ncat ;;
  UDP) if has bash; then tool=bash; else tool=nc; fi ;;
  *)
    if [ "$#" -gt 0 ] || has curl; then tool=curl
    elif has wget; then tool=wget
    elif has bash; then tool=bash
    else tool=nc
    fi ;;
esac
has "$tool" || { echo 'cilium-mesh no-tool'; exit 0; }
limit=$((seconds + ${GRACE}))
if has timeout && timeout -s KILL 5 sh -c : 2> /dev/null; then limited() { timeout -s KILL "$limit" "$@"; }
elif has timeout && timeout -s KILL -t 5 sh -c : 2> /dev/null; then limited() { timeout -s KILL -t "$limit" "$@"; }
elif has sleep; then
  limited() {
    "$@" <&0 &
    running=$!
    (sleep "$limit"; kill -KILL "$running") > /dev/null 2>&1 &
    watcher=$!
    wait "$running"
    ended=$?
    kill "$watcher" 2> /dev/null
    return $ended
  }
else limited() { "$@"; }
fi
request() {
  case $host in
    *:*) url="http://[$host]:$port$path" ;;
    *) url="http://$host:$port$path" ;;
  esac
  case $protocol-$tool in
    UDP-bash) out=$(limited bash -c 'exec 3<> "/dev/udp/$0/$1" && printf "$2" >&3 && read -t "$3" -n 1 -u 3' "$host" "$port" "$payload" "$seconds" 2>&1) ;;
    UDP-nc) out=$(printf "$payload" | limited nc -u -w "$seconds" "$host" "$port" 2> /dev/null | tr -d '\\0' | cut -c 1-100); [ -n "$out" ] ;;
    *-curl) out=$(limited curl --silent --show-error --globoff --max-time "$seconds" --write-out '\\ncilium-mesh-measured %{http_code} %{time_connect} %{local_port}' "$@" "$url" 2>&1) ;;
    *-wget) out=$(limited wget -q -t 1 -T "$seconds" -O - "$url" 2>&1) ;;
    *-bash) out=$(limited bash -c 'exec 3<> "/dev/tcp/$0/$1"' "$host" "$port" 2>&1) ;;
    *-nc) out=$(limited nc -v -z -w "$seconds" "$host" "$port" 2>&1) ;;
    *-ncat) out=$(limited ncat --sctp -v -z -w "$seconds" "$host" "$port" 2>&1) ;;
    *-ping) out=$(limited ping -c 1 -W "$seconds" "$host" 2>&1) ;;
  esac
  status=$?
  # only other options print the reason of a failure in words
  case "$tool $status" in
    'curl 7') out=$(limited curl --verbose --silent --globoff --max-time "$seconds" "$@" "$url" 2>&1) ;;
    'wget 0' | 'wget 137') ;;
    wget*) out=$(limited wget -t 1 -T "$seconds" -O /dev/null "$url" 2>&1) ;;
  esac
  out=$(printf '%s' "$out" | tr '\\n\\r' '  ')
  [ "\${#out}" -le 2000 ] || out="$(printf '%s' "$out" | cut -c 1-1000) … $(printf '%s' "$out" | tail -c 100)"
  echo "cilium-mesh $tool $status $out"
}
batch=0
for host in $hosts; do
  done=0
  while [ "$done" -lt "$requests" ]; do
    request "$@" &
    done=$((done + 1)); batch=$((batch + 1))
    [ "$batch" -lt 10 ] || { wait; batch=0; }
  done
done
wait
`.trim();

/** A query for the root's name servers: any DNS server answers it, if only to refuse. */
const DNS_QUERY = '\\022\\064\\001\\000\\000\\001\\000\\000\\000\\000\\000\\000\\000\\000\\002\\000\\001';

/** The command that sends the requests. */
export function probeCommand(probe: Probe): Command {
  const { context, client, protocol, hosts, port, requests, maxTime, http } = probe;
  const headers = Object.entries(http?.headers ?? {}).flatMap(([name, value]) => ['--header', `${name}: ${value}`]);
  const exec = kubectl(context).exec(
    '--namespace',
    client.namespace,
    `pod/${client.pod}`,
    '--',
    'sh',
    '-c',
    SCRIPT,
    'sh',
    String(requests),
    String(maxTime),
    hosts.join(' '),
    String(port),
    http?.path ?? '/',
    protocol,
    port === 53 ? DNS_QUERY : '\\n',
    ...(http ? ['--request', http.method, ...headers] : []),
  );
  // a request may take its limit twice: once more to hear the reason of a failure
  const batches = Math.ceil((requests * hosts.length) / 10);
  return { ...exec, seconds: batches * 2 * (maxTime + GRACE) + 30 };
}

/** Reads the output of a probe; `problem` tells why it sent no request. */
export function readAnswers(output: string): { readonly answers: readonly Answer[] } | { readonly problem: string } {
  const lines = output.split('\n').filter(line => line.startsWith('cilium-mesh '));
  if (lines.includes('cilium-mesh no-tool')) {
    const needs = 'requests with a method need curl, ICMP needs ping, UDP bash or nc, SCTP ncat';
    return { problem: `its pods contain no curl, wget, bash or nc (${needs})` };
  }
  const answers = lines.flatMap(line => {
    const match = /^cilium-mesh (\w+) (\d+) ?(.*)$/.exec(line);
    return match ? [answerOf(match[1], Number(match[2]), match[3])] : [];
  });
  return answers.length > 0 ? { answers } : { problem: 'the probe printed nothing' };
}

/** Exit statuses of a tool that a limit ended: of SIGKILL, `timeout`, SIGTERM, and `read -t` of bash. */
const LIMITED = [137, 124, 143, 142];

/**
 * curl's exit statuses are those of its manual page (6 no name, 7 no connection, 28 timeout); other tools print words.
 */
function answerOf(tool: string, status: number, text: string): Answer {
  const measured = / ?cilium-mesh-measured (\d+) ([\d.,]+)(?: (\d+))?\s*$/.exec(text);
  const body = measured ? text.slice(0, measured.index) : text;
  if (tool === 'curl') {
    const [http, localPort] = [Number(measured?.[1] ?? 0), Number(measured?.[3] ?? 0)];
    const local = localPort > 0 ? { localPort } : {};
    if (http > 0) {
      return { kind: 'answered', http, body, ...local };
    }
    if (status === 6 || /resolving timed out|could not resolve/i.test(body)) {
      return { kind: 'unresolved' };
    }
    // a connection is enough: the destination need not speak HTTP
    if (status === 0 || Number((measured?.[2] ?? '0').replace(',', '.')) > 0) {
      return { kind: 'answered', body: status === 0 ? body : '', ...local };
    }
    return status === 28 || LIMITED.includes(status) ? { kind: 'silent' } : answerInWords(body);
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
  return LIMITED.includes(status) ? { kind: 'silent' } : answerInWords(body);
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
