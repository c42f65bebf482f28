/** Each picture of the documentation exists, and each is shown. The tests of the page make them (report/test). */
import * as fs from 'fs';
import * as path from 'path';

const ROOT = path.join(__dirname, '..', '..');
const FOLDER = path.join(ROOT, 'docs', 'pictures');
const PAGES = ['README.md', ...fs.readdirSync(path.join(ROOT, 'docs')).map(name => path.join('docs', name))].filter(
  page => page.endsWith('.md'),
);

function picturesOf(page: string): string[] {
  const text = fs.readFileSync(path.join(ROOT, page), 'utf8');
  return [...text.matchAll(/!\[[^\]]+\]\(([^)]+\.png)\)/g)].map(([, file]) =>
    path.relative(FOLDER, path.join(ROOT, path.dirname(page), file)),
  );
}

test('pages show the pictures that exist', () => {
  const shown = [...new Set(PAGES.flatMap(picturesOf))].sort();
  expect(shown.length).toBeGreaterThan(2);
  // a missing one is made by: npm run test:report
  expect(fs.readdirSync(FOLDER).sort()).toEqual(shown);
});
