/** Every row of `diff` says why: by which rule, setting or object before and after, in every format. */
import { folderWith, program } from '../support/program';

const MESH = `apiVersion: cilium-mesh/v1
clusters:
- {name: paris, id: 1, manifests: [paris.yaml], values: values.yaml, ciliumVersion: 1.20.2}
`;
const VALUES = 'cluster: {name: paris, id: 1}\n';

function deployment(name: string, labels: object, replicas: number = 1): string {
  const spec = { containers: [{ name: 'main', image: 'main', ports: [{ containerPort: 80 }] }] };
  const template = { metadata: { labels }, spec };
  const object = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name } };
  return JSON.stringify({ ...object, spec: { replicas, selector: { matchLabels: labels }, template } });
}

const WEB = deployment('web', { app: 'web' });
const DB = deployment('db', { app: 'db' });
const SERVICE = `apiVersion: v1
kind: Service
metadata:
  name: db
spec:
  selector: {app: db}
  ports:
  - port: 5432
    targetPort: 80
`;
const POLICY = `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: db}
spec:
  endpointSelector: {matchLabels: {app: db}}
  ingress:
  - fromEndpoints: [{matchLabels: {app: web}}]
`;

interface Side {
  readonly objects?: readonly string[];
  readonly values?: string;
  readonly version?: string;
}

async function diff(before: Side, after: Side, ...args: string[]): Promise<string> {
  const cwd = process.cwd();
  const files = (folder: string, { objects = [WEB, DB, POLICY], values = '', version = '1.20.2' }: Side) => ({
    [`${folder}/mesh.yaml`]: MESH.replace('1.20.2', version),
    [`${folder}/values.yaml`]: VALUES + values,
    [`${folder}/paris.yaml`]: objects.join('\n---\n'),
  });
  process.chdir(folderWith({ ...files('old', before), ...files('new', after) }));
  try {
    return (await program('diff', 'old', 'new', ...args)).out;
  } finally {
    process.chdir(cwd);
  }
}

/** The lines of text that contain one of these words. */
function lines(text: string, ...words: string[]): string[] {
  return text.split('\n').filter(line => words.some(word => line.includes(word)));
}

describe('flows', () => {
  const ALWAYS = { values: 'policyEnforcementMode: always\n' };

  test('a setting that denies is named with its place', async () => {
    const text = await diff({}, ALWAYS, '--port', 'TCP/80');
    expect(lines(text, 'egress in')).toContain(
      '  egress in paris: unenforced, because no policy selects it for egress => default-denied, because the policy ' +
        'enforcement mode is always (new/values.yaml:2)',
    );
  });

  test('so it is in JSON', async () => {
    const { flows } = JSON.parse(await diff({}, ALWAYS, '--format', 'json'));
    const { before, after } = flows.find((each: any) => each.example.after.egress === 'default-denied').example;
    expect(before.reasons.egress).toEqual({ kind: 'no-policy' });
    expect(after.reasons.egress).toEqual({
      kind: 'enforcement-always',
      setting: { path: 'policyEnforcementMode', file: 'new/values.yaml', line: 2 },
    });
  });

  test('and in CSV', async () => {
    const csv = await diff({}, ALWAYS, '--format', 'csv', '--port', 'TCP/80');
    expect(csv.split('\r\n')[0]).toMatch(/,before,after,causes$/);
    expect(csv).toContain('default-denied, because the policy enforcement mode is always (new/values.yaml:2)');
  });

  test('a setting that turns policies off is named, and not that no policy selects the pods', async () => {
    const text = await diff({}, { values: 'policyEnforcementMode: never\n' }, '--port', 'TCP/80');
    expect(lines(text, 'ingress in')).toEqual([
      '  ingress in paris: default-denied by CiliumNetworkPolicy default/db (old/paris.yaml:11) => unenforced, because ' +
        'the policy enforcement mode is never (new/values.yaml:2)',
    ]);
  });

  test('policies that contradict each other are explained', async () => {
    const toPort = (protocol: string, rules: string) =>
      `    toPorts: [{ports: [{port: "80", protocol: ${protocol}}], rules: {${rules}}}]\n`;
    const conflict =
      POLICY.replace('  ingress:\n', '  egress:\n').replace('fromEndpoints', 'toEndpoints') +
      `${toPort('TCP', 'http: [{}]')}  - toEndpoints: [{}]\n${toPort('ANY', 'dns: [{matchPattern: "*"}]')}`;
    const text = await diff({ version: '1.15.19' }, { version: '1.15.19', objects: [WEB, DB, conflict] }, '--port', '80');
    expect(text).toMatch(/=> failed, because its policies contradict each other: \S/);
  });

  test('a flow of a new workload names the end that is new, and what allows it', async () => {
    const text = await diff({ objects: [DB, POLICY] }, {}, '--port', 'TCP/80');
    const [section] = text.split('\n\n').filter(each => each.startsWith('gained  web@paris ->'));
    expect(section.split('\n').slice(1)).toEqual([
      '  for example web@paris -> db@paris TCP/80:',
      '  the source did not exist before',
      '  egress in paris: unenforced, because no policy selects it for egress',
      '  ingress in paris: allowed by CiliumNetworkPolicy default/db (new/paris.yaml:11)',
    ]);
  });
});

