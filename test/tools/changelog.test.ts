import { readFileSync } from 'fs';
import { join } from 'path';
import { nextVersion, parseChangelog } from '../../tools/changelog/release';

const text = (...releases: ReadonlyArray<readonly [version: string, notes: string]>) =>
  `# Changelog\n\n${releases.map(([version, notes]) => `## ${version}\n\n${notes}\n`).join('\n')}`;

test('CHANGELOG.md can be released', () => {
  const releases = parseChangelog(readFileSync(join(__dirname, '..', '..', 'CHANGELOG.md'), 'utf8'));
  expect(releases.at(-1)!.version).toBe('0.1.0');
});

test('the notes of a release are those below its heading', () => {
  expect(parseChangelog(text(['0.2.0', '### Changed\n\n- a'], ['0.1.0', '- b']))).toEqual([
    { version: '0.2.0', notes: '### Changed\n\n- a' },
    { version: '0.1.0', notes: '- b' },
  ]);
});

test.each([
  ['', '0.10.0'],
  ['v0.9.0', '0.10.0'],
  ['v0.10.0', 'none'],
])('after the tag %j the next version is %s', (tag, next) => {
  expect(nextVersion(parseChangelog(text(['0.10.0', '- a'], ['0.9.0', '- b'])), tag)).toBe(next);
});

test('a tag that is newer than the changelog is refused', () => {
  expect(() => nextVersion(parseChangelog(text(['0.1.0', '- a'])), 'v0.2.0')).toThrow(
    'CHANGELOG.md: 0.1.0 must not be below 0.2.0, which is released',
  );
});

test('all mistakes of a changelog are reported at once', () => {
  expect(() => parseChangelog('# Changelog\n')).toThrow('it must have a heading such as "## 0.1.0"');
  expect(() => parseChangelog(text(['next', '- a'], ['0.1.0', ''], ['0.2.0', '- b']))).toThrow(
    'CHANGELOG.md: "## next" must be a version such as 0.1.0; 0.1.0 must have notes; ' +
      '0.2.0 must be below 0.1.0, which comes before it',
  );
});
