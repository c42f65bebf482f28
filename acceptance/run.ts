/**
 * npm run acceptance -- [arguments of jest]
 *
 * Builds the programs that are missing, runs the acceptance tests, and stops what they left.
 *
 *     npm run acceptance -- lab              only the tests in lab.test.ts
 *     npm run acceptance -- -t 'three'       only tests with this in their names
 */
import * as path from 'path';
import { inEnvironment } from './in-environment';

const jest = path.join(path.dirname(require.resolve('jest/package.json')), 'bin', 'jest.js');
inEnvironment(process.execPath, [
  jest,
  '--config',
  path.join(__dirname, 'jest.config.js'),
  '--runInBand',
  ...process.argv.slice(2),
]).then(
  status => {
    process.exitCode = status;
  },
  error => {
    console.error(error.message);
    process.exitCode = 2;
  },
);
