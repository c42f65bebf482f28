import * as fs from 'fs';
import * as path from 'path';
import { Files } from './render';

/**
 * Writes files into a folder. Writes each file under another name and then renames it, so a reader never sees half of a
 * file.
 */
export function writeAll(folder: string, files: Files): void {
  for (const file of Object.keys(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  }
  const pending = Object.keys(files).map(file => ({
    target: path.join(folder, file),
    temporary: path.join(folder, `${file}.tmp`),
    text: files[file],
  }));
  try {
    for (const { temporary, text } of pending) {
      fs.writeFileSync(temporary, text);
    }
    for (const { temporary, target } of pending) {
      fs.renameSync(temporary, target);
    }
  } finally {
    for (const { temporary } of pending) {
      fs.rmSync(temporary, { force: true });
    }
  }
}
