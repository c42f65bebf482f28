import { createHash, randomUUID } from 'crypto';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';

/** The oldest rendering that is kept without being used, in milliseconds. */
const MAX_AGE = 30 * 24 * 60 * 60 * 1000;

/** Keeps renderings by the hash of what they are made from. */
export interface RenderStore {
  read(key: string): string | undefined;
  write(key: string, text: string): void;
}

const HEAD = '# cilium-mesh rendering sha256:';

/**
 * Renderings by the hash of everything that they are made from, in
 * `${XDG_CACHE_HOME:-~/.cache}/cilium-mesh/renderings/`. The folder may be deleted at any time. Renderings may contain
 * Secrets, so only the user may read them.
 *
 * A file appears completely or not at all, and begins with the hash of its content. Whatever goes wrong with the files,
 * the source is rendered again.
 */
export class RenderCache implements RenderStore {
  private readonly folder: string;

  constructor(
    env: NodeJS.ProcessEnv,
    private readonly now: () => number,
  ) {
    const { XDG_CACHE_HOME: home = '' } = env;
    // the specification: relative paths are invalid
    const cache = path.isAbsolute(home) ? home : path.join(env.HOME ?? os.homedir(), '.cache');
    this.folder = path.join(cache, 'cilium-mesh', 'renderings');
  }

  read(key: string): string | undefined {
    try {
      const file = this.fileOf(key);
      const content = fs.readFileSync(file, 'utf8');
      const end = content.indexOf('\n');
      const text = content.slice(end + 1);
      if (content.slice(0, end) !== head(text)) {
        return undefined;
      }
      fs.utimesSync(file, this.now() / 1000, this.now() / 1000);
      return text;
    } catch {
      return undefined;
    }
  }

  write(key: string, text: string): void {
    const written = path.join(this.folder, `.${randomUUID()}`);
    try {
      fs.mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      fs.writeFileSync(written, `${head(text)}\n${text}`, { mode: 0o600, flag: 'wx' });
      fs.renameSync(written, this.fileOf(key));
      this.removeOld();
    } catch {
      fs.rmSync(written, { force: true });
    }
  }

  private removeOld(): void {
    for (const name of fs.readdirSync(this.folder)) {
      const file = path.join(this.folder, name);
      if (this.now() - fs.statSync(file).mtimeMs > MAX_AGE) {
        fs.rmSync(file, { force: true });
      }
    }
  }

  private fileOf(key: string): string {
    return path.join(this.folder, `${createHash('sha256').update(key).digest('hex')}.yaml`);
  }
}

function head(text: string): string {
  return `${HEAD}${createHash('sha256').update(text).digest('hex')}`;
}
