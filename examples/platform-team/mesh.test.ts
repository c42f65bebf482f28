import { test } from 'node:test';
import { assertAllows, assertDenies, assertNoFindings } from 'cdk8s-cilium-mesh/assert';
import { createMesh } from './mesh';

const mesh = createMesh();

test('storefronts use the carts of all clusters, by their API only', () => {
  assertAllows(mesh, 'shop/storefront@*', 'svc/shop/cart', { http: 'GET /v1/carts/7' });
  assertAllows(mesh, 'shop/storefront@paris', 'shop/cart@lyon', { port: 'TCP/8080', http: 'POST /v1/carts/7' });
  assertDenies(mesh, 'shop/storefront@*', 'shop/cart@*', { port: 'TCP/8080', http: 'GET /admin' });
});

test('carts pay, and storefronts do not', () => {
  assertAllows(mesh, 'shop/cart@*', 'svc/payments/api');
  assertDenies(mesh, 'shop/storefront@*', 'payments/api@*', { port: 'all' });
});

test('payments talk to the bank, and to nothing else', () => {
  assertAllows(mesh, 'payments/api@*', 'world:192.0.2.10', { port: 'TCP/443' });
  assertDenies(mesh, 'payments/api@*', 'world:198.51.100.10', { port: 'TCP/443' });
  assertDenies(mesh, 'payments/api@*', 'shop/*', { port: 'all' });
});

test('the world reaches no pod but by the ingress', () => {
  for (const pods of ['shop/*', 'payments/*']) {
    assertDenies(mesh, 'world:198.51.100.10', pods, { port: 'all' });
  }
});

test('Prometheus scrapes the apps of all teams', () => {
  assertAllows(mesh, 'monitoring/prometheus@hub', 'shop/*', { port: 'TCP/9090' });
  assertAllows(mesh, 'monitoring/prometheus@hub', 'payments/*', { port: 'TCP/9090' });
});

test('the mesh means the same under the versions of an upgrade', () => {
  for (const cilium of ['1.18', '1.19', '1.20']) {
    assertAllows(mesh, 'shop/cart@lyon', 'payments/api@paris', { port: 'TCP/8080', cilium });
    assertDenies(mesh, 'payments/api@paris', 'shop/cart@lyon', { port: 'TCP/8080', cilium });
  }
});

test('the manifests have no mistakes', () => {
  assertNoFindings(mesh);
});
