import * as fs from 'fs';
import * as path from 'path';
import { CommandError } from './io';
import { compressText } from '../reports/page/compress';
import { workerScript } from '../reports/page/worker-script';

/** Where the package has its page and code: `lib`, seen from its folder `code` or from this folder. */
const LIB = path.join(__dirname, '..', '..', 'lib');

/** The parts of a report that are the same for all meshes. */
export interface PageParts {
  readonly template: string;
  /** The script of the worker, compressed. */
  readonly engine: string;
}

export function readPageParts(): PageParts {
  return {
    template: read('report.html'),
    engine: compressText(workerScript('report-engine-worker.js', file => read(path.join('code', file)))),
  };
}

function read(file: string): string {
  if (!fs.existsSync(path.join(LIB, file))) {
    throw new CommandError(
      `the package lacks lib/${file}\n    fix: install it again, or run npx tsx tools/report-page.ts`,
    );
  }
  return fs.readFileSync(path.join(LIB, file), 'utf8');
}
