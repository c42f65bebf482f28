/**
 * The findings about every example, exactly: what its YAML teaches, and no false alarm. The data are the files of
 * example-findings, one for
 * each variant that has any; those that end with -1.18 are of `--cilium 1.18`, where they differ.
 */
import * as fs from 'fs';
import * as path from 'path';
import { parse } from 'yaml';
import { EXAMPLES } from '../support/examples';
import { asExpected, ExpectedFinding, findingsIn } from '../support/finding-cases';
import { folderOf, meshFileIn } from '../support/program';

const FOLDER = path.join(__dirname, 'example-findings');

const VARIANTS = EXAMPLES.flatMap(([example, variants]) =>
  variants.length === 0
    ? [{ example, name: example, args: [] as string[] }]
    : variants.map(variant => ({ example, name: `${example}-${variant}`, args: [variant] })),
);

describe.each(VARIANTS.map(each => [each.name, each] as const))('%s', (name, { example, args }) => {
  let mesh = '';

  beforeAll(() => {
    mesh = meshFileIn(folderOf(example, ...args));
  });

  test('has these findings', () => expectFindings(mesh, name));

  if (example === 'isovalent-lab') {
    test('has these findings under --cilium 1.18', () => expectFindings(mesh, `${name}-1.18`, '1.18'));
  }
});

test('every file is of a variant', () => {
  const names = VARIANTS.flatMap(({ name }) => [`${name}.yaml`, `${name}-1.18.yaml`]);
  expect(fs.readdirSync(FOLDER).filter(file => !names.includes(file))).toEqual([]);
});

function expectFindings(mesh: string, name: string, cilium?: string): void {
  const file = path.join(FOLDER, `${name}.yaml`);
  const expected: ExpectedFinding[] = fs.existsSync(file) ? parse(fs.readFileSync(file, 'utf8')) : [];
  const folder = path.dirname(path.dirname(mesh));
  const findings = findingsIn(mesh, cilium).map(each => ({ ...each, file: path.relative(folder, each.file!) }));
  expect(asExpected(findings)).toEqual(expected);
}
