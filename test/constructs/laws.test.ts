/** The laws of the constructs hold for random programs; `npm run conformance:constructs` runs many more. */
import { runProgram } from '../../test-support/programs';
import { temporaryFolder } from '../support/mesh';

test.each(Array.from({ length: 21 }, (_, index) => index + 1))('random program %i', seed => {
  const { flows, violations } = runProgram(seed, temporaryFolder());
  expect(violations).toEqual([]);
  expect(flows).toBeGreaterThan(1000);
});
