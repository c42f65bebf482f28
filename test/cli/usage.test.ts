/** Wrong usage and unreadable input: what is wrong and what to do, on stderr, with status 2, and nothing on stdout. */
import * as fs from 'fs';
import { folderOf, folderWith, program } from '../support/program';

const cwd = process.cwd();

beforeAll(() => process.chdir(folderOf('isovalent-lab')));
afterAll(() => process.chdir(cwd));

const COMMANDS = ['check', 'matrix', 'explain', 'backends', 'diff'];

test.each(COMMANDS)('%s --help', async command => {
  const { status, out, err } = await program(command, '--help');
  expect([status, err]).toEqual([0, '']);
  expect(out).toMatch(new RegExp(`^Usage: cilium-mesh ${command}`));
  expect(out).toContain('--mesh <path>');
});

test('--help names every command, --version the version', async () => {
  const { out } = await program('--help');
  expect(COMMANDS.filter(command => !new RegExp(`^  ${command} `, 'm').test(out))).toEqual([]);
  expect((await program('--version')).out).toBe('0.0.0\n');
});

test.each(['', 'up', 'apply', 'rotate', 'verify', 'status', 'down', ...COMMANDS])('%s --help fits 80 columns', async command => {
  const { out } = await program(...command.split(' ').filter(each => each !== ''), '--help');
  expect(out.split('\n').filter(line => line.length > 80)).toEqual([]);
});

test('explain --help lists the references, one on each line', async () => {
  const { out } = await program('explain', '--help');
  expect(out).toContain(
    `
FROM and TO must be one of:
  name@cluster (namespace default)
  namespace/name@cluster
  Kind/namespace/name@cluster
  world:1.2.3.4
  fqdn:example.org
  entity:host@cluster
  node:name@cluster (another node than that of the pods)
  entity:host/name@cluster (their own node)
  svc/namespace/name or svc/namespace/name@cluster (TO only)
`,
  );
});

test('diff --help tells what OLD, NEW and --cilium take', async () => {
  const { out } = await program('diff', '--help');
  expect(out).toContain('\nOLD and NEW are mesh files, or folders that contain one, such as dist.\n');
  expect(out.replace(/\s+/g, ' ')).toContain(
    '--cilium <version> compare these two versions of Cilium, for example 1.18..1.20 ',
  );
});

