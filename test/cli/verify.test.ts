/** `verify` with a world that answers as the test says; the script of the probes itself is run in test/verification. */
import { Command } from '../../src/live/plans/command';
import { Processes } from '../../src/live/runner/processes';
import { folderOf, program } from '../support/program';
import { schemaFaults } from '../support/schemas';

const cwd = process.cwd();

/** Addresses of the lab's pods. */
const PODS: { readonly [context: string]: { readonly [name: string]: string } } = {
  'kind-koornacht': { 'rebel-base': '10.1.0.5', 'x-wing': '10.1.0.6' },
  'kind-tion': { 'rebel-base': '10.2.0.5', 'x-wing': '10.2.0.6' },
};
const ANSWERS: { readonly [cluster: string]: string } = {
  koornacht: 'curl 0 {"Cluster": "Koornacht", "Planet": "N\'Zoth"}  cilium-mesh-measured 200 0.001',
  tion: 'curl 0 {"Cluster": "Tion", "Planet": "Foran Tutha"}  cilium-mesh-measured 200 0.002',
  silent: 'curl 28 curl: (28) Connection timed out after 2001 milliseconds cilium-mesh-measured 000 0.000',
  unresolved: 'curl 6 curl: (6) Could not resolve host: rebel-base cilium-mesh-measured 000 0.000',
  refused: 'curl 7 * connect to 10.1.0.6 port 80 failed: Connection refused',
  denied: 'curl 0 Access denied  cilium-mesh-measured 403 0.001',
};

/** Who answers the requests of a client, in turn: names of `ANSWERS`. */
type World = (client: string, host: string) => readonly string[];
let asked: Command[];
let drops: { [context: string]: string[] };

function world(answer: World, more: { readonly pods?: typeof PODS } = {}): void {
  const counts = new Map<string, number>();
  jest.spyOn(Processes.prototype, 'run').mockImplementation(async command => {
    asked.push(command);
    const { program: name, args } = command;
    const context = args[args.findIndex(each => each === '--context' || each === '--kube-context') + 1];
    const ended = (output: string, status: number = 0) => ({ status, output, tail: output.trim(), bySignal: false });
    if (name === 'hubble') {
      return drops[context] ? ended(drops[context].join('\n')) : ended('no relay', 1);
    }
    if (args.includes('pods')) {
      const items = Object.entries((more.pods ?? PODS)[context]).map(([label, podIP]) => ({
        metadata: { name: `${label}-0`, labels: { 'name': label, 'pod-template-hash': '0' } },
        status: { phase: 'Running', podIP },
      }));
      return ended(
        JSON.stringify({
          items: [
            ...items,
            { metadata: { name: 'gone', labels: { name: 'x-wing' } }, status: { phase: 'Failed', podIP: '10.9.9.9' } },
          ],
        }),
      );
    }
    const client = `${args.find(each => each.includes('/'))!.split('/')[1]}@${context.replace('kind-', '')}`;
    const [requests, , host] = args.slice(args.lastIndexOf('sh') + 1);
    const lines = Array.from({ length: Number(requests) }, () => {
      const key = `${client} ${host}`;
      const kinds = answer(client, host);
      counts.set(key, (counts.get(key) ?? -1) + 1);
      return `cilium-mesh ${ANSWERS[kinds[counts.get(key)! % kinds.length]]}`;
    });
    return ended(lines.join('\n'));
  });
}

beforeEach(() => {
  asked = [];
  drops = {};
});

afterEach(() => {
  jest.restoreAllMocks();
  process.chdir(cwd);
});

const verify = (...args: string[]) => program('verify', '--settle', '0', ...args);
const lab = (step: string) => process.chdir(folderOf('isovalent-lab', step));
const rows = (out: string) =>
  out
    .split('\n')
    .map(line => line.split(/ {2,}/))
    .filter(row => row.length >= 5);
const SERVICE = 'rebel-base.default.svc';

test('a global service is answered by both clusters, by chance', async () => {
  lab('global');
  world(() => ['koornacht', 'tion', 'tion']);
  const { status, out } = await verify('--from', 'x-wing@koornacht', '--to', 'svc/default/rebel-base');
  expect(rows(out)[1]).toEqual([
    'x-wing@koornacht',
    'svc/default/rebel-base',
    'TCP/80',
    'koornacht 50 % (1 to 9 of 10), tion 50 % (1 to 9 of 10)',
    '4 koornacht, 6 tion',
    'as predicted',
  ]);
  expect(status).toBe(0);
});

