/** The programs in README.md and docs/ compile and do what stands beside them. */
import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';
import { Construct } from 'constructs';
import * as library from '../src';
import { documents, temporaryFolder } from './support/mesh';
import { refusalsDocument } from './support/refusal-docs';

const ROOT = path.join(__dirname, '..');
/** Below the project, so that packages are found. */
const FOLDER = path.join(__dirname, '.programs');

interface Block {
  readonly info: string;
  readonly text: string;
}

function blocks(file: string): Block[] {
  return [...fs.readFileSync(path.join(ROOT, file), 'utf8').matchAll(/^```([^\n]*)\n([\s\S]*?)^```$/gm)].map(
    ([, info, text]) => ({ info, text }),
  );
}

const FILES = [
  'README.md',
  'CONTRIBUTING.md',
  'ARCHITECTURE.md',
  'examples/README.md',
  ...fs
    .readdirSync(path.join(ROOT, 'docs'))
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name}`),
  ...fs.readdirSync(path.join(ROOT, 'docs', 'api')).map(name => `docs/api/${name}`),
];
const PROGRAMS = FILES.flatMap(file => {
  const all = blocks(file);
  return all
    .map((block, index) => ({ file, index, block, behind: all.slice(index + 1) }))
    .filter(({ block }) => /^ts( wrong| jest)?$/.test(block.info));
});

/** The types of the package's entry for jest. */
const MATCHERS = `
import { MeshMatchers } from '../../src/testing';
declare global {
  namespace jest {
    interface Matchers<R, T> extends MeshMatchers<R> {}
  }
}
export {};
`;

beforeAll(() => {
  fs.rmSync(FOLDER, { recursive: true, force: true });
  fs.mkdirSync(FOLDER, { recursive: true });
  fs.writeFileSync(path.join(FOLDER, 'matchers.ts'), MATCHERS);
  PROGRAMS.forEach(({ block }, index) => fs.writeFileSync(path.join(FOLDER, `program-${index}.ts`), block.text));
  fs.writeFileSync(
    path.join(FOLDER, 'tsconfig.json'),
    JSON.stringify({
      extends: path.join(ROOT, 'test', 'tsconfig.json'),
      compilerOptions: {
        rootDir: ROOT,
        isolatedModules: false,
        noUnusedLocals: false,
        paths: {
          'cdk8s-cilium-mesh': [path.join(ROOT, 'src', 'index.ts')],
          'cdk8s-cilium-mesh/assert': [path.join(ROOT, 'src', 'testing', 'assert.ts')],
          'cdk8s-cilium-mesh/jest': ['./matchers.ts'],
        },
        types: ['node', 'jest'],
      },
      include: ['*.ts'],
    }),
  );
});

afterAll(() => fs.rmSync(FOLDER, { recursive: true, force: true }));

test('there are programs, and no block of an unknown kind', () => {
  expect(PROGRAMS.length).toBeGreaterThan(6);
  const infos = FILES.flatMap(blocks).map(block => block.info);
  // tools/consumer/languages.sh runs those in Python, Java and Go
  const known = /^(ts( wrong| jest)?|python|java|go|xml|sh|text|console|yaml( \S+)?)$/;
  expect(infos.filter(info => !known.test(info))).toEqual([]);
});

test('programs are type-correct', () => {
  const { stdout, status } = spawnSync(
    process.execPath,
    [require.resolve('typescript/bin/tsc'), '--noEmit', '-p', FOLDER],
    { encoding: 'utf8' },
  );
  expect([status, stdout]).toEqual([0, '']);
}, 60_000);

// tools/consumer runs a test with the matchers, by the package's own entry
const RUN = PROGRAMS.map((program, index) => [`${program.file}, block ${program.index + 1}`, program, index] as const);
test.each(RUN.filter(([, { block }]) => block.info !== 'ts jest'))(
  '%s',
  (_, { block, behind }, index) => {
    const folder = temporaryFolder();
    const outdir = path.join(folder, 'dist');
    fs.mkdirSync(outdir);
    const program = path.join(FOLDER, `program-${index}.ts`);
    const { status, stderr } = spawnSync(
      process.execPath,
      [require.resolve('tsx/cli'), '--tsconfig', path.join(FOLDER, 'tsconfig.json'), program],
      {
        encoding: 'utf8',
        cwd: ROOT,
        env: { ...process.env, CDK8S_OUTDIR: outdir },
      },
    );
    if (block.info === 'ts wrong') {
      expect(status).toBe(1);
      expect(behind[0].info).toBe('text');
      // the program of a reader has a name of its own
      expect(stderr.replace(/\S*\bprogram-\d+\.ts/g, 'main.ts')).toContain(behind[0].text.trimEnd());
      expect(fs.readdirSync(outdir)).toEqual([]);
      return;
    }
    expect([status, stderr]).toEqual([0, '']);
    const next = behind.findIndex(each => each.info.startsWith('ts'));
    const following = behind.slice(0, next < 0 ? undefined : next);
    for (const [, argument, output] of following.flatMap(({ info, text }) =>
      info === 'text' ? [...text.matchAll(/^\$ npx cilium-mesh (.*)\n([\s\S]*?)^\.\.\.$/gm)] : [],
    )) {
      const { stdout } = spawnSync(
        process.execPath,
        [require.resolve('tsx/cli'), path.join(ROOT, 'src', 'cli', 'main.ts'), ...argument.split(' ')],
        { encoding: 'utf8', cwd: folder },
      );
      expect(stdout.slice(0, output.length)).toBe(output);
    }
    for (const shown of following.filter(each => /^yaml \S+$/.test(each.info))) {
      expect(documents(fs.readFileSync(path.join(outdir, shown.info.split(' ')[1]), 'utf8'))).toEqual(
        expect.arrayContaining(documents(shown.text)),
      );
    }
  },
  60_000,
);

test('links between the documents lead somewhere', () => {
  const api = fs.readFileSync(path.join(ROOT, 'API.md'), 'utf8');
  for (const file of FILES) {
    for (const [, target] of fs.readFileSync(path.join(ROOT, file), 'utf8').matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
      const [name, anchor] = target.split('#');
      expect([file, target, fs.existsSync(path.join(ROOT, path.dirname(file), name))]).toEqual([file, target, true]);
      if (path.basename(name) === 'API.md' && anchor) {
        expect([anchor, new RegExp(`### .*${anchor}|id="([^"]*\\.)?${anchor}"`).test(api)]).toEqual([anchor, true]);
      }
    }
  }
});

