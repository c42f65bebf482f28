import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';

const ROOT = path.join(__dirname, '..');
const PROGRAM = path.join(ROOT, 'lib', 'cilium-mesh.js');

/** Programs that take a fifteenth of what the real ones take, answer as if everything went well, and write down what they changed. */
const STAND_IN = `#!/usr/bin/env bash
line="$(basename "$0") $*"
acts() { echo "$line" >> "$STATE/acts"; sleep "$1"; }
case "$line" in
  'docker -v') echo 'Docker version 28.3.2, build 578ccf6' ;;
  'docker info'*) echo '{"ServerVersion":"28.3.2","Name":"elsewhere","OperatingSystem":"Docker Desktop","CgroupVersion":"2","NCPU":64,"MemTotal":256000000000}' ;;
  'kind version') echo 'kind v0.33.0 go1.26.0 linux/amd64' ;;
  'cilium version --client') echo 'cilium-cli: v0.20.0 compiled with go1.26.2 on linux/amd64' ;;
  'kubectl version --client'*) echo '{"clientVersion": {"gitVersion": "v1.36.3"}}' ;;
  'kind get clusters'*) cat "$STATE/clusters" 2> /dev/null ;;
  'kind create'*) acts 3; sed 's/.*--name \\([^ ]*\\).*/\\1/' <<< "$line" >> "$STATE/clusters" ;;
  *'get secret cilium-ca -o yaml'*) echo authority ;;
  *'get secret cilium-ca -o jsonpath'*) echo certificate ;;
  # nothing is installed, pending, applied or marked yet
  'kubectl'*' get '*) ;;
  'cilium install'*) acts 0.7 ;;
  'cilium status'*) acts 2.5 ;;
  'cilium clustermesh enable'*) acts 0.7 ;;
  'cilium clustermesh connect'*) acts 1 ;;
  'cilium clustermesh status --wait'*) acts 1 ;;
  'cilium clustermesh status'*) sed 's/.*/  - &: 1\\/1 configured, 1\\/1 connected/' "$STATE/clusters" ;;
  *apply*) acts 0.3 ;;
  *) acts 0 ;;
esac
exit 0
`;

/** What a way to make a mesh took, and what it did. */
interface Run {
  readonly seconds: number;
  readonly acts: readonly string[];
}

/** `up` beside its own script, which takes the same steps one after the other as the lab does. */
export function up(folder: string): void {
  for (const [count, limit] of [[2, 0.6], [8, 0.25]] as const) {
    const [sideBySide, oneByOne] = [measure(folder, count, false), measure(folder, count, true)];
    if (sideBySide.acts.join('\n') !== oneByOne.acts.join('\n')) {
      throw new Error(`the two did not do the same:\n${sideBySide.acts.join('\n')}\n\n${oneByOne.acts.join('\n')}`);
    }
    const times = `${sideBySide.seconds.toFixed(1)} s; one step after the other: ${oneByOne.seconds.toFixed(1)} s; ratio ${(sideBySide.seconds / oneByOne.seconds).toFixed(2)}`;
    console.log(`up of ${count} clusters with simulated tools: ${times} (at most ${limit}); ${oneByOne.acts.length} acts each`);
  }
}

function measure(folder: string, count: number, sequential: boolean): Run {
  const at = fs.mkdtempSync(path.join(folder, 'up-'));
  const names = Array.from({ length: count }, (_, index) => `cluster${index + 1}`);
  const files = {
    'kind.yaml': 'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n',
    'all.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: prices, namespace: shop}\n',
    'mesh.yaml': `apiVersion: cilium-mesh/v1\nclusters:\n${names.map((name, index) => `- {name: ${name}, id: ${index + 1}, manifests: [all.yaml], kind: kind.yaml}\n`).join('')}`,
    'acts': '',
  };
  Object.entries(files).forEach(([file, text]) => fs.writeFileSync(path.join(at, file), text));
  ['docker', 'kind', 'cilium', 'kubectl'].forEach(program => fs.writeFileSync(path.join(at, program), STAND_IN, { mode: 0o755 }));
  // locks and intents of their own, and docker whatever this host has
  const env = { ...process.env, STATE: at, XDG_STATE_HOME: at, KIND_EXPERIMENTAL_PROVIDER: 'docker', DOCKER_HOST: '', PATH: `${at}${path.delimiter}${process.env.PATH}` };
  const run = (program: string, ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(program, args, { cwd: at, env, encoding: 'utf8' });
    if (status !== 0) {
      throw new Error(`up failed with status ${status}:\n${stderr}`);
    }
    return stdout;
  };
  const script = run(process.execPath, PROGRAM, 'up', '--dry-run', '--mesh', 'mesh.yaml');
  const start = process.hrtime.bigint();
  sequential ? run('bash', '-c', script) : run(process.execPath, PROGRAM, 'up', '--mesh', 'mesh.yaml');
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  return { seconds, acts: fs.readFileSync(path.join(at, 'acts'), 'utf8').trimEnd().split('\n').sort() };
}
