/**
 * `rotate` with a world in memory. Its law: at no time may a cluster meet a certificate of an authority that it does
 * not trust. Pods read files at their start, and may read them again at any time, so both the files and what pods
 * read last count.
 */
import * as fs from 'fs';
import { gzipSync } from 'zlib';
import { CONTAINERS_ELSEWHERE } from '../support/containers';
import { commandsOf, withDamage } from '../support/damaged-answers';
import { LiveWorld } from '../support/live-world';
import { folderWith, program } from '../support/program';
import { schemaFaults } from '../support/schemas';

const POD = 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: a}]}\n';
const NAMES = ['a', 'b', 'c'];
const cwd = process.cwd();
const { env } = process;

/** A cluster, as far as a rotation changes it. */
interface State {
  authority: string;
  next?: string;
  /** The authorities in the bundle, and the marks of the ConfigMap. */
  bundle?: { authorities: string[]; trusted: string; alone: string };
  usesBundle: boolean;
  /** The authority that signed the certificates. */
  signer: string;
  /** What the pods read last. */
  running: { trusted: string[]; signer: string };
}

let world: LiveWorld;
let states: { [context: string]: State };
let values: any;
let version: string;
/** The state of all clusters broke the law after these commands. */
let broken: string[];
/** The number of the command that fails, and leaves nothing. */
let failing: number;
let changes: number;

const CRONJOBS = {
  clustermesh: { apiserver: { tls: { auto: { enabled: true, method: 'cronJob' } } } },
  hubble: { tls: { auto: { enabled: true, method: 'cronJob' } } },
};

beforeEach(() => {
  world = new LiveWorld();
  world.install();
  process.env = { ...env, ...CONTAINERS_ELSEWHERE };
  states = Object.fromEntries(
    NAMES.map(name => [
      name,
      { authority: 'old', usesBundle: false, signer: 'old', running: { trusted: ['old'], signer: 'old' } },
    ]),
  );
  [values, version, broken, failing, changes] = [CRONJOBS, '1.20.2', [], 0, 0];
  world.instead = answer;
  const clusters = NAMES.map((name, index) => `- {name: ${name}, id: ${index + 1}, manifests: [none.yaml], context: ${name}}\n`);
  process.chdir(folderWith({ 'none.yaml': POD, 'mesh.yaml': `apiVersion: cilium-mesh/v1\nclusters:\n${clusters.join('')}` }));
  fs.mkdirSync('bin');
  ['cilium', 'kubectl', 'helm'].forEach(name => fs.writeFileSync(`bin/${name}`, '#!/bin/sh\n', { mode: 0o755 }));
  process.env.PATH = `${process.cwd()}/bin:${env.PATH}`;
  process.env.XDG_STATE_HOME = `${process.cwd()}/state`;
});

afterEach(() => {
  jest.restoreAllMocks();
  process.env = env;
  process.chdir(cwd);
});

const ok = (out: string = '') => ({ status: 0, out });
const encode = (release: unknown) =>
  Buffer.from(gzipSync(JSON.stringify(release)).toString('base64')).toString('base64');
/** What the second command of a pipe gets from the first. */
let source = '';

function answer(line: string) {
  const state = states[/--context (\S+)/.exec(line)?.[1] ?? ''];
  const is = (...texts: string[]) => texts.every(text => line.includes(text));
  if (is('helm template')) {
    return ok('new');
  } else if (!state) {
    return undefined;
  } else if (/status=deployed.*jsonpath/.test(line)) {
    const config = { ...values, tls: { ...values.tls, ...(state.usesBundle ? { caBundle: { enabled: true } } : {}) } };
    return ok(encode({ chart: { metadata: { version } }, config }));
  } else if (is('go-template=')) {
    source = line;
    return is('get secret/cilium-ca ') || state.next !== undefined || is('--dry-run=client') ? ok('data') : failed('NotFound');
  } else if (is('get secret cilium-ca-next', '-o name')) {
    return ok(state.next && 'secret/cilium-ca-next');
  } else if (is('get secret cilium-ca-next', 'metadata.uid')) {
    return state.next ? ok(`uid-of-${state.next}`) : failed('NotFound');
  } else if (is('get configmap cilium-root-ca.crt')) {
    return ok(state.bundle?.[is('mesh/alone') ? 'alone' : 'trusted']);
  } else if (is('get secret cilium-ca-next', 'ca\\.crt')) {
    return state.next || is('--ignore-not-found') ? ok(state.next) : failed('NotFound');
  } else if (is('get secret cilium-ca ', 'ca\\.crt')) {
    return ok(state.authority);
  } else if (/get secret (clustermesh-apiserver|hubble)-.*ca\\\.crt/.test(line)) {
    return ok(state.signer);
  }
  return change(line, state);
}

const failed = (out: string) => ({ status: 1, out });

