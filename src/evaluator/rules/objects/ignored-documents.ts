import { READING_CODES } from '../../../diagnostics/codes/reading';
import { Rule } from '../rule';

type IgnoredCode = 'document-ignored' | 'document-unseparated' | 'document-unnamed' | 'kustomization';

/** Documents that the reader of manifests ignored. */
export const ignoredDocuments: Rule<IgnoredCode> = {
  codes: {
    'document-ignored': READING_CODES['document-ignored'],
    'document-unseparated': READING_CODES['document-unseparated'],
    'document-unnamed': READING_CODES['document-unnamed'],
    'kustomization': READING_CODES.kustomization,
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