test('all from one cluster is asked again, and then different', async () => {
  lab('global');
  world(() => ['koornacht']);
  const { status, out, err } = await verify('--only', 'services', '--from', 'x-wing@koornacht');
  expect([status, rows(out)[1]]).toEqual([1, expect.arrayContaining(['40 koornacht', 'DIFFERENT'])]);
  expect(err).toBe(
    '1 probe with 10 requests each\n' +
      'repeating 1 probe with 3 times as many requests: the answers are not as predicted, or unlikely\n',
  );
  expect(out).toContain('tion 50 % (8 to 32 of 40)');
});

test('ten from one cluster that are chance are forgiven', async () => {
  lab('global');
  let first = true;
  world(() => {
    const kinds = first ? ['koornacht'] : ['koornacht', 'tion'];
    first = first && asked.filter(each => each.args.includes('exec')).length < 2;
    return kinds;
  });
  const { status, out } = await verify('--only', 'services', '--from', 'x-wing@koornacht');
  expect([status, out]).toEqual([0, expect.stringContaining('as predicted')]);
});

test('one answer from a cluster that shares nothing is different', async () => {
  lab('affinity-local');
  world(() => [...Array(9).fill('koornacht'), 'tion']);
  const { status, out } = await verify('--only', 'services', '--from', 'x-wing@koornacht');
  expect([status, out]).toEqual([1, expect.stringMatching(/koornacht 100 % +\d+ koornacht, \d+ tion +DIFFERENT/)]);
});

test('the default deny of the lab: nobody answers, and Hubble says where it ended', async () => {
  lab('egress');
  drops['kind-koornacht'] = [
    JSON.stringify({
      flow: {
        verdict: 'DROPPED',
        IP: { source: '10.1.0.6', destination: '10.1.0.5' },
        l4: { TCP: { destination_port: 80 } },
        drop_reason_desc: 'POLICY_DENIED',
      },
    }),
    JSON.stringify({
      flow: {
        verdict: 'DROPPED',
        IP: { source: '10.1.0.6', destination: '1.1.1.1' },
        drop_reason_desc: 'STALE_OR_UNROUTABLE_IP',
      },
    }),
    'Handling connection for 4245',
  ];
  world(() => ['silent']);
  const { status, out, err } = await verify('--from', 'x-wing@koornacht');
  expect(status).toBe(0);
  expect(rows(out).find(row => row[1] === 'rebel-base@koornacht')).toEqual([
    'x-wing@koornacht',
    'rebel-base@koornacht',
    'TCP/80',
    'denied (ingress in koornacht: default-denied)',
    '10 unanswered; Hubble in koornacht: POLICY_DENIED',
    'as predicted',
  ]);
  // without a relay nobody is asked
  expect(asked.filter(each => each.program === 'hubble').map(({ args }) => args.slice(0, 4).join(' '))).toEqual([
    'observe --port-forward --kube-context kind-koornacht',
  ]);
  expect(err).not.toContain('no drops from Hubble');
});

test('a flow that is stopped in another cluster than predicted is different', async () => {
  lab('egress');
  drops['kind-koornacht'] = [
    JSON.stringify({
      flow: {
        verdict: 'DROPPED',
        IP: { source: '10.2.0.6', destination: '10.1.0.5' },
        drop_reason_desc: 'POLICY_DENIED',
        ingress_denied_by: [{ kind: 'CiliumNetworkPolicy', namespace: 'default', name: 'other' }],
      },
    }),
  ];
  world(() => ['silent']);
  const { status, out } = await verify('--from', 'x-wing@tion', '--to', 'rebel-base@koornacht');
  expect(status).toBe(1);
  expect(out).toMatch(
    /denied \(egress in tion: default-denied\) +10 unanswered; Hubble in koornacht: POLICY_DENIED by CiliumNetworkPolicy default\/other +DIFFERENT/,
  );
});

