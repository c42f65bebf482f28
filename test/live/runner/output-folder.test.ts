/** A snapshot replaces its folder as a whole, and no other folder. */
import * as fs from 'fs';
import * as path from 'path';
import { checkFolder, replaceFolder, SNAPSHOT_FOLDER } from '../../../src/live/runner/output-folder';
import { temporaryFolder } from '../../support/folder';

let cwd: string;
beforeEach(() => {
  cwd = temporaryFolder();
});

const files = (...names: string[]) => new Map(names.map(name => [name, `of ${name}\n`]));
const listed = (folder: string = cwd): string[] =>
  fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => fs.lstatSync(path.join(folder, name)).isFile())
    .sort();
const put = (file: string, text: string = '') => {
  fs.mkdirSync(path.dirname(path.join(cwd, file)), { recursive: true });
  fs.writeFileSync(path.join(cwd, file), text);
};

test('a folder that does not exist, with folders above it', () => {
  replaceFolder('new/snapshot', files('mesh.yaml', 'a/pods.yaml'), cwd, SNAPSHOT_FOLDER);
  expect(listed()).toEqual([
    'new/snapshot/.cilium-mesh-snapshot',
    'new/snapshot/a/pods.yaml',
    'new/snapshot/mesh.yaml',
  ]);
});

test('an empty folder', () => {
  fs.mkdirSync(path.join(cwd, 'out'));
  replaceFolder('out', files('mesh.yaml'), cwd, SNAPSHOT_FOLDER);
  expect(listed()).toEqual(['out/.cilium-mesh-snapshot', 'out/mesh.yaml']);
});

test('a snapshot: what the new one does not have is gone', () => {
  replaceFolder('out', files('mesh.yaml', 'a/pods.yaml'), cwd, SNAPSHOT_FOLDER);
  replaceFolder('out', files('mesh.yaml', 'b/pods.yaml'), cwd, SNAPSHOT_FOLDER);
  expect(listed()).toEqual(['out/.cilium-mesh-snapshot', 'out/b/pods.yaml', 'out/mesh.yaml']);
});

test.each<[string, () => void, RegExp]>([
  ['of a person', () => put('out/notes.txt', 'mine'), /^out contains files, and no snapshot/],
  [
    'with a file of a person in it',
    () => {
      replaceFolder('out', files('mesh.yaml'), cwd, SNAPSHOT_FOLDER);
      put('out/a/expectations.yaml', 'mine');
    },
    /^out contains files that no snapshot wrote: a\/expectations.yaml\n/,
  ],
  [
    'with an empty folder of a person in it',
    () => {
      replaceFolder('out', files('mesh.yaml'), cwd, SNAPSHOT_FOLDER);
      fs.mkdirSync(path.join(cwd, 'out', 'mine'));
    },
    /^out contains files that no snapshot wrote: mine\/\n/,
  ],
  ['that is a file', () => put('out', 'mine'), /^out must be a folder/],
  [
    'that is a link',
    () => {
      fs.mkdirSync(path.join(cwd, 'elsewhere'));
      fs.symlinkSync('elsewhere', path.join(cwd, 'out'));
    },
    /^out must be a folder/,
  ],
])('a folder %s is refused, and nothing changes', (_, arrange, message) => {
  arrange();
  const before = listed();
  expect(() => checkFolder('out', cwd, SNAPSHOT_FOLDER)).toThrow(message);
  expect(() => replaceFolder('out', files('mesh.yaml', 'b/new.yaml'), cwd, SNAPSHOT_FOLDER)).toThrow(message);
  expect(listed()).toEqual(before);
  expect(fs.readdirSync(cwd).filter(name => name.startsWith('.'))).toEqual([]);
});

test.each(['.', '..'])('the current folder and those above it are refused: %s', folder => {
  expect(() => replaceFolder(folder, files('mesh.yaml'), cwd, SNAPSHOT_FOLDER)).toThrow(/is the current folder or contains it/);
});

test('after a failure the old one is as it was', () => {
  replaceFolder('out', files('mesh.yaml', 'a/pods.yaml'), cwd, SNAPSHOT_FOLDER);
  const before = listed();
  // two clusters of one path cannot be written
  expect(() => replaceFolder('out', files('mesh.yaml', 'a', 'a/pods.yaml'), cwd, SNAPSHOT_FOLDER)).toThrow(/^out cannot be written: /);
  const { renameSync } = fs;
  const rename = jest.spyOn(jest.requireActual('fs'), 'renameSync').mockImplementationOnce(renameSync as any);
  rename.mockImplementationOnce(() => {
    throw new Error('no space');
  });
  expect(() => replaceFolder('out', files('mesh.yaml'), cwd, SNAPSHOT_FOLDER)).toThrow(/^out cannot be written: no space$/);
  rename.mockRestore();
  expect(listed()).toEqual(before);
});
