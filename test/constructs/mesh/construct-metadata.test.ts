/** construct-metadata.json, which cdk8s-cli asks for when validations are to name construct paths. */
import * as fs from 'fs';
import * as path from 'path';
import { ApiObject } from 'cdk8s';
import { ClusterMesh, GlobalService, Workload } from '../../../src';
import { meshOf } from '../../support/mesh';
import { program, Result } from '../../support/program';

const VARIABLE = 'CDK8S_RECORD_CONSTRUCT_METADATA';

afterEach(() => {
  delete process.env[VARIABLE];
});

function written(): ClusterMesh {
  const mesh = meshOf();
  for (const cluster of mesh.clusters) {
    new ApiObject(cluster, 'settings', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: 'shop' },
    });
  }
  new ApiObject(mesh.cluster('a'), 'role', {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'reader' },
  });
  mesh.synth();
  return mesh;
}

const fileOf = ({ outdir }: ClusterMesh) => path.join(outdir, 'construct-metadata.json');

test('names the construct of each object, and all constructs of a name', () => {
  process.env[VARIABLE] = 'true';
  expect(JSON.parse(fs.readFileSync(fileOf(written()), 'utf8'))).toEqual({
    version: '1.0.0',
    resources: {
      'ClusterRole reader (a)': { path: 'a/role' },
      'ConfigMap shop/settings (a)': { path: 'a/settings' },
      'ConfigMap shop/settings (b)': { path: 'b/settings' },
      'reader': { path: 'a/role' },
      'settings': { path: 'a/settings, b/settings' },
    },
    files: { 'a.k8s.yaml': expect.stringMatching(/^[0-9a-f]{64}$/), 'b.k8s.yaml': expect.stringMatching(/^[0-9a-f]{64}$/) },
  });
});

test('is not written otherwise', () => {
  expect(fs.existsSync(fileOf(written()))).toBe(false);
});

test('names the construct in the mesh that wrote an object, and its line', () => {
  process.env[VARIABLE] = 'true';
  const mesh = meshOf();
  const web = new Workload(mesh, 'web', { labels: { app: 'web' } });
  const api = new GlobalService(mesh, 'api', { selector: { app: 'api' }, ports: [{ port: 80 }] });
  const [line] = lineOfCall();
  web.connections.allowTo(api);
  mesh.synth();
  const { resources } = JSON.parse(fs.readFileSync(fileOf(mesh), 'utf8'));
  const file = path.relative('', __filename);
  expect(resources['CiliumNetworkPolicy default/web-to-api-tcp-80-egress (b)']).toEqual({
    path: 'web/web-to-api-tcp-80',
    file,
    line: line + 1,
  });
  expect(resources['Service api (a)']).toEqual({ path: 'api', file, line: line - 1 });
});

describe('cilium-mesh check', () => {
  /** A service that needs EndpointSlices which its cluster does not get. */
  function headless(): ClusterMesh {
    process.env[VARIABLE] = 'true';
    const mesh = meshOf();
    new GlobalService(mesh, 'api', { headless: true, selector: { app: 'api' }, ports: [{ port: 80 }] });
    mesh.synth();
    return mesh;
  }

  function check(mesh: ClusterMesh, format: string): Promise<Result> {
    return program('check', '--format', format, '--mesh', path.join(mesh.outdir, 'mesh', 'mesh.yaml'));
  }

  async function findingsOfService(mesh: ClusterMesh): Promise<any[]> {
    const { findings } = JSON.parse((await check(mesh, 'json')).out);
    return findings.filter(({ code }: any) => code === 'service-headless-without-sync');
  }

  test('names the construct of a finding, and its line', async () => {
    const mesh = headless();
    const construct = { path: 'api', file: path.relative('', __filename), line: expect.any(Number) };
    const findings = await findingsOfService(mesh);
    expect(findings.map(each => [each.cluster, each.construct])).toEqual([
      ['a', construct],
      ['b', construct],
    ]);
    const { line } = findings[0].construct;
    expect(fs.readFileSync(__filename, 'utf8').split('\n')[line - 1]).toContain("new GlobalService(mesh, 'api', { headless");
    const { out } = await check(mesh, 'text');
    expect(out).toContain(`  construct: api, ${construct.file}:${line}\n  fix: `);
    const [{ relatedLocations }] = JSON.parse((await check(mesh, 'sarif')).out).runs[0].results;
    expect(relatedLocations).toEqual([
      {
        id: 0,
        message: { text: 'created by the construct api' },
        physicalLocation: {
          artifactLocation: expect.objectContaining({ uri: construct.file }),
          region: { startLine: line },
        },
      },
    ]);
  });

  test('names none for manifests that changed since', async () => {
    const mesh = headless();
    fs.appendFileSync(path.join(mesh.outdir, 'a.k8s.yaml'), '# changed\n');
    expect((await findingsOfService(mesh)).map(each => [each.cluster, each.construct?.path])).toEqual([
      ['a', undefined],
      ['b', 'api'],
    ]);
  });

  test('ignores a file of another form', async () => {
    const mesh = headless();
    for (const text of ['{}', '[]', 'no JSON', '{"resources":{"x":1},"files":{}}']) {
      fs.writeFileSync(fileOf(mesh), text);
      expect((await findingsOfService(mesh)).map(each => each.construct)).toEqual([undefined, undefined]);
    }
  });
});

/** The line of the caller. */
function lineOfCall(): number[] {
  const [, , caller] = new Error().stack!.split('\n');
  return [Number(/:(\d+):\d+\)?$/.exec(caller)![1])];
}