function change(line: string, state: State) {
  const is = (...texts: string[]) => texts.every(text => line.includes(text));
  const act = (effect: () => void) => {
    changes += 1;
    if (changes === failing) {
      return failed('it is broken');
    }
    effect();
    if (!isLawful()) {
      broken.push(line);
    }
    return ok();
  };
  if (is('create -f -')) {
    return act(() => (state.next = 'new'));
  } else if (is('apply', '--field-manager cilium-mesh-rotation')) {
    return act(() => {
      if (source.includes('kind: ConfigMap')) {
        const both = source.includes('secret/cilium-ca ');
        const uid = `uid-of-${state.next}`;
        const authorities = both ? [state.authority, state.next!] : [state.next!];
        state.bundle = { authorities, trusted: uid, alone: both ? '' : uid };
      } else {
        state.authority = state.next!;
      }
    });
  } else if (is('cilium upgrade')) {
    return act(() => {
      state.usesBundle ||= is('tls.caBundle.enabled=true');
      state.signer = values === CRONJOBS ? state.signer : state.authority;
      restart(state);
    });
  } else if (is('create job')) {
    return act(() => (state.signer = state.authority));
  } else if (is('rollout restart daemonset/cilium')) {
    return act(() => restart(state));
  } else if (is('delete secret cilium-ca-next')) {
    return act(() => delete state.next);
  }
  return undefined;
}

/** What is in the files that pods read. */
const files = ({ usesBundle, bundle, signer }: State) => ({
  trusted: usesBundle ? bundle!.authorities : [signer],
  signer,
});

function restart(state: State): void {
  state.running = files(state);
}

function isLawful(): boolean {
  const all = Object.values(states);
  return all.every(one =>
    [one.running, files(one)].every(({ trusted }) =>
      all.every(other => [other.running, files(other)].every(({ signer }) => trusted.includes(signer))),
    ),
  );
}

const rotate = (...args: string[]) => program('rotate', '--yes', '--mesh', 'mesh.yaml', ...args);
const ROTATED = {
  authority: 'new',
  bundle: { authorities: ['new'], trusted: 'uid-of-new', alone: 'uid-of-new' },
  usesBundle: true,
  signer: 'new',
  running: { trusted: ['new'], signer: 'new' },
};

test.each([
  ['certgen', CRONJOBS],
  ['Helm', {}],
  ['both', { clustermesh: CRONJOBS.clustermesh }],
])('every cluster has the new authority alone in the end, and no certificate is distrusted on the way: %s', async (_, set) => {
  values = set;
  const { status, err } = await rotate();
  expect([status, err]).toEqual([0, expect.stringContaining('done in ')]);
  expect(broken).toEqual([]);
  expect(Object.values(states)).toEqual(NAMES.map(() => ROTATED));
});

test('whichever command fails, the next run goes on, and no certificate is distrusted meanwhile', async () => {
  await rotate();
  const all = changes;
  const start = { authority: 'old', usesBundle: false, signer: 'old', running: { trusted: ['old'], signer: 'old' } };
  expect(all).toBeGreaterThan(20);
  for (let number = 1; number <= all; number++) {
    states = Object.fromEntries(NAMES.map(name => [name, { ...start }]));
    [changes, failing] = [0, number];
    expect([number, (await rotate()).status]).toEqual([number, 1]);
    const { status, err } = await rotate();
    expect([number, status, err]).toEqual([number, 0, expect.stringContaining('done in ')]);
    expect([number, broken]).toEqual([number, []]);
    expect(Object.values(states)).toEqual(NAMES.map(() => ROTATED));
  }
});

test('whichever answer is damaged, no certificate is distrusted, and the next run goes on', async () => {
  const start = { authority: 'old', usesBundle: false, signer: 'old', running: { trusted: ['old'], signer: 'old' } };
  const again = () => (states = Object.fromEntries(NAMES.map(name => [name, { ...start }])));
  const lines = (await commandsOf(rotate)).filter(line => line.includes('--context b'));
  expect(lines.length).toBeGreaterThan(20);
  for (const line of lines) {
    for (const damage of ['half', 'words', 'late']) {
      again();
      const { status } = await withDamage(line, damage, rotate);
      expect([line, damage, status === 0 || status === 1, broken]).toEqual([line, damage, true, []]);
      expect([line, damage, (await rotate()).status, broken]).toEqual([line, damage, 0, []]);
      expect(Object.values(states)).toEqual(NAMES.map(() => ROTATED));
    }
  }
});

