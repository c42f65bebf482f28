/**
 * npx tsx tools/findings-doc.ts
 *
 * Writes docs/findings.md out of the rules of `check` and the cases of test/evaluator/rules.
 */
import * as fs from 'fs';
import * as path from 'path';
import { findingsDocument } from '../test/support/finding-docs';

fs.writeFileSync(path.join(__dirname, '..', 'docs', 'findings.md'), findingsDocument());
