import { importedPackages } from '../../tools/bundle/imported-packages';
import { bundledPackages } from '../../tools/bundle/packages';
import { requireComponents, sbom } from '../../tools/bundle/sbom';

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

/** What the schema of CycloneDX 1.5 (bom-1.5.schema.json) demands of the fields that the SBOM has. */
test('an SBOM of packages as they are installed is one of CycloneDX 1.5', () => {
  const names = ['@noble/hashes', 'commander', 'diff', 'js-yaml', 're2js', 'valibot', 'xmlbuilder', 'yaml'];
  const document = JSON.parse(sbom(manifest, bundledPackages(names.map(name => `node_modules/${name}/package.json`))));
  expect(Object.keys(document).sort()).toEqual([
    'bomFormat', 'components', 'dependencies', 'metadata', 'specVersion', 'version',
  ]);
  expect(document).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.5', version: 1 });
  const { metadata, components, dependencies } = document;
  const all = [metadata.component, ...components];
  expect(components.map(({ name }: { name: string }) => name)).toEqual(names);
  for (const component of all) {
    const { type, name, version, description, purl, licenses, 'bom-ref': ref, ...others } = component;
    expect(others).toEqual({});
    expect(type).toBe('library');
    expect([name, version, description ?? ''].map(each => typeof each)).toEqual(['string', 'string', 'string']);
    expect(ref).toBe(purl);
    expect(purl).toMatch(/^pkg:npm\/(%40[\w.-]+\/)?[\w.-]+@\d+\.\d+\.\d+$/);
    // one expression alone, or licences by their SPDX id
    expect(licenses).toEqual([
      'expression' in licenses[0]
        ? { expression: expect.stringMatching(/ (OR|AND|WITH) /) }
        : { license: { id: expect.stringMatching(/^[A-Za-z0-9.+-]+$/) } },
    ]);
  }
  const refs = all.map(each => each['bom-ref']);
  expect(new Set(refs).size).toBe(refs.length);
  expect(dependencies.flatMap(({ ref, dependsOn }: any) => [ref, ...dependsOn])).toEqual(refs);
});

test('packing fails for an SBOM that lacks a package which is shipped', async () => {
  const names = await importedPackages();
  // of the library, of the program, of the page, and one that only another package needs
  expect([...names]).toEqual(expect.arrayContaining(['re2js', 'commander', 'preact', '@codemirror/view', 'ansi-regex']));
  expect([...names]).not.toEqual(expect.arrayContaining(['esbuild']));
  const components = (shipped: readonly string[]) =>
    sbom(manifest, bundledPackages(shipped.map(name => `node_modules/${name}/package.json`)));
  expect(() => requireComponents(components([...names]), names)).not.toThrow();
  for (const name of names) {
    const others = [...names].filter(each => each !== name);
    expect(() => requireComponents(components(others), names)).toThrow(`the SBOM lacks [${name}] and has too much []`);
  }
  expect(() => requireComponents(components([...names, 'esbuild']), names)).toThrow('has too much [esbuild]');
});
