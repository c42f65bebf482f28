import { spawn, spawnSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';

const ROOT = path.join(__dirname, '..');
const PROGRAM = path.join(ROOT, 'lib', 'cilium-mesh.js');
const STAND_IN = path.join(ROOT, 'test', 'support', 'stand-ins', 'kubectl.js');
const CLUSTERS = ['a', 'b', 'c'];
const OBJECTS = 5000;

/**
 * kubectl in front of API servers that take 5 ms for a request. It sends one request for each object to apply or read,
 * and two to compare it, one after the other (kubectl/pkg/cmd/diff/diff.go, v1.36: concurrency 1).
 */
const KUBECTL = `#!/usr/bin/env node
const fs = require('fs');
const { kubectl } = require(${JSON.stringify(STAND_IN)});
const args = process.argv.slice(2);
const input = args.includes('-') ? fs.readFileSync(0, 'utf8') : '';
const objects = (input.match(/"kind":"ConfigMap"/g) ?? []).length;
const requests = args.includes('diff') ? 2 * objects : Math.max(1, objects);
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5 * requests);
const { status, out, err } = kubectl(args, input, process.env);
fs.writeSync(2, err);
process.stdout.write(out);
process.exitCode = status;
`;

/** Compares a plan of objects that did not change with `kubectl diff` of the same objects, in all clusters at once. */
export async function plan(folder: string, program: string = PROGRAM): Promise<void> {
  const cwd = fs.mkdtempSync(path.join(folder, 'plan-'));
  fs.mkdirSync(path.join(cwd, 'bin'));
  fs.mkdirSync(path.join(cwd, 'state'));
  fs.writeFileSync(path.join(cwd, 'bin', 'kubectl'), KUBECTL, { mode: 0o755 });
  writeMesh(cwd);
  const env = {
    ...process.env,
    PATH: `${path.join(cwd, 'bin')}${path.delimiter}${process.env.PATH}`,
    STATE: path.join(cwd, 'state'),
    XDG_STATE_HOME: path.join(cwd, 'home'),
  };
  const mesh = ['--mesh', 'mesh.yaml', '--ignore-findings'];
  const applied = spawnSync(process.execPath, [program, 'apply', '--yes', ...mesh], { cwd, env, encoding: 'utf8' });
  if (applied.status !== 0) {
    throw new Error(`apply failed with status ${applied.status}:\n${applied.stderr}`);
  }
  const started = Date.now();
  const planned = spawnSync(process.execPath, [program, 'plan', 'apply', ...mesh], { cwd, env, encoding: 'utf8' });
  const planSeconds = (Date.now() - started) / 1000;
  if (planned.status !== 0 || planned.stdout !== 'Nothing to change.\n') {
    throw new Error(`plan ended with status ${planned.status}:\n${planned.stdout}${planned.stderr}`);
  }
  const diffSeconds = await diffAll(cwd, env);
  const ratio = (planSeconds / diffSeconds).toFixed(2);
  console.log(
    `plan of ${OBJECTS} unchanged objects in ${CLUSTERS.length} clusters with a simulated kubectl: ` +
      `${planSeconds.toFixed(1)} s; kubectl diff: ${diffSeconds.toFixed(1)} s; ratio ${ratio} (at most 3)`,
  );
}

/** The time of `kubectl diff` in all clusters side by side. */
async function diffAll(cwd: string, env: NodeJS.ProcessEnv): Promise<number> {
  const start = Date.now();
  await Promise.all(
    CLUSTERS.map(
      (name, index) =>
        new Promise<void>((resolve, reject) => {
          const child = spawn('kubectl', ['--context', name, 'diff', '--server-side', '-f', '-'], {
            cwd,
            env,
            stdio: ['pipe', 'ignore', 'inherit'],
          });
          child.on('error', reject);
          child.on('close', () => resolve());
          child.stdin.end(configMaps(index).map(each => JSON.stringify(each)).join('\n---\n'));
        }),
    ),
  );
  return (Date.now() - start) / 1000;
}

/** The objects of a cluster. */
function configMaps(cluster: number): object[] {
  const count = Math.floor(OBJECTS / CLUSTERS.length) + (cluster < OBJECTS % CLUSTERS.length ? 1 : 0);
  return Array.from({ length: count }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `settings-${index}`, namespace: 'default' },
    data: { value: String(index) },
  }));
}

function writeMesh(folder: string): void {
  const clusters = CLUSTERS.map(
    (name, index) => `- {name: ${name}, id: ${index + 1}, manifests: [${name}.yaml], context: ${name}}\n`,
  );
  fs.writeFileSync(path.join(folder, 'mesh.yaml'), `apiVersion: cilium-mesh/v1\nclusters:\n${clusters.join('')}`);
  CLUSTERS.forEach((name, index) =>
    fs.writeFileSync(
      path.join(folder, `${name}.yaml`),
      configMaps(index).map(each => JSON.stringify(each)).join('\n---\n'),
    ),
  );
}
