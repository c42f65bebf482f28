/**
 * npx tsx tools/refusals-doc.ts
 *
 * Writes docs/refusals.md out of the catalogues of codes and what the tests expect of each; test/docs.test.ts proves
 * that it is what they say.
 */
import * as fs from 'fs';
import * as path from 'path';
import { refusalsDocument } from '../test/support/refusal-docs';

fs.writeFileSync(path.join(__dirname, '..', 'docs', 'refusals.md'), refusalsDocument());
