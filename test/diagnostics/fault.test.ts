/** Faults as a person reads them, and the error that carries them. */
import { inspect } from 'util';
import { ClusterMesh } from '../../src/constructs/mesh/cluster-mesh';
import { Port } from '../../src/constructs/policy/port';
import { didYouMean } from '../../src/diagnostics/did-you-mean';
import { formatFaults, MeshError } from '../../src/diagnostics/fault';
import { formatValue } from '../../src/diagnostics/texts';

const CLUSTERS = [
  { name: 'koornacht', id: 1, podCidrs: ['10.1.0.0/16'] },
  { name: 'tion', id: 1, podCidrs: ['10.1.128.0/17'] },
];

describe('formatFaults()', () => {
  test('writes one fault without a number', () => {
    expect(formatFaults(ClusterMesh.check({ clusters: [CLUSTERS[0], { ...CLUSTERS[1], id: 2 }] })))
      .toMatchInlineSnapshot(`
"tion.podCidrs[0]: 10.1.128.0/17 overlaps 10.1.0.0/16 of koornacht.podCidrs[0] [cidr-overlap]
     got:     "10.1.128.0/17"
     allowed: a CIDR that overlaps no CIDR of another cluster
     fix:     change one of the two CIDRs"
`);
  });

  test('numbers several faults', () => {
    expect(formatFaults(ClusterMesh.check({ clusters: CLUSTERS }))).toMatchInlineSnapshot(`
"1. tion.id: koornacht has the same ID, so identities of the two clusters would be confused [cluster-id-duplicate]
     got:     1
     allowed: an ID that no other cluster has
     fix:     set another ID in one of the two clusters
2. tion.podCidrs[0]: 10.1.128.0/17 overlaps 10.1.0.0/16 of koornacht.podCidrs[0] [cidr-overlap]
     got:     "10.1.128.0/17"
     allowed: a CIDR that overlaps no CIDR of another cluster
     fix:     change one of the two CIDRs"
`);
  });

  test('writes every part of every fault', () => {
    const faults = ClusterMesh.check({
      clusters: CLUSTERS,
      defaults: { maxConnectedClusters: 1, ciliumVersion: 'latest' },
    });
    const text = formatFaults(faults);

    expect(faults.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['tion.id', 'defaults.maxConnectedClusters', 'defaults.ciliumVersion']),
    );
    for (const part of faults.flatMap(fault => Object.values(fault))) {
      expect(text).toContain(part);
    }
  });

  test('writes nothing for no faults', () => {
    expect(formatFaults([])).toBe('');
  });
});

describe('MeshError', () => {
  function createMesh(): void {
    new ClusterMesh({ clusters: CLUSTERS });
  }

  function refused(): MeshError {
    try {
      createMesh();
    } catch (error) {
      return error as MeshError;
    }
    throw new Error('the mesh was accepted');
  }

  const frames = (error: Error) => error.stack!.split('\n').filter(line => line.startsWith('    at '));

  test('says how many faults there are, and all of them', () => {
    const error = refused();

    expect(error.message).toBe(`2 faults\n${formatFaults(error.faults)}`);
    expect(error.faults.map(({ location, ...fault }) => fault)).toEqual(ClusterMesh.check({ clusters: CLUSTERS }));
    expect(error.faults[0].location).toMatch(/^test\/diagnostics\/fault\.test\.ts:\d+$/);
  });

  test('says one fault without counting', () => {
    const [fault] = refused().faults;

    expect(new MeshError([fault]).message).toBe(formatFaults([fault]));
  });

  test('has a stack that begins with the caller of the library', () => {
    expect(frames(refused())[0]).toMatch(/^ {4}at createMesh \(.*fault\.test\.ts:/);
  });

  test('has a stack without frames of Node.js, of packages and of the library itself', () => {
    expect(frames(refused()).filter(line => /node:|node_modules|[/\\]src[/\\]/.test(line))).toEqual([]);
  });

  test('has a stack that begins with the caller of a method', () => {
    const mesh = new ClusterMesh({ clusters: [CLUSTERS[0], { name: 'tion', id: 2, podCidrs: ['10.2.0.0/16'] }] });
    function findCluster(): void {
      mesh.cluster('tiom');
    }
    let error: MeshError | undefined;
    try {
      findCluster();
    } catch (thrown) {
      error = thrown as MeshError;
    }

    expect(error!.faults).toHaveLength(1);
    expect(error!.faults[0]).toMatchObject({ code: 'cluster-not-found', got: '"tiom"', allowed: 'koornacht, tion' });
    expect(error!.faults[0].fix).toContain('did you mean "tion"?');
    expect(frames(error!)[0]).toMatch(/^ {4}at findCluster \(.*fault\.test\.ts:/);
  });

  test('is an Error with a name of its own', () => {
    const error = refused();

    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe('MeshError');
    expect([String(error), error.stack!].map(text => text.split('\n')[0])).toEqual([
      'MeshError: 2 faults',
      'MeshError: 2 faults',
    ]);
  });

  test('is printed once: its faults are not listed again as a property', () => {
    const error = refused();

    expect(Object.keys(error)).toEqual([]);
    expect(inspect(error).match(/cluster-id-duplicate/g)).toHaveLength(1);
  });
});

describe('formatValue()', () => {
  test.each<[value: unknown, text: string]>([
    [undefined, 'nothing'],
    [null, 'null'],
    ['', '""'],
    ['a "b"\n', '"a \\"b\\"\\n"'],
    [0, '0'],
    [true, 'true'],
    [['a', 1], '["a",1]'],
    [{ a: { b: null } }, '{"a":{"b":null}}'],
  ])('shows %j as %s', (value, text) => {
    expect(formatValue(value)).toBe(text);
  });

  test('cuts a long value', () => {
    expect(formatValue('x'.repeat(1000))).toBe(`"${'x'.repeat(196)}...`);
    expect(formatValue('x'.repeat(199))).toBe(`"${'x'.repeat(196)}...`);
    expect(formatValue('x'.repeat(198))).toBe(`"${'x'.repeat(198)}"`);
  });
});

describe('didYouMean()', () => {
  test.each<[got: string, known: string[], text: string]>([
    ['tiom', ['koornacht', 'tion'], ' (did you mean "tion"?)'],
    ['Nodeport', ['LoadBalancer', 'NodePort', 'ClusterIP'], ' (did you mean "NodePort"?)'],
    ['TION', ['koornacht', 'tion'], ' (did you mean "tion"?)'],
    ['b', ['a'], ' (did you mean "a"?)'],
    ['coruscant', ['koornacht', 'tion'], ''],
    ['tion', [], ''],
    ['', ['koornacht'], ''],
  ])('for %j among %j says %j', (got, known, text) => {
    expect(didYouMean(got, known)).toBe(text);
  });

  test('does not touch the list', () => {
    const known = ['tion', 'koornacht'];
    didYouMean('koornacth', known);

    expect(known).toEqual(['tion', 'koornacht']);
  });
});

test.each([
  ['a port', () => Port.tcp(79460)],
  ['a range', () => Port.tcpRange(2, 1)],
  ['a name', () => Port.named('NOT A NAME')],
])('an error about %s leads to the line of the caller', (_, create) => {
  let stack = '';
  try {
    create();
  } catch (error) {
    stack = (error as Error).stack ?? '';
  }
  expect(stack).toContain(__filename);
});
