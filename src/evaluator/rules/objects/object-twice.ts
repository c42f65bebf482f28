import { Manifest } from '../../../manifests/manifest';
import { Duplicate, EvaluatedCluster } from '../../read/cluster';
import { inManifest, Report, Rule } from '../rule';
import { isExampleFile } from '../shared/example-files';
import { certainDuplicates, formatObject, isInOneFile, variants } from '../shared/variants';

type Code = 'object-twice' | 'object-in-two-files';

export const objectTwice: Rule<Code> = {
  codes: {
    'object-twice': {
      severity: 'error',
      title: 'Two manifests of one cluster define the same object',
      documentation:
        'Two manifests of one cluster have the same kind, namespace and name. ' +
        'They are one object to the API server, so the manifest applied last replaces the other. ' +
        'Different files of a kustomization are not reported, because it decides which of them are applied, and ' +
        'renames objects.',
      fix: 'Keep one of the two manifests, or rename one object.',
    },
    'object-in-two-files': {
      severity: 'info',
      title: 'Files of one cluster define the same objects',
      documentation:
        'Objects have the same kind, namespace and name in several files. ' +
        'Such files are most often variants for several clusters, environments or steps. ' +
        'As one cluster, the object read last replaces the others, so verdicts mix the variants. ' +
        'Commands that print verdicts say so too.',
      fix: 'Pass the files of one variant, or leave the others out with `--exclude`.',
    },
  },
  check({ mesh }, report) {
    for (const cluster of mesh.clusters) {
      for (const { first, second } of certainDuplicates(cluster).filter(isInOneFile)) {
        const isOfTwoSources = first.source !== second.source;
        report('object-twice', {
          at: inManifest(cluster.name, second, 'metadata.name'),
          message: isOfTwoSources
            ? `${cluster.name} gets this object from two sources: ${sourceOf(second)} replaces ${sourceOf(first)}`
            : `${cluster.name} defines this object twice: this one replaces the one at ${placeOf(first)}`,
          fix: isOfTwoSources ? 'remove one of the two sources' : 'remove one of the two, or rename it',
        });
      }
      const others = variants(cluster);
      const isExample = ({ first, second }: Duplicate) =>
        [first, second].some(({ file }) => isExampleFile(cluster.input, file));
      reportFiles(cluster, others.filter(each => !isExample(each)), report);
      // the finding is at the example
      reportFiles(cluster, others.filter(isExample).map(each => withExampleLast(cluster, each)), report);
    }
  },
};

/** One finding for all objects that several files define. */
function reportFiles({ name }: EvaluatedCluster, duplicates: readonly Duplicate[], report: Report<Code>): void {
  if (duplicates.length > 0) {
    const [{ first, second }] = duplicates;
    const more = new Set(duplicates.map(each => formatObject(each.second))).size - 1;
    report('object-in-two-files', {
      at: inManifest(name, second, 'metadata.name'),
      message:
        `${formatObject(second)} is in ${placeOf(first)} too` +
        `${more === 0 ? '' : `, and ${more} more ${more === 1 ? 'object is' : 'objects are'} in several files`}: ` +
        'as manifests of one cluster, the last one counts, so verdicts mix these files',
      fix: 'pass the files of one cluster, environment or step, or leave the others out with --exclude',
    });
  }
}

function withExampleLast({ input }: EvaluatedCluster, { first, second }: Duplicate): Duplicate {
  return isExampleFile(input, second.file) ? { first, second } : { first: second, second: first };
}

function sourceOf(manifest: Manifest): string {
  return manifest.source === undefined ? `the file ${manifest.file}` : `what ${manifest.source} renders`;
}

function placeOf(manifest: Manifest): string {
  const line = manifest.line();
  return line === undefined ? manifest.file : `${manifest.file}:${line}`;
}
