import { once } from 'events';
import * as fs from 'fs';
import { createRequire } from 'module';
import * as net from 'net';
import * as path from 'path';

const { kubectl } = createRequire(__filename)('../test/support/stand-ins/kubectl.js');

/**
 * Answers for kubectl in this process, one command after the other: processes of their own would each read and write
 * the objects of a cluster as if they were alone, and take most of the time of a run.
 *
 * Returns the text of the stand-in, for bash: it writes its arguments and input beside each other in `$STATE`, sends
 * the name of these files, and gets the status once the files with the answer are there.
 */
export async function kubectlStandIn(): Promise<string> {
  const server = net.createServer(socket => {
    socket.on('error', () => undefined);
    socket.once('data', data => socket.end(`${answer(data.toString().trim())}\n`));
  });
  server.unref();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  return [
    'call="$STATE/call-$$"',
    'printf "%s\\0" "$@" > "$call"',
    'if [[ " $line " == *" - "* ]]; then cat > "$call.in"; else : > "$call.in"; fi',
    `exec 4<> /dev/tcp/127.0.0.1/${port}`,
    'echo "$call" >&4',
    'read -r status <&4 || exit 1',
    'cat "$call.out"',
    'cat "$call.err" >&2',
    'exit "$status"',
  ].join('\n');
}

/** Carries out the command of a call, and writes what it prints; returns its status. */
function answer(call: string): number {
  const { status, out, err } = resultOf(call);
  fs.writeFileSync(`${call}.out`, out);
  fs.writeFileSync(`${call}.err`, err);
  return status;
}

/** An input that a fault has cut ends a command, not this process. */
function resultOf(call: string): { readonly status: number; readonly out: string; readonly err: string } {
  const args = fs.readFileSync(call, 'utf8').split('\0').slice(0, -1);
  try {
    return kubectl(args, fs.readFileSync(`${call}.in`, 'utf8'), { STATE: path.dirname(call) });
  } catch (error) {
    return { status: 1, out: '', err: `${error}\n` };
  }
}