test('a drop that Hubble should have seen, and did not, is said', async () => {
  lab('egress');
  drops['kind-koornacht'] = [];
  world(() => ['silent']);
  expect((await verify('--from', 'x-wing@koornacht', '--to', 'rebel-base@koornacht')).out).toContain(
    '10 unanswered; Hubble in koornacht: no drop',
  );
  drops = {};
  expect((await verify('--from', 'x-wing@koornacht', '--to', 'rebel-base@koornacht')).err).toContain(
    'koornacht: no drops from Hubble: no relay\n',
  );
});

test('a flow that is predicted to be denied and is answered is different, whoever answers', async () => {
  lab('default-deny');
  world((_, host) => (host === '10.2.0.5' ? [...Array(9).fill('silent'), 'refused'] : ['silent']));
  const { status, out } = await verify('--only', 'flows');
  expect(status).toBe(1);
  expect(
    rows(out)
      .filter(row => row[row.length - 1] === 'DIFFERENT')
      .map(row => row.slice(0, 2)),
  ).toEqual([
    ['rebel-base@koornacht', 'rebel-base@tion'],
    ['x-wing@koornacht', 'rebel-base@tion'],
    ['x-wing@tion', 'rebel-base@tion'],
  ]);
});

test('what stops only some of the requests is counted', async () => {
  lab('ingress-koornacht');
  world((client, host) =>
    client === 'x-wing@koornacht'
      ? host === SERVICE
        ? ['koornacht', 'silent']
        : host === '10.1.0.5'
          ? ['koornacht']
          : ['silent']
      : ['silent'],
  );
  const { status, out } = await verify();
  expect(status).toBe(0);
  expect(
    rows(out)
      .find(row => row[0] === 'x-wing@koornacht' && row[1].startsWith('svc/'))!
      .slice(3),
  ).toEqual([
    'koornacht 50 % (1 to 9 of 10), dropped in koornacht 50 % (1 to 9 of 10)',
    '5 koornacht, 5 unanswered',
    'as predicted',
  ]);
});

test('a mesh that was not ready is asked again', async () => {
  lab('global');
  let silent = 3;
  world(() => (silent-- > 0 ? ['silent'] : ['tion']));
  const { status, out } = await verify('--only', 'flows', '--from', 'x-wing@koornacht', '--to', 'rebel-base@tion');
  expect([status, out]).toEqual([0, expect.stringContaining('30 answered')]);
});

test('names that are not resolved are said', async () => {
  lab('global');
  world(() => ['unresolved']);
  const { status, out } = await verify('--only', 'services', '--from', 'x-wing@tion');
  expect([status, out]).toEqual([1, expect.stringContaining('30 unresolved (DNS)')]);
});

test('who answers is known by what its pods answer, where the answer names no cluster', async () => {
  lab('global');
  const answers = { ...ANSWERS };
  Object.assign(ANSWERS, {
    koornacht: 'curl 0 one cilium-mesh-measured 200 0.001',
    tion: 'curl 0 two cilium-mesh-measured 200 0.001',
  });
  world((_, host) => (host === SERVICE ? ['koornacht', 'tion'] : host.startsWith('10.1.') ? ['koornacht'] : ['tion']));
  const { out } = await verify('--from', 'x-wing@koornacht');
  expect(out).toContain('5 koornacht, 5 tion');
  const alone = await verify('--from', 'x-wing@koornacht', '--only', 'services');
  expect([alone.status, alone.out]).toEqual([0, expect.stringContaining('10 answered by an unknown cluster')]);
  Object.assign(ANSWERS, answers);
});

test('pods that do not run are said, and nothing verified is no success', async () => {
  lab('global');
  world(() => ['tion'], { pods: { 'kind-koornacht': {}, 'kind-tion': {} } });
  const { status, out } = await verify();
  expect([status, out]).toEqual([
    1,
    expect.stringMatching(
      /x-wing@koornacht has no running pod +not probed[\s\S]*\n0 as predicted, 0 different, 10 not probed\n$/,
    ),
  ]);
});

test('other protocols are not probed', async () => {
  lab('global');
  world(() => ['tion']);
  const { out } = await verify(
    '--only',
    'flows',
    '--port',
    'UDP/53',
    '--port',
    'TCP/80',
    '--to',
    'rebel-base@tion',
    '--from',
    'x-wing@tion',
  );
  expect(out).toMatch(
    / {2}cannot probe UDP\/53: no answer does not mean that the packets were dropped {2}not probed\n/,
  );
  expect(out).toContain('1 as predicted, 0 different, 1 not probed');
});

