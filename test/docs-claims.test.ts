/** What the documents claim and a program can compute: versions, commands, options, scripts and files. */
import * as fs from 'fs';
import * as path from 'path';
import { createColors } from 'picocolors';
import { CiliumVersion } from '../src/cilium/version';
import { formatsOf, REPORT_CONTENTS } from '../src/cli/print';
import { run } from '../src/cli/program';

const ROOT = path.join(__dirname, '..');
const read = (file: string) => fs.readFileSync(path.join(ROOT, file), 'utf8');
const DOCS = [
  'README.md',
  'CONTRIBUTING.md',
  'ARCHITECTURE.md',
  'examples/README.md',
  ...fs
    .readdirSync(path.join(ROOT, 'docs'))
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name}`),
];
const { engines, peerDependencies, scripts } = JSON.parse(read('package.json'));

describe('versions in README.md', () => {
  test('Node.js', () => expect(claim(/Node\.js (\S+) or later;/)).toBe(/(\d+)\.0\.0/.exec(engines.node)![1]));

  test('cdk8s', () => expect(claim(/cdk8s (\S+) or later;/)).toBe(peerDependencies.cdk8s.replace('^', '')));

  test('Cilium', () => {
    expect(claim(/Cilium (1\.\d+ to 1\.\d+), and 1\.9 for/)).toBe(
      supported()
        .filter(minor => minor > 9)
        .map(minor => `1.${minor}`)
        .filter((_, index, all) => index === 0 || index === all.length - 1)
        .join(' to '),
    );
    expect(supported()[0]).toBe(9);
  });

  test('the CRDs', () =>
    expect(claim(/CRDs are those of Cilium (\S+)\. /)).toBe(
      /cilium\/cilium v(\S+)/.exec(read('tools/crds/go.mod'))![1],
    ));
});

describe('commands', () => {
  test('each has its heading in docs/commands.md', async () => {
    const headings = [...read('docs/commands.md').matchAll(/^##+ (.*)$/gm)].flatMap(
      ([, heading]) => heading.match(/[a-z]+/g) ?? [],
    );
    expect((await commands()).filter(name => !headings.includes(name))).toEqual([]);
  });

  test('that the documents use exist', async () => {
    const known = await commands();
    const used = DOCS.flatMap(file =>
      [...read(file).matchAll(/(?:npx|\$|`) ?cilium-mesh ([a-z]+)/g)].map(([, name]) => name),
    );
    expect(used.length).toBeGreaterThan(20);
    expect([...new Set(used)].filter(name => !known.includes(name))).toEqual([]);
  });

  test('have the options that the documents use', async () => {
    const options = new Set(
      (await Promise.all((await commands()).map(name => help(name)))).flatMap(
        text => text.match(/--[a-z][a-z-]*/g) ?? [],
      ),
    );
    const used = DOCS.flatMap(file =>
      [...read(file).matchAll(/cilium-mesh [a-z]+ ([^\n`]*)/g)].flatMap(
        ([, rest]) => rest.match(/--[a-z][a-z-]*/g) ?? [],
      ),
    );
    expect([...new Set(used)].filter(option => !options.has(option))).toEqual([]);
  });
});

test('formats of docs/commands.md are those of the commands', () => {
  const all = Object.keys(REPORT_CONTENTS) as Array<keyof typeof REPORT_CONTENTS>;
  const named = (text: string) => [...text.matchAll(/`([a-z]+)`/g)].map(([, name]) => name);
  const [, table] = /\n\| format \| commands \|.*\n.*\n((?:\|.*\n)+)/.exec(read('docs/commands.md'))!;
  const claimed = [...table.matchAll(/^\| `([a-z]+)` \| (.*?) \|/gm)].map(([, format, users]) => [
    format,
    users === 'all that print a report'
      ? all
      : users.startsWith('all but ')
        ? all.filter(each => !named(users).includes(each))
        : named(users),
  ]);
  const formats = [...new Set(all.flatMap(each => formatsOf(each)))];
  expect(claimed).toEqual(formats.map(format => [format, all.filter(each => formatsOf(each).includes(format))]));
});

test('npm scripts that the documents use exist', () => {
  const used = DOCS.flatMap(file => [...read(file).matchAll(/npm run ([a-z-]+)/g)].map(([, name]) => name));
  expect(used.length).toBeGreaterThan(5);
  expect([...new Set(used)].filter(name => scripts[name] === undefined)).toEqual([]);
});

test('files that the documents name exist', () => {
  const used = DOCS.flatMap(file =>
    [
      ...read(file).matchAll(
        /`((?:src|test|test-support|tools|oracle|bench|imports|examples|conformance|acceptance)\/[\w./-]+)`/g,
      ),
    ].map(([, name]) => name),
  );
  expect(used.length).toBeGreaterThan(10);
  expect([...new Set(used)].filter(name => !fs.existsSync(path.join(ROOT, name)))).toEqual([]);
});

test('links lead to files and headings that exist', () => {
  const links = DOCS.flatMap(file =>
    [...prose(file).matchAll(/\]\((?!https?:)([^)\s#]*)(?:#([^)\s]*))?\)/g)].map(([, target, anchor]) => {
      const to = target === '' ? file : path.join(path.dirname(file), target);
      return { link: `${file}: ${target}#${anchor ?? ''}`, to, anchor };
    }),
  );
  expect(links.length).toBeGreaterThan(50);
  const broken = links.filter(
    ({ to, anchor }) => !fs.existsSync(path.join(ROOT, to)) || (anchor !== undefined && !anchors(to).includes(anchor)),
  );
  expect(broken.map(({ link }) => link)).toEqual([]);
});

test('rooms that ARCHITECTURE.md names are those of src', () => {
  const rooms = [...read('ARCHITECTURE.md').matchAll(/^\| `([a-z]+)\/` \|/gm)].map(([, name]) => name);
  const folders = (folder: string) =>
    fs
      .readdirSync(path.join(ROOT, folder), { withFileTypes: true })
      .filter(each => each.isDirectory())
      .map(each => each.name);
  expect(rooms.sort()).toEqual([...folders('src'), ...folders('src/evaluator')].sort());
});

/** A document without its code. */
function prose(file: string): string {
  return read(file).replace(/^```[^]*?^```/gm, '');
}

/** The anchors of a document: its headings as GitHub names them, and those that it names itself. */
function anchors(file: string): string[] {
  const headings = [...prose(file).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
  return [...headings, ...[...prose(file).matchAll(/(?:id|name)="([^"]*)"/g)].map(([, name]) => name)];
}

/** What README.md claims. */
function claim(pattern: RegExp): string | undefined {
  return pattern.exec(read('README.md').replace(/\s+/g, ' '))?.[1];
}

/** The minor versions of Cilium that a cluster may have. */
function supported(): number[] {
  return Array.from({ length: 40 }, (_, minor) => minor).filter(
    minor => CiliumVersion.parse(`1.${minor}.0`) !== undefined,
  );
}

async function help(...args: string[]): Promise<string> {
  let output = '';
  const write = (text: string) => {
    output += text;
  };
  await run([...args, '--help'], { out: write, err: write, colors: createColors(false) });
  return output;
}

async function commands(): Promise<string[]> {
  const [, list] = /Commands:\n([\s\S]*)/.exec(await help())!;
  return [...list.matchAll(/^ {2}([a-z]+)/gm)].map(([, name]) => name).filter(name => name !== 'help');
}
