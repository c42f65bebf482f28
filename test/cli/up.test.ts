/** `up` with stand-ins for kind, cilium and kubectl that write down what they are asked and remember what they were told to make. */
import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';
import { folderOf, program } from '../support/program';

jest.setTimeout(60_000); // it starts hundreds of processes

const cwd = process.cwd();
const { env } = process;

/** A program that logs its arguments to $STATE/log, fails where $FAIL matches, and keeps the state of the clusters in files. */
const STAND_IN = `#!/usr/bin/env bash
set -euo pipefail
line="\${0##*/} $*"
echo "start $line" >> "$STATE/log"
trap 'echo "end $line" >> "$STATE/log"' EXIT
if [[ -n "\${FAIL:-}" && "$line" == *"$FAIL"* ]]; then echo "it is broken" >&2; exit 3; fi
context=""
if [[ "$line" =~ --context\\ ([^ ]*) ]]; then context="\${BASH_REMATCH[1]}"; fi
case "$line" in
  'docker -v') echo 'Docker version 28.3.2, build 578ccf6' ;;
  'docker info'*) echo '{"ServerVersion":"28.3.2","Name":"elsewhere","OperatingSystem":"Docker Desktop","CgroupVersion":"2","NCPU":8,"MemTotal":64000000000}' ;;
  'kind version') echo 'kind v0.33.0 go1.26.0 linux/amd64' ;;
  'cilium version --client') echo 'cilium-cli: main-62bccdec3fb9 compiled with go1.26.2 on linux/amd64' ;;
  'kubectl version --client'*) echo '{"clientVersion": {"gitVersion": "v1.36.3"}}' ;;
  'kind get clusters'*) cat "$STATE/clusters" 2> /dev/null || true ;;
  'kind create'*) sleep "\${SLEEP:-0}"; [[ "$line" =~ --name\\ ([^ ]*) ]]; echo "\${BASH_REMATCH[1]}" >> "$STATE/clusters" ;;
  *kubeadm-config*) printf 'networking:\\n  podSubnet: %s\\n  serviceSubnet: %s\\n' "10.$([[ $context == *tion ]] && echo 2 || echo 1).0.0/16" "172.20.$([[ $context == *tion ]] && echo 2 || echo 1).0/24" ;;
  *'owner=helm'*) cat "$STATE/installed-$context" 2> /dev/null || true ;;
  *'get secret cilium-ca --ignore-not-found'*) cat "$STATE/authority-$context" 2> /dev/null || true ;;
  *'get secret cilium-ca -o yaml'*) echo 'secret key' ;;
  *'create -f -'*) cat > "$STATE/received-$context"; echo secret/cilium-ca > "$STATE/authority-$context" ;;
  *jsonpath*ca*) [[ "\${OTHER_AUTHORITY:-}" == "$context" ]] && echo other || echo certificate ;;
  'cilium install'*) sleep "\${SLEEP:-0}"; echo secret/sh.helm.release.v1.cilium.v1 > "$STATE/installed-$context" ;;
  'cilium clustermesh status --context'*) echo 'Cluster Connections:'; echo '  - koornacht: 3/3 configured'; echo '  - tion: 3/3 configured' ;;
esac
`;

let state: string;

beforeEach(() => {
  const folder = folderOf('isovalent-lab');
  state = path.join(folder, 'state');
  const bin = path.join(folder, 'bin');
  fs.mkdirSync(state);
  fs.mkdirSync(bin);
  ['docker', 'kind', 'cilium', 'kubectl'].forEach(name => fs.writeFileSync(path.join(bin, name), STAND_IN, { mode: 0o755 }));
  process.chdir(folder);
  process.env = { ...env, STATE: state, XDG_STATE_HOME: path.join(folder, 'home'), KIND_EXPERIMENTAL_PROVIDER: '', DOCKER_HOST: '', PATH: `${bin}${path.delimiter}${env.PATH}` };
});

afterEach(() => {
  process.env = env;
  process.chdir(cwd);
});

const log = () => fs.readFileSync(path.join(state, 'log'), 'utf8').trimEnd().split('\n');
const acts = () => log().filter(line => line.startsWith('start ') && !/ get |get clusters| wait --for=delete | status --context|(docker|kind|cilium|kubectl) (-v|info|version)/.test(line)).map(line => line.slice('start '.length));
const position = (text: string) => {
  const index = log().findIndex(line => line.includes(text));
  expect([text, index >= 0]).toEqual([text, true]);
  return index;
};

