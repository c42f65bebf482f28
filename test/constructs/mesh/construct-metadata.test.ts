/** construct-metadata.json, which cdk8s-cli asks for when validations are to name construct paths. */
import * as fs from 'fs';
import * as path from 'path';
import { ApiObject } from 'cdk8s';
import { ClusterMesh } from '../../../src';
import { meshOf } from '../../support/mesh';

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
  });
});

test('is not written otherwise', () => {
  expect(fs.existsSync(fileOf(written()))).toBe(false);
});
