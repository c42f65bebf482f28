// A user's test in jest.
import 'cdk8s-cilium-mesh/jest';
import { ourMesh } from './mesh';

test('clients call the api of both clusters, and nobody calls clients', () => {
  const mesh = ourMesh();
  expect(mesh).toAllow('client@a', 'api@*');
  expect(mesh).toDeny('api@*', 'client@a', { port: 'TCP/80', cilium: '1.18' });
  expect(mesh).toHaveNoFindings('warning');
  expect(() => expect(mesh).not.toAllow('client@a', 'api@b')).toThrow('is not allowed, and it is');
  expect(mesh).toMatchSnapshot();
});