test('the plan names each step, what restarts, and what Cilium says about it', async () => {
  const { status, out } = await program('plan', 'rotate', '--mesh', 'mesh.yaml');
  expect(status).toBe(2);
  expect(out.split('\n').slice(0, 22)).toEqual([
    'a (a)',
    '  + make a new certificate authority',
    '  ~ write both certificate authorities into the bundle that Cilium trusts',
    '      Cilium: every cluster must trust the certificates of the others: use a common authority, or tls.caBundle with ' +
      'all of them (Documentation/network/clustermesh/setup.rst, v1.20.2)',
    '  ~ let Cilium trust the bundle (tls.caBundle.enabled) (restarts Cilium)',
    '      Cilium: tls.caBundle overrides the ca.crt of the certificates, allowing for CA rotation with no down-time ' +
      '(install/kubernetes/cilium/values.yaml, v1.20.2)',
    '  ~ restart Cilium, so it trusts both certificate authorities (restarts Cilium)',
    '  ~ replace the certificate authority by the new one',
    '  ~ sign all certificates again',
    '      Cilium: certgen renews the certificates regardless of their expiration date ' +
      '(Documentation/network/clustermesh/setup.rst, v1.20.2)',
    '  ~ restart Cilium, so it uses the new certificates (restarts Cilium)',
    '  ~ remove the old certificate authority from the bundle',
    '  ~ restart Cilium, so it trusts the new certificate authority alone (restarts Cilium)',
    '  ~ remove the Secret cilium-ca-next',
    '',
    'b (b)',
    '  + copy the new certificate authority of a',
    ...out.split('\n').slice(17, 22),
  ]);
  expect(changes).toBe(0);
  const json = await program('plan', 'rotate', '--mesh', 'mesh.yaml', '--format', 'json');
  expect(schemaFaults('plan', JSON.parse(json.out))).toEqual([]);
});

test.each([
  ['certmanager', { clustermesh: { apiserver: { tls: { auto: { method: 'certmanager' } } } } }, 'cert-manager makes the certificates (clustermesh.apiserver.tls.auto.method)'],
  ['provided', { hubble: { tls: { auto: { enabled: false } } } }, 'you provide the certificates (hubble.tls.auto.enabled is false)'],
  ['no schedule', { clustermesh: { apiserver: { tls: { auto: { method: 'cronJob', schedule: '' } } } } }, 'no CronJob renews the certificates (clustermesh.apiserver.tls.auto.schedule is empty)'],
  ['tls.ca', { tls: { ca: { cert: 'LS0t' } } }, 'its authority is in the Helm values (tls.ca), which every upgrade writes again'],
  ['tls.caBundle', { tls: { caBundle: { content: '-----BEGIN' } } }, 'the Helm values set what it trusts (tls.caBundle)'],
  ['connections', { clustermesh: { config: { clusters: [{ name: 'b', tls: { cert: 'LS0t' } }] } } }, 'its connections have certificates of their own (clustermesh.config.clusters, tls)'],
])('is refused, with what to do instead: %s', async (_, set, problem) => {
  values = set;
  const { status, err } = await rotate();
  expect([status, err]).toEqual([1, expect.stringMatching(/^Nothing was changed\.\na: /)]);
  NAMES.forEach(name => expect(err).toContain(`${name}: ${problem}\n    fix: `));
  expect(changes).toBe(0);
});

test('a version without a bundle is refused', async () => {
  version = '1.13.18';
  expect(await rotate()).toMatchObject({
    status: 1,
    err: expect.stringContaining(
      'a: Cilium 1.13.18 has no tls.caBundle, so no cluster can trust two authorities at once\n' +
        '    fix: upgrade to 1.14 or later, then run rotate\n',
    ),
  });
  expect(changes).toBe(0);
});

test('clusters with different authorities are refused: a bundle of two would distrust the third', async () => {
  states.b.authority = 'another';
  expect(await rotate()).toMatchObject({
    status: 1,
    err: expect.stringContaining('the certificate authority of b is another one than that of a.\n'),
  });
  expect(changes).toBe(0);
});

test('elsewhere than on a terminal it needs --yes', async () => {
  expect(await program('rotate', '--mesh', 'mesh.yaml')).toMatchObject({
    status: 1,
    err: expect.stringContaining('Nothing was changed: no terminal to ask on.'),
  });
  expect(changes).toBe(0);
});

test('--dry-run prints the commands, each to be pasted, and changes nothing', async () => {
  const { status, out } = await rotate('--dry-run');
  expect([status, changes]).toEqual([0, 0]);
  expect(out.split('\n').slice(0, 5)).toEqual([
    '# rotate: a, b, c',
    '',
    '# a: make a new certificate authority',
    'helm template cilium cilium --repo https://helm.cilium.io --version 1.20.2 --namespace kube-system --show-only ' +
      'templates/cilium-ca-secret.yaml --kube-version 1.30.0 --set cluster.name=a,cluster.id=1,clustermesh.useAPIServer=true,' +
      'clustermesh.apiserver.tls.auto.enabled=true,clustermesh.apiserver.tls.auto.method=helm | kubectl --context a create ' +
      "--dry-run=client -f - -o 'go-template=apiVersion: v1",
    'kind: Secret',
  ]);
});
