import { spawn } from 'child_process';
import { once } from 'events';
import * as fs from 'fs';
import * as path from 'path';
import { Fault, formatFault, HOOK, steadyCommands } from './fault';
import { meshTools } from '../test/support/mesh-tools';
import { StandIns } from '../test/support/stand-ins';

/** The most seconds that a run of the program may take. */
const LIMIT = 600;

/** How a run of the program ended. */
export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly err: string;
}

/** A folder with a mesh, and stand-ins for the programs that work on its clusters. */
export class World {
  public readonly tools: StandIns = meshTools();

  /** `program` is the bundle of cilium-mesh, `folder` has the mesh. */
  constructor(
    private readonly program: string,
    public readonly folder: string,
  ) {
    this.tools.hook(HOOK);
  }

  /** Takes what happened in another world: its programs, their clusters, and the state of cilium-mesh. */
  public continueFrom(other: World): void {
    const own = this.tools.env.HOME!;
    fs.cpSync(other.tools.env.HOME!, own, { recursive: true, filter: file => path.basename(file) !== 'tools' });
  }

  /** Runs the program to its end; one of its commands may have a fault. */
  public async run(args: readonly string[], fault?: Fault): Promise<Ended> {
    this.forgetCommands();
    if (fault) {
      fs.writeFileSync(this.file('fault'), formatFault(fault));
    }
    const child = spawn(process.execPath, [this.program, ...args], {
      cwd: this.folder,
      env: this.tools.env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    fs.writeFileSync(this.file('pid'), String(child.pid));
    const err: string[] = [];
    child.stderr.on('data', data => err.push(String(data)));
    const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT * 1000);
    const [status, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    clearTimeout(limit);
    child.stderr.destroy();
    return { status, signal, err: err.join('') };
  }

  /** The commands of the last run, but those that the clock starts. */
  public commands(): string[] {
    return steadyCommands(fs.readFileSync(this.file('commands'), 'utf8').trimEnd().split('\n'));
  }

  /** Whether the last run started the command with the fault. */
  public hadFault(): boolean {
    return fs.existsSync(this.file('faulty'));
  }

  /** Locks and notes of unfinished work that the program left. */
  public leftovers(): string[] {
    return ['locks', 'intents'].flatMap(kind => {
      const folder = path.join(this.tools.env.XDG_STATE_HOME!, 'cilium-mesh', kind);
      return fs.existsSync(folder) ? fs.readdirSync(folder).map(name => `${kind}/${name}`) : [];
    });
  }

  /** Commands that still run; known on Linux only. */
  public processes(): string[] {
    if (process.platform !== 'linux') {
      return [];
    }
    const own = `\0STATE=${this.tools.state}\0`;
    return fs
      .readdirSync('/proc')
      .filter(name => /^\d+$/.test(name))
      .flatMap(id => {
        try {
          const environment = fs.readFileSync(`/proc/${id}/environ`, 'utf8');
          return `\0${environment}`.includes(own) ? [readable(fs.readFileSync(`/proc/${id}/cmdline`, 'utf8'))] : [];
        } catch {
          return [];
        }
      });
  }

  /** A file of the stand-ins. */
  public file(name: string): string {
    return path.join(this.tools.state, name);
  }

  private forgetCommands(): void {
    for (const name of fs.readdirSync(this.tools.state)) {
      if (/^same-|^(fault|faulty|commands|log)$/.test(name)) {
        fs.rmSync(this.file(name));
      }
    }
  }
}

function readable(commandLine: string): string {
  return commandLine.split('\0').join(' ').trim().slice(0, 120);
}
