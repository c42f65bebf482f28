import { Rule } from '../rule';

type IgnoredCode = 'document-ignored' | 'document-unseparated' | 'document-unnamed' | 'kustomization';

/** Documents that the reader of manifests ignored. */
export const ignoredDocuments: Rule<IgnoredCode> = {
  codes: {
    'document-ignored': {
      severity: 'info',
      title: 'The document is not a Kubernetes object',
      documentation: 'The document lacks `apiVersion` or `kind`, so it is not a Kubernetes object. This program ignores it.',
      fix: 'Move the document to a file outside the manifests, or add apiVersion and kind.',
    },
    'document-unseparated': {
      severity: 'info',
      title: 'The document does not follow a line ---',
      documentation: 'YAML begins another document here, for example after `...`, but without a line `---`. kubectl ignores such a document.',
      fix: 'Write a line --- before the document.',
    },
    'document-unnamed': {
      severity: 'info',
      title: 'The object has only a generated name',
      documentation: 'The object has `metadata.generateName` but no `metadata.name`. It gets its name when it is created, so this program ignores it.',
      fix: 'Write metadata.name if policies or Services depend on the object.',
    },
    'kustomization': {
      severity: 'info',
      title: 'The document is a Kustomization',
      documentation: 'A Kustomization is not applied itself. The changes that it makes are not in the mesh that this program reads.',
      fix: 'Give the output of kubectl kustomize as manifests.',
    },
  },
  check({ mesh }, report) {
    for (const { name, input } of mesh.clusters) {
      for (const { code, file, line, message, got, fix } of input.notes) {
        report(code as IgnoredCode, {
          at: { cluster: name, file, line: () => line },
          message: `${message}${got === undefined ? '' : ` (got ${got})`}`,
          fix,
        });
      }
    }
  },
};
