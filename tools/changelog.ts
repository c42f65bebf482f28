/**
 * npx tsx tools/changelog.ts next
 * npx tsx tools/changelog.ts notes FILE
 *
 * CHANGELOG.md decides what is released. `next` prints the version of its first heading for `projen bump`, or `none`
 * if that version has a tag (variable LATEST_TAG). `notes` writes the text below that heading into a file.
 */
import * as fs from 'fs';
import * as path from 'path';
import { parseChangelog, nextVersion } from './changelog/release';

const FILE = path.join(__dirname, '..', 'CHANGELOG.md');

function main([command, file]: readonly string[]): void {
  const releases = parseChangelog(fs.readFileSync(FILE, 'utf8'));
  switch (command) {
    case 'next':
      console.log(nextVersion(releases, process.env.LATEST_TAG ?? ''));
      break;
    case 'notes':
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, `${releases[0].notes}\n`);
      break;
    default:
      throw new Error(`usage: changelog.ts next, or changelog.ts notes FILE; got ${command ?? 'nothing'}`);
  }
}

main(process.argv.slice(2));
