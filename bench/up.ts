import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';
import { changes, meshTools } from '../test/support/mesh-tools';

const ROOT = path.join(__dirname, '..');
const PROGRAM = path.join(ROOT, 'lib', 'cilium-mesh.js');

/** Each step takes a fifteenth of its real time. */
const DELAYS = `case "$line" in
  'kind create'*) sleep 3 ;;
  'cilium install'* | 'cilium clustermesh enable'*) sleep 0.7 ;;
  'cilium status'*) sleep 2.5 ;;
  'cilium clustermesh connect'* | 'cilium clustermesh status --wait'*) sleep 1 ;;
  *' apply '*) sleep 0.3 ;;
esac`;

/** The time of one way to create a mesh, and its changes. */
interface Run {
  readonly seconds: number;
  readonly changes: readonly string[];
}

/** Compares `up` with its script, which takes the same steps one after the other, like the instructions of the lab. */
export function up(folder: string): void {
  for (const [count, limit] of [
    [2, 0.6],
    [8, 0.25],
  ] as const) {
    const [sideBySide, oneByOne] = [measure(folder, count, false), measure(folder, count, true)];
    if (sideBySide.changes.join('\n') !== oneByOne.changes.join('\n')) {
      throw new Error(`the changes differ:\n${sideBySide.changes.join('\n')}\n\n${oneByOne.changes.join('\n')}`);
    }
    const ratio = (sideBySide.seconds / oneByOne.seconds).toFixed(2);
    const times = `${sideBySide.seconds.toFixed(1)} s; one step after the other: ${oneByOne.seconds.toFixed(1)} s`;
    const figures = `${times}; ratio ${ratio} (at most ${limit}); ${oneByOne.changes.length} changes each`;
    console.log(`up of ${count} clusters with simulated tools: ${figures}`);
  }
}

function measure(folder: string, count: number, sequential: boolean): Run {
  const cwd = fs.mkdtempSync(path.join(folder, 'up-'));
  writeMesh(cwd, count);
  const tools = meshTools();
  tools.hook(DELAYS);
  const run = (program: string, ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(program, args, { cwd, env: tools.env, encoding: 'utf8' });
    if (status !== 0) {
      throw new Error(`up failed with status ${status}:\n${stderr}`);
    }
    return stdout;
  };
  const script = run(process.execPath, PROGRAM, 'up', '--script', '--mesh', 'mesh.yaml');
  const start = process.hrtime.bigint();
  sequential ? run('bash', '-c', script) : run(process.execPath, PROGRAM, 'up', '--yes', '--mesh', 'mesh.yaml');
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  // a script keeps no records of clusters
  const made = changes(tools.log()).filter(line => !line.includes('cilium-mesh-cilium-mesh'));
  return { seconds, changes: made.sort() };
}

function writeMesh(folder: string, count: number): void {
  const clusters = Array.from(
    { length: count },
    (_, index) => `- {name: cluster${index + 1}, id: ${index + 1}, manifests: [all.yaml], kind: kind.yaml}\n`,
  );
  const files = {
    'kind.yaml': 'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n',
    'all.yaml':
      'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\n' +
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: prices, namespace: shop}\n',
    'mesh.yaml': `apiVersion: cilium-mesh/v1\nclusters:\n${clusters.join('')}`,
  };
  Object.entries(files).forEach(([file, text]) => fs.writeFileSync(path.join(folder, file), text));
}
