import { READING_CODES, ReadingCode } from '../../../diagnostics/codes/reading';
import { ReadingDiagnostic } from '../../../manifests/reading-diagnostic';
import { Rule } from '../rule';

type IgnoredCode =
  | 'document-ignored'
  | 'document-unseparated'
  | 'document-unnamed'
  | 'document-invalid'
  | 'document-duplicate-key'
  | 'namespace-unknown'
  | 'kustomization'
  | 'kustomize-input'
  | 'local-config'
  | 'helm-chart'
  | 'flux-variables'
  | 'placeholder'
  | 'sops-encrypted'
  | 'template-unrendered'
  | 'template-ignored'
  | 'test-data'
  | 'link-ignored'
  | 'exclude-without-effect';

/**
 * Documents that the reader of manifests ignored, or that kubectl reads otherwise than they look: one finding for those
 * of one kind, with their number and places.
 */
export const ignoredDocuments: Rule<IgnoredCode> = {
  codes: {
    'document-ignored': READING_CODES['document-ignored'],
    'document-unseparated': READING_CODES['document-unseparated'],
    'document-unnamed': READING_CODES['document-unnamed'],
    'document-invalid': READING_CODES['document-invalid'],
    'document-duplicate-key': READING_CODES['document-duplicate-key'],
    'namespace-unknown': READING_CODES['namespace-unknown'],
    'kustomization': READING_CODES.kustomization,
    'kustomize-input': READING_CODES['kustomize-input'],
    'local-config': READING_CODES['local-config'],
    'helm-chart': READING_CODES['helm-chart'],
    'flux-variables': READING_CODES['flux-variables'],
    'placeholder': READING_CODES.placeholder,
    'sops-encrypted': READING_CODES['sops-encrypted'],
    'template-unrendered': READING_CODES['template-unrendered'],
    'template-ignored': READING_CODES['template-ignored'],
    'test-data': READING_CODES['test-data'],
    'link-ignored': READING_CODES['link-ignored'],
    'exclude-without-effect': READING_CODES['exclude-without-effect'],
  },
  check({ mesh }, report) {
    for (const { name, input } of mesh.clusters) {
      for (const notes of byCause(input.notes)) {
        const [{ code, file, line, message, got, fix }] = notes;
        report(code as IgnoredCode, {
          at: { cluster: name, file, line: () => line },
          message: `${message}${got === undefined ? '' : ` (got ${got})`}${others(notes)}`,
          fix,
        });
      }
    }
  },
};

// each of these needs an action of its own
const SINGLE = new Set<ReadingCode>([
  'document-duplicate-key',
  'document-invalid',
  'document-unnamed',
  'document-unseparated',
]);

/** The notes of one kind that need the same action; of one file, all problems. */
function byCause(notes: readonly ReadingDiagnostic[]): ReadingDiagnostic[][] {
  const groups = new Map<string, ReadingDiagnostic[]>();
  for (const note of notes) {
    const { code, file, line, fix } = note;
    const key =
      code === 'document-invalid' ? `${code} ${file}` : SINGLE.has(code) ? `${code} ${file} ${line}` : `${code} ${fix}`;
    const group = groups.get(key);
    if (group) {
      group.push(note);
    } else {
      groups.set(key, [note]);
    }
  }
  return [...groups.values()];
}

const SHOWN = 2;

/** `. 12 more: a.yaml:1, b.yaml:3 and 10 others`. */
function others([first, ...more]: readonly ReadingDiagnostic[]): string {
  if (more.length === 0) {
    return '';
  }
  const places = more
    .slice(0, SHOWN)
    .map(({ file, line }) => (file === first.file ? `line ${line}` : `${file}${line === undefined ? '' : `:${line}`}`));
  const rest = more.length - places.length;
  return `. ${more.length} more: ${places.join(', ')}${rest > 0 ? ` and ${rest} ${rest === 1 ? 'other' : 'others'}` : ''}`;
}
