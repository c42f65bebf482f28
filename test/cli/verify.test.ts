/** `verify` with a world that answers as the test says; the script of the probes itself is run in test/verification. */
import { Command } from '../../src/live/plans/command';
import { Processes } from '../../src/live/runner/processes';
import { folderOf, program } from '../support/program';
import { schemaFaults } from '../support/schemas';

const cwd = process.cwd();

const POD = { apiVersion: 'v1', kind: 'Pod' };

/** Addresses of the lab's pods. */
const PODS: { readonly [context: string]: { readonly [name: string]: string } } = {
  'kind-koornacht': { 'rebel-base 0': '10.1.0.5', 'rebel-base 1': '10.1.0.9', 'x-wing': '10.1.0.6' },
  'kind-tion': { 'rebel-base 0': '10.2.0.5', 'rebel-base 1': '10.2.0.9', 'x-wing': '10.2.0.6' },
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
let records: { [context: string]: string[] };

interface WorldOptions {
  /** Addresses of the pods; several pods of a workload end with a number: `x-wing 1`. */
  readonly pods?: typeof PODS;
  /** Names of pods that are not ready. */
  readonly unready?: readonly string[];
  /** How the agents of a context answer. */
  readonly agents?: { readonly [context: string]: { readonly output: string; readonly status: number } };
}

function world(answer: World, more: WorldOptions = {}): void {
  const counts = new Map<string, number>();
  jest.spyOn(Processes.prototype, 'run').mockImplementation(async command => {
    asked.push(command);
    const { program: name, args } = command;
    const context = args[args.findIndex(each => each === '--context' || each === '--kube-context') + 1];
    const ended = (output: string, status: number = 0) => ({ status, output, tail: output.trim(), bySignal: false });
    if (name === 'hubble') {
      const verdict = args[args.indexOf('--verdict') + 1];
      const lines = records[context]?.filter(line => !line.startsWith('{') || JSON.parse(line).flow.verdict === verdict);
      return lines ? ended(lines.join('\n')) : ended('no relay', 1);
    }
    if (args.includes('k8s-app=cilium')) {
      const agent = { ...POD, metadata: { name: 'cilium-7x2' }, status: { phase: 'Running' } };
      return ended(JSON.stringify({ items: [agent] }));
    }
    if (args.includes('cilium-agent')) {
      const { output, status } = more.agents?.[context] ?? { output: '', status: 0 };
      return ended(output, status);
    }
    if (args.includes('pods')) {
      const items = Object.entries((more.pods ?? PODS)[context]).map(([label, podIP]) => ({
        ...POD,
        metadata: {
          name: label.includes(' ') ? label.replace(' ', '-') : `${label}-0`,
          labels: { 'name': label.split(' ')[0], 'pod-template-hash': '0' },
        },
        status: {
          phase: 'Running',
          podIP,
          conditions: [{ type: 'Ready', status: more.unready?.includes(label) ? 'False' : 'True' }],
        },
      }));
      return ended(
        JSON.stringify({
          items: [
            ...items,
            {
              ...POD,
              metadata: { name: 'gone', labels: { name: 'x-wing' } },
              status: { phase: 'Failed', podIP: '10.9.9.9' },
            },
          ],
        }),
      );
    }
    const pod = args.find(each => each.startsWith('pod/'))!.slice('pod/'.length);
    const client = `${pod.replace(/-\d+$/, '')}@${context.replace('kind-', '')}`;
    const [requests, , hosts] = args.slice(args.lastIndexOf('sh') + 1);
    const sent = hosts.split(' ').flatMap(host => Array<string>(Number(requests)).fill(host));
    const lines = sent.map(host => {
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
  records = { 'kind-koornacht': [], 'kind-tion': [] };
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
  world(() => ['koornacht', 'tion', 'tion', 'koornacht', 'tion', 'koornacht', 'tion']);
  const { status, out, err } = await verify('--from', 'x-wing@koornacht', '--to', 'svc/default/rebel-base');
  expect(err).toBe('1 probe with 132 requests each\n');
  expect(rows(out)[1]).toEqual([
    'x-wing@koornacht',
    'svc/default/rebel-base',
    'TCP/80',
    'koornacht 50 % (54 to 78 of 132), tion 50 % (54 to 78 of 132)',
    '57 koornacht, 75 tion',
    'as predicted',
  ]);
  expect(status).toBe(0);
});

test('all from one cluster is asked again, and then different', async () => {
  lab('global');
  world(() => ['koornacht']);
  const { status, out, err } = await verify('--only', 'services', '--from', 'x-wing@koornacht');
  expect([status, rows(out)[1].slice(4)]).toEqual([1, ['132 koornacht', 'DIFFERENT']]);
  expect(err).toBe(
    '1 probe with 132 requests each\nrepeating 1 probe: the answers are not as predicted\n',
  );
});

test('a first round from one cluster is forgiven if the second is as predicted', async () => {
  lab('global');
  const probes = () => asked.filter(each => each.args.includes('exec') && !each.args.includes('cilium-agent')).length;
  world(() => (probes() < 2 ? ['koornacht'] : ['koornacht', 'tion']));
  const { status, out } = await verify('--only', 'services', '--from', 'x-wing@koornacht');
  expect([status, rows(out)[1].slice(4)]).toEqual([0, ['66 koornacht, 66 tion', 'as predicted']]);
});

test('a number of requests can be asked for', async () => {
  lab('global');
  world(() => ['koornacht', 'tion']);
  const { out } = await verify('--only', 'services', '--from', 'x-wing@koornacht', '--requests', '12');
  expect(rows(out)[1].slice(3)).toEqual([
    'koornacht 50 % (2 to 10 of 12), tion 50 % (2 to 10 of 12)',
    '6 koornacht, 6 tion',
    'as predicted',
  ]);
});

test('one answer from a cluster that shares nothing is different', async () => {
  lab('affinity-local');
  world(() => [...Array(9).fill('koornacht'), 'tion']);
  const { status, out } = await verify('--only', 'services', '--from', 'x-wing@koornacht');
  expect([status, out]).toEqual([1, expect.stringMatching(/koornacht 100 % +\d+ koornacht, \d+ tion +DIFFERENT/)]);
});

test('the default deny of the lab: no pod answers, and Hubble says where it ended', async () => {
  lab('egress');
  records['kind-koornacht'] = [
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
  // only clusters with a relay are asked, twice at once: each query takes a free port
  expect(asked.filter(each => each.program === 'hubble').map(({ args }) => args.slice(0, 6).join(' '))).toEqual([
    'observe --port-forward --port-forward-port 0 --kube-context kind-koornacht',
    'observe --port-forward --port-forward-port 0 --kube-context kind-koornacht',
  ]);
  expect(err).not.toContain('no records from Hubble');
});

test('a flow that is stopped in another cluster than predicted is different', async () => {
  lab('egress');
  records['kind-koornacht'] = [
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
  records['kind-koornacht'] = [];
  world(() => ['silent']);
  expect((await verify('--from', 'x-wing@koornacht', '--to', 'rebel-base@koornacht')).out).toContain(
    '10 unanswered; Hubble in koornacht: no drop',
  );
  records = {};
  expect((await verify('--from', 'x-wing@koornacht', '--to', 'rebel-base@koornacht')).err).toContain(
    'koornacht: no records from Hubble: no relay\n',
  );
});

test('a flow that is predicted to be denied and is answered is different, whoever answers', async () => {
  lab('default-deny');
  world((_, host) => (host === '10.2.0.9' ? [...Array(4).fill('silent'), 'refused'] : ['silent']));
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
        : host.startsWith('10.1.')
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
    'koornacht 50 % (54 to 78 of 132), dropped in koornacht 50 % (54 to 78 of 132)',
    '66 koornacht, 66 unanswered; Hubble in koornacht: no drop',
    'as predicted',
  ]);
});

test('a mesh that was not ready is asked again', async () => {
  lab('global');
  let silent = 3;
  world(() => (silent-- > 0 ? ['silent'] : ['tion']));
  const { status, out } = await verify('--only', 'flows', '--from', 'x-wing@koornacht', '--to', 'rebel-base@tion');
  expect([status, out]).toEqual([0, expect.stringContaining('10 answered')]);
});

test('names that are not resolved are said', async () => {
  lab('global');
  world(() => ['unresolved']);
  const { status, out } = await verify('--only', 'services', '--from', 'x-wing@tion');
  expect([status, out]).toEqual([1, expect.stringContaining('132 unresolved (DNS)')]);
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
  expect(out).toContain('66 koornacht, 66 tion');
  const alone = await verify('--from', 'x-wing@koornacht', '--only', 'services');
  expect([alone.status, alone.out]).toEqual([0, expect.stringContaining('132 answered by an unknown cluster')]);
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

describe('UDP and ICMP', () => {
  const flow = (...ports: string[]) =>
    verify('--only', 'flows', '--from', 'x-wing@tion', '--to', 'rebel-base@koornacht', ...ports.flatMap(each => ['--port', each]));
  const packet = (verdict: string, more: object = {}) =>
    JSON.stringify({
      flow: {
        verdict,
        IP: { source: '10.2.0.6', destination: '10.1.0.5' },
        l4: { UDP: { source_port: 40_000, destination_port: 53 } },
        ...more,
      },
    });

  test('an answer tells that packets arrive, a missing one tells nothing', async () => {
    lab('global');
    world(() => ['silent', 'refused']);
    expect((await flow('UDP/53')).out).toMatch(/allowed +4 refused, 6 unanswered +as predicted/);
    records = {};
    world(() => ['silent']);
    expect((await flow('UDP/53', 'ICMP/3')).out).toMatch(
      /cannot probe ICMP\/3: only echo requests have an answer +not probed\n.* 10 unanswered; a missing answer tells nothing with UDP; only Hubble Relay \(hubble\.relay\.enabled\) could tell more +not probed\n/,
    );
  });

  // `egress` has Hubble Relay in koornacht; tion stops what its clients send
  test.each([
    ['a drop in another cluster than predicted', 'egress', [packet('DROPPED', { drop_reason_desc: 'POLICY_DENIED' })], 'DIFFERENT'],
    ['an arrival', 'egress', [packet('FORWARDED', { trace_observation_point: 'TO_ENDPOINT' })], 'DIFFERENT'],
    ['a packet on its way', 'egress', [packet('FORWARDED', { trace_observation_point: 'FROM_NETWORK' })], 'not probed'],
    ['a packet to another port', 'egress', [packet('FORWARDED', { trace_observation_point: 'TO_ENDPOINT', l4: { UDP: { destination_port: 54 } } })], 'not probed'],
    ['no packet', 'egress', [], 'not probed'],
  ])('%s: by what Hubble saw', async (_, step, seen, outcome) => {
    lab(step);
    records['kind-koornacht'] = seen;
    world(() => ['silent']);
    expect((await flow('UDP/53')).out).toMatch(new RegExp(`denied \\(egress in tion: default-denied\\) .* ${outcome}\n`));
  });
});

test('drops on other ports, by other programs or at other times are not those of the requests', async () => {
  lab('egress');
  const drop = (more: object) =>
    JSON.stringify({
      flow: {
        verdict: 'DROPPED',
        IP: { source: '10.2.0.6', destination: '10.1.0.5' },
        drop_reason_desc: 'POLICY_DENIED',
        ...more,
      },
    });
  world(() => ['silent']);
  const outcome = async (more: object) => {
    records['kind-koornacht'] = [drop(more)];
    return rows((await verify('--from', 'x-wing@tion', '--to', 'rebel-base@koornacht')).out)[1].at(-1);
  };
  const tcp = (port: number) => ({ l4: { TCP: { source_port: 40_000, destination_port: port } } });
  expect(await outcome(tcp(80))).toBe('DIFFERENT');
  expect(await outcome(tcp(81))).toBe('as predicted');
  expect(await outcome({ l4: { UDP: { source_port: 40_000, destination_port: 80 } } })).toBe('as predicted');
  expect(await outcome({ ...tcp(80), time: '2020-01-01T00:00:00Z' })).toBe('as predicted');
  expect(await outcome({ ...tcp(80), time: new Date().toISOString() })).toBe('DIFFERENT');
});

describe('every pod of a workload', () => {
  const pods = {
    'kind-koornacht': { 'rebel-base': '10.1.0.5', 'x-wing 0': '10.1.0.6', 'x-wing 1': '10.1.0.7', 'x-wing 2': '10.1.0.8' },
    'kind-tion': { 'rebel-base 0': '10.2.0.5', 'rebel-base 1': '10.2.0.7', 'x-wing': '10.2.0.6' },
  };
  const sent = () =>
    asked
      .filter(each => each.args.includes('exec') && !each.args.includes('cilium-agent'))
      .map(({ args }) => {
        const [requests, , hosts] = args.slice(args.lastIndexOf('sh') + 1);
        return [args.find(each => each.startsWith('pod/')), hosts, requests];
      });

  test('sends and receives requests', async () => {
    lab('global');
    world(() => ['tion'], { pods });
    const { status, out } = await verify('--only', 'flows', '--from', 'x-wing@koornacht', '--to', 'rebel-base@tion');
    expect([status, out]).toEqual([0, expect.stringContaining('12 answered')]);
    expect(sent()).toEqual([
      ['pod/x-wing-0', '10.2.0.5', '4'],
      ['pod/x-wing-1', '10.2.0.7', '4'],
      ['pod/x-wing-2', '10.2.0.5', '4'],
    ]);
    asked = [];
    await verify('--only', 'flows', '--from', 'x-wing@tion', '--to', 'rebel-base@tion');
    expect(sent()).toEqual([
      ['pod/x-wing-0', '10.2.0.5', '5'],
      ['pod/x-wing-0', '10.2.0.7', '5'],
    ]);
    asked = [];
    await verify('--only', 'flows', '--from', 'x-wing@koornacht', '--to', 'rebel-base@tion', '--pods', '1');
    expect(sent()).toEqual([['pod/x-wing-0', '10.2.0.5', '10']]);
  });

  test('one that is not let through is enough', async () => {
    lab('global');
    world((_, host) => (host === '10.2.0.7' ? ['silent'] : ['tion']), { pods });
    const { status, out } = await verify('--only', 'flows', '--from', 'x-wing@koornacht', '--to', 'rebel-base@tion');
    expect([status, out]).toEqual([1, expect.stringMatching(/8 answered, 4 unanswered +DIFFERENT/)]);
  });

  test('shares follow from the pods that are ready', async () => {
    lab('global');
    world(() => ['koornacht', 'tion', 'tion'], {
      unready: ['rebel-base 0'],
    });
    const { status, out, err } = await verify('--only', 'services', '--from', 'x-wing@tion');
    expect(err).toContain(
      'rebel-base@koornacht: 1 ready pod, 2 in its manifest; shares are predicted for the ready ones\n' +
        'rebel-base@tion: 1 ready pod, 2 in its manifest; shares are predicted for the ready ones\n',
    );
    expect([status, rows(out)[1][3]]).toEqual([1, expect.stringContaining('koornacht 50 %')]);
    world(() => ['koornacht', 'tion', 'tion'], { pods });
    const { status: same, out: answered } = await verify('--only', 'services', '--from', 'x-wing@tion');
    expect([same, rows(answered)[1][3]]).toEqual([0, expect.stringContaining('koornacht 33.3 %')]);
  });
});

describe('who answers', () => {
  const connection = (port: number, destination: string) =>
    JSON.stringify({
      flow: {
        verdict: 'FORWARDED',
        IP: { source: '10.1.0.6', destination },
        l4: { TCP: { source_port: port, destination_port: 80 } },
        trace_observation_point: 'TO_OVERLAY',
      },
    });
  const answers = { ...ANSWERS };
  /** Both clusters answer the same, from the next port of the client. */
  const answerFromNextPort = () => {
    let port = 40_000;
    for (const cluster of ['koornacht', 'tion']) {
      Object.defineProperty(ANSWERS, cluster, {
        configurable: true,
        enumerable: true,
        get: () => `curl 0 tion is not koornacht  cilium-mesh-measured 200 0.001 ${port++}`,
      });
    }
  };
  afterEach(() => {
    for (const cluster of ['koornacht', 'tion']) {
      const value = answers[cluster];
      Object.defineProperty(ANSWERS, cluster, { configurable: true, enumerable: true, writable: true, value });
    }
  });
  const services = () => verify('--only', 'services', '--from', 'x-wing@koornacht');

  test('is what Hubble saw, by the port of the client', async () => {
    lab('global');
    answerFromNextPort();
    world(() => ['tion']);
    const seen = (index: number) => connection(40_000 + index, index % 3 === 0 ? '10.1.0.9' : '10.2.0.5');
    records['kind-koornacht'] = Array.from({ length: 264 }, (_, index) => seen(index));
    const third = await services();
    // predicted are halves
    expect([third.status, rows(third.out)[1].slice(4)]).toEqual([
      1,
      ['44 koornacht, 88 tion (seen by Hubble)', 'DIFFERENT'],
    ]);
  });

  test('is what the answers say where Hubble has not seen all connections', async () => {
    lab('global');
    answerFromNextPort();
    world(() => ['tion']);
    records['kind-koornacht'] = Array.from({ length: 131 }, (_, index) => connection(40_000 + index, '10.2.0.5'));
    expect(rows((await services()).out)[1].slice(4)).toEqual(['132 answered by an unknown cluster', 'as predicted']);
  });

  test('is what Hubble saw if each request was answered, where the tool does not tell its port', async () => {
    lab('global');
    world(() => ['tion']);
    Object.assign(ANSWERS, { tion: 'wget 0 tion is not koornacht' });
    const seen = (index: number) => connection(50_000 + index, index % 2 === 0 ? '10.1.0.9' : '10.2.0.5');
    records['kind-koornacht'] = Array.from({ length: 132 }, (_, index) => seen(index));
    expect(rows((await services()).out)[1].slice(4)).toEqual(['66 koornacht, 66 tion (seen by Hubble)', 'as predicted']);
  });
});

describe('policies are waited for', () => {
  test('by asking each agent', async () => {
    lab('global');
    world(() => ['koornacht', 'tion']);
    await verify('--only', 'services', '--from', 'x-wing@koornacht');
    const waits = asked.filter(each => each.args.includes('cilium-agent'));
    expect(waits.map(({ args }) => args.slice(0, 10).join(' '))).toEqual([
      '--context kind-koornacht -n kube-system exec cilium-7x2 -c cilium-agent -- sh',
      '--context kind-tion -n kube-system exec cilium-7x2 -c cilium-agent -- sh',
    ]);
    expect(asked.indexOf(waits[1])).toBeLessThan(asked.findIndex(each => each.args.includes('pod/x-wing-0')));
  });

  test('an agent that does not answer is named', async () => {
    lab('global');
    const output = '\n3 endpoints still not ready after 60s (0 failed)';
    world(() => ['koornacht', 'tion'], { agents: { 'kind-tion': { output, status: 1 } } });
    const { status, err } = await verify('--only', 'services', '--from', 'x-wing@koornacht');
    expect([status, err]).toEqual([
      0,
      'tion: policies may not be enforced yet, as its agents do not tell: cilium-7x2: 3 endpoints still not ready ' +
        'after 60s (0 failed)\n1 probe with 132 requests each\n',
    ]);
  });
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
          requests: 132,
          answers: { answered: 132 },
          clusters: [
            { cluster: 'koornacht', answers: 66 },
            { cluster: 'tion', answers: 66 },
          ],
          unknown: 0,
          byHubble: false,
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
  expect(out).toMatch(/<failure message="predicted: allowed; probed: 10 unanswered"\/>/);
  expect(out).toContain(
    '<skipped message="a missing answer tells nothing with UDP; only Hubble Relay (hubble.relay.enabled) could tell more"/>',
  );
});

test('CSV and Markdown have a row for each prediction', async () => {
  lab('global');
  world(() => ['koornacht', 'tion']);
  const chosen = ['--from', 'x-wing@koornacht', '--to', 'svc/default/rebel-base', '--format'];
  expect((await verify(...chosen, 'csv')).out.split('\r\n').slice(1)).toEqual([
    'koornacht,default,Deployment,x-wing,,,,,default,rebel-base,,TCP,80,,132,,as-predicted',
    '',
  ]);
  expect((await verify(...chosen, 'markdown')).out).toContain(
    '| `x-wing@koornacht` | `svc/default/rebel-base` | `TCP/80` | koornacht 50 % (54 to 78 of 132), tion 50 % ' +
      '(54 to 78 of 132) | 66 koornacht, 66 tion | as predicted |\n',
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
  expect([status, out]).toEqual([1, expect.stringContaining('10 denied by the proxy')]);
  expect(asked.find(each => each.args.includes('pod/x-wing-0'))!.args.slice(-2)).toEqual(['--request', 'GET']);
});

test.each([
  [['--requests', '0'], '--requests must be a number from 1 to 1000, got "0"\n'],
  [['--pods', 'all'], '--pods must be a number from 1 to 1000, got "all"\n'],
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

test.each([
  ['is cut', { status: 0, tail: '' }, ''],
  ['comes too late', { status: 128, tail: 'stopped', cause: 'timeout' as const }, ': no answer within its limit of time'],
])('a probe whose output %s proves nothing', async (_, end, reason) => {
  lab('global');
  world(() => ['koornacht', 'tion']);
  const whole = jest.mocked(Processes.prototype.run).getMockImplementation()!;
  jest.spyOn(Processes.prototype, 'run').mockImplementation(async command => {
    const result = await whole(command);
    return command.args.includes('pod/x-wing-0')
      ? { ...result, ...end, output: result.output.split('\n').slice(0, 40).join('\n') }
      : result;
  });
  const { status, out } = await verify('--from', 'x-wing@koornacht', '--to', 'svc/default/rebel-base');
  expect(rows(out)[1].slice(4)).toEqual([`kubectl exec printed 40 of 132 answers${reason}`, 'not probed']);
  expect(status).toBe(1);
});

test('agents that are not listed are not taken for missing ones', async () => {
  lab('global');
  world(() => ['koornacht', 'tion']);
  const right = jest.mocked(Processes.prototype.run).getMockImplementation()!;
  jest.spyOn(Processes.prototype, 'run').mockImplementation(async command => {
    const result = await right(command);
    return command.args.includes('k8s-app=cilium') ? { ...result, output: '{"items": [7]}' } : result;
  });
  const { err } = await verify('--from', 'x-wing@koornacht', '--to', 'svc/default/rebel-base');
  expect(err).toContain('koornacht: policies may not be enforced yet, as its agents do not tell: no list of pods\n');
});
