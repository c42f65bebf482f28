import { Duplicate } from '../../read/cluster';
import { inManifest, Rule } from '../rule';

export const objectTwice: Rule<'object-twice'> = {
  codes: {
    'object-twice': {
      severity: 'error',
      title: 'Two manifests of one cluster define the same object',
      documentation:
        'Two manifests of one cluster have the same kind, namespace and name. ' +
        'They are one object to the API server, so the manifest applied last replaces the other. ' +
        'Different files are not reported where kustomizations decide which of them are applied, and rename objects.',
      fix: 'Keep one of the two manifests, or rename one object.',
    },
  },
  check({ mesh }, report) {
    for (const { name, duplicates, input } of mesh.clusters) {
      const isCertain = ({ first, second }: Duplicate) =>
        first.file === second.file || (input.kustomized?.size ?? 0) === 0;
      for (const { first, second } of duplicates.filter(isCertain)) {
        const line = first.line();
        const place = line === undefined ? first.file : `${first.file}:${line}`;
        report('object-twice', {
          at: inManifest(name, second, 'metadata.name'),
          message: `${name} defines this object twice: this one replaces the one at ${place}`,
          fix: 'remove one of the two, or rename it',
        });
      }
    }
  },
};
