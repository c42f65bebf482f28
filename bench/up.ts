import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';

const ROOT = path.join(__dirname, '..');
const PROGRAM = path.join(ROOT, 'lib', 'cilium-mesh.js');

/** Programs that take a fifteenth of what the real ones take, and answer as if everything went well. */
const STAND_IN = `#!/usr/bin/env bash
line="$(basename "$0") $*"
context=$(sed -n 's/.*--context \\([^ ]*\\).*/\\1/p' <<< "$line")
case "$line" in
  'kind get clusters'*) cat "$STATE/clusters" 2> /dev/null ;;
  'kind create'*) sleep 3; sed 's/.*--name \\([^ ]*\\).*/\\1/' <<< "$line" >> "$STATE/clusters" ;;
  *'owner=helm'*|*'--ignore-not-found'*) ;;
  *jsonpath*) echo same ;;
  'cilium install'*) sleep 0.7 ;;
  'cilium status'*) sleep 2.5 ;;
  'cilium clustermesh enable'*) sleep 0.7 ;;
  'cilium clustermesh connect'*) sleep 1 ;;
  'cilium clustermesh status --wait'*) sleep 1 ;;
  'cilium clustermesh status'*) cat "$STATE/clusters" ;;
  *apply*) sleep 0.3 ;;
esac
exit 0
`;

/** `up` beside its own script, which takes the same steps one after the other as the lab does. */
export function up(folder: string): void {
  for (const [count, limit] of [[2, 0.6], [8, 0.25]] as const) {
    const [sideBySide, oneByOne] = [measure(folder, count, false), measure(folder, count, true)];
    console.log(`up of ${count} clusters with simulated tools: ${sideBySide.toFixed(1)} s; one step after the other: ${oneByOne.toFixed(1)} s; ratio ${(sideBySide / oneByOne).toFixed(2)} (at most ${limit})`);
  }
}

function measure(folder: string, count: number, sequential: boolean): number {
  const at = fs.mkdtempSync(path.join(folder, 'up-'));
  const names = Array.from({ length: count }, (_, index) => `cluster${index + 1}`);
  for (const program of ['kind', 'cilium', 'kubectl']) {
    fs.writeFileSync(path.join(at, program), STAND_IN, { mode: 0o755 });
  }
  fs.writeFileSync(path.join(at, 'kind.yaml'), 'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n');
  fs.writeFileSync(path.join(at, 'all.yaml'), 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n');
  fs.writeFileSync(path.join(at, 'mesh.yaml'), `apiVersion: cilium-mesh/v1\nclusters:\n${names.map((name, index) => `- {name: ${name}, id: ${index + 1}, manifests: [all.yaml], kind: kind.yaml}\n`).join('')}`);
  const env = { ...process.env, STATE: at, PATH: `${at}${path.delimiter}${process.env.PATH}` };
  const script = spawnSync(process.execPath, [PROGRAM, 'up', '--dry-run', '--mesh', path.join(at, 'mesh.yaml')], { env, encoding: 'utf8' }).stdout;
  const start = process.hrtime.bigint();
  const { status, stderr } = sequential ? spawnSync('bash', ['-c', script], { env, encoding: 'utf8' })
    : spawnSync(process.execPath, [PROGRAM, 'up', '--mesh', path.join(at, 'mesh.yaml')], { env, encoding: 'utf8' });
  if (status !== 0) {
    throw new Error(`up failed with status ${status}:\n${stderr}`);
  }
  return Number(process.hrtime.bigint() - start) / 1e9;
}
