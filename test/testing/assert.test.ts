/** The assertions for node:test: they throw what it prints, and their stack begins in the test. */
import { AssertionError } from 'assert';
import { ApiObject } from 'cdk8s';
import { Shop } from './shop';
import { assertAllows, assertBalances, assertDenies, assertMeets, assertNoFindings } from '../../src/testing';

const { mesh } = new Shop();

/** The shop, with a policy that selects nothing. */
function withTypo() {
  const shop = new Shop();
  new ApiObject(shop.mesh.cluster('lyon'), 'typo', {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNetworkPolicy',
    metadata: { name: 'typo', namespace: 'shop' },
    spec: { endpointSelector: { matchLabels: { app: 'crt' } }, ingress: [{}] },
  });
  return shop.mesh;
}

test('what holds returns', () => {
  assertAllows(mesh, 'shop/web@paris', 'shop/cart@*');
  assertDenies(mesh, 'shop/cart@lyon', 'shop/cart@paris');
  assertBalances(mesh, 'shop/cart', { lyon: { paris: 0.5, lyon: 0.5 } });
  assertMeets(mesh, { flows: [{ from: 'shop/web@paris', to: 'svc/shop/cart', verdict: 'allowed' }] });
  assertNoFindings(mesh);
});

test.each([
  ['assertAllows', () => assertAllows(mesh, 'shop/cart@lyon', 'shop/cart@paris'), /^expected that .* is allowed:\n/],
  ['assertDenies', () => assertDenies(mesh, 'shop/web@paris', 'shop/cart@paris'), /^expected that .* is denied:\n/],
  ['assertBalances', () => assertBalances(mesh, 'shop/cart', { lyon: {} }), /^expected another balance of shop\/cart:/],
  [
    'assertMeets',
    () => assertMeets(mesh, { flows: [{ from: 'shop/web@paris', to: 'svc/shop/cart', verdict: 'denied' }] }),
    /^flows\[0\]: .* allowed where denied is expected\n/,
  ],
  ['assertNoFindings', () => assertNoFindings(withTypo(), 'warning'), /^expected no finding of at least warning:\n/],
])('%s throws', (name, state, message) => {
  try {
    state();
  } catch (error) {
    expect(error).toBeInstanceOf(AssertionError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).stack).not.toContain(`at ${name}`);
    return;
  }
  throw new Error(`${name} did not throw`);
});
