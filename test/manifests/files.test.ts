/**
 * Which files of a folder are read, and what happens to those that cannot be.
 */
import { execFileSync } from 'child_process';
import * as fs from 'fs';
import * as net from 'net';
import * as os from 'os';
import * as path from 'path';
import { expectReadable } from './cases';
import { Files, readFolder, readText } from '../../src/manifests/files';

const OBJECT = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`;

let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'manifests-'));
});

afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

describe('of a folder', () => {
  test('are read, sorted and with the folders in it, the files that end with .yaml, .yml and .json', () => {
    write({
      'b.yaml': OBJECT('b'), 'a.yml': OBJECT('a'), 'c/d/e.JSON': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"e"}}', 'c/a.yaml': OBJECT('ca'),
      'README.md': '# none', 'script.sh': '\0', '.git/a.yaml': 'x: [', 'node_modules/a.yaml': 'x: [', 'empty.yaml': '',
    });
    const { manifests, problems, notes } = readFolder(folder);

    expect([problems, notes]).toEqual([[], []]);
    expect(manifests.map(each => [path.relative(folder, each.file), each.object.metadata.name])).toEqual([['a.yml', 'a'], ['b.yaml', 'b'], ['c/a.yaml', 'ca'], ['c/d/e.JSON', 'e']]);
  });

  test('are read links once, and links that lead back not at all', () => {
    write({ 'real/a.yaml': OBJECT('a') });
    fs.symlinkSync('../real', path.join(folder, 'real', 'again'));
    fs.symlinkSync('real', path.join(folder, 'same'));
    fs.symlinkSync('real/a.yaml', path.join(folder, 'link.yaml'));
    fs.symlinkSync(folder, path.join(folder, 'real', 'up'));
    const { manifests, problems } = readFolder(folder);

    expect(problems).toEqual([]);
    expect(manifests.map(each => path.relative(folder, each.file))).toEqual(['link.yaml', 'real/a.yaml']);
  });

  test('are reported links that lead nowhere or in a circle, where they are called like manifests', () => {
    write({ 'a.yaml': OBJECT('a') });
    fs.symlinkSync('nowhere', path.join(folder, 'b.yaml'));
    fs.symlinkSync('c.yaml', path.join(folder, 'c.yaml'));
    fs.symlinkSync('nowhere', path.join(folder, 'other'));

    expect(problemsOf(folder)).toEqual(['file-missing b.yaml', 'file-unreadable c.yaml']);
  });

  test('are reported pipes, sockets and devices, without waiting for them', async () => {
    execFileSync('mkfifo', [path.join(folder, 'pipe.yaml')]);
    const server = net.createServer().listen(path.join(folder, 'socket.yaml'));
    await new Promise(resolve => server.once('listening', resolve));
    fs.symlinkSync('/dev/zero', path.join(folder, 'zero.yaml'));

    expect(problemsOf(folder)).toEqual(['file-special pipe.yaml', 'file-special socket.yaml', 'file-special zero.yaml']);
    expect(readFolder(folder).problems.map(each => each.got)).toEqual(['pipe', 'socket', 'device']);
    server.close();
  });

  test('is reported that there is none to read', () => {
    write({ 'README.md': 'nothing' });

    expect(problemsOf(folder)).toEqual(['folder-empty ']);
  });
});

describe('a file', () => {
  test('that is named is read, whatever its name ends with', () => {
    write({ manifest: OBJECT('a') });

    expect(readFolder(path.join(folder, 'manifest')).manifests.map(each => each.object.metadata.name)).toEqual(['a']);
  });

  const utf16 = Buffer.from('\uFEFFa: b\n', 'utf16le');
  test.each<[string, Buffer | string, string, number | undefined]>([
    ['UTF-16', utf16, 'file-encoding', undefined],
    ['UTF-16 of the other byte order', Buffer.from(utf16).swap16(), 'file-encoding', undefined],
    ['UTF-16 without a mark', utf16.subarray(2), 'file-encoding', undefined],
    ['a NUL byte', `${OBJECT('a')}data: \0\n`, 'file-binary', 4],
    ['another encoding', Buffer.concat([Buffer.from(`${OBJECT('\uFFFD')}data: `), Buffer.from([0xE9, 0x0A])]), 'file-encoding', 4],
    ['half a character', Buffer.concat([Buffer.from(OBJECT('a')), Buffer.from([0xE2, 0x82])]), 'file-encoding', 4],
    ['control characters', `${OBJECT('a')}data: {a: "\x07"}\n`, 'yaml-syntax', 4],
  ])('with %s is refused', (_, content, code, line) => {
    fs.writeFileSync(path.join(folder, 'a.yaml'), content);
    const { problems, manifests } = readFolder(folder);

    expect(problems.map(each => [each.code, each.line])).toEqual([[code, line]]);
    expect(manifests).toEqual([]);
    expectReadable(problems, path.join(folder, 'a.yaml'));
  });

  test('larger than 64 MB is refused unread', () => {
    fs.closeSync(fs.openSync(path.join(folder, 'a.yaml'), 'w'));
    fs.truncateSync(path.join(folder, 'a.yaml'), 64 * 1024 * 1024 + 1);

    expect(readFolder(folder).problems.map(each => [each.code, each.got])).toEqual([['file-too-large', '65 MB']]);
  });

  test('that does not exist, or lies below a file, is refused', () => {
    write({ a: '' });

    expect(problemsOf(path.join(folder, 'nothing'))).toEqual(['file-missing ']);
    expect(problemsOf(path.join(folder, 'a', 'b'))).toEqual(['file-missing ']);
    expect(problemsOf(path.join(folder, 'x'.repeat(300)))).toEqual(['file-unreadable ']);
    expect(problemsOf('')).toEqual(['file-missing ']);
    expect(problemsOf('a\0b')).toEqual(['file-unreadable ']);
  });

  test('is needed where one text is read', () => {
    expect(readText(folder)).toEqual({ problem: expect.objectContaining({ code: 'file-unreadable', got: 'a folder' }) });
  });
});

describe('what the system refuses', () => {
  const refusing = (method: keyof Files, code: string, name: string): Files => {
    const disk: Files = {
      lstat: file => fs.lstatSync(file), stat: file => fs.statSync(file), realpath: file => fs.realpathSync(file),
      list: file => fs.readdirSync(file), read: file => fs.readFileSync(file),
    };
    return {
      ...disk,
      [method]: (file: string) => {
        if (path.basename(file) === name) {
          throw Object.assign(new Error(`${code}: refused`), { code });
        }
        return (disk[method] as any)(file);
      },
    };
  };

  test.each<[keyof Files, string, string]>([
    ['read', 'EACCES', 'b.yaml'], ['stat', 'EPERM', 'b.yaml'], ['lstat', 'EIO', 'b.yaml'], ['list', 'EACCES', 'c'], ['realpath', 'ELOOP', 'c'], ['read', 'ENOENT', 'b.yaml'],
  ])('%s of a file or folder, with %s, is reported beside what can be read', (method, code, name) => {
    write({ 'a.yaml': OBJECT('a'), 'b.yaml': OBJECT('b'), 'c/d.yaml': OBJECT('d') });
    const { manifests, problems } = readFolder(folder, refusing(method, code, name));

    expect(problems.map(each => [each.code, each.got, path.relative(folder, each.file)])).toEqual([[code === 'ENOENT' ? 'file-missing' : 'file-unreadable', code, name]]);
    expect(manifests).toHaveLength(2);
    expectReadable(problems, path.join(folder, name));
  });
});

function write(files: { readonly [name: string]: string }) {
  for (const [name, content] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), content);
  }
}

function problemsOf(given: string): string[] {
  const { problems, manifests, notes } = readFolder(given);
  problems.forEach(each => expectReadable([each], each.file));
  expect(notes).toEqual([]);
  expect(manifests.length).toBeLessThan(2);
  return problems.map(each => `${each.code} ${path.relative(given, each.file)}`);
}
