import * as v from 'valibot';
import { text } from '../diagnostics/structure';
import { API_VERSION } from '../model/mesh-file-schema';

const ENTRY = v.strictObject(
  {
    fingerprint: v.pipe(
      text(),
      v.description('Recognizes the finding by its code, cluster, object and path without indices, wherever its line is.'),
    ),
    content: v.optional(
      v.pipe(
        v.string('text'),
        v.description('Recognizes the rule or other list item of the finding, whatever its index is.'),
      ),
    ),
    code: text(),
    cluster: v.optional(v.string('text')),
    object: v.optional(v.string('text')),
    file: v.optional(v.string('text')),
    path: v.optional(v.string('text')),
    message: v.string('text'),
  },
  'a mapping with fingerprint, code and message',
);

/** A baseline: accepted findings. Only the fingerprint and, of equal ones, the content and message are compared. */
export const BASELINE_FILE = v.strictObject(
  { apiVersion: API_VERSION, findings: v.array(ENTRY, 'a list of findings') },
  'a mapping with apiVersion and findings',
);
