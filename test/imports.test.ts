import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { parse } from 'yaml';
import { checkImports } from '../tools/import';

const ROOT = path.join(__dirname, '..');
const IMPORTS = path.join(ROOT, 'imports');

// each check starts cdk8s-cli, which may take longer on a busy machine than jest's default of five seconds
jest.setTimeout(60_000);

describe('tools/import.ts --check', () => {
  let copy: string;
  beforeEach(() => {
    copy = fs.mkdtempSync(path.join(os.tmpdir(), 'imports-test-'));
    fs.cpSync(IMPORTS, copy, { recursive: true });
  });
  afterEach(() => fs.rmSync(copy, { recursive: true, force: true }));

  test('finds that the committed classes are what cdk8s-cli writes for the committed CRDs', () => {
    const tsx = path.join(ROOT, 'node_modules', 'tsx', 'dist', 'cli.mjs');
    const { status, stdout } = spawnSync(
      process.execPath,
      [tsx, path.join(ROOT, 'tools', 'import.ts'), '--check', '--no-go'],
      { encoding: 'utf8' },
    );

    expect({ status, stdout }).toEqual({ status: 0, stdout: 'imports/: no drift\n' });
  });

  test('names a file that differs in one byte, a missing one and an extra one', () => {
    const classes = path.join(copy, 'cilium.io.ts');
    const bytes = fs.readFileSync(classes);
    bytes[bytes.length - 1]++;
    fs.writeFileSync(classes, bytes);
    fs.rmSync(path.join(copy, 'multicluster.x-k8s.io.ts'));
    fs.writeFileSync(path.join(copy, 'extra.ts'), '');

    expect(checkImports(copy, { go: false })).toEqual([
      { file: 'cilium.io.ts', state: 'differs' },
      { file: 'extra.ts', state: 'extra' },
      { file: 'multicluster.x-k8s.io.ts', state: 'missing' },
    ]);
  });

  test('names the classes that a changed CRD would change', () => {
    const crd = path.join(copy, 'crds', 'serviceexports.multicluster.x-k8s.io.yaml');
    fs.writeFileSync(crd, fs.readFileSync(crd, 'utf8').replace('kind: ServiceExport', 'kind: ServiceExported'));

    expect(checkImports(copy, { go: false })).toEqual([{ file: 'multicluster.x-k8s.io.ts', state: 'differs' }]);
  });

  test('says what to do when there are no CRDs to start from', () => {
    fs.rmSync(path.join(copy, 'crds'), { recursive: true });

    expect(() => checkImports(copy, { go: false })).toThrow(
      `${path.join(copy, 'crds')}, which does not exist. Run without --no-go`,
    );
  });
});

describe('imports/crds', () => {
  const crds = path.join(IMPORTS, 'crds');
  const readCrd = (file: string) => parse(fs.readFileSync(path.join(crds, file), 'utf8'));
  /** The schema of spec.<direction>[] of CiliumNetworkPolicy. */
  const policyRule = (direction: string) => {
    const [version] = readCrd('ciliumnetworkpolicies.cilium.io.yaml').spec.versions;
    return version.schema.openAPIV3Schema.properties.spec.properties[direction].items.properties;
  };

  test("holds six kinds, each in a file named after its CRD, and the Helm chart's schema and values", () => {
    const files = fs.readdirSync(crds).sort();
    const chart = files.splice(0, 2);

    expect(chart).toEqual(['cilium-values.schema.json', 'cilium-values.templates.json']);
    expect(files.map(file => [readCrd(file).spec.names.kind, `${readCrd(file).metadata.name}.yaml` === file])).toEqual([
      ['CiliumCIDRGroup', true],
      ['CiliumClusterwideNetworkPolicy', true],
      ['CiliumLoadBalancerIPPool', true],
      ['CiliumNetworkPolicy', true],
      ['ServiceExport', true],
      ['ServiceImport', true],
    ]);
  });

  // Cilium's compatibility table names 1.33.11 for Cilium 1.20.0 and 1.20.1, and 1.32 with some patch for 1.19
  test.each([
    'ciliumcidrgroups',
    'ciliumclusterwidenetworkpolicies',
    'ciliumloadbalancerippools',
    'ciliumnetworkpolicies',
  ])('%s has the schema version of Cilium 1.20.2', plural => {
    expect(readCrd(`${plural}.cilium.io.yaml`).metadata.labels).toEqual({
      'io.cilium.k8s.crd.schema.version': '1.33.12',
    });
  });

  test.each(['serviceexports', 'serviceimports'])(
    '%s is of the mcs-api release that Cilium 1.20.2 requires',
    plural => {
      expect(readCrd(`${plural}.multicluster.x-k8s.io.yaml`).metadata.labels).toMatchObject({
        'multicluster.x-k8s.io/release-version': 'v0.5.2',
      });
    },
  );

  // the entity is new in Cilium 1.20 (cilium/cilium#46813, in the enum since cilium/cilium#47225)
  test.each([
    ['ingress', 'fromEntities'],
    ['ingressDeny', 'fromEntities'],
    ['egress', 'toEntities'],
    ['egressDeny', 'toEntities'],
  ])('%s.%s of a policy accepts cluster-mesh', (direction, entities) => {
    expect(policyRule(direction)[entities].items.enum).toContain('cluster-mesh');
  });

  test.each([
    ['ingress', 'fromRequires'],
    ['ingressDeny', 'fromRequires'],
    ['egress', 'toRequires'],
    ['egressDeny', 'toRequires'],
  ])('%s.%s of a policy accepts no items', (direction, requires) => {
    expect(policyRule(direction)[requires].maxItems).toBe(0);
  });

  test('the Helm values schema knows the values of Cluster Mesh', () => {
    const schema = JSON.parse(fs.readFileSync(path.join(crds, 'cilium-values.schema.json'), 'utf8'));

    expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(['cluster', 'clustermesh']));
    expect(Object.keys(schema.properties.clustermesh.properties)).toEqual(
      expect.arrayContaining(['maxConnectedClusters', 'mcsapi']),
    );
  });
});
