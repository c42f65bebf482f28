#!/usr/bin/env node
/**
 * `curl` in a client's pod. Pods have no network here, so the file answers.json of the environment has the answers, by
 * client and host:
 *
 *     { "koornacht/default/x-wing": { "rebel-base": ["koornacht", "tion"], "elsewhere": "timeout" } }
 *
 * It gives several answers in turn, as a Service's backends would, also to parallel requests. The client is
 * <cluster>/<namespace>/<workload>.
 */
import * as fs from 'fs';
import * as path from 'path';

/** The supported options with a value. */
const VALUED = [
  '-m',
  '--max-time',
  '--connect-timeout',
  '-o',
  '--output',
  '-w',
  '--write-out',
  '-H',
  '--header',
  '-X',
  '--request',
  '--retry',
];
const FLAGS = [
  '-s',
  '--silent',
  '-S',
  '--show-error',
  '-f',
  '--fail',
  '-sS',
  '-fsS',
  '-sf',
  '-4',
  '-6',
  '-g',
  '--globoff',
  '-v',
  '--verbose',
  '--no-keepalive',
];

function main(args: readonly string[]): number {
  const values = new Map<string, string>();
  const urls: string[] = [];
  for (let index = 0; index < args.length; index++) {
    if (VALUED.includes(args[index])) {
      values.set(args[index], args[++index]);
    } else if (!args[index].startsWith('-')) {
      urls.push(args[index]);
    } else if (!FLAGS.includes(args[index])) {
      unknown(args[index]);
    }
  }
  const host = new URL(urls[0].includes('://') ? urls[0] : `http://${urls[0]}`).hostname;
  const answer = next(`${process.env.CLUSTER}/${process.env.POD_NAMESPACE}/${process.env.WORKLOAD}`, host);
  const silent = args.some(arg => (/^-f?s/.test(arg) && !arg.includes('S')) || arg === '--silent');
  const fail = (status: number, message: string) => {
    process.stderr.write(silent ? '' : `curl: (${status}) ${message}\n`);
    return status;
  };
  const report = (measured: { readonly [variable: string]: string }) =>
    process.stdout.write(
      (values.get('-w') ?? values.get('--write-out') ?? '')
        .replace(/%\{(\w+)\}/g, (_, name) => measured[name] ?? unknown(`the variable ${name}`))
        .replace(/\\n/g, '\n'),
    );
  if (answer === 'timeout' || answer === 'refused' || answer === undefined) {
    report({ http_code: '000', time_connect: '0.000000', local_port: '0' });
    return answer === 'timeout'
      ? fail(28, 'Connection timed out')
      : answer === 'refused'
        ? fail(7, `Failed to connect to ${host}`)
        : fail(6, `Could not resolve host: ${host}`);
  }
  const file = values.get('-o') ?? values.get('--output');
  if (file === undefined) {
    process.stdout.write(`${answer}\n`);
  } else {
    fs.writeFileSync(file, `${answer}\n`);
  }
  report({ http_code: '200', time_connect: '0.000123', local_port: '0' });
  return 0;
}

/** The next answer. Each turn is a file that only one of the requests can create. */
function next(client: string, host: string): string | undefined {
  const folder = process.env.ACCEPTANCE_ENVIRONMENT!;
  const file = path.join(folder, 'answers.json');
  const answers = [(fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : {})[client]?.[host] ?? []].flat();
  const turns = path.join(folder, 'turns', `${client.replaceAll('/', '.')}.${host}`);
  fs.mkdirSync(turns, { recursive: true });
  for (let turn = fs.readdirSync(turns).length; ; turn++) {
    try {
      fs.closeSync(fs.openSync(path.join(turns, String(turn)), 'wx'));
      return answers[turn % answers.length];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw error;
      }
    }
  }
}

function unknown(what: string): never {
  throw new Error(`the stand-in for curl does not know ${what}`);
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 2;
}
