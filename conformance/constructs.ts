/**
 * npm run conformance:constructs -- [--programs N] [--seed N]
 *
 * Runs random programs of constructs and compares every flow with the laws of their statements. Needs no Go.
 */
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { parseArgs } from 'util';
import { runProgram } from '../test-support/programs';

const { values } = parseArgs({
  options: { programs: { type: 'string', default: '600' }, seed: { type: 'string', default: '1' } },
});
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cilium-mesh-constructs-'));
const first = Number(values.seed);
const total = { flows: 0, refused: 0, statements: 0, violations: 0 };
for (let seed = first; seed < first + Number(values.programs); seed++) {
  const outdir = path.join(folder, String(seed));
  const { flows, refused, statements, violations } = runProgram(seed, outdir);
  fs.rmSync(outdir, { recursive: true });
  total.flows += flows;
  total.refused += refused;
  total.statements += statements;
  total.violations += violations.length;
  violations.slice(0, 3).forEach(each => console.log(each));
}
fs.rmSync(folder, { recursive: true });
console.log(
  `${values.programs} programs from seed ${first}: ${total.statements} statements, ${total.refused} refused, ` +
    `${total.flows} flows, ${total.violations} violations`,
);
process.exitCode = total.violations > 0 ? 1 : 0;