test('the lab, in an order that works', async () => {
  const { status, err } = await program('up');
  expect([status, err]).toEqual([0, expect.stringContaining('done tion: wait for the workloads')]);
  expect(acts().sort()).toEqual([
    'cilium clustermesh connect --destination-context kind-tion --connection-mode bidirectional --context kind-koornacht',
    ...['kind-koornacht', 'kind-koornacht', 'kind-tion', 'kind-tion'].map(context => `cilium clustermesh status --wait --wait-duration 10m --context ${context}`),
    'cilium install --version 1.20.2 --values dist/mesh/koornacht.values.yaml --context kind-koornacht',
    'cilium install --version 1.20.2 --values dist/mesh/tion.values.yaml --context kind-tion',
    'cilium status --wait --wait-duration 10m --context kind-koornacht',
    'cilium status --wait --wait-duration 10m --context kind-tion',
    'kind create cluster --name koornacht --config dist/mesh/koornacht.kind.yaml',
    'kind create cluster --name tion --config dist/mesh/tion.kind.yaml',
    ...['kind-koornacht', 'kind-tion'].flatMap(context => [
      `kubectl --context ${context} -n kube-system delete secret -l owner=helm,name=cilium,status=failed`,
      `kubectl --context ${context} -n default rollout status deployment/rebel-base --timeout=10m`,
      `kubectl --context ${context} -n default rollout status deployment/x-wing --timeout=10m`,
    ]),
    ...['kind-koornacht', 'kind-tion'].flatMap(context => [
      `kubectl --context ${context} -n kube-system create configmap created-by-cilium-mesh`,
      ...Array(2).fill(`kubectl --context ${context} apply --server-side --validate=strict --dry-run=server -f -`),
      ...['objects', 'backends'].map(set => `kubectl --context ${context} apply --server-side --validate=strict --prune --applyset=applysets.cdk8s-cilium-mesh.github.io/cilium-mesh-${set} -f -`),
    ]),
    'kubectl --context kind-tion create -f -',
  ].sort());
  expect(position('end cilium install --version 1.20.2 --values dist/mesh/koornacht')).toBeLessThan(position('start kubectl --context kind-tion create -f -'));
  expect(position('end kubectl --context kind-tion create -f -')).toBeLessThan(position('start cilium install --version 1.20.2 --values dist/mesh/tion'));
  expect(position('end cilium clustermesh status --wait --wait-duration 10m --context kind-tion')).toBeLessThan(position('start cilium clustermesh connect'));
  expect(position('end cilium clustermesh connect')).toBeLessThan(position('start kubectl --context kind-koornacht apply'));
  expect(position('end kubectl --context kind-koornacht apply')).toBeLessThan(position('start kubectl --context kind-koornacht -n default rollout status'));
});

test('the certificate authority goes from process to process, and nowhere else', async () => {
  const { out, err } = await program('up');
  expect(fs.readFileSync(path.join(state, 'received-kind-tion'), 'utf8')).toBe('secret key\n');
  expect(log().join('\n') + out + err).not.toContain('secret key');
});

test('clusters are created side by side', async () => {
  process.env.SLEEP = '0.3';
  await program('up');
  expect(position('start kind create cluster --name tion')).toBeLessThan(position('end kind create cluster --name koornacht'));
});

test('a second run makes nothing again', async () => {
  await program('up');
  fs.rmSync(path.join(state, 'log'));
  const { status, err } = await program('up');
  expect(status).toBe(0);
  expect(err).toContain('done koornacht: create the kind cluster (before)');
  expect(acts().filter(line => /kind create|cilium install|create -f/.test(line))).toEqual([]);
});

test.each(['kind create cluster --name tion', 'cilium install --version 1.20.2 --values dist/mesh/tion', 'clustermesh status --wait --wait-duration 10m --context kind-koornacht', 'clustermesh connect', 'kind-tion apply'])(
  'where %s fails, it says so, and the next run goes on', async broken => {
    process.env.FAIL = broken;
    const { status, err } = await program('up');
    expect(status).toBe(1);
    expect(err).toMatch(/^FAILED (tion|koornacht|connect)/m);
    expect(err).toContain('status:  3');
    expect(err).toContain('it is broken');
    expect(err).toContain(broken.replace('kind-tion apply', 'kubectl --context kind-tion apply'));
    delete process.env.FAIL;
    expect((await program('up')).status).toBe(0);
  });

