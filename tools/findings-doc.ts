/**
 * npx tsx tools/findings-doc.ts
 *
 * Writes docs/findings.md out of the cases of test/evaluator/rules; the test of these cases proves that it is what they say.
 */
import * as fs from 'fs';
import * as path from 'path';
import { findingsDocument } from '../test/support/finding-docs';

fs.writeFileSync(path.join(__dirname, '..', 'docs', 'findings.md'), findingsDocument());
