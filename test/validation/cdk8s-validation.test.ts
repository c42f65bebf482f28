/** The validation as cdk8s-cli runs it: the paths of the written files in, violations and a status out. */
import * as path from 'path';
import { ApiObject } from 'cdk8s';
import { CiliumMeshValidation } from '../../src';
import { temporaryFolder } from '../support/mesh';
import { Shop } from '../testing/shop';

async function validate(manifests: readonly string[], props?: object) {
  const violations: unknown[] = [];
  const submitted: unknown[] = [];
  await new CiliumMeshValidation(props).validate({
    manifests,
    report: {
      addViolation: (violation: unknown) => void violations.push(violation),
      submit: (...args: unknown[]) => void submitted.push(args),
    },
  });
  return { violations, submitted };
}

/** The files of the shop, with a policy in lyon that selects nothing. */
function written(name: string): string[] {
  const { mesh } = new Shop(temporaryFolder());
  new ApiObject(mesh.cluster('lyon'), 'typo', {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNetworkPolicy',
    metadata: { name: 'typo', namespace: 'shop' },
    spec: { endpointSelector: { matchLabels: { app: name } }, ingress: [{}] },
  });
  mesh.synth();
  return ['lyon.k8s.yaml', 'mesh/mesh.yaml', 'paris.k8s.yaml'].map(file => path.join(mesh.outdir, file));
}

test('a finding is a violation of its object, and fails', async () => {
  const files = written('crt');
  expect(await validate(files)).toEqual({
    violations: [
      {
        ruleName: 'policy-selects-nothing (warning)',
        recommendation:
          'the policy selects no workload of lyon, so it protects nothing; closest: shop/cart@lyon with app=cart ' +
          'instead of app=crt',
        fix: 'correct the selector, or remove the policy from lyon',
        violatingResources: [
          {
            resourceName: 'CiliumNetworkPolicy shop/typo (lyon)',
            locations: [`${path.relative('', files[0])}:93`],
            manifestPath: files[0],
          },
        ],
      },
    ],
    submitted: [['failure', { errors: '0', warnings: '1', info: '0' }]],
  });
});

test('failOn decides which ones fail', async () => {
  const { violations, submitted } = await validate(written('crt'), { failOn: 'error' });
  expect(violations).toHaveLength(1);
  expect(submitted).toEqual([['success', { errors: '0', warnings: '1', info: '0' }]]);
});

test('without findings it succeeds', async () => {
  expect(await validate(written('cart'))).toEqual({
    violations: [],
    submitted: [['success', { errors: '0', warnings: '0', info: '0' }]],
  });
});

test('without a mesh there is nothing to check, which fails', async () => {
  expect(await validate(['dist/app.k8s.yaml'])).toEqual({
    violations: [
      {
        ruleName: 'mesh-missing (error)',
        recommendation: 'no mesh.yaml was written, so there is no mesh to check',
        fix: 'build the program on ClusterMesh, or remove the validation from cdk8s.yaml',
        violatingResources: [
          { resourceName: 'app.k8s.yaml', locations: ['dist/app.k8s.yaml'], manifestPath: 'dist/app.k8s.yaml' },
        ],
      },
    ],
    submitted: [['failure', { errors: '1', warnings: '0', info: '0' }]],
  });
});

test('a mesh that cannot be read fails with its problems', async () => {
  const { violations, submitted } = await validate([path.join(temporaryFolder(), 'mesh.yaml')]);
  expect(violations).toEqual([expect.objectContaining({ ruleName: 'file-missing (error)' })]);
  expect(submitted).toEqual([['failure', { errors: '1', warnings: '0', info: '0' }]]);
});

test.each([
  [
    { failon: 'error' },
    'CiliumMeshValidation: unknown property "failon" (did you mean "failOn"?); the properties are failOn',
  ],
  [{ failOn: 'bad' }, 'CiliumMeshValidation: failOn must be one of error, warning, info, got "bad"'],
])('%j is refused', (props, message) => {
  expect(() => new CiliumMeshValidation(props)).toThrow(new TypeError(message));
});
