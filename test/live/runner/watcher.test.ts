import { spawn } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';
import { temporaryFolder } from '../../support/folder';
import { until } from '../../support/stand-ins';

const ROOT = path.join(__dirname, '..', '..', '..');

/** A program that runs a command, and what the command is. */
function start(folder: string, script: string) {
  const program = `
    const { Processes } = require('${ROOT}/src/live/runner/processes');
    const { startWatcher } = require('${ROOT}/src/live/runner/watcher');
    require('fs').writeFileSync('${folder}/watcher', String(startWatcher()));
    new Processes(process.env).run({ program: 'bash', args: ['-c', ${JSON.stringify(script)}] });`;
  const file = path.join(folder, 'program.ts');
  fs.writeFileSync(file, program);
  return spawn(process.execPath, ['--import', 'tsx', file], { cwd: ROOT, stdio: 'ignore' });
}

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return !/\) Z /.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

test.each([
  ['', 'a process that ends by itself when asked'],
  ["trap '' TERM; ", 'a process that ignores SIGTERM'],
])('%s%s ends with a program that is killed', async trap => {
  const folder = temporaryFolder();
  const read = (name: string) => Number(fs.readFileSync(path.join(folder, name), 'utf8'));
  const program = start(folder, `${trap}echo $$ > ${folder}/child.new; mv ${folder}/child.new ${folder}/child; while :; do sleep 1; done`);
  await until(() => fs.existsSync(path.join(folder, 'child')));
  const [child, watcher] = [read('child'), read('watcher')];
  expect([isAlive(child), isAlive(watcher)]).toEqual([true, true]);
  program.kill('SIGKILL');
  await until(() => !isAlive(child) && !isAlive(watcher));
}, 30_000);

test('the watcher ends with a program that ends by itself', async () => {
  const folder = temporaryFolder();
  const program = start(folder, ':');
  await new Promise(resolve => program.on('close', resolve));
  const watcher = Number(fs.readFileSync(path.join(folder, 'watcher'), 'utf8'));
  await until(() => !isAlive(watcher));
}, 30_000);
