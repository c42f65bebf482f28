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
        'Files of kustomizations are not reported: building them may change the names, or apply one of the two.',
      fix: 'Keep one of the two manifests, or rename one object.',
    },
  },
  check({ mesh }, report) {
    for (const { name, duplicates, input } of mesh.clusters) {
      const isBuilt = ({ first, second }: Duplicate) =>
        first.file === second.file || ![first, second].some(({ file }) => input.kustomized?.has(file));
      for (const { first, second } of duplicates.filter(isBuilt)) {
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
