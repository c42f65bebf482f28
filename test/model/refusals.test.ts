/**
 * What a mesh is refused for, and that everything else is accepted. The cases are the files of the folder refusals.
 */
import { CASES, MeshCase } from './cases';
import { ClusterMesh } from '../../src/constructs/mesh/cluster-mesh';
import { MESH_CODES } from '../../src/diagnostics/codes/mesh';
import { Fault, MeshError } from '../../src/diagnostics/fault';
import { ClusterProps } from '../../src/model/cluster-settings';
import { OWNED_VALUES } from '../../src/model/helm-values';

describe('a mesh is refused with exactly the faults of', () => {
  test.each(cases(each => each.faults.length > 0))('%s', (_, each) => expectFaults(each));
});

describe('a mesh is accepted:', () => {
  test.each(cases(each => each.faults.length === 0))('%s', (_, each) => expectFaults(each));
});

describe('the case files', () => {
  test('hold at least one case of every code of the catalogue', () => {
    const covered = new Set(CASES.flatMap(each => each.faults.map(fault => fault.code)));

    expect(Object.keys(MESH_CODES).filter(code => !covered.has(code))).toEqual([]);
  });

  test('name no code that the model does not have', () => {
    // those of all public properties are refusals of constructs
    const known = [...Object.keys(MESH_CODES), 'property-type', 'property-missing', 'property-unknown'];

    expect(
      CASES.flatMap(each => each.faults.map(fault => fault.code)).filter(
        code => code !== undefined && !known.includes(code),
      ),
    ).toEqual([]);
  });

  test('say why, and leave no code open', () => {
    expect(CASES.filter(each => !each.why || !Array.isArray(each.faults)).map(each => each.name)).toEqual([]);
    expect(CASES.filter(each => each.faults.some(fault => !fault.code)).map(each => each.name)).toEqual([]);
  });
});

describe('the number of clusters', () => {
  test('may be 255', () => {
    expect(ClusterMesh.check({ clusters: clusters(255) })).toEqual([]);
  });

  test('may not be 256 unless maxConnectedClusters is 511', () => {
    const faults = ClusterMesh.check({ clusters: clusters(256) });

    expect(codesAndPaths(faults)).toEqual([
      ['cluster-count', 'clusters'],
      ['cluster-id-range', 'c256.id'],
    ]);
    expect(faults[0]).toMatchObject({
      got: '256 clusters',
      allowed: 'at most 255',
      fix: expect.stringContaining('511'),
    });
  });

  test('may be 511 with maxConnectedClusters 511', () => {
    expect(ClusterMesh.check({ clusters: clusters(511), defaults: { maxConnectedClusters: 511 } })).toEqual([]);
  });

  test('may not be 511 without it', () => {
    expect(ClusterMesh.check({ clusters: clusters(511) })[0]).toMatchObject({
      code: 'cluster-count',
      got: '511 clusters',
      allowed: 'at most 255',
    });
  });

  test('may never be 512', () => {
    const faults = ClusterMesh.check({ clusters: clusters(512), defaults: { maxConnectedClusters: 511 } });

    expect(codesAndPaths(faults)).toEqual([
      ['cluster-count', 'clusters'],
      ['cluster-id-range', 'c512.id'],
    ]);
    expect(faults[0]).toMatchObject({ got: '512 clusters', allowed: '2 to 511 clusters' });
  });
});

describe('further Helm values', () => {
  // whatever the value is, also the one that the mesh would write
  test.each([...OWNED_VALUES])('may not set %s, which the property %s sets', (key, property) => {
    const helmValues = key.split('.').reduceRight<any>((value, part) => ({ [part]: value }), true);
    const faults = ClusterMesh.check({ clusters: [{ ...clusters(1)[0], helmValues }, clusters(2)[1]] });

    expect(codesAndPaths(faults)).toEqual([['helm-value-owned', `c1.helmValues.${key}`]]);
    expect(faults[0].fix).toContain(property);
  });
});

