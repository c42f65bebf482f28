/**
 * npx tsx tools/findings-doc.ts
 *
 * Writes docs/findings.md from the cases of test/evaluator/rules. The test of these cases compares both.
 */
import * as fs from 'fs';
import * as path from 'path';
import { findingsDocument } from '../test/support/finding-docs';

fs.writeFileSync(path.join(__dirname, '..', 'docs', 'findings.md'), findingsDocument());