describe('services', () => {
  const WITH_SERVICE = [WEB, DB, SERVICE];

  test.each([
    ['a port', [WEB, DB, SERVICE.replace('80', '81')], 'changed: Service default/db in paris, spec.ports[0].targetPort (new/paris.yaml:13)'],
    ['a selector', [WEB, DB, SERVICE.replace('app: db', 'app: web')], 'changed: Service default/db in paris, spec.selector.app (new/paris.yaml:10)'],
    ['the number of pods', [WEB, deployment('db', { app: 'db' }, 0), SERVICE], 'changed: Deployment default/db in paris, spec.replicas (new/paris.yaml:3)'],
    ['the labels of pods', [WEB, deployment('db', { app: 'sql' }), SERVICE], 'changed: Deployment default/db in paris, spec.template.metadata.labels.app (new/paris.yaml:3)'],
    ['a removed workload', [WEB, SERVICE], 'removed: Deployment default/db in paris (old/paris.yaml:3)'],
    ['a removed Service', [WEB, DB], 'removed: Service default/db in paris (old/paris.yaml:5)'],
  ])('%s that changes backends is named with its place', async (_, objects, cause) => {
    const text = await diff({ objects: WITH_SERVICE }, { objects });
    expect(lines(text, 'changed:', 'removed:', 'added:')).toContain(`  ${cause}`);
  });

  test('the objects are in JSON and CSV, and the reasons too', async () => {
    const objects = [WEB, deployment('db', { app: 'db' }, 0), SERVICE];
    const { services } = JSON.parse(await diff({ objects: WITH_SERVICE }, { objects }, '--format', 'json'));
    expect(services[0].causes).toEqual([
      {
        change: 'changed',
        cluster: 'paris',
        kind: 'Deployment',
        namespace: 'default',
        name: 'db',
        paths: ['spec.replicas'],
        file: 'new/paris.yaml',
        line: 3,
      },
    ]);
    expect(services[0].reasons.after).toEqual(['no backend is available']);
    const csv = await diff({ objects: WITH_SERVICE }, { objects }, '--format', 'csv');
    const row = csv.split('\r\n').find(line => line.startsWith('backends,'))!;
    expect(row).toMatch(/^backends,clients in pods and on nodes in paris,svc\/default\/db@paris,TCP\/5432,/);
    expect(row).toContain('changed: Deployment default/db in paris, spec.replicas (new/paris.yaml:3)');
  });

  test('what connections do not depend on is no cause', async () => {
    const image = deployment('db', { app: 'db' }, 3).replace('"image":"main"', '"image":"other"');
    const text = await diff({ objects: [WEB, deployment('db', { app: 'db' }, 0), SERVICE] }, { objects: [WEB, image, SERVICE] });
    expect(lines(text, 'changed:')[0]).toBe('  changed: Deployment default/db in paris, spec.replicas (new/paris.yaml:3)');
  });
});