describe('the advice for an overlap', () => {
  const fixOf = (one: Partial<ClusterProps>, other: Partial<ClusterProps>) => {
    const [east, west] = clusters(2);
    const faults = ClusterMesh.check({
      clusters: [
        { ...east, ...one },
        { ...west, ...other },
      ],
    });

    expect(faults.map(({ code }) => code)).toEqual(['cidr-overlap']);
    return faults[0].fix;
  };

  test('is to remove serviceCidrs only where two clusters have the same Services', () => {
    const remove = 'or remove serviceCidrs where the provider chose it';
    const serviceCidrs = ['172.20.0.0/16'];

    expect(fixOf({ serviceCidrs }, { serviceCidrs })).toContain(remove);
    expect(fixOf({ serviceCidrs }, { podCidrs: serviceCidrs })).not.toContain(remove);
    expect(fixOf({ podCidrs: serviceCidrs }, { serviceCidrs })).not.toContain(remove);
    expect(fixOf({ serviceCidrs: ['172.20.0.0/16', '172.20.0.0/24'] }, {})).not.toContain(remove);
  });
});

describe('the constructor', () => {
  test('throws all faults that check() returns, in one error', () => {
    const { mesh } = CASES.find(each => each.name === 'all-faults-six')!;
    let thrown: unknown;
    try {
      new ClusterMesh(mesh);
    } catch (error) {
      thrown = error;
    }

    expect(thrown).toBeInstanceOf(MeshError);
    const { faults } = thrown as MeshError;
    expect(faults.map(({ location, ...fault }) => fault)).toEqual(ClusterMesh.check(mesh));
    expect(faults.every(({ location }) => location?.startsWith('test/model/refusals.test.ts:'))).toBe(true);
    expect((thrown as MeshError).faults).toHaveLength(6);
  });

  test('takes what check() finds no fault with', () => {
    const { mesh } = CASES.find(each => each.name === 'accepted-two-clusters')!;

    expect(new ClusterMesh(mesh).clusters.map(({ name, clusterId }) => [name, clusterId])).toEqual([
      ['east', 1],
      ['west', 2],
    ]);
  });
});

describe('check()', () => {
  test('leaves what it is given as it is', () => {
    for (const { mesh } of CASES) {
      const before = JSON.stringify(mesh);
      ClusterMesh.check(mesh);

      expect(JSON.stringify(mesh)).toBe(before);
    }
  });

  test('says the same twice', () => {
    for (const { mesh } of CASES) {
      expect(ClusterMesh.check(mesh)).toEqual(ClusterMesh.check(mesh));
    }
  });

  test.each<[props: any, code: string, path: string]>([
    [undefined, 'property-missing', 'props'],
    [null, 'property-missing', 'props'],
    [{}, 'property-missing', 'clusters'],
    [{ clusters: null }, 'property-missing', 'clusters'],
    [{ clusters: {}, defaults: null }, 'property-type', 'clusters'],
    [{ clusters: [] }, 'cluster-count', 'clusters'],
  ])('says what is wrong with %j', (props, code, path) => {
    expect(codesAndPaths(ClusterMesh.check(props))).toEqual([[code, path]]);
  });
});

function cases(filter: (each: MeshCase) => boolean): Array<[string, MeshCase]> {
  return CASES.filter(filter).map(each => [`${each.name}: ${each.why.trim()}`, each]);
}

function expectFaults({ mesh, faults }: MeshCase): void {
  expect(ClusterMesh.check(mesh)).toEqual(faults);
}

/** Clusters c1, c2, ... with IDs 1, 2, ... and disjoint addresses. */
function clusters(count: number): ClusterProps[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `c${index + 1}`,
    id: index + 1,
    podCidrs: [`10.${index % 256}.${Math.floor(index / 256) * 16}.0/20`],
  }));
}

function codesAndPaths(faults: readonly Fault[]): Array<[string, string]> {
  return faults.map(({ code, path: at }) => [code, at]);
}
