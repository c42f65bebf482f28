/** Pods that only mesh.yaml declares: policies and Services select them, and their number is unknown. */
import { folderWith, program } from '../support/program';

const cwd = process.cwd();
afterEach(() => process.chdir(cwd));

const SERVICE = `apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop, annotations: {service.cilium.io/global: "true"}}
spec: {selector: {app: cart}, ports: [{port: 80, targetPort: 8080}]}
`;

const POLICY = `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: cart, namespace: shop}
spec: {endpointSelector: {matchLabels: {app: cart}}, ingress: [{}]}
`;

const MESH = `apiVersion: cilium-mesh/v1
clusters:
- name: paris
  id: 1
  manifests: [paris.yaml]
  workloads:
  - {name: cart, namespace: shop, labels: {app: cart}}
  - {name: shop, namespace: shop, labels: {app: shop}}
- name: lyon
  id: 2
  manifests: [lyon.yaml]
  workloads:
  - {name: cart, namespace: shop, labels: {app: cart}}
`;

test('are explained, and their shares are unknown', async () => {
  process.chdir(folderWith({ 'mesh.yaml': MESH, 'paris.yaml': SERVICE, 'lyon.yaml': `${SERVICE}---\n${POLICY}` }));
  const { status, out } = await program('explain', 'shop/shop@paris', 'svc/shop/cart', '--mesh', 'mesh.yaml');
  expect([status, out.split('\n\n')[0]]).toEqual([
    0,
    [
      'shop/shop@paris -> svc/shop/cart@paris TCP/80: partial',
      '  shop/cart@lyon   TCP/8080  ? pods  ? %  denied',
      '  shop/cart@paris  TCP/8080  ? pods  ? %  allowed',
      '  no manifest contains shop/cart@lyon, shop/cart@paris, so the number of pods is unknown',
    ].join('\n'),
  ]);
});

test('are not verified, since nobody knows what they are called', async () => {
  process.chdir(folderWith({ 'mesh.yaml': MESH.replace(/  id: \d/g, '$&\n  context: x'), 'paris.yaml': SERVICE, 'lyon.yaml': SERVICE }));
  expect(await program('verify', '--mesh', 'mesh.yaml')).toMatchObject({
    status: 2,
    err: expect.stringContaining('No predictions to verify'),
  });
});
