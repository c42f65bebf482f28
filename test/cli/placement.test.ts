/** Verdicts that depend on the nodes of pods: `explain` shows those on one node and on two, summaries count both. */
import { readFileSync, writeFileSync } from 'fs';
import { grouped } from '../../src/diagnostics/grouped';
import { folderWith, program } from '../support/program';

const cwd = process.cwd();

afterEach(() => process.chdir(cwd));

const pod = (name: string, fields: string) =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, labels: {app: ${name}}}\n` +
  `spec: {${fields}containers: [{name: c, image: c, ports: [{containerPort: 80}]}]}\n---\n`;

const PODS = pod('web', '') + pod('shop', '') + pod('agent', 'hostNetwork: true, ');

const policy = (rules: string) =>
  'apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: web}\n' +
  `spec: {endpointSelector: {matchLabels: {app: web}}, ${rules}}\n`;

const flows = async (from: string, to: string) => {
  const { out } = await program('explain', from, to, '--cluster', 'a=a.yaml', '--cluster', 'b=b.yaml', '-o', 'json');
  return JSON.parse(out).flows.map(({ placement, verdict }: any) => [placement, verdict]);
};

const meshWith = (rules: string) => process.chdir(folderWith({ 'a.yaml': PODS + policy(rules), 'b.yaml': PODS }));

test('the host of a pod may always reach it, other nodes only by a rule', async () => {
  meshWith('ingress: [{fromEntities: [world]}]');
  expect(await flows('agent@a', 'web@a')).toEqual([
    ['same-node', 'allowed'],
    ['other-node', 'denied'],
  ]);
});

test('a rule for the host opens egress to the own node only', async () => {
  meshWith('egress: [{toEntities: [host]}]');
  expect(await flows('web@a', 'agent@a')).toEqual([
    ['same-node', 'allowed'],
    ['other-node', 'denied'],
  ]);
});

test('ends in two clusters are never on one node', async () => {
  meshWith('ingress: [{fromEntities: [world]}]');
  expect(await flows('agent@b', 'web@a')).toEqual([[undefined, 'denied']]);
});

test('equal verdicts are one, and so are those of other pods', async () => {
  meshWith('ingress: [{fromEntities: [host, remote-node]}]');
  expect(await flows('agent@a', 'web@a')).toEqual([[undefined, 'allowed']]);
  expect(await flows('shop@a', 'web@a')).toEqual([[undefined, 'denied']]);
});

test('the text names the places', async () => {
  meshWith('ingress: [{fromEntities: [world]}]');
  const { out } = await program('explain', 'agent@a', 'web@a', '--cluster', 'a=a.yaml');
  expect(out.match(/^agent@a -> .*$/gm)).toEqual([
    'agent@a -> web@a TCP/80 on one node: allowed',
    'agent@a -> web@a TCP/80 on two nodes: denied',
  ]);
});

const json = async (...args: string[]) =>
  JSON.parse((await program('matrix', '--cluster', 'a=a.yaml', '--cluster', 'b=b.yaml', '-o', 'json', ...args)).out);

test.each([
  ['egress: [{toEntities: [host]}]'],
  ['ingress: [{fromEntities: [world]}]'],
  ['ingress: [{fromEntities: [world]}], ingressDeny: [{fromEntities: [remote-node]}]'],
])('summaries and groups count the flows that the matrix lists: %s', async rules => {
  meshWith(rules);
  const { flows: listed } = await json('--port', '80');
  expect(listed.filter(({ placement }: any) => placement === 'same-node').length).toBeGreaterThan(0);
  const counts = new Map<string, { flows: number; allowed: number }>();
  for (const { source, destination, verdict } of listed) {
    const key = `${source.cluster} ${destination.cluster}`;
    const count = counts.get(key) ?? { flows: 0, allowed: 0 };
    counts.set(key, count);
    count.flows++;
    count.allowed += verdict === 'allowed' ? 1 : 0;
  }
  const counted = (rows: any[]) =>
    new Map(rows.map(({ source, destination, flows: all, allowed }) => [
      `${source} ${destination}`,
      { flows: all, allowed },
    ]));
  expect(counted((await json('--port', '80', '--summary')).summary)).toEqual(counts);
  expect(counted((await json('--port', '80', '--summary', '--from', '*', '--to', '*')).summary)).toEqual(counts);
  // all pods declare TCP/80 only
  expect(counted((await json('--summary')).summary)).toEqual(counts);
  expect(counted((await json('--group-by', 'cluster')).groups)).toEqual(counts);
});

test('groups hold the connections on each node, and count pairs that connect on one node only', async () => {
  meshWith('egress: [{toEntities: [host]}]');
  const { groups } = await json('--group-by', 'workload', '--from', 'web@a', '--to', 'agent@a');
  expect(groups).toMatchObject([
    { pairs: 1, connecting: 1, dependent: 1, connections: [{ placement: 'same-node', allowed: expect.any(Array) }] },
  ]);
  const { out } = await program('matrix', '--cluster', 'a=a.yaml', '--group-by', 'cluster');
  expect(out).toContain('the connections of 1 pair depend on the nodes of pods');
});

test('nodes that policies tell apart have verdicts of their own', async () => {
  const node = (name: string) => `apiVersion: v1\nkind: Node\nmetadata: {name: ${name}, labels: {role: ${name}}}\n---\n`;
  const host =
    'apiVersion: cilium.io/v2\nkind: CiliumClusterwideNetworkPolicy\nmetadata: {name: gateways}\n' +
    'spec: {nodeSelector: {matchLabels: {role: gateway}}, ingress: [{fromEntities: [cluster]}]}\n';
  process.chdir(
    folderWith({ 'a.yaml': node('gateway') + node('worker') + PODS + host, 'v.yaml': 'hostFirewall: {enabled: true}\n' }),
  );
  const args = ['explain', 'world:192.0.2.1', 'agent@a', '--cluster', 'a=a.yaml', '--values', 'a=v.yaml'];
  const { out } = await program(...args);
  expect(out.match(/^world:.*$/gm)).toEqual([
    'world:192.0.2.1 -> agent@a TCP/80 if agent@a runs on gateway: denied',
    'world:192.0.2.1 -> agent@a TCP/80 if agent@a runs on worker: allowed',
  ]);
  const { flows: all } = JSON.parse((await program(...args, '-o', 'json')).out);
  expect(all.map(({ nodes, verdict }: any) => [nodes, verdict])).toEqual([
    [[{ destination: 'gateway' }], 'denied'],
    [[{ destination: 'worker' }], 'allowed'],
  ]);
});

describe('nodes that policies tell apart', () => {
  const node = (name: string, role: string) =>
    `apiVersion: v1\nkind: Node\nmetadata: {name: ${name}, labels: {role: ${role}}}\n` +
    `status: {addresses: [{type: InternalIP, address: 10.9.0.${name.length}}]}\n---\n`;
  const NODES = node('gate-1', 'gateway') + node('gate-02', 'gateway') + node('work-003', 'worker');
  const HOST =
    'apiVersion: cilium.io/v2\nkind: CiliumClusterwideNetworkPolicy\nmetadata: {name: gateways}\n' +
    'spec: {nodeSelector: {matchLabels: {role: gateway}}, ingress: [{fromNodes: [{matchLabels: {role: worker}}]}]}\n';
  const VALUES = 'hostFirewall: {enabled: true}\nnodeSelectorLabels: true\n';
  const mesh = (rules: string, more: { readonly [file: string]: string } = {}) =>
    process.chdir(
      folderWith({
        ...more,
        'a.yaml': NODES + PODS + pod('probe', 'hostNetwork: true, ') + HOST + '---\n' + policy(rules),
        'b.yaml': PODS,
        'v.yaml': VALUES,
      }),
    );
  const args = ['--cluster', 'a=a.yaml', '--cluster', 'b=b.yaml', '--values', 'a=v.yaml', '--values', 'b=v.yaml'];
  const asked = async (...command: string[]) => JSON.parse((await program(...command, ...args, '-o', 'json')).out).flows;
  const ends = ({ source, destination }: any) =>
    `${source.name}@${source.cluster} ${destination.name}@${destination.cluster}`;
  const rows = (all: any[], verdictOf: (flow: any) => string) =>
    all.map(flow => [ends(flow), flow.placement, flow.nodes, verdictOf(flow)]);

  test.each([
    'ingress: [{fromNodes: [{matchLabels: {role: gateway}}]}]',
    'ingress: [{fromEntities: [world]}]',
    'egress: [{toNodes: [{matchLabels: {role: worker}}]}]',
  ])('explain and both matrices give the same verdicts at the same places: %s', async rules => {
    mesh(rules);
    const names = ['agent@a', 'agent@b', 'probe@a', 'shop@a', 'web@a'];
    const explained = new Map<string, unknown[]>();
    for (const from of names) {
      for (const to of names.filter(each => each !== from)) {
        const own = rows(await asked('explain', from, to, '--port', '80'), each => each.verdict);
        explained.set(`${from} ${to}`, own);
      }
    }
    const pairs = [...explained.keys()];
    expect([...explained.values()].flat().some(([, , nodes]: any) => nodes !== undefined)).toBe(true);
    const onPort = rows(await asked('matrix', '--port', '80'), each => each.verdict);
    const onAll = rows(await asked('matrix'), ({ listening: [{ verdict }] }) => verdict);
    for (const pair of pairs) {
      expect(onPort.filter(([each]) => each === pair)).toEqual(explained.get(pair));
    }
    // one row for all ports also says where other ports differ
    const verdictsAt = (all: any[]) =>
      Object.fromEntries(
        pairs.map(pair => [
          pair,
          [...new Set(all.flatMap(([each, , , verdict]) => (each === pair ? [verdict] : [])))].sort(),
        ]),
      );
    expect(verdictsAt(onAll)).toEqual(verdictsAt([...explained.values()].flat()));
  });

  test('each node counts for pods of either end', async () => {
    mesh('ingress: [{fromNodes: [{matchLabels: {role: gateway}}]}]');
    expect(rows(await asked('matrix', '--port', '80', '--from', 'probe@a', '--to', 'web@a'), each => each.verdict)).toEqual([
      ['probe@a web@a', 'same-node', undefined, 'allowed'],
      ['probe@a web@a', 'other-node', [{ source: 'gate-02' }, { source: 'gate-1' }], 'allowed'],
      ['probe@a web@a', 'other-node', [{ source: 'work-003' }], 'denied'],
    ]);
    const between = await asked('matrix', '--port', '80', '--from', 'probe@a', '--to', 'agent@a');
    expect(rows(between, each => `${each.ingress} ${each.verdict}`)).toEqual([
      [
        'probe@a agent@a',
        'same-node',
        [
          { source: 'gate-02', destination: 'gate-02' },
          { source: 'gate-1', destination: 'gate-1' },
        ],
        'allowed allowed',
      ],
      ['probe@a agent@a', 'same-node', [{ source: 'work-003', destination: 'work-003' }], 'unenforced allowed'],
      [
        'probe@a agent@a',
        'other-node',
        [
          { source: 'gate-02', destination: 'gate-1' },
          { source: 'gate-1', destination: 'gate-02' },
        ],
        'default-denied denied',
      ],
      [
        'probe@a agent@a',
        'other-node',
        [
          { source: 'gate-02', destination: 'work-003' },
          { source: 'gate-1', destination: 'work-003' },
        ],
        'unenforced allowed',
      ],
      [
        'probe@a agent@a',
        'other-node',
        [
          { source: 'work-003', destination: 'gate-02' },
          { source: 'work-003', destination: 'gate-1' },
        ],
        'allowed allowed',
      ],
    ]);
  });

  test.each(['1.16.19', '1.17.15', '1.20.2'])('CIDR groups match nodes where CIDRs do, in %s', async version => {
    const group =
      'apiVersion: cilium.io/v2alpha1\nkind: CiliumCIDRGroup\nmetadata: {name: gateways}\n' +
      'spec: {externalCIDRs: [10.9.0.0/29]}\n---\n';
    process.chdir(
      folderWith({
        'a.yaml': NODES + PODS + group + policy('ingress: [{fromCIDRSet: [{cidrGroupRef: gateways}]}]'),
        'v.yaml': 'policyCIDRMatchMode: [nodes]\n',
      }),
    );
    const own = ['--cluster', 'a=a.yaml', '--values', 'a=v.yaml', '--cilium', version, '--port', '80', '-o', 'json'];
    for (const command of [['explain', 'agent@a', 'web@a'], ['matrix', '--from', 'agent@a', '--to', 'web@a']]) {
      const { flows: found } = JSON.parse((await program(...command, ...own)).out);
      expect(rows(found, each => each.verdict)).toEqual([
        ['agent@a web@a', 'same-node', undefined, 'allowed'],
        // 10.9.0.7 and 10.9.0.6
        ['agent@a web@a', 'other-node', [{ source: 'gate-02' }, { source: 'gate-1' }], 'allowed'],
        ['agent@a web@a', 'other-node', [{ source: 'work-003' }], 'denied'],
      ]);
    }
    const { flows: ofNode } = JSON.parse((await program('explain', 'node:gate-1@a', 'web@a', ...own)).out);
    expect(ofNode.map(({ verdict }: any) => verdict)).toEqual(['allowed']);
  });

  test('nodes that are all alike count with their labels and addresses', async () => {
    const same = ['gate-1', 'gate-02'].map(name => node(name, 'gateway')).join('');
    const verdict = async (rules: string, values: string) => {
      process.chdir(folderWith({ 'a.yaml': same + PODS + policy(rules), 'v.yaml': values }));
      const own = ['--cluster', 'a=a.yaml', '--values', 'a=v.yaml', '--port', '80', '-o', 'json'];
      const found = [];
      for (const command of [['explain', 'web@a', 'agent@a'], ['matrix', '--from', 'web@a', '--to', 'agent@a']]) {
        const { flows: all } = JSON.parse((await program(...command, ...own)).out);
        found.push(all.map((each: any) => [each.placement, each.nodes, each.verdict]));
      }
      expect(found[0]).toEqual(found[1]);
      return found[0];
    };
    const far = [
      ['same-node', undefined, 'denied'],
      ['other-node', undefined, 'allowed'],
    ];
    expect(await verdict('egress: [{toNodes: [{matchLabels: {role: gateway}}]}]', VALUES)).toEqual(far);
    expect(await verdict('egress: [{toNodes: [{matchLabels: {role: worker}}]}]', VALUES)).toEqual([
      [undefined, undefined, 'denied'],
    ]);
    expect(await verdict('egress: [{toCIDR: [10.9.0.0/24]}]', 'policyCIDRMatchMode: [nodes]\n')).toEqual([
      [undefined, undefined, 'allowed'],
    ]);
  });

  describe('pods beside a node', () => {
    const verdicts = async (...command: string[]) =>
      (await asked(...command, '--port', '80')).map(({ nodes, verdict }: any) => [
        nodes?.map((each: any) => each.source ?? each.destination) ?? 'all',
        verdict,
      ]);

    test.each([
      // on the node itself, which always lets its own flows in
      ['entity:host/gate-1@a', 'agent@a', [['all', 'allowed']]],
      ['agent@a', 'entity:host/gate-1@a', [['all', 'allowed']]],
      // on any other node
      [
        'entity:remote-node/gate-1@a',
        'agent@a',
        [
          [['gate-02'], 'denied'],
          [['work-003'], 'allowed'],
        ],
      ],
      ['entity:remote-node/work-003@a', 'agent@a', [['all', 'allowed']]],
      [
        'agent@a',
        'entity:remote-node/gate-1@a',
        [
          [['gate-02'], 'denied'],
          [['work-003'], 'allowed'],
        ],
      ],
      ['agent@b', 'entity:remote-node/gate-1@a', [['all', 'denied']]],
    ])('%s -> %s', async (from, to, expected) => {
      mesh('ingress: [{fromEntities: [world]}]');
      expect(await verdicts('explain', from, to)).toEqual(expected);
      const { flows: listed } = JSON.parse(
        (await program('matrix', '--from', from, '--to', to, '--port', '80', ...args, '-o', 'json')).out,
      );
      expect(listed.map(({ verdict }: any) => verdict)).toEqual(expected.map(([, verdict]) => verdict));
      // each verdict of an expectation is unmet exactly where the flow has the other one
      for (const verdict of ['allowed', 'denied']) {
        writeFileSync(
          'expected.yaml',
          `apiVersion: cilium-mesh/v1\nflows: [{from: "${from}", to: "${to}", ports: 80, verdict: ${verdict}}]\n`,
        );
        const { out } = await program('check', ...args, '--expect', 'expected.yaml', '-o', 'json');
        const unmet = JSON.parse(out).findings.filter(({ code }: any) => code === 'expectation-unmet');
        expect(unmet.map(({ message }: any) => /runs on (.*):/.exec(message)?.[1] ?? 'all')).toEqual(
          expected.filter(([, each]) => each !== verdict).map(([nodes]) => String(nodes)),
        );
      }
    });

    test('a service on a node has the verdicts of the node', async () => {
      mesh('ingress: [{fromEntities: [world]}]');
      const service =
        '---\napiVersion: v1\nkind: Service\nmetadata: {name: agent}\n' +
        'spec: {selector: {app: agent}, ports: [{port: 80}]}\n';
      writeFileSync('a.yaml', readFileSync('a.yaml', 'utf8') + service);
      const ways = async (from: string) => {
        const { services } = JSON.parse((await program('explain', from, 'svc/default/agent', ...args, '-o', 'json')).out);
        return services.flatMap(({ backends }: any) =>
          backends.flatMap(({ ways: all }: any) =>
            all.map(({ placement, nodes, verdict }: any) => [placement, nodes, verdict]),
          ),
        );
      };
      expect(await ways('node:gate-1@a')).toEqual([
        ['same-node', undefined, 'allowed'],
        ['other-node', [{ destination: 'gate-02' }], 'denied'],
        ['other-node', [{ destination: 'work-003' }], 'allowed'],
      ]);
      expect(await ways('entity:remote-node/gate-1@a')).toEqual([
        [undefined, [{ destination: 'gate-02' }], 'denied'],
        [undefined, [{ destination: 'work-003' }], 'allowed'],
      ]);
      expect(await ways('entity:host/work-003@a')).toEqual([
        ['same-node', undefined, 'allowed'],
        ['other-node', undefined, 'allowed'],
      ]);
    });
  });

  test('a proxy may let requests through on some nodes only', async () => {
    const from = (role: string, path: string) =>
      `{fromNodes: [{matchLabels: {role: ${role}}}], ` +
      `toPorts: [{ports: [{port: "80", protocol: TCP}], rules: {http: [{path: ${path}}]}}]}`;
    mesh(`ingress: [${from('gateway', '/')}, ${from('worker', '/health')}]`);
    for (const command of [['explain', 'probe@a', 'web@a'], ['matrix', '--from', 'probe@a', '--to', 'web@a']]) {
      expect(rows(await asked(...command, '--port', '80', '--http', 'GET /'), each => each.verdict)).toEqual([
        ['probe@a web@a', 'same-node', undefined, 'allowed'],
        ['probe@a web@a', 'other-node', [{ source: 'gate-02' }, { source: 'gate-1' }], 'allowed'],
        ['probe@a web@a', 'other-node', [{ source: 'work-003' }], 'denied'],
      ]);
    }
  });

  test('expectations hold for every node, and say for which they do not', async () => {
    mesh('ingress: [{fromNodes: [{matchLabels: {role: gateway}}]}]');
    const unmet = async (verdict: string) => {
      writeFileSync('expected.yaml', `apiVersion: cilium-mesh/v1\nflows: [{from: probe@a, to: web@a, ports: 80, verdict: ${verdict}}]\n`);
      const { out } = await program('check', ...args, '--expect', 'expected.yaml', '-o', 'json');
      return JSON.parse(out).findings.flatMap(({ code, message }: any) => (code === 'expectation-unmet' ? [message] : []));
    };
    expect(await unmet('allowed')).toEqual([
      'probe@a -> web@a TCP/80 on two nodes if probe@a runs on work-003: denied where allowed is expected',
    ]);
    expect(await unmet('denied')).toEqual([
      'probe@a -> web@a TCP/80 on one node: allowed where denied is expected',
      'probe@a -> web@a TCP/80 on two nodes if probe@a runs on gate-02, gate-1: allowed where denied is expected',
    ]);
  });

  test('expectations that are written name the nodes, and hold', async () => {
    mesh('ingress: [{fromNodes: [{matchLabels: {role: gateway}}]}]');
    await program('check', ...args, '--write-expectations', 'written.yaml');
    const written = readFileSync('written.yaml', 'utf8');
    expect(written).toContain('entity:remote-node/gate-1@a');
    expect(written).not.toContain('agent@a');
    const { out } = await program('check', ...args, '--expect', 'written.yaml', '-o', 'json');
    expect(JSON.parse(out).findings.filter(({ code }: any) => code.startsWith('expectation'))).toEqual([]);
  });

  test('a service has the verdicts of the nodes of its clients and backends', async () => {
    const service = (name: string) =>
      `---\napiVersion: v1\nkind: Service\nmetadata: {name: ${name}}\n` +
      `spec: {type: NodePort, selector: {app: ${name}}, ports: [{port: 80, nodePort: 3000${name.length}}]}\n`;
    mesh('ingress: [{fromNodes: [{matchLabels: {role: gateway}}]}]');
    writeFileSync('a.yaml', readFileSync('a.yaml', 'utf8') + service('web') + service('agent'));
    const ways = async (from: string, to: string) => {
      const { services } = JSON.parse((await program('explain', from, to, ...args, '-o', 'json')).out);
      return services.map(({ verdict, backends: [{ ways: all }] }: any) => [
        verdict,
        all.map((way: any) => [way.placement, way.nodes, way.source, way.verdict]),
      ]);
    };
    expect(await ways('probe@a', 'svc/default/web')).toEqual([
      [
        'partial',
        [
          ['same-node', undefined, 'probe@a', 'allowed'],
          ['other-node', [{ source: 'gate-02' }, { source: 'gate-1' }], 'probe@a', 'allowed'],
          ['other-node', [{ source: 'work-003' }], 'probe@a', 'denied'],
        ],
      ],
    ]);
    const gateways = [{ destination: 'gate-02' }, { destination: 'gate-1' }];
    expect(await ways('shop@a', 'svc/default/agent')).toEqual([
      [
        'partial',
        [
          [undefined, gateways, 'shop@a', 'denied'],
          [undefined, [{ destination: 'work-003' }], 'shop@a', 'allowed'],
        ],
      ],
    ]);
    expect(await ways('world:192.0.2.1', 'svc/default/agent@a')).toEqual([
      [
        'partial',
        [
          // a host reaches itself
          ['same-node', gateways, 'entity:host@a', 'allowed'],
          ['same-node', [{ destination: 'work-003' }], 'entity:host@a', 'allowed'],
          ['other-node', gateways, 'entity:remote-node', 'denied'],
          ['other-node', [{ destination: 'work-003' }], 'entity:remote-node', 'allowed'],
        ],
      ],
    ]);
  });

  test('summaries and groups count every place', async () => {
    mesh('ingress: [{fromNodes: [{matchLabels: {role: gateway}}]}]');
    const { flows: listed } = JSON.parse((await program('matrix', '--port', '80', ...args, '-o', 'json')).out);
    const counts = Object.fromEntries(
      [...grouped<any>(listed, ({ source, destination }) => `${source.cluster} ${destination.cluster}`)].map(
        ([key, group]) => [key, [group.length, group.filter(({ verdict }) => verdict === 'allowed').length]],
      ),
    );
    const counted = (all: any[]) =>
      Object.fromEntries(all.map(each => [`${each.source} ${each.destination}`, [each.flows, each.allowed]]));
    const { summary } = JSON.parse((await program('matrix', '--port', '80', '--summary', ...args, '-o', 'json')).out);
    expect(counted(summary)).toEqual(counts);
    const { groups } = JSON.parse((await program('matrix', '--group-by', 'cluster', ...args, '-o', 'json')).out);
    expect(counted(groups)).toEqual(counts);
  });

  test('a diff compares the pods as their nodes, and says so', async () => {
    const file = { 'mesh.yaml': 'apiVersion: cilium-mesh/v1\nclusters: [{name: a, id: 1, manifests: [a.yaml], values: v.yaml}]\n' };
    mesh('ingress: [{fromNodes: [{matchLabels: {role: gateway}}]}]', file);
    const folder = process.cwd();
    mesh('ingress: [{fromNodes: [{matchLabels: {role: worker}}]}]', file);
    const { out } = await program('diff', folder, '.');
    expect(out).toContain('gained  node:work-003@a (other node) -> web@a  all ports');
    expect(out).toContain('lost  node:gate-02@a (other node) -> web@a  all ports');
    expect(out).toContain('the pods of agent@a, probe@a are compared as the nodes whose network they use');
    expect(out).not.toContain('not compared');
  });
});

describe('pods whose nodes are known', () => {
  const HOST =
    'apiVersion: cilium.io/v2\nkind: CiliumClusterwideNetworkPolicy\nmetadata: {name: nodes}\n' +
    'spec: {nodeSelector: {}, ingress: [{fromEntities: [world]}]}\n---\n';
  const AGENTS =
    pod('agent-1', 'hostNetwork: true, nodeName: n1, ') +
    pod('agent-2', 'hostNetwork: true, nodeSelector: {kubernetes.io/hostname: n2}, ') +
    pod('web-1', 'nodeName: n1, ').replace('labels: {app: web-1}', 'labels: {app: web}');
  const meshOf = (nodes: readonly string[], hostFirewall: boolean) =>
    process.chdir(
      folderWith({
        'mesh.yaml':
          'apiVersion: cilium-mesh/v1\nclusters:\n- name: a\n  id: 1\n  manifests: [a.yaml]\n  values: v.yaml\n' +
          (nodes.length === 0 ? '' : `  nodes: [${nodes.map(name => `{name: ${name}}`).join(', ')}]\n`),
        'a.yaml': PODS + AGENTS + HOST + policy('ingress: [{fromEntities: [world]}]'),
        'v.yaml': `hostFirewall: {enabled: ${hostFirewall}}\n`,
      }),
    );
  const explained = async (from: string, to: string) => {
    const { flows: all } = JSON.parse((await program('explain', from, to, '--port', '80', '-o', 'json')).out);
    return all.map(({ placement, nodes, verdict }: any) => [placement, nodes, verdict]);
  };
  const listed = async (from: string, to: string) => {
    const { out } = await program('matrix', '--from', from, '--to', to, '--port', '80', '-o', 'json');
    return JSON.parse(out).flows.map(({ placement, nodes, verdict }: any) => [placement, nodes, verdict]);
  };
  const met = async (from: string, to: string, verdict: string) => {
    writeFileSync(
      'expectations.yaml',
      `apiVersion: cilium-mesh/v1\nflows:\n- {from: '${from}', to: '${to}', ports: TCP/80, verdict: ${verdict}}\n`,
    );
    return (await program('check', '--expect', 'expectations.yaml', '--quiet')).out.match(/expectation-\w+/g) ?? [];
  };

  test.each([false, true])('there is no other node in a cluster of one (host firewall: %s)', async hostFirewall => {
    meshOf(['n1'], hostFirewall);
    for (const to of ['web@a', 'agent@a', 'shop@a']) {
      expect(await explained('agent@a', to)).toEqual([[undefined, undefined, 'allowed']]);
      expect(await listed('agent@a', to)).toEqual(to === 'agent@a' ? [] : [[undefined, undefined, 'allowed']]);
      expect(await met('agent@a', to, 'allowed')).toEqual(to === 'agent@a' ? ['expectation-unused'] : []);
    }
    meshOf(['n1', 'n2'], hostFirewall);
    expect(await explained('agent@a', 'web@a')).toEqual([
      ['same-node', undefined, 'allowed'],
      ['other-node', undefined, 'denied'],
    ]);
    expect(await met('agent@a', 'web@a', 'allowed')).toEqual(['expectation-unmet']);
  });

  test.each([[[]], [['n1', 'n2', 'n3']]])('pods that name their node run there only, of %j', async nodes => {
    for (const hostFirewall of [false, true]) {
      meshOf(nodes, hostFirewall);
      const ask = async (from: string, to: string, verdict: string) => {
        const all = await explained(from, to);
        expect(await listed(from, to)).toEqual(all);
        expect(await met(from, to, verdict)).toEqual([]);
        return all;
      };
      expect(await ask('agent-1@a', 'web-1@a', 'allowed')).toEqual([[undefined, undefined, 'allowed']]);
      expect(await ask('agent-2@a', 'web-1@a', 'denied')).toEqual([[undefined, undefined, 'denied']]);
      expect(await ask('agent-1@a', 'agent-2@a', hostFirewall ? 'denied' : 'allowed')).toEqual([
        [undefined, undefined, hostFirewall ? 'denied' : 'allowed'],
      ]);
      expect(await explained('agent-1@a', 'web@a')).toEqual([
        ['same-node', undefined, 'allowed'],
        ['other-node', undefined, 'denied'],
      ]);
    }
  });

  test.each([[[]], [['n1', 'n2']]])('the host of pods with host network is their own node, of %j', async nodes => {
    meshOf(nodes, true);
    const isKnown = nodes.length > 0;
    for (const [from, to, verdict] of [
      ['agent-1@a', 'entity:host@a', 'allowed'],
      ['entity:host@a', 'agent-1@a', 'allowed'],
      ['agent-1@a', 'entity:remote-node@a', 'denied'],
      ['entity:remote-node@a', 'agent-1@a', 'denied'],
    ]) {
      expect(await explained(from, to)).toEqual([[undefined, undefined, verdict]]);
      expect(new Set((await listed(from, to)).map(([, , own]: any) => own))).toEqual(new Set([verdict]));
      expect(await met(from, to, verdict)).toEqual([]);
    }
    expect(isKnown ? await explained('web@a', 'node:n1@a') : []).toEqual(isKnown ? [[undefined, undefined, 'denied']] : []);
  });

  test('a named node is that of the pods or another one', async () => {
    meshOf(['n1', 'n2'], false);
    expect(await explained('node:n1@a', 'web@a')).toEqual([
      ['same-node', undefined, 'allowed'],
      ['other-node', undefined, 'denied'],
    ]);
    expect(await explained('node:n1@a', 'web-1@a')).toEqual([[undefined, undefined, 'allowed']]);
    expect(await explained('node:n2@a', 'web-1@a')).toEqual([[undefined, undefined, 'denied']]);
    const { out } = await program('explain', 'node:n1@a', 'web@a', '--port', '80');
    expect(out.match(/^node:.*$/gm)).toEqual([
      'node:n1@a -> web@a TCP/80 on one node: allowed',
      'node:n1@a -> web@a TCP/80 on two nodes: denied',
    ]);
  });
});
