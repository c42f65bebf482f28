import { BundledPackage } from './packages';

/** What an SBOM needs of our package.json. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly description: string;
}

/**
 * The software bill of materials as CycloneDX 1.5: the packages whose code ours contains. Those that users install
 * beside it are in their own lockfiles. Without time and serial number, so the same package has the same bytes.
 */
export function sbom(manifest: Manifest, packages: readonly BundledPackage[]): string {
  const root = purl(manifest);
  const document = {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: {
      component: {
        'type': 'library',
        'bom-ref': root,
        'name': manifest.name,
        'version': manifest.version,
        'description': manifest.description,
        'licenses': [{ license: { id: manifest.license } }],
        'purl': root,
      },
    },
    components: packages.map(each => ({
      'type': 'library',
      'bom-ref': purl(each),
      'name': each.name,
      'version': each.version,
      // an expression names several licences
      'licenses': [/[ (]/.test(each.license) ? { expression: each.license } : { license: { id: each.license } }],
      'purl': purl(each),
    })),
    dependencies: [{ ref: root, dependsOn: packages.map(purl) }],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/**
 * @throws for a package that an SBOM lacks, or has too much. `names` are those of the packages whose code ours has.
 */
export function requireComponents(text: string, names: ReadonlySet<string>): void {
  const { components }: { components: ReadonlyArray<{ readonly name: string }> } = JSON.parse(text);
  const listed = new Set(components.map(({ name }) => name));
  const missing = [...names].filter(name => !listed.has(name));
  const surplus = [...listed].filter(name => !names.has(name));
  if (missing.length > 0 || surplus.length > 0) {
    throw new Error(`the SBOM lacks [${missing.sort().join(', ')}] and has too much [${surplus.sort().join(', ')}]`);
  }
}

/** The package URL: `pkg:npm/%40noble/hashes@2.4.0`. */
function purl({ name, version }: { readonly name: string; readonly version: string }): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}