/** The files of this checkout that would be published. `lib/`, which the build writes, holds no documents. */
function packedFiles(): string[] {
  const { stdout } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: ROOT,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  const [{ files }] = JSON.parse(stdout) as [{ files: Array<{ path: string }> }];
  return files.map(each => each.path);
}

test('documents in the package link to files of the package, and to the repository for all others', () => {
  const packed = packedFiles();
  const packedDocuments = packed.filter(file => file.endsWith('.md'));
  expect(packedDocuments).toEqual(expect.arrayContaining(['README.md', 'API.md', 'docs/api/GlobalService.md']));
  // the page of the registry shows them from the repository
  const pictures = /^docs\/pictures\//;
  const repository = /^https:\/\/github\.com\/cdk8s-cilium-mesh\/cdk8s-cilium-mesh\/(?:blob|tree)\/main\//;
  for (const file of packedDocuments) {
    for (const [, target] of fs.readFileSync(path.join(ROOT, file), 'utf8').matchAll(/\]\(([^)\s#]+)[^)]*\)/g)) {
      if (repository.test(target)) {
        const name = target.replace(repository, '');
        const isInRepository = fs.existsSync(path.join(ROOT, name));
        expect([file, name, isInRepository, packed.includes(name)]).toEqual([file, name, true, false]);
      } else if (!/^https?:/.test(target)) {
        const name = path.posix.join(path.posix.dirname(file), target);
        expect([file, name, packed.includes(name) || pictures.test(name)]).toEqual([file, name, true]);
      }
    }
  }
});

test('every construct has a page in docs/api, with a program that creates or asks for it', () => {
  const constructs = Object.entries(library)
    .filter(([, each]) => typeof each === 'function' && each.prototype instanceof Construct)
    .map(([name]) => name);
  expect(constructs).toContain('GlobalService');
  const index = fs.readFileSync(path.join(ROOT, 'docs', 'api', 'README.md'), 'utf8');
  for (const name of constructs) {
    const file = `docs/api/${name}.md`;
    expect([name, FILES.includes(file) && index.includes(`(${name}.md)`)]).toEqual([name, true]);
    const [program] = blocks(file);
    expect([name, program.info, program.text.includes(name === 'Cluster' ? 'mesh.cluster(' : `new ${name}(`)]).toEqual([
      name,
      'ts',
      true,
    ]);
  }
});

test('docs/refusals.md is what the catalogues say (npx tsx tools/refusals-doc.ts)', () => {
  const document = fs.readFileSync(path.join(ROOT, 'docs', 'refusals.md'), 'utf8');

  expect(document).toBe(refusalsDocument());
  expect(document).not.toContain('```text\nundefined');
});
