import { sbom } from '../../tools/bundle/sbom';

const manifest = { name: 'cdk8s-cilium-mesh', version: '0.1.0', license: 'Apache-2.0', description: 'Meshes' };

test('an SBOM names the package and those that it contains, with their licences', () => {
  const { metadata, components, dependencies } = JSON.parse(
    sbom(manifest, [
      { name: '@noble/hashes', version: '2.4.0', license: 'MIT', text: '…' },
      { name: 'either', version: '1.0.0', license: '(MIT OR CC0-1.0)', text: '…' },
    ]),
  );
  expect(metadata.component).toMatchObject({ name: 'cdk8s-cilium-mesh', purl: 'pkg:npm/cdk8s-cilium-mesh@0.1.0' });
  expect(components).toEqual([
    {
      'type': 'library',
      'bom-ref': 'pkg:npm/%40noble/hashes@2.4.0',
      'name': '@noble/hashes',
      'version': '2.4.0',
      'licenses': [{ license: { id: 'MIT' } }],
      'purl': 'pkg:npm/%40noble/hashes@2.4.0',
    },
    expect.objectContaining({ licenses: [{ expression: '(MIT OR CC0-1.0)' }] }),
  ]);
  expect(dependencies).toEqual([
    {
      ref: 'pkg:npm/cdk8s-cilium-mesh@0.1.0',
      dependsOn: ['pkg:npm/%40noble/hashes@2.4.0', 'pkg:npm/either@1.0.0'],
    },
  ]);
});