test('a cluster with an authority of its own is not touched', async () => {
  process.env.OTHER_AUTHORITY = 'kind-tion';
  fs.writeFileSync(path.join(state, 'authority-kind-tion'), 'secret/cilium-ca\n');
  const { status, err } = await program('up');
  expect(status).toBe(1);
  expect(err).toContain('tion has a certificate authority of its own');
  expect(acts().filter(line => line.includes('kind-tion') && /install|create -f|delete/.test(line))).toEqual([]);
});

test('a kind cluster of the same name with other addresses is not touched', async () => {
  fs.writeFileSync(path.join(state, 'clusters'), 'tion\n');
  fs.writeFileSync('dist/mesh/tion.kind.yaml', fs.readFileSync('dist/mesh/tion.kind.yaml', 'utf8').replace('10.2.0.0/16', '10.9.0.0/16'));
  const { status, err } = await program('up');
  expect(status).toBe(1);
  expect(err).toContain('another pod subnet than 10.9.0.0/16');
  expect(acts().filter(line => line.includes('tion') && /install|kind create|delete/.test(line))).toEqual([]);
});

test('all missing programs are named at once, with where to get them', async () => {
  process.env.PATH = path.join(state, 'nowhere');
  const { status, err } = await program('up');
  expect(status).toBe(2);
  expect(err.match(/^ {2}(kind|cilium|kubectl) /gm)).toEqual(['  kind ', '  cilium ', '  kubectl ']);
});

test('a cluster without context and kind is refused, at its line', async () => {
  fs.writeFileSync('mesh.yaml', 'apiVersion: cilium-mesh/v1\nclusters:\n- {name: a, id: 1, manifests: [dist/tion.k8s.yaml]}\n- {name: b, id: 2, manifests: [dist/tion.k8s.yaml], context: b, ciliumVersion: 1.9.5}\n');
  const { status, err } = await program('up', '--mesh', 'mesh.yaml');
  expect(status).toBe(2);
  expect(err).toMatch(/mesh.yaml:3: a has neither a context nor a kind configuration[\s\S]*mesh.yaml:4: b: Cilium 1.9.5/);
});

describe('--dry-run', () => {
  test('does nothing, and prints a script that does the same', async () => {
    const { status, out } = await program('up', '--dry-run');
    expect(status).toBe(0);
    expect(fs.existsSync(path.join(state, 'log'))).toBe(false);
    const { status: ended, stderr } = spawnSync('bash', ['-c', out], { encoding: 'utf8', env: process.env });
    expect([ended, stderr]).toEqual([0, '']);
    const bash = acts().sort();
    fs.rmSync(state, { recursive: true });
    fs.mkdirSync(state);
    await program('up');
    expect(acts().sort()).toEqual(bash);
  });

  test('its script may be run again, and stops where a guard does not hold', async () => {
    const { out } = await program('up', '--dry-run');
    const run = () => spawnSync('bash', ['-c', out], { encoding: 'utf8', env: process.env });
    expect([run().status, run().status]).toEqual([0, 0]);
    process.env.OTHER_AUTHORITY = 'kind-tion';
    const { status, stderr } = run();
    expect([status, stderr]).toEqual([1, expect.stringContaining('certificate authority of its own')]);
  });

  test('three clusters are connected at once', async () => {
    fs.writeFileSync('mesh.yaml', `apiVersion: cilium-mesh/v1\nclusters:\n${['a', 'b', 'c'].map((name, index) => `- {name: ${name}, id: ${index + 1}, manifests: [dist/tion.k8s.yaml], context: ${name}}\n`).join('')}`);
    const { out } = await program('up', '--dry-run', '--mesh', 'mesh.yaml');
    expect(out).toContain('cilium clustermesh connect --destination-context b,c --connection-mode mesh --context a\n');
    expect(out).not.toContain('kind ');
    expect(out).toContain('kubectl --context b get --raw /readyz --request-timeout=20s > /dev/null ||');
  });
});