test('JSON has both sides', async () => {
  lab('global');
  world(() => ['koornacht', 'tion']);
  const { out } = await verify('--from', 'x-wing@koornacht', '--to', 'svc/default/rebel-base', '--format', 'json');
  expect(schemaFaults('verify', JSON.parse(out))).toEqual([]);
  expect(JSON.parse(out)).toEqual({
    apiVersion: 'cilium-mesh/v1',
    verified: [
      {
        source: { cluster: 'koornacht', namespace: 'default', kind: 'Deployment', name: 'x-wing' },
        service: { namespace: 'default', name: 'rebel-base' },
        protocol: 'TCP',
        port: 80,
        predicted: {
          clusters: [
            { cluster: 'koornacht', share: 0.5 },
            { cluster: 'tion', share: 0.5 },
          ],
          unanswered: 0,
          stoppedIn: [],
        },
        probed: {
          requests: 10,
          answers: { answered: 10 },
          clusters: [
            { cluster: 'koornacht', answers: 5 },
            { cluster: 'tion', answers: 5 },
          ],
          unknown: 0,
          drops: [],
        },
        outcome: 'as-predicted',
      },
    ],
  });
});

test('JUnit tells failures from what was not probed', async () => {
  lab('global');
  world(() => ['silent']);
  const { status, out } = await verify(
    '--only',
    'flows',
    '--port',
    'UDP/53',
    '--port',
    'TCP/80',
    '--to',
    'rebel-base@tion',
    '--from',
    'x-wing@tion',
    '--format',
    'junit',
  );
  expect(status).toBe(1);
  expect(out).toContain('<testsuite name="cilium-mesh verify" tests="2" failures="1" skipped="1">');
  expect(out).toMatch(/<failure message="predicted: allowed; probed: 30 unanswered"\/>/);
  expect(out).toContain(
    '<skipped message="cannot probe UDP/53: no answer does not mean that the packets were dropped"/>',
  );
});

test('CSV and Markdown have a row for each prediction', async () => {
  lab('global');
  world(() => ['koornacht', 'tion']);
  const chosen = ['--from', 'x-wing@koornacht', '--to', 'svc/default/rebel-base', '--format'];
  expect((await verify(...chosen, 'csv')).out.split('\r\n').slice(1)).toEqual([
    'koornacht,default,Deployment,x-wing,,,,,default,rebel-base,,TCP,80,,10,,as-predicted',
    '',
  ]);
  expect((await verify(...chosen, 'markdown')).out).toContain(
    '| `x-wing@koornacht` | `svc/default/rebel-base` | `TCP/80` | koornacht 50 % (1 to 9 of 10), tion 50 % (1 to 9 ' +
      'of 10) | 5 koornacht, 5 tion | as predicted |\n',
  );
});

test('requests with a path are judged by what the proxy says', async () => {
  lab('global');
  world(() => ['denied']);
  const { status, out } = await verify(
    '--only',
    'flows',
    '--from',
    'x-wing@tion',
    '--to',
    'rebel-base@tion',
    '--http',
    'GET /v1',
  );
  expect([status, out]).toEqual([1, expect.stringContaining('30 denied by the proxy')]);
  expect(asked.find(each => each.args.includes('exec'))!.args.slice(-2)).toEqual(['--request', 'GET']);
});

test.each([
  [['--requests', '0'], '--requests must be a number from 1 to 1000, got "0"\n'],
  [['--max-time', 'x'], '--max-time must be a number from 1 to 60, got "x"\n'],
  [['--only', 'all'], '--only must be flows or services, got "all"\n'],
  [['--format', 'xml'], '--format must be text, json, markdown, csv or junit, got "xml"\n'],
  [['--to', 'svc/default/rebel'], 'rebel'],
  [['--from', 'nobody@tion'], 'selects no workload'],
])('%j is refused', async (args, message) => {
  lab('global');
  world(() => ['tion']);
  expect(await verify(...args)).toMatchObject({ status: 2, err: expect.stringContaining(message) });
  expect(asked).toEqual([]);
});
