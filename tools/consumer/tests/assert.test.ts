// A user's test without a framework: node --test.
import * as assert from 'node:assert';
import { test } from 'node:test';
import { assertAllows, assertDenies, assertNoFindings } from 'cdk8s-cilium-mesh/assert';
import { ourMesh } from './mesh';

test('clients call the api of both clusters, and nobody calls clients', () => {
  const mesh = ourMesh();
  assertAllows(mesh, 'client@a', 'api@*');
  assertDenies(mesh, 'api@*', 'client@a');
  assertNoFindings(mesh);
  assert.throws(() => assertDenies(mesh, 'client@a', 'api@b'), /^AssertionError.*: expected that client@a -> api@b is denied/);
});
