/**
 * Which files of a folder are read, and what happens to those that cannot be.
 */
import { execFileSync } from 'child_process';
import * as fs from 'fs';
import * as net from 'net';
import * as os from 'os';
import * as path from 'path';
import { parse } from 'yaml';
import { expectReported } from './cases';
import { Files } from '../../src/manifests/files/disk';
import { readFolder, ReadOptions } from '../../src/manifests/files/read-folder';
import { readText } from '../../src/manifests/files/text-reader';
import { ReadingDiagnostic } from '../../src/manifests/reading-diagnostic';

const OBJECT = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`;

const DISK: Files = {
  lstat: file => fs.lstatSync(file),
  stat: file => fs.statSync(file),
  realpath: file => fs.realpathSync(file),
  list: file => fs.readdirSync(file),
  read: file => fs.readFileSync(file),
};

let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'manifests-'));
});

afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

describe('of a folder', () => {
  test('are read, sorted and with the folders in it, the files that end with .yaml, .yml and .json', () => {
    write({
      'b.yaml': OBJECT('b'),
      'a.yml': OBJECT('a'),
      'c/d/e.JSON': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"e"}}',
      'c/a.yaml': OBJECT('ca'),
      'README.md': '# none',
      'script.sh': '\0',
      '.git/a.yaml': 'x: [',
      'node_modules/a.yaml': 'x: [',
      'empty.yaml': '',
    });
    const { manifests, problems, notes } = readFolder(folder);

    expect([problems, notes]).toEqual([[], []]);
    expect(manifests.map(each => [path.relative(folder, each.file), each.object.metadata.name])).toEqual([
      ['a.yml', 'a'],
      ['b.yaml', 'b'],
      ['c/a.yaml', 'ca'],
      ['c/d/e.JSON', 'e'],
    ]);
  });

  test('are left out, with a note, those that git-crypt encrypts', () => {
    write({ 'a.yaml': OBJECT('a'), 'secret.yaml': '\0GITCRYPT\0\u0001\u0002' });
    const { manifests, problems, notes } = readFolder(folder);

    expect(problems).toEqual([]);
    expect(manifests.map(each => path.relative(folder, each.file))).toEqual(['a.yaml']);
    expect(notes).toEqual([
      {
        code: 'document-ignored',
        severity: 'info',
        file: path.join(folder, 'secret.yaml'),
        message: 'git-crypt encrypts this file, so its objects are unknown',
        fix: 'none needed for Secrets; otherwise decrypt the files, `git-crypt unlock`',
      },
    ]);
  });

  // objects, other texts and links in a folder, and what is read of `root` in it
  test.each<LinkCase>(parse(fs.readFileSync(path.join(__dirname, 'links.yaml'), 'utf8')))(
    'with links: $name',
    ({ root = '.', objects, texts = {}, links, exclude: patterns = [], read, inputs = [], kustomized = [], excluded = 0, ...reported }) => {
      write({ ...Object.fromEntries(objects.map(file => [file, OBJECT('a')])), ...texts });
      for (const [at, target] of Object.entries(links)) {
        fs.mkdirSync(path.dirname(path.join(folder, at)), { recursive: true });
        fs.symlinkSync(target, path.join(folder, at));
      }
      const relative = (file: string) => path.relative(folder, file);
      const reads: string[] = [];
      const files = {
        ...DISK,
        read: (file: string) => {
          reads.push(...(objects.includes(relative(fs.realpathSync(file))) ? [file] : []));
          return DISK.read(file);
        },
      };
      const contents = readFolder(path.join(folder, root), { tree: folder, exclude: [{ folder, patterns }], files });

      const brief = (all: readonly ReadingDiagnostic[]) => all.map(({ code, file }) => `${code} ${relative(file)}`);
      expect(brief(contents.problems)).toEqual(reported.problems ?? []);
      expect(brief(contents.notes)).toEqual(reported.notes ?? []);
      expect(contents.manifests.map(({ file }) => relative(file))).toEqual(read);
      expect(reads.map(relative)).toEqual([...inputs, ...read]);
      expect([...contents.kustomized].map(relative)).toEqual(kustomized);
      expect(contents.files.excluded).toBe(excluded);
    },
  );

  test('are reported links that lead nowhere or in a circle, where they are called like manifests', () => {
    write({ 'a.yaml': OBJECT('a') });
    fs.symlinkSync('nowhere', path.join(folder, 'b.yaml'));
    fs.symlinkSync('c.yaml', path.join(folder, 'c.yaml'));
    fs.symlinkSync('nowhere', path.join(folder, 'other'));

    expectRefused('links that lead nowhere or in a circle', folder);
  });

  test('are not read links to files out of the repository', () => {
    const repository = path.join(folder, 'repository');
    write({
      'secret.txt': 'password: [hunter2',
      'repository/.git/HEAD': '',
      'repository/shared/b.yaml': OBJECT('b'),
      'repository/k8s/a.yaml': OBJECT('a'),
      'repository/k8s/testdata/a.yaml': OBJECT('a'),
    });
    const link = (target: string, at: string) => fs.symlinkSync(target, path.join(repository, 'k8s', at));
    link('../shared/b.yaml', 'b.yaml');
    link('../shared', 'shared');
    link('../../secret.txt', 'leak.yaml');
    link('../../secret.txt', 'leak.txt');
    link('../../../secret.txt', 'testdata/leak.yaml');
    const { manifests, problems, notes } = readFolder(path.join(repository, 'k8s'));

    expect(manifests.map(each => path.relative(repository, each.file))).toEqual([
      'k8s/a.yaml',
      'k8s/b.yaml',
    ]);
    expect(notes.map(({ code }) => code)).toEqual(['test-data']);
    expectReported('links to files out of the repository', problems, folder);
    const read = (options: ReadOptions) => {
      const contents = readFolder(path.join(repository, 'k8s'), options);
      return [...contents.problems, ...contents.notes].map(({ code }) => code);
    };
    expect(read({ keepGoing: true })).toEqual(['test-data', 'document-invalid']);
    expect(read({ exclude: [{ folder: repository, patterns: ['leak.*'] }] })).toEqual(['test-data']);
    // a path that the user names is meant
    expect(readFolder(path.join(repository, 'k8s', 'leak.yaml')).problems.map(({ code }) => code)).toEqual([
      'yaml-syntax',
    ]);
  });

  test('are not followed links to folders out of the repository, however large', () => {
    write({ 'repository/.git/HEAD': '', 'repository/a.yaml': OBJECT('a') });
    fs.symlinkSync('/', path.join(folder, 'repository', 'root'));
    const { manifests, problems, notes } = readFolder(path.join(folder, 'repository'));

    expect([manifests.length, problems]).toEqual([1, []]);
    expectReported('links to folders out of the repository', notes, folder);
  });

  test('of no repository, links may lead to the tree that the caller names', () => {
    write({ 'paris/a.yaml': OBJECT('a'), 'shared/b.yaml': OBJECT('b') });
    fs.symlinkSync('../shared/b.yaml', path.join(folder, 'paris', 'b.yaml'));
    const codes = (options: ReadOptions) =>
      readFolder(path.join(folder, 'paris'), options).problems.map(({ code }) => code);

    expect(codes({})).toEqual(['link-outside']);
    expect(codes({ tree: folder })).toEqual([]);
    expect(codes({ tree: path.join(folder, 'shared') })).toEqual(['link-outside']);
    const working = process.cwd();
    try {
      process.chdir(folder);
      expect(codes({})).toEqual([]);
    } finally {
      process.chdir(working);
    }
  });

  test('are left out, if the rest shall be read, links that lead nowhere and folders that cannot be read', () => {
    write({ 'a.yaml': OBJECT('a') });
    fs.symlinkSync('nowhere', path.join(folder, 'b.yaml'));
    const { manifests, problems, notes } = readFolder(folder, { keepGoing: true });

    expect([manifests.length, problems]).toEqual([1, []]);
    expect(notes.map(({ code, file }) => [code, file])).toEqual([['document-invalid', path.join(folder, 'b.yaml')]]);
    expect(readFolder(path.join(folder, 'missing'), { keepGoing: true }).problems.map(({ code }) => code)).toEqual([
      'file-missing',
    ]);
  });

  test('are ignored links that lead nowhere in test data', () => {
    write({ 'a.yaml': OBJECT('a'), 'testdata/b.yaml': OBJECT('b') });
    fs.symlinkSync('nowhere', path.join(folder, 'testdata', 'c.json'));
    const { problems, notes } = readFolder(folder);

    expect(problems).toEqual([]);
    expect(notes.map(({ code }) => code)).toEqual(['test-data']);
  });

  test.each([
    ['a task of Ansible that writes one', '- name: write\n  copy:\n    content: |\n      apiVersion: v1\n      kind: Role\nhandlers:\n', 'document-ignored'],
    ['an object in block style', 'apiVersion: v1\nkind: Role\nmetadata: "a" b\n', 'document-invalid'],
    ['an indented object', '  apiVersion: v1\n  kind: Role\n  metadata: "a" b\n', 'document-invalid'],
    ['an object in flow style', '{\n  "apiVersion": "v1", "kind": "Role" "metadata": {}\n}\n', 'document-invalid'],
  ])('are judged invalid texts without anything that matters: %s', (_, text, code) => {
    write({ 'a.yaml': OBJECT('a'), 'b.yaml': text });
    const { problems, notes } = readFolder(folder);

    expect(problems).toEqual([]);
    expect([...new Set(notes.map(each => each.code))]).toEqual([code]);
  });

  test('are reported pipes, sockets and devices, without waiting for them', async () => {
    execFileSync('mkfifo', [path.join(folder, 'pipe.yaml')]);
    const server = net.createServer().listen(path.join(folder, 'socket.yaml'));
    await new Promise(resolve => server.once('listening', resolve));
    fs.symlinkSync('/dev/zero', path.join(folder, 'zero.yaml'));

    expectRefused('pipes, sockets and devices', folder);
    server.close();
  });

  test('is reported that there is none to read', () => {
    write({ 'README.md': 'nothing' });

    expectRefused('a folder without manifests', folder);
  });
});

describe('the files of a repository', () => {
  const root = path.join(__dirname, 'folders');

  // the folder `manifests` of a case, read with the patterns in its file `exclude`
  test.each(fs.readdirSync(root))('%s', name => {
    const list = (file: string) =>
      fs.existsSync(path.join(root, name, file))
        ? fs
          .readFileSync(path.join(root, name, file), 'utf8')
          .split('\n')
          .filter(line => line !== '')
        : [];
    const read = readFolder(path.join(root, name, 'manifests'), {
      exclude: [{ folder: path.join(root, name), patterns: list('exclude') }],
      keepGoing: list('keep-going').length > 0,
    });

    expect(read.manifests.map(({ object }) => `${object.kind} ${object.metadata.name}`)).toEqual(list('objects'));
    expectReported(`folders/${name}`, [...read.problems, ...read.notes], path.join(root, name, 'manifests'));
  });

  test('are counted, with those that patterns exclude', () => {
    write({ 'a.yaml': OBJECT('a'), 'b.yaml': OBJECT('b'), 'c/d.yaml': OBJECT('d'), 'c/e.yaml': OBJECT('e') });
    expect(readFolder(folder, { exclude: [{ folder, patterns: ['b.*', 'c/'] }] }).files).toEqual({
      read: 1,
      excluded: 2,
    });
  });
});

describe('a file', () => {
  test('that is named is read, whatever its name ends with', () => {
    write({ manifest: OBJECT('a') });

    expect(readFolder(path.join(folder, 'manifest')).manifests.map(each => each.object.metadata.name)).toEqual(['a']);
  });

  const utf16 = Buffer.from('\uFEFFa: b\n', 'utf16le');
  test.each<[string, Buffer | string]>([
    ['UTF-16', utf16],
    ['UTF-16 of the other byte order', Buffer.from(utf16).swap16()],
    ['UTF-16 without a mark', utf16.subarray(2)],
    ['a NUL byte', `${OBJECT('a')}data: \0\n`],
    ['another encoding', Buffer.concat([Buffer.from(`${OBJECT('\uFFFD')}data: `), Buffer.from([0xe9, 0x0a])])],
    ['half a character', Buffer.concat([Buffer.from(OBJECT('a')), Buffer.from([0xe2, 0x82])])],
    ['control characters', `${OBJECT('a').replace('ConfigMap', 'Service')}data: {a: "\x07"}\n`],
  ])('with %s is refused', (name, content) => {
    fs.writeFileSync(path.join(folder, 'a.yaml'), content);

    expectRefused(`a file with ${name}`, folder);
    expect(readFolder(folder).manifests).toEqual([]);
  });

  test('larger than 64 MB is refused unread', () => {
    fs.closeSync(fs.openSync(path.join(folder, 'a.yaml'), 'w'));
    fs.truncateSync(path.join(folder, 'a.yaml'), 64 * 1024 * 1024 + 1);

    expectRefused('a file larger than 64 MB', folder);
  });

  test('that does not exist, or lies below a file, is refused', () => {
    write({ a: '' });

    expectRefused('a file that does not exist', path.join(folder, 'nothing'));
    expectRefused('a file below a file', path.join(folder, 'a', 'b'));
    expectRefused('a file with a name that is too long', 'x'.repeat(300));
    expectRefused('a file without a name', '');
    expectRefused('a file with NUL in its name', 'a\0b');
  });

  test('is needed where one text is read', () => {
    const read = readText(folder);
    expectReported('a folder in the place of a file', 'problem' in read ? [read.problem] : [], folder);
  });
});

describe('what the system refuses', () => {
  const refusing = (method: keyof Files, code: string, name: string): Files => {
    return {
      ...DISK,
      [method]: (file: string) => {
        if (path.basename(file) === name) {
          throw Object.assign(new Error(`${code}: refused`), { code });
        }
        return (DISK[method] as any)(file);
      },
    };
  };

  test.each<[keyof Files, string, string]>([
    ['read', 'EACCES', 'b.yaml'],
    ['stat', 'EPERM', 'b.yaml'],
    ['lstat', 'EIO', 'b.yaml'],
    ['list', 'EACCES', 'c'],
    ['realpath', 'ELOOP', 'c'],
    ['read', 'ENOENT', 'b.yaml'],
  ])('%s of a file or folder, with %s, is reported beside what can be read', (method, code, name) => {
    write({ 'a.yaml': OBJECT('a'), 'b.yaml': OBJECT('b'), 'c/d.yaml': OBJECT('d') });
    const { manifests, problems } = readFolder(folder, { files: refusing(method, code, name) });

    expectReported(`${code} from ${method}`, problems, folder);
    expect(manifests).toHaveLength(2);
  });
});

/** A case of links.yaml. */
interface LinkCase {
  readonly name: string;
  readonly root?: string;
  readonly objects: readonly string[];
  readonly texts?: { readonly [path: string]: string };
  readonly links: { readonly [path: string]: string };
  readonly exclude?: readonly string[];
  readonly read: readonly string[];
  /** Links to read files that kustomizations name as patches: what they may change is read of them. */
  readonly inputs?: readonly string[];
  readonly kustomized?: readonly string[];
  readonly notes?: readonly string[];
  readonly problems?: readonly string[];
  readonly excluded?: number;
}

function write(files: { readonly [name: string]: string }) {
  for (const [name, content] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), content);
  }
}

function expectRefused(name: string, given: string): void {
  const { problems, manifests, notes } = readFolder(given);
  expectReported(name, problems, folder);
  expect(notes).toEqual([]);
  expect(manifests.length).toBeLessThan(2);
}
