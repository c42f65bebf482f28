import * as dgram from 'dgram';
import * as fs from 'fs';
import * as net from 'net';
import * as os from 'os';
import * as path from 'path';
import { HostPort } from '../plans/host';

/** The state of a port, as far as it can be found without publishing the port. */
export type PortState = 'free' | 'in-use' | 'not-our-address' | 'unknown';

/** Facts about the host. Reads only; `undefined` where the system does not provide a fact. */
export interface Host {
  readonly name: string;
  readonly cpus: number;
  readonly env: NodeJS.ProcessEnv;
  /** Bytes that programs can still allocate. */
  freeMemory(): number;
  /** The file of a program in the path. */
  find(program: string): string | undefined;
  sysctl(name: string): number | undefined;
  /** Free bytes of the file system with this folder. */
  freeDisk(folder: string): number | undefined;
  port(port: HostPort): Promise<PortState>;
}

/** The host that the program runs on. */
export function thisHost(env: NodeJS.ProcessEnv): Host {
  return {
    name: os.hostname(),
    cpus: os.availableParallelism(),
    env,
    freeMemory,
    find: program =>
      (env.PATH ?? '')
        .split(path.delimiter)
        .map(folder => path.join(folder, program))
        .find(isExecutable),
    sysctl: name => attempt(() => Number(fs.readFileSync(`/proc/sys/${name.replace(/\./g, '/')}`, 'utf8'))),
    freeDisk: folder =>
      attempt(() => {
        const { bavail, bsize } = fs.statfsSync(folder);
        return bavail * bsize;
      }),
    port: async ({ port, protocol, address }) => {
      return protocol === 'TCP' ? tcp(port, address) : protocol === 'UDP' ? udp(port, address) : 'unknown';
    },
  };
}

/** Memory that is free or can be freed; Node.js's free memory leaves out the file cache. */
function freeMemory(): number {
  const read = () => /^MemAvailable:\s*(\d+) kB/m.exec(fs.readFileSync('/proc/meminfo', 'utf8'))?.[1];
  const available = attempt(read);
  return available === undefined ? os.freemem() : Number(available) * 1024;
}

function tcp(port: number, address: string): Promise<PortState> {
  return new Promise(resolve => {
    const server = net.createServer();
    server.once('error', error => {
      const state = stateOf(error);
      // only the container runtime may take the port; a connection still shows whether a program listens there
      const listens = () => connects(port, address).then(connected => (connected ? 'in-use' : 'unknown'));
      resolve(state === 'unknown' ? listens() : state);
    });
    server.listen({ port, host: address, exclusive: true, ipv6Only: true }, () => server.close(() => resolve('free')));
  });
}

function connects(port: number, address: string): Promise<boolean> {
  return new Promise(resolve => {
    const host = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address;
    const socket = net.connect({ port, host, timeout: 1000 });
    const finish = (connected: boolean) => {
      socket.destroy();
      resolve(connected);
    };
    socket
      .once('connect', () => finish(true))
      .once('error', () => finish(false))
      .once('timeout', () => finish(false));
  });
}

function udp(port: number, address: string): Promise<PortState> {
  return new Promise(resolve => {
    const socket = dgram.createSocket({ type: net.isIPv6(address) ? 'udp6' : 'udp4', ipv6Only: net.isIPv6(address) });
    socket.once('error', error => {
      socket.close();
      resolve(stateOf(error));
    });
    socket.bind({ port, address, exclusive: true }, () => socket.close(() => resolve('free')));
  });
}

function stateOf(error: NodeJS.ErrnoException): PortState {
  return error.code === 'EADDRINUSE' ? 'in-use' : error.code === 'EADDRNOTAVAIL' ? 'not-our-address' : 'unknown';
}

function isExecutable(file: string): boolean {
  return (
    attempt(() => {
      fs.accessSync(file, fs.constants.X_OK);
      return fs.statSync(file).isFile();
    }) ?? false
  );
}

function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}
