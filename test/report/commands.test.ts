/** The commands that the page offers print what the page shows, or the page says what they leave out. */
import { engineOf } from './page-engine';
import { Engine } from '../../report/engine/engine';
import { CommandText, ServiceAnswer, Suppositions } from '../../report/protocol';
import { readMesh } from '../../src/evaluator/read/mesh';
import { readMeshFile } from '../../src/manifests/mesh-input';
import { folderWith, program } from '../support/program';

jest.setTimeout(60_000);

const home = process.cwd();
afterEach(() => process.chdir(home));

const workload = (name: string) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: c, image: i, ports: [{containerPort: 80}]}]}
`;

const FILES = {
  'mesh.yaml': `apiVersion: cilium-mesh/v1
clusters:
- {name: paris, id: 1, manifests: [all.yaml, paris.yaml]}
- {name: lyon, id: 2, manifests: [all.yaml]}
`,
  'all.yaml': [
    workload('web'),
    'apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop, annotations: {service.cilium.io/global: "true"}}\n' +
      'spec: {selector: {app: web}, ports: [{port: 80}]}\n',
  ].join('---\n'),
  // selects pods of all clusters up to Cilium 1.18
  'paris.yaml': [
    workload('client'),
    `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: client, namespace: shop}
spec: {endpointSelector: {matchLabels: {app: client}}, egress: [{toEndpoints: [{matchLabels: {app: web}}]}]}
`,
  ].join('---\n'),
};

const MESH_FILE = 'mesh.yaml';

function load(replicas: ReadonlyMap<string, number> = new Map()): Engine {
  process.chdir(folderWith(FILES));
  const { input } = readMeshFile(MESH_FILE);
  return engineOf({ input, mesh: readMesh(input, { replicas }) }, { replicas });
}

/** What the terminal prints. */
async function printed({ line }: CommandText, ...more: readonly string[]): Promise<string> {
  const [name, ...args] = line.split(' ');
  expect(name).toBe('cilium-mesh');
  const { status, out, err } = await program(...args, ...more);
  expect(status === 2 ? err : '').toBe('');
  return out;
}

const CLIENT = 'shop/client@paris';
const FLOW = { side: 'supposed', from: CLIENT, to: 'shop/web@lyon' } as const;

async function explained(engine: Engine, to: string) {
  const answer = engine.answer('explain', { ...FLOW, to });
  if (!('command' in answer)) {
    throw new Error(answer.problem);
  }
  return { answer, terminal: await printed(answer.command, '--quiet') };
}

async function servicesOf(engine: Engine) {
  const { command, service } = engine.answer('service', { side: 'supposed', id: 'svc/shop/web' }) as ServiceAnswer;
  const { services } = JSON.parse(await printed(command, '--format', 'json'));
  return { command, service, terminal: services[0] };
}

test('a supposed version is an option', async () => {
  const engine = load();
  const before = await explained(engine, FLOW.to);
  expect(before.answer.flows[0].verdict).toBe('denied');
  expect(before.terminal).toBe(before.answer.text);
  engine.answer('suppose', { version: '1.18' });
  const { answer, terminal } = await explained(engine, FLOW.to);
  expect(answer.flows[0].verdict).toBe('allowed');
  expect(answer.command).toEqual({ line: `cilium-mesh explain ${CLIENT} ${FLOW.to} --mesh mesh.yaml --cilium 1.18` });
  expect(terminal).toBe(answer.text);
  const findings = engine.answer('findings', { side: 'supposed' });
  const checked = JSON.parse(await printed(findings.command, '--format', 'json'));
  const codes = (all: ReadonlyArray<{ readonly code: string }>) => all.map(({ code }) => code).sort();
  expect(codes(findings.findings)).toEqual(codes(checked.findings));
});

test('supposed numbers of pods are options where a command takes them', async () => {
  const engine = load();
  engine.answer('suppose', { gone: ['paris'], replicas: { 'shop/web@lyon': 1 } });
  const { command, service, terminal } = await servicesOf(engine);
  expect(command).toEqual({
    line:
      'cilium-mesh backends svc/shop/web --mesh mesh.yaml --scale shop/web@lyon=1 --scale shop/client@paris=0 ' +
      '--scale shop/web@paris=0',
  });
  expect(terminal).toEqual(JSON.parse(JSON.stringify(service)));
  // policies do not depend on pods
  const flow = await explained(engine, FLOW.to);
  expect(flow.answer.command).toEqual({ line: `cilium-mesh explain ${CLIENT} ${FLOW.to} --mesh mesh.yaml` });
  expect(flow.terminal).toBe(flow.answer.text);
  // backends of services do, and explain has no such option
  expect((await explained(engine, 'svc/shop/web')).answer.command).toEqual({
    line: `cilium-mesh explain ${CLIENT} svc/shop/web --mesh mesh.yaml`,
    asWritten: true,
  });
});

test('the numbers of pods that a report was written with stay', async () => {
  const engine = load(new Map([['paris/shop/web', 0]]));
  const { command, service, terminal } = await servicesOf(engine);
  expect(command).toEqual({ line: 'cilium-mesh backends svc/shop/web --mesh mesh.yaml --scale shop/web@paris=0' });
  expect(terminal).toEqual(JSON.parse(JSON.stringify(service)));
});

const SUPPOSITIONS: readonly Suppositions[] = [
  { deleted: ['CiliumNetworkPolicy/shop/client@paris'], version: '1.18' },
  { edited: { 'CiliumNetworkPolicy/shop/client@paris': 'kind: [' } },
  { added: [{ cluster: 'lyon', text: '{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy}' }] },
  { settings: [{ path: 'policyEnforcementMode', value: 'never' }] },
];

test.each(SUPPOSITIONS)('what no option says is named: %j', async suppositions => {
  const engine = load();
  engine.answer('suppose', suppositions);
  expect((await explained(engine, FLOW.to)).answer.command).toEqual({
    line: `cilium-mesh explain ${CLIENT} ${FLOW.to} --mesh mesh.yaml`,
    asWritten: true,
  });
  expect((await servicesOf(engine)).command).toMatchObject({ asWritten: true });
  expect(engine.answer('findings', { side: 'supposed' }).command).toMatchObject({ asWritten: true });
  // the other sides are as they are written
  expect(engine.answer('findings', { side: 'new' }).command).toEqual({ line: 'cilium-mesh check --mesh mesh.yaml' });
});

/** Words of a command line, as a shell reads them. */
const wordsOf = ({ line }: CommandText) => (line.match(/'[^']*'|\S+/g) ?? []).map(each => each.replace(/^'(.*)'$/, '$1'));

async function matrixOf(command: CommandText) {
  const { out, err, status } = await program(...wordsOf(command).slice(1), '--format', 'json');
  expect(status === 0 ? '' : err).toBe('');
  return JSON.parse(out);
}

test.each([
  ['namespace', '', 'cilium-mesh matrix --group-by namespace --from'],
  ['namespace', 'shop@lyon', "cilium-mesh matrix --group-by namespace --from 'shop/*@lyon' --to 'shop/*@lyon' --mesh mesh.yaml"],
  ['cluster', '', 'cilium-mesh matrix --group-by cluster --from'],
  ['cluster', 'paris', 'cilium-mesh matrix --group-by cluster --from @paris'],
  ['label:app', 'app=client', 'cilium-mesh matrix --group-by label:app --from app=client --to app=client --mesh mesh.yaml'],
] as const)('a grid by %s of groups with "%s" in their names', async (by, filter, line) => {
  const { names, pairs, connecting, command } = load().answer('groups', { side: 'new', by, filter, most: 40 });
  expect(command!.line.slice(0, line.length)).toBe(line);
  const shown = names.flatMap((from, row) =>
    names.map((to, column) => [from, to, pairs[row * names.length + column], connecting[row * names.length + column]]),
  );
  const { groups } = await matrixOf(command!);
  const printedGroups = groups.map((each: any) => [each.source, each.destination, each.pairs, each.connecting]);
  const isPair = ([, , count]: readonly unknown[]) => count !== 0;
  expect(printedGroups.filter(isPair).sort()).toEqual(shown.filter(isPair).sort());
});

test('a matrix of endpoints: all workloads, some of them, and others', async () => {
  const engine = load();
  const all = engine.answer('endpoints', {}).endpoints;
  const workloads = all.filter(({ kind }) => kind === 'workload').map(({ id }) => id);
  const ask = (names: readonly string[], hasAllWorkloads: boolean, onlyAllowed = false) =>
    engine.answer('matrixCommand', { side: 'new', names, hasAllWorkloads, onlyAllowed }).command;
  expect(ask([], true)).toEqual({ line: 'cilium-mesh matrix --mesh mesh.yaml' });
  expect(ask([], true, true)).toEqual({ line: 'cilium-mesh matrix --verdict allowed --mesh mesh.yaml' });
  expect(ask(all.map(({ id }) => id), false)!.line).toMatch(/^cilium-mesh matrix --from '\*\/\*' --from .* --from world --to/);
  expect(ask([CLIENT, 'entity:host@paris'], false)).toEqual({
    line:
      `cilium-mesh matrix --from ${CLIENT} --from entity:host@paris --to ${CLIENT} --to entity:host@paris ` +
      '--mesh mesh.yaml',
  });
  for (const names of [workloads, [CLIENT, 'shop/web@lyon'], [CLIENT, 'entity:host@paris', 'entity:ingress@paris']]) {
    const hasAll = names === workloads;
    const known = new Set(all.map(({ id }) => id));
    const ids = names.filter(each => known.has(each));
    const { flows } = await matrixOf(ask(hasAll ? [] : ids, hasAll)!);
    const { cells } = engine.answer('connections', { side: 'new', from: ids, to: ids });
    const of = ({ source, destination }: any) =>
      [source, destination].map(({ reference, namespace, name, cluster }) => reference ?? `${namespace}/${name}@${cluster}`);
    expect(flows.map(of).sort()).toEqual(cells.map(({ from, to }) => [from, to]).sort());
  }
});

test('endpoints that no pattern selects have no command', () => {
  const engine = load();
  const some = engine.answer('endpoints', {}).endpoints.filter(({ kind }) => kind === 'addresses').slice(1);
  const many = Array.from({ length: 30 }, (_, index) => `shop/web-${index}@paris`);
  const ask = (names: readonly string[]) =>
    engine.answer('matrixCommand', { side: 'new', names, hasAllWorkloads: false, onlyAllowed: false });
  expect(some.length > 0 ? ask(some.map(({ id }) => id)) : { command: undefined }).toEqual({ command: undefined });
  expect(ask(many).command?.line).toBe('cilium-mesh matrix --mesh mesh.yaml');
});
