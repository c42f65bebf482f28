/** What short runs must not load: each module costs them a tenth of their time. */
import { folderOf, program } from '../support/program';

jest.mock('re2js', () => {
  throw new Error('re2js is loaded');
});

const cwd = process.cwd();
afterEach(() => process.chdir(cwd));

test('synth and check of the lab do not load re2js', async () => {
  process.chdir(folderOf('isovalent-lab', 'ingress-tion'));
  const { err, out } = await program('check');
  expect([err, out.includes('re2js is loaded')]).toEqual(['', false]);
});

test('plain methods and paths do not need it', async () => {
  process.chdir(folderOf('cilium-docs', 'star-wars'));
  const { err } = await program('matrix');
  expect(err).toBe('');
});
