/** Firefox of the system, through Marionette: Playwright drives only its own build of it. */
import { spawn } from 'child_process';
import * as fs from 'fs';
import * as net from 'net';
import * as os from 'os';
import * as path from 'path';

export const FIREFOX = ['/usr/bin/firefox-esr', '/usr/bin/firefox'].find(file => fs.existsSync(file));

const STARTS_WITHIN = 60_000;

/** The browser loads and reports nothing of its own. A free port is chosen, and written into the profile. */
const PREFERENCES = `
user_pref("marionette.port", 0);
user_pref("app.update.disabledForTesting", true);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("services.settings.server", "data:,");
`;

/** Where a script runs: in the page, beside it with the rights of the browser, or in the browser's own process. */
type Scope = 'page' | 'process of the page' | 'browser';

export class Firefox {
  /** Starts a Firefox with a profile of its own. */
  static async start(binary: string): Promise<Firefox> {
    const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'firefox-'));
    fs.writeFileSync(path.join(profile, 'user.js'), PREFERENCES);
    // chrome scripts read the console
    const args = ['--headless', '--no-remote', '--profile', profile, '--marionette', '--remote-allow-system-access'];
    const browser = spawn(binary, args, { stdio: 'ignore', env: { ...process.env, MOZ_CRASHREPORTER_DISABLE: '1' } });
    const exited = new Promise<void>(resolve => browser.once('exit', () => resolve()));
    const quit = async () => {
      browser.kill();
      await exited;
      fs.rmSync(profile, { recursive: true, force: true });
    };
    try {
      const socket = await connect(path.join(profile, 'MarionetteActivePort'));
      const firefox = new Firefox(socket, quit);
      await firefox.ask('WebDriver:NewSession', {});
      return firefox;
    } catch (error) {
      await quit();
      throw error;
    }
  }

  private received = Buffer.alloc(0);
  private last = 0;
  private readonly waiting = new Map<number, { resolve(value: any): void; reject(error: Error): void }>();

  private constructor(private readonly socket: net.Socket, private readonly quit: () => Promise<void>) {
    socket.on('data', data => this.receive(data));
    socket.on('close', () => this.waiting.forEach(({ reject }) => reject(new Error('Firefox ended'))));
  }

  async goto(url: string): Promise<void> {
    await this.ask('Marionette:SetContext', { value: 'content' });
    await this.ask('WebDriver:Navigate', { url });
  }

  /** Evaluates the body of a function in the page. */
  async evaluate(script: string, ...args: readonly unknown[]): Promise<any> {
    return this.execute('page', script, args);
  }

  /** Evaluates the body of a function in the page until it returns something true, which is returned. */
  async until(script: string, ...args: readonly unknown[]): Promise<any> {
    for (const end = Date.now() + 30_000; ; ) {
      const value = await this.evaluate(script, ...args);
      if (value) {
        return value;
      }
      if (Date.now() > end) {
        throw new Error(`not true after 30 s: ${script}; the page shows: ${await this.text('body')}`);
      }
      await new Promise(resolve => setTimeout(resolve, 100));
    }
  }

  /** The text of the first element of a selector. */
  async text(selector: string): Promise<string> {
    return this.evaluate('return document.querySelector(arguments[0])?.innerText ?? ""', selector);
  }

  /** What pages of files and their workers print and throw, and what their policy forbids. */
  async console(): Promise<readonly string[]> {
    const printed = await this.execute(
      'process of the page',
      `return Cc['@mozilla.org/consoleAPI-storage;1'].getService(Ci.nsIConsoleAPIStorage).getEvents()
        .map(each => each.filename + ': console.' + each.level + ': ' + Array.from(each.arguments).join(' '));`,
    );
    const reported = await this.execute(
      'browser',
      'return Services.console.getMessageArray().map(each => each.QueryInterface(Ci.nsIConsoleMessage).message)',
    );
    return [...printed, ...reported].filter((each: string) => /file:\/\/|blob:null/.test(each));
  }

  async stop(): Promise<void> {
    this.socket.removeAllListeners('close');
    this.socket.destroy();
    await this.quit();
  }

  private async execute(scope: Scope, script: string, args: readonly unknown[] = []): Promise<any> {
    await this.ask('Marionette:SetContext', { value: scope === 'browser' ? 'chrome' : 'content' });
    const sandbox = scope === 'process of the page' ? 'system' : null;
    const { value } = await this.ask('WebDriver:ExecuteScript', { script, args, sandbox });
    return value;
  }

  /** Messages are a length, a colon, and JSON: `[0, id, command, parameters]`, answered by `[1, id, error, result]`. */
  private ask(command: string, parameters: object): Promise<any> {
    const id = ++this.last;
    const message = JSON.stringify([0, id, command, parameters]);
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.socket.write(`${Buffer.byteLength(message)}:${message}`);
    });
  }

  private receive(data: Buffer): void {
    this.received = Buffer.concat([this.received, data]);
    for (;;) {
      const colon = this.received.indexOf(':');
      const end = colon + 1 + Number(this.received.toString('latin1', 0, colon));
      if (colon < 0 || this.received.length < end) {
        return;
      }
      const message = JSON.parse(this.received.toString('utf8', colon + 1, end));
      this.received = this.received.subarray(end);
      // the first message says which protocol this is
      if (Array.isArray(message)) {
        this.answered(message[1], message[2], message[3]);
      }
    }
  }

  private answered(id: number, error: { error: string; message: string } | null, result: any): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (error) {
      waiting?.reject(new Error(`${error.error}: ${error.message}`));
    } else {
      waiting?.resolve(result);
    }
  }
}

/** Connects to the port that Firefox writes into a file once it listens. */
async function connect(file: string): Promise<net.Socket> {
  for (const end = Date.now() + STARTS_WITHIN; ; ) {
    const port = fs.existsSync(file) ? Number(fs.readFileSync(file, 'utf8')) : 0;
    if (port > 0) {
      return new Promise((resolve, reject) => {
        const socket = net.connect(port, '127.0.0.1');
        socket.once('error', reject).once('connect', () => resolve(socket));
      });
    }
    if (Date.now() > end) {
      throw new Error(`Firefox did not listen after ${STARTS_WITHIN / 1000} s`);
    }
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}
