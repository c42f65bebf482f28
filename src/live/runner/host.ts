import * as dgram from 'dgram';
import * as fs from 'fs';
import * as net from 'net';
import * as os from 'os';
import * as path from 'path';
import { HostPort } from '../plans/host';

/** What can be told of a port without publishing it. */
export type PortState = 'free' | 'in-use' | 'not-our-address' | 'unknown';

/** What is looked at of the host. Reads only; `undefined` is what this system does not tell. */
export interface Host {
  readonly name: string;
  readonly cpus: number;
  /** Bytes that programs can still have. */
  freeMemory(): number;
  /** A program's file, if it is in the path. */
  find(program: string): string | undefined;
  sysctl(name: string): number | undefined;
  /** Bytes that are free where this folder is. */
  freeDisk(folder: string): number | undefined;
  port(port: HostPort): Promise<PortState>;
}

/** The host on which the program runs. */
export function thisHost(env: NodeJS.ProcessEnv): Host {
  return {
    name: os.hostname(),
    cpus: os.availableParallelism(),
    freeMemory,
    find: program => (env.PATH ?? '').split(path.delimiter).map(folder => path.join(folder, program)).find(isExecutable),
    sysctl: name => attempt(() => Number(fs.readFileSync(`/proc/sys/${name.replace(/\./g, '/')}`, 'utf8'))),
    freeDisk: folder => attempt(() => {
      const { bavail, bsize } = fs.statfsSync(folder);
      return bavail * bsize;
    }),
    port: ({ port, protocol, address }) => protocol === 'TCP' ? tcp(port, address) : protocol === 'UDP' ? udp(port, address) : Promise.resolve('unknown'),
  };
}

/** Memory that is free or can be freed; what node calls free leaves out the file cache. */
function freeMemory(): number {
  const available = attempt(() => /^MemAvailable:\s*(\d+) kB/m.exec(fs.readFileSync('/proc/meminfo', 'utf8'))?.[1]);
  return available === undefined ? os.freemem() : Number(available) * 1024;
}

function tcp(port: number, address: string): Promise<PortState> {
  return new Promise(resolve => {
    const server = net.createServer();
    server.once('error', error => {
      const state = stateOf(error);
      // a port that only the container runtime may take: whether somebody listens can still be asked
      resolve(state === 'unknown' ? connects(port, address).then(connected => connected ? 'in-use' : 'unknown') : state);
    });
    server.listen({ port, host: address, exclusive: true, ipv6Only: true }, () => server.close(() => resolve('free')));
  });
}

function connects(port: number, address: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = net.connect({ port, host: address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address, timeout: 1000 });
    const ended = (connected: boolean) => {
      socket.destroy();
      resolve(connected);
    };
    socket.once('connect', () => ended(true)).once('error', () => ended(false)).once('timeout', () => ended(false));
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
  return attempt(() => {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  }) ?? false;
}

function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}
