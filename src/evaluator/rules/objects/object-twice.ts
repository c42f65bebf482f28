import { Manifest } from '../../../manifests/manifest';
import { mayMatter } from '../../../manifests/relevance';
import { Duplicate, EvaluatedCluster, namespaceName } from '../../read/cluster';
import { inManifest, Report, Rule } from '../rule';
import { listNames } from '../shared/names';

type Code = 'object-twice' | 'object-in-two-folders';

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
    'object-in-two-folders': {
      severity: 'warning',
      title: 'Folders of one cluster define the same objects',
      documentation:
        'Objects have the same kind, namespace and name in several folders. ' +
        'Such folders are most often variants for several clusters, environments or steps. ' +
        'As one cluster, the object read last replaces the others, so verdicts mix the variants.',
      fix: 'Pass the folder of one variant, or leave the others out with `--exclude`.',
    },
  },
  check({ mesh }, report) {
    for (const cluster of mesh.clusters) {
      const certain = cluster.duplicates.filter(each => isCertain(cluster, each) && matters(each.second));
      const isInTwoFolders = ({ first, second }: Duplicate) => folderOf(first) !== folderOf(second);
      reportPairs(cluster, certain.filter(each => !isInTwoFolders(each)), report);
      reportFolders(cluster, certain.filter(isInTwoFolders), report);
    }
  },
};

function isCertain({ input: { kustomized } }: EvaluatedCluster, { first, second }: Duplicate): boolean {
  return first.file === second.file || !(kustomized?.has(first.file) || kustomized?.has(second.file));
}

/** Whether verdicts depend on objects of this kind. */
function matters({ object: { kind } }: Manifest): boolean {
  return mayMatter(`kind: ${kind}`);
}

/** One finding for an object, or for all objects of two files. */
function reportPairs({ name }: EvaluatedCluster, duplicates: readonly Duplicate[], report: Report<Code>): void {
  const pairs = new Map<string, Duplicate[]>();
  for (const [index, duplicate] of duplicates.entries()) {
    const { first, second } = duplicate;
    const key = first.file === second.file ? `${index}` : `${first.file} ${second.file}`;
    pairs.set(key, [...(pairs.get(key) ?? []), duplicate]);
  }
  for (const [{ first, second }, ...more] of pairs.values()) {
    const others = more.map(each => formatObject(each.second));
    report('object-twice', {
      at: inManifest(name, second, 'metadata.name'),
      message:
        `${name} defines this object twice: this one replaces the one at ${placeOf(first)}` +
        (others.length === 0 ? '' : `. ${others.length} more of these two files: ${listNames(others)}`),
      fix: 'remove one of the two, or rename it',
    });
  }
}

function reportFolders({ name }: EvaluatedCluster, duplicates: readonly Duplicate[], report: Report<Code>): void {
  if (duplicates.length > 0) {
    const [{ first, second }] = duplicates;
    const more = new Set(duplicates.map(each => formatObject(each.second))).size - 1;
    report('object-in-two-folders', {
      at: inManifest(name, second, 'metadata.name'),
      message:
        `${formatObject(second)} is in ${placeOf(first)} too` +
        `${more === 0 ? '' : `, and ${more} more ${more === 1 ? 'object is' : 'objects are'} in several folders`}: ` +
        'as manifests of one cluster, the last one counts, so verdicts mix these folders',
      fix: 'pass the folder of one cluster, environment or step, or leave the others out with --exclude',
    });
  }
}

function folderOf({ file }: Manifest): string {
  return file.slice(0, file.lastIndexOf('/') + 1);
}

function placeOf(manifest: Manifest): string {
  const line = manifest.line();
  return line === undefined ? manifest.file : `${manifest.file}:${line}`;
}

function formatObject({ object }: Manifest): string {
  const namespace = namespaceName(object);
  return `${object.kind} ${namespace === '' ? '' : `${namespace}/`}${object.metadata.name}`;
}