test.each([
  ['no command', [], /Usage: cilium-mesh/],
  ['an unknown command', ['chek'], /unknown command 'chek'[\s\S]*check/],
  ['an unknown option', ['matrix', '--prot', 'TCP/80'], /unknown option '--prot'/],
  ['an invalid port', ['matrix', '--port', 'TCP/99999'], /--port must be PROTOCOL\/NUMBER.*got "TCP\/99999"/],
  [
    'an unknown format',
    ['matrix', '--format', 'jsn'],
    /^--format must be text, json, markdown, csv, svg or dot, got "jsn" \(did you mean "json"\?\)\n$/,
  ],
  [
    'a format of another command',
    ['explain', 'a', 'b', '-o', 'sarif'],
    /^--format must be text, json or markdown, got "sarif"\n$/,
  ],
  [
    'a picture of changes, without changes',
    ['matrix', '-o', 'mermaid'],
    /^--format must be text, json, markdown, csv, svg or dot, got "mermaid"\n$/,
  ],
  [
    'an unknown format of check',
    ['check', '-o', 'xml'],
    /^--format must be text, json, markdown, csv, sarif, junit, github or gitlab, got "xml"\n$/,
  ],
  ['an unknown severity', ['check', '--severity', 'bad'], /--severity must be info, warning or error, got "bad"/],
  [
    'a version that the evaluator does not know',
    ['matrix', '--cilium', '1.9'],
    /--cilium must be a version from 1.14 to 1.20, got "1.9"/,
  ],
  ['a missing mesh file', ['check', '--mesh', 'nowhere.yaml'], /nowhere.yaml.*\[file-missing\][\s\S]*fix:/],
  ['a mesh and clusters', ['check', '--mesh', 'a', '--cluster', 'a=b'], /--mesh and --cluster cannot be used together/],
  ['a cluster without a path', ['check', '--cluster', 'a'], /--cluster must be NAME=PATH, got "a"/],
  ['values without clusters', ['check', '--values', 'a=b'], /--values needs --cluster/],
  [
    'an unknown workload',
    ['explain', 'y-wing@koornacht', 'rebel-base@tion'],
    /unknown workload "y-wing@koornacht" \(did you mean "x-wing@koornacht"\?\); the nearest of 4 workloads are x-wing@koornacht, x-wing@tion, [^,]*$/,
  ],
  [
    'an unknown cluster',
    ['explain', 'x-wing@koornact', 'rebel-base@tion'],
    /unknown cluster "koornact" \(did you mean "koornacht"\?\).*koornacht, tion/,
  ],
  [
    'a workload in several clusters',
    ['explain', 'x-wing', 'rebel-base@tion'],
    /"x-wing" selects several workloads; write one of Deployment\/default\/x-wing@koornacht/,
  ],
  ['an unknown entity', ['explain', 'x-wing@tion', 'entity:hosts'], /unknown entity "hosts".*did you mean "host"/],
  [
    'an invalid address',
    ['explain', 'x-wing@tion', 'world:300.1.2.3', '--port', '80'],
    /world:300.1.2.3: invalid IP address/,
  ],
  [
    'an address of pods',
    ['explain', 'x-wing@tion', 'world:10.1.2.3', '--port', '80'],
    /is in koornacht's podCIDRs, so it is not outside of the mesh/,
  ],
  ['a destination without a port', ['explain', 'x-wing@tion', 'world:192.0.2.1'], /declares no ports: add --port/],
  [
    'a service as source',
    ['explain', 'svc/rebel-base', 'rebel-base@tion'],
    /FROM must not be a service, got "svc\/rebel-base": services open no connections/,
  ],
  [
    'an unknown service',
    ['backends', 'rebel-bse'],
    /unknown service rebel-bse in namespace default.*did you mean "default\/rebel-base"/,
  ],
  [
    'an unknown port of a service',
    ['explain', 'x-wing@tion', 'svc/rebel-base', '--port', 'TCP/81'],
    /unknown port of svc\/default\/rebel-base; its ports are TCP\/80/,
  ],
  [
    'an unknown cluster of clients',
    ['backends', '--from-cluster', 'tio'],
    /unknown cluster "tio" \(did you mean "tion"/,
  ],
  [
    'an unknown workload to scale',
    ['backends', '--scale', 'tion/default/x=0'],
    /--scale: unknown workload "x@tion".*; the nearest of 4 workloads are x-wing@tion,/,
  ],
  [
    'an invalid scale',
    ['backends', '--scale', 'tion=0'],
    /--scale must be namespace\/name@cluster=replicas, got "tion=0"/,
  ],
  [
    'an unknown verdict',
    ['matrix', '--verdict', 'alowed'],
    /--verdict must be one of allowed, denied, .*got "alowed" \(did you mean "allowed"\?\)/,
  ],
  ['an unknown group', ['matrix', '--group-by', 'pod'], /--group-by must be one of .*label:KEY, got "pod"/],
  ['groups on one port', ['matrix', '--group-by', 'cluster', '--port', 'TCP/80'], /--group-by covers all ports/],
  ['a verdict of groups', ['matrix', '--group-by', 'cluster', '--verdict', 'allowed'], /--verdict chooses pairs/],
  ['a summary of groups', ['matrix', '--group-by', 'cluster', '--summary'], /cannot be used together/],
  ['an invalid block', ['matrix', '--to', 'world:192.0.2.1/24'], /"world:192.0.2.1\/24": the CIDR has address bits/],
  ['a block in the mesh', ['matrix', '--to', 'world:10.1.0.0/24'], /no address outside of the mesh/],
  ['names that no policy writes', ['matrix', '--to', 'fqdn:*.example'], /fqdn:\*.example matches no name/],
  ['a node of unknown nodes', ['matrix', '--to', 'node:n1@tion'], /"node:n1@tion" selects no node/],
  ['a node of an unknown cluster', ['matrix', '--to', 'node:n1@tino'], /unknown cluster "tino"/],
  ['a pattern without workloads', ['matrix', '--from', 'shop/*'], /"shop\/\*" selects no workload/],
  ['diff without meshes', ['diff'], /write diff OLD NEW/],
  ['diff of one version', ['diff', '--cilium', '1.18'], /must be two versions such as 1.18..1.20, got "1.18"/],
  [
    'diff of meshes and versions',
    ['diff', 'a', 'b', '--cilium', '1.18..1.20'],
    /remove OLD and NEW, or remove --cilium/,
  ],
  [
    'expectations to write and to compare',
    ['check', '--expect', 'a.yaml', '--write-expectations', 'b.yaml'],
    /cannot be used together/,
  ],
  ['force without a file to write', ['check', '--force'], /--force needs --write-expectations or --write-baseline/],
  ['a mesh twice', ['check', 'a', '--mesh', 'b'], /check "a" already names the mesh: remove --mesh and --cluster/],
  ['an unknown limit', ['check', '--fail-on', 'never'], /--fail-on must be info, warning or error, got "never"/],
  ['an invalid number of warnings', ['check', '--max-warnings', '-1'], /must be a whole number from 0, got "-1"/],
  [
    'a baseline to write and to compare',
    ['check', '--baseline', 'a.yaml', '--write-baseline', 'b.yaml'],
    /--write-baseline and --baseline cannot be used together/,
  ],
  [
    'a baseline and expectations to write',
    ['check', '--write-baseline', 'a.yaml', '--write-expectations', 'b.yaml'],
    /--write-baseline and --write-expectations cannot be used together/,
  ],
  ['missing expectations', ['check', '--expect', 'nowhere.yaml'], /nowhere.yaml.*\[file-missing\]/],
] as const)('%s', async (_, args, message) => {
  const { status, out, err } = await program(...args);
  expect([status, out]).toEqual([2, '']);
  expect(err).toMatch(message);
});

test.each([
  [['suggest', 'flows.jsonl', '--http', 'yes'], '--http', 'yes'],
  [['suggest', '--audited', 'TRUE', 'flows.jsonl'], '--audited', 'TRUE'],
  [['suggest', 'flows.jsonl', '--http=yes'], '--http', 'yes'],
  [['replay', 'flows.jsonl', '--quiet', '1'], '--quiet', '1'],
  [['record', '--redact', 'no'], '--redact', 'no'],
  [['record', '--redact='], '--redact', ''],
  [['check', '--keep-going', 'off'], '--keep-going', 'off'],
  [['matrix', '--summary', 'true'], '--summary', 'true'],
  [['up', '--yes', 'no'], '--yes', 'no'],
] as const)('%j: a value of an option that takes none', async (args, option, value) => {
  expect(await program(...args)).toEqual({
    status: 2,
    out: '',
    err: `${option} takes no value, got "${value}"\n    fix: write ${option}, or leave it out\n`,
  });
});

test('the word after an option that takes no value may be a file, and the value of an option may look like one', async () => {
  process.chdir(folderWith({ 'yes': '', 'mesh.yaml': '' }));
  expect((await program('suggest', '--http', 'yes', 'mesh.yaml')).err).not.toContain('--http');
  expect((await program('matrix', '--mesh', '--all', 'true')).err).toBe(
    "error: too many arguments for 'matrix'. Expected 0 arguments but got 1.\n(--help shows the usage)\n",
  );
  process.chdir(folderOf('isovalent-lab'));
});

const LONG = 'x'.repeat(100_000);

test.each<[args: string[], message: string]>([
  [[LONG], `error: unknown command '${'x'.repeat(173)}...\n(--help shows the usage)\n`],
  [['matrix', `--${LONG}`], `error: unknown option '--${'x'.repeat(172)}...\n(--help shows the usage)\n`],
  [['check', LONG], `...${'x'.repeat(197)}: `],
  [
    ['check', 'a', LONG],
    "error: too many arguments for 'check'. Expected 1 argument but got 2.\n(--help shows the usage)\n",
  ],
  [['check', '--mesh', `${LONG}/mesh.yaml`], `...${'x'.repeat(187)}/mesh.yaml: `],
  [['up', '--mesh', `${LONG}/mesh.yaml`], `...${'x'.repeat(187)}/mesh.yaml: `],
  [
    ['verify', '--tour', LONG],
    `--tour must be a folder with a folder for each step, got "${'x'.repeat(196)}...
    fix: write each step to a folder of its own: cdk8s synth --output ...${'x'.repeat(197)}/01-NAME\n`,
  ],
  [
    ['up', '--chart-directory', LONG],
    `--chart-directory must be a folder with a Chart.yaml, got "${'x'.repeat(196)}...\n`,
  ],
  [['explain', LONG, 'a@b'], `unknown workload "${'x'.repeat(196)}...; the nearest of 4 workloads are `],
])('a text of any size is cut (%#)', async (args, message) => {
  const { status, out, err } = await program(...args);
  expect([status, out, err.slice(0, message.length)]).toEqual([2, '', message]);
  expect(err.length).toBeLessThan(1500);
});

test('an argument of many lines is cut', async () => {
  const { err } = await program('\n'.repeat(100_000));
  expect(err.length).toBeLessThan(500);
});

test('without dist/ the error has a fix', async () => {
  process.chdir(folderWith({}));
  const { status, err } = await program('check');
  expect(status).toBe(2);
  expect(err).toMatch(
    /dist\/mesh\/mesh.yaml[\s\S]*Run cdk8s synth first, or name the mesh with --mesh FILE or --cluster NAME=PATH/,
  );
});

test('all unreadable files are reported at once', async () => {
  process.chdir(
    folderWith({
      'a/one.yaml': 'kind: Pod\na: [\n',
      'a/two.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: [a]\n',
      'b.yaml': 'apiVersion: v1\nkind: Pod\n',
    }),
  );
  const { status, err } = await program('check', '--cluster', 'a=a', '--cluster', 'b=b.yaml', '--cluster', 'c=c');
  expect(status).toBe(2);
  for (const place of ['a/one.yaml:', 'a/two.yaml:3', 'b.yaml:', 'c:']) {
    expect(err).toContain(place);
  }
});

test.each([
  ['only apiVersion', '# of the mesh\napiVersion: cilium-mesh/v1\n', 2, 'is missing'],
  ['no entries', 'apiVersion: cilium-mesh/v1\n\nflows: []\n', 3, 'has no entries'],
])('expectations that every mesh meets: %s', async (_, content, line, what) => {
  process.chdir(folderOf('isovalent-lab'));
  fs.writeFileSync('flows.yaml', content);
  const { status, out, err } = await program('check', '--expect', 'flows.yaml');
  expect([status, out, err]).toEqual([
    2,
    '',
    `flows.yaml:${line}: flows ${what}, and there is no default: every mesh would pass
    fix: write entries with from, to and verdict, or default: denied; cilium-mesh check --write-expectations FILE \
writes the verdicts of today
`,
  ]);
});

test('expectations: a default without entries is enough', async () => {
  process.chdir(folderOf('isovalent-lab'));
  fs.writeFileSync('flows.yaml', 'apiVersion: cilium-mesh/v1\ndefault: denied\nflows: []\n');
  const { out } = await program('check', '--expect', 'flows.yaml');
  expect(out).toContain('[expectation-unmet]');
});

test('expectations of a mesh without workloads are about Services to come', async () => {
  process.chdir(folderWith({ 'a/empty.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n' }));
  await program('check', '--cluster', 'a=a', '--write-expectations', 'flows.yaml');
  const { out, err } = await program('check', '--cluster', 'a=a', '--expect', 'flows.yaml');
  expect(err).toBe('');
  expect(out).not.toContain('expectation');
  expect(out).toContain('1 error');
});

test('expectations: everything wrong with the file at once, at its lines', async () => {
  process.chdir(folderOf('isovalent-lab'));
  fs.writeFileSync(
    'flows.yaml',
    'apiVersion: cilium-mesh/v2\ndefault: maybe\nflows:\n- {from: a, to: b}\n- {from: a, to: b, verdict: alowed}\n' +
      '- {frm: a}\n- {from: a, to: b, verdict: denied, ports: [TCP/80, TCP/0]}\n- x\n' +
      '- {form: a, to: b, verdict: denied}\n- {from: [], to: b, http: /, verdict: denied}\n' +
      '- {from: a, to: svc/b, egress: denied}\n- {from: a, to: [svc/b, c], backends: []}\n' +
      '- {from: a, to: c, http: GET /, verdict: denied, requests: all}\n- {from: a, to: svc/b, requests: all}\n',
  );
  const { status, out, err } = await program('check', '--expect', 'flows.yaml');
  expect([status, out]).toEqual([2, '']);
  expect(err).toBe(`flows.yaml:1: apiVersion must be cilium-mesh/v1, got "cilium-mesh/v2"
    fix: write cilium-mesh/v1
flows.yaml:2: default must be one of allowed, denied, got "maybe"
    fix: write one of allowed, denied
flows.yaml:4: flows[0] has no verdict
    fix: write verdict: allowed or verdict: denied
flows.yaml:5: flows[1].verdict must be one of allowed, denied, partial, no-backends, unknown (did you mean "allowed"?), got "alowed"
    fix: write one of allowed, denied, partial, no-backends, unknown
flows.yaml:6: flows[2]: unknown field "frm" (did you mean "from"?)
    fix: correct the name of the field, or remove it; the fields are from, to, ports, http, placement, verdict, egress, ingress, requests, backends, why
flows.yaml:6: flows[2].from is missing
    fix: write from: a reference or a pattern
flows.yaml:6: flows[2].to is missing
    fix: write to: a reference or a pattern
flows.yaml:7: flows[3].ports[1] must be ports such as TCP/80, TCP/80,443, TCP/8000-8099 (lowest to highest, 1 to 65535), UDP, ICMP/8 or all, got "TCP/0"
    fix: write ports such as TCP/80, TCP/80,443, TCP/8000-8099 (lowest to highest, 1 to 65535), UDP, ICMP/8 or all
flows.yaml:8: flows[4] must be a mapping with from, to and a verdict, got "x"
    fix: write a mapping with from, to and a verdict
flows.yaml:9: flows[5]: unknown field "form" (did you mean "from"?)
    fix: correct the name of the field, or remove it; the fields are from, to, ports, http, placement, verdict, egress, ingress, requests, backends, why
flows.yaml:9: flows[5].from is missing
    fix: write from: a reference or a pattern
flows.yaml:10: flows[6].from must be a list of references or patterns
    fix: write a list of references or patterns
flows.yaml:10: flows[6].http must be a method and a path such as 'GET /path' or 'GET http://host/path', got "/"
    fix: write a method and a path such as 'GET /path' or 'GET http://host/path'
flows.yaml:11: flows[7].egress: a service has no policies, so there is only one verdict
    fix: write verdict, or name the workloads behind the service
flows.yaml:12: flows[8].backends: only services have backends
    fix: write svc/namespace/name in to:, or remove backends
flows.yaml:13: flows[9].requests: http is about one request only
    fix: write an entry for http, and another one for requests
flows.yaml:14: flows[10].requests: a service has no policies, so there is only one verdict
    fix: write verdict, or name the workloads behind the service
`);
});

test('expectations of today are written, hold, and replace no file of somebody else', async () => {
  const write = (...more: string[]) => program('check', '--write-expectations', 'today.yaml', ...more);
  expect(await write()).toMatchObject({
    status: 0,
    out: '',
    err: expect.stringMatching(/^wrote \d+ expectations to today.yaml\n$/),
  });
  const text = fs.readFileSync('today.yaml', 'utf8');
  const codes = (out: string) => JSON.parse(out).findings.map((each: any) => each.code);
  const compared = await program('check', '--expect', 'today.yaml', '--format', 'json');
  expect(codes(compared.out).filter((code: string) => code.startsWith('expectation'))).toEqual([]);
  expect((await write()).status).toBe(0);
  expect(fs.readFileSync('today.yaml', 'utf8')).toBe(text);
  fs.writeFileSync('today.yaml', `${text}# mine\n`);
  expect(await write()).toMatchObject({
    status: 2,
    err: `today.yaml exists, and check --write-expectations did not write its content
    fix: write to another file, or add --force to replace it
`,
  });
  expect(fs.readFileSync('today.yaml', 'utf8')).toBe(`${text}# mine\n`);
  expect((await write('--force')).status).toBe(0);
  expect(fs.readFileSync('today.yaml', 'utf8')).toBe(text);
  expect(fs.readdirSync('.').filter(name => name.startsWith('today.yaml'))).toEqual(['today.yaml']);
});

test('expectations that are not met are findings', async () => {
  fs.writeFileSync(
    'flows.yaml',
    `apiVersion: cilium-mesh/v1
default: denied
flows:
- {from: x-wing@koornacht, to: "rebel-base@*", verdict: allowed}
- {from: x-wing@koornacht, to: rebel-base@tion, verdict: denied, why: tion is closed}
- {from: "*@tion", to: world:192.0.2.1, ports: [TCP/443], verdict: allowed}
- {from: x-wing@koornaht, to: rebel-base@tion, verdict: allowed}
`,
  );
  const { status, out } = await program('check', '--expect', 'flows.yaml', '--format', 'json');
  expect(status).toBe(1);
  expect(JSON.parse(out).findings.map((each: any) => [each.code, each.line, each.message])).toEqual([
    [
      'expectation-unmet',
      5,
      'x-wing@koornacht -> rebel-base@tion TCP/80: allowed where denied is expected (tion is closed)',
    ],
    ['expectation-unmet', 6, 'rebel-base@tion -> world:192.0.2.1 TCP/443: denied where allowed is expected'],
    ['expectation-unmet', 6, 'x-wing@tion -> world:192.0.2.1 TCP/443: denied where allowed is expected'],
    ['expectation-unused', 7, '"x-wing@koornaht": unknown cluster "koornaht" (did you mean "koornacht"?)'],
  ]);
});
