import { cdk8s, javascript, JsonFile } from 'projen';
import { configureRelease, RELEASE } from './projenrc/release';

/** Entries of the package, by the names under which examples import them, as files for the folders beside src. */
const ENTRIES = {
  'cdk8s-cilium-mesh': ['../src/index.ts'],
  'cdk8s-cilium-mesh/assert': ['../src/testing/assert.ts'],
};

/**
 * One package holds the jsii construct library and the program.
 *
 * - `lib/src/index.js` is the jsii entry point; `imports/` stands beside `src/`, so tsconfig's rootDir is the project's
 *   root.
 * - `dist/` is what `cdk8s synth` writes; packages go to `artifacts/`.
 * - Runtime dependencies that are not jsii modules are bundled, as jsii demands.
 */
const project = new cdk8s.ConstructLibraryCdk8s({
  name: 'cdk8s-cilium-mesh',
  description:
    'CDK8s constructs for Cilium Cluster Mesh: one program describes the mesh, every cluster gets exactly the YAML it needs',
  author: 'cdk8s-cilium-mesh authors',
  authorAddress: 'cdk8s-cilium-mesh@users.noreply.github.com',
  repositoryUrl: 'git+https://github.com/cdk8s-cilium-mesh/cdk8s-cilium-mesh.git',
  keywords: ['cdk8s', 'cilium', 'cluster-mesh', 'network-policy', 'kubernetes', 'multi-cluster', 'kind'],
  license: 'Apache-2.0',
  copyrightOwner: 'The cdk8s-cilium-mesh authors',
  defaultReleaseBranch: 'main',
  projenrcTs: true,
  minNodeVersion: '20.0.0',
  packageManager: javascript.NodePackageManager.NPM,

  jsiiVersion: '~6.0.0',
  typescriptVersion: '~6.0.0',
  cdk8sVersion: '2.70.47',
  constructsVersion: '10.8.1',
  devDeps: [
    // bundled into the library and the program by tools/bundle.ts, so the package itself depends on nothing
    'commander@14.0.3',
    // patches of the policies that a reader of a report changed
    'diff@9.0.0',
    'fastest-levenshtein@1.0.16',
    // compresses the data of reports: the same bytes on every machine, as zlib of Node.js does not promise
    'fflate@0.8.3',
    'js-yaml@5.5.0',
    // SHA-256 where there is no node:crypto: in the page of a report
    '@noble/hashes@2.4.0',
    'log-update@4.0.0',
    'picocolors@1.1.1',
    // Go's regular expressions in linear time: what Cilium and Envoy compile
    're2js@2.10.0',
    // schemas of mesh.yaml, expectations and every JSON document, one source for readers and published JSON Schemas;
    // the smallest of its kind in a bundle
    'valibot@1.5.0',
    'xmlbuilder@15.1.1',
    'yaml@2.9.1',
    // the page of a report: components, and an editor that screen readers can use
    'preact@11.2.0',
    '@codemirror/autocomplete@6.20.4',
    '@codemirror/commands@6.11.1',
    '@codemirror/lang-yaml@6.1.3',
    '@codemirror/language@6.13.1',
    '@codemirror/lint@6.9.8',
    '@codemirror/state@6.7.6',
    '@codemirror/view@6.43.0',
    '@lezer/highlight@1.2.5',
    // tests of the page in Chromium; it downloads no browser
    '@playwright/test@1.65.1',
    'axe-core@4.14.1',
    'cdk8s-cli@2.207.60',
    // types of Kubernetes' objects (src/constructs/kubernetes/manifest.ts), and what users compose with; programs do
    // not load it
    'cdk8s-plus-28@2.5.6',
    'fast-check@4.10.2',
    'ajv@8.20.0',
    'esbuild@0.28.2',
    'tsx@4.23.15',
    '@valibot/to-json-schema@1.8.0',
    // the types of the evaluator in one file, without those of bundled packages beside it
    'dts-bundle-generator@9.5.1',
    // whether the package resolves and its types are found
    'publint@0.3.25',
    '@arethetypeswrong/cli@0.18.5',
  ],

  entrypoint: 'lib/index.js',
  // the second name is the package's own: `npx cdk8s-cilium-mesh` never asks a registry for another package
  bin: { 'cilium-mesh': 'lib/cilium-mesh.js', 'cdk8s-cilium-mesh': 'lib/cilium-mesh.js' },
  compressAssembly: true,
  artifactsDirectory: 'artifacts',
  docgenFilePath: 'API.md',
  tsconfig: {
    // without source maps in the files: they are four fifths of them, and loaded by every program
    compilerOptions: { rootDir: '.', module: 'node20', inlineSourceMap: false, inlineSources: false },
    include: ['imports/**/*.ts'],
  },
  tsconfigDev: {
    compilerOptions: { rootDir: '..', module: 'node20', paths: ENTRIES },
    include: [
      '../imports/**/*.ts',
      '../examples/**/*.ts',
      '../tools/**/*.ts',
      '../conformance/**/*.ts',
      '../acceptance/**/*.ts',
      '../faults/**/*.ts',
      '../test-support/**/*.ts',

    ],
  },
  jestOptions: {
    updateSnapshot: javascript.UpdateSnapshot.NEVER,
    // on request: `npx jest --coverage`; it doubles the time of the tests
    jestConfig: {
      collectCoverage: false,
      coveragePathIgnorePatterns: ['/node_modules/', '/imports/', '/test/', '/examples/'],
      moduleNameMapper: { '^cdk8s-cilium-mesh$': '<rootDir>/src/index.ts' },
      // jest leaves one core alone by default, which is half of a machine with two
      maxWorkers: '100%',
      globalSetup: '<rootDir>/test/support/create-temporary-folder.ts',
      globalTeardown: '<rootDir>/test/support/delete-temporary-folder.ts',
    },
  },
  ...RELEASE,
  depsUpgrade: false,
  pullRequestTemplate: false,
  sampleCode: false,
});

// tests load unrs-resolver (jest's resolver); 1.13.0 lacks its platform packages in the registry
project.package.addPackageResolutions('unrs-resolver@1.12.2');
project.package.addField('types', 'lib/src/index.d.ts');
project.package.addField('type', 'commonjs');
project.npmrc.addConfig('omit-lockfile-registry-resolved', 'true');

// scripts without projen around them: their output is for people
project.setScript('cilium-mesh', 'tsx src/cli/main.ts');
project.setScript('synth', 'tsx --tsconfig test/tsconfig.json tools/synth.ts');
project.setScript('import', 'tsx tools/import.ts');
project.setScript('bench', 'tsx bench/bench.ts');
project.setScript('conformance', 'tsx conformance/run.ts');
project.setScript('conformance:constructs', 'tsx conformance/constructs.ts');
project.setScript('acceptance', 'tsx acceptance/run.ts');
project.setScript('faults', 'tsx --tsconfig test/tsconfig.json faults/run.ts');
project.setScript('test:report', 'playwright test --config report/test/playwright.config.ts');

// jest and tsx strip types without checking them
for (const part of ['ui', 'engine', 'test']) {
  project.testTask.prependExec(`tsc -p report/${part}/tsconfig.json`, { name: `check the types of report/${part}` });
}
project.testTask.prependExec('tsc --noEmit --isolatedModules false -p test/tsconfig.json', {
  name: 'check the types of tests, examples and tools',
});

// one file each for the library, the evaluator and the program: half of the time of a short run was looking for modules
project.postCompileTask.exec('tsx tools/bundle.ts');
// examples of README.md in other languages: packages of theirs show TypeScript otherwise
project.postCompileTask.exec('jsii-rosetta extract .');
// `npm pack` alone builds all that the package holds; projen's own packaging has compiled before
project.setScript('prepack', 'projen compile && projen post-compile');
configureRelease(project);
project.package.addField('exports', {
  '.': { types: './lib/src/index.d.ts', default: './lib/index.js' },
  './evaluator': { types: './lib/evaluator.d.ts', default: './lib/evaluator.js' },
  './assert': { types: './lib/assert.d.ts', default: './lib/assert.js' },
  './jest': { types: './lib/jest.d.ts', default: './lib/jest.js' },
  './jest-globals': { types: './lib/jest-globals.d.ts', default: './lib/jest-globals.js' },
  './vitest': { types: './lib/vitest.d.mts', default: './lib/vitest.mjs' },
  './schemas/*.json': './schemas/*.json',
  // what jsii reads
  './package.json': './package.json',
  './.jsii': './.jsii',
});

// TypeScript's resolution `node10`, which `cdk8s init` sets, does not know `exports`
project.package.addField('typesVersions', {
  '*': Object.fromEntries(['evaluator', 'assert', 'jest', 'jest-globals'].map(entry => [entry, [`./lib/${entry}.d.ts`]])),
});

// compile, API.md, jest and eslint, as `npm test`; the reference documents what this package adds, not 37,000 lines of
// CRD types
project.tasks.tryFind('docgen')?.reset('jsii-docgen -o API.md --submodule root');

// The package holds the bundles, the types that they need, the typed CRDs, the schemas and the docs.
project.npmignore?.exclude(
  '/acceptance/',
  '/bench/',
  '/conformance/',
  '/examples/',
  '/faults/',
  '/imports/',
  '/oracle/',
  '/packaging/',
  '/report/',
  '/test-support/',
  '/tools/',
  '/.ci/',
  // half of the documents' size; the registry shows README's pictures from the repository
  '/docs/pictures/',
  '/cdk8s.yaml',
  '/ARCHITECTURE.md',
  '/CONTRIBUTING.md',
  '/docs/adding-a-construct.md',
  '*.tsbuildinfo',
  // jsii-pacmak adds this line if it is not there
  'artifacts',
  '/lib/src/**/*.js',
  '/lib/imports/**/*.json',
  '/lib/imports/**/*.yaml',
);

// also where node_modules is a link
project.gitignore.exclude('node_modules', '.jsii.gz', '.jsii.tabl.json', '/artifacts/', '/dist-mesh/', '/dist.pending/', '/test/.programs/');
project.gitattributes.addAttributes('/imports/**', 'linguist-generated');
// RFC 4180 ends lines with CRLF
project.gitattributes.addAttributes('/test/reports/cases/**/expected.csv', '-text');
project.gitattributes.addAttributes('/test/cli/checks/**/expected.text', '-text');

// The rooms of src in the order of the data; a room imports only from those that are named here (ARCHITECTURE.md tells
// why).
const facts = ['cilium', 'diagnostics', 'model'];
const engine = [...facts, 'manifests', 'evaluator/engine'];
const evaluator = ['read', 'flows', 'services', 'queries', 'rules'].map(name => `evaluator/${name}`);
const rooms: { readonly [room: string]: readonly string[] } = {
  'cilium': [],
  'diagnostics': ['cilium'],
  'model': ['cilium', 'diagnostics'],
  // what they write is verified by the evaluator's public entry
  'constructs': [...facts, 'evaluator/index.ts'],
  'manifests': facts,
  'evaluator/engine': facts,
  ...Object.fromEntries(evaluator.map((room, index) => [room, [...engine, ...evaluator.slice(0, index)]])),
  'observed': [...engine, ...evaluator],
  'findings': [...engine, ...evaluator, 'observed'],
  'reports': [...engine, ...evaluator, 'observed', 'findings'],
  'live': [...engine, ...evaluator, 'observed', 'findings', 'reports'],
  'cli': [...engine, ...evaluator, 'observed', 'findings', 'reports', 'live', 'init'],
  'testing': [...engine, ...evaluator, 'observed', 'findings', 'reports'],
  'validation': [...engine, ...evaluator, 'observed', 'findings'],
  'connectivity': [...engine, ...evaluator, 'observed', 'findings', 'reports', 'testing', 'constructs'],
  'init': facts,
};
// these rooms are pure: data in, data out; of the manifests' reader, only `readers` touch files
const readers = ['files', 'mesh-input.ts', 'sources/read-layers.ts'].map(name => `manifests/${name}`);
const readersOfFiles = [...readers, 'observed/reading/flow-files.ts'];
const withFolders = (name: string) => (name.endsWith('.ts') ? `src/${name}` : `src/${name}/**/*.ts`);
const effects = [
  'buffer',
  'child_process',
  'events',
  'fs',
  'http',
  'https',
  'module',
  'net',
  'os',
  'path',
  'process',
  'readline',
  'stream',
  'url',
  'util',
].flatMap(name => [name, `node:${name}`]);
const withoutModules = (names: readonly string[]) => [
  'error',
  {
    paths: ['cdk8s', 'constructs', 'cdk8s-plus-28', ...names].map(name => ({
      name,
      message: 'This folder is pure: data in, data out (ARCHITECTURE.md).',
    })),
  },
];
project.eslint?.addOverride({
  files: [
    'cilium',
    'diagnostics',
    'model',
    'evaluator',
    'observed',
    'findings',
    'reports',
    'init',
    'live/plans',
    'live/observations',
    'live/verification',
    'manifests',
  ].map(room => `src/${room}/**/*.ts`),
  excludedFiles: readersOfFiles.map(withFolders),
  rules: { 'no-restricted-imports': withoutModules(effects) },
});
// the evaluator runs in browsers too: it, and what it is built on, use nothing that only Node.js has
project.eslint?.addOverride({
  files: [...facts, 'manifests', 'evaluator'].map(room => `src/${room}/**/*.ts`),
  excludedFiles: readers.map(withFolders),
  rules: {
    'no-restricted-imports': withoutModules([...effects, 'crypto', 'node:crypto']),
    'no-restricted-globals': [
      'error',
      ...['Buffer', 'process', 'require', 'module', '__dirname', '__filename', 'global', 'setImmediate'].map(name => ({
        name,
        message: 'The evaluator runs in browsers too (src/evaluator/index.ts).',
      })),
    ],
  },
});
// the live half prints nothing, and gets its shell, clock and state from outside; two files of the runner work on
// processes
project.eslint?.addOverride({ files: ['src/live/**/*.ts'], rules: { 'no-console': ['error'] } });
project.eslint?.addOverride({
  files: ['src/live/**/*.ts'],
  excludedFiles: ['process-start', 'processes', 'state', 'strays'].map(name => `src/live/runner/${name}.ts`),
  rules: {
    'no-restricted-globals': [
      'error',
      { name: 'process', message: 'The caller passes the shell, the environment and the clock (ARCHITECTURE.md).' },
    ],
  },
});
const all = [...Object.keys(rooms), 'index.ts'];
// the worker of a report answers by the evaluator and the reports, and touches no file
const engineImports = ['cilium', 'diagnostics', 'model', 'manifests', 'evaluator', 'observed', 'findings', 'reports'];
const ofReport = {
  target: './report/engine',
  from: [
    './report/ui',
    ...readersOfFiles.map(name => `./src/${name}`),
    ...all.filter(room => !engineImports.includes(room.split('/')[0])).map(room => `./src/${room}`),
  ],
  message: `report/engine imports only from ${engineImports.join(', ')} (ARCHITECTURE.md).`,
};
// the tests and the conformance runs share random meshes and the judge's protocol, which belong to neither
const apart = [
  ['test', 'conformance'],
  ['conformance', 'test'],
  ['test-support', 'test'],
  ['test-support', 'conformance'],
].map(([target, from]) => ({
  target: `./${target}`,
  from: `./${from}`,
  message: `What ${target} and ${from} need is in test-support/.`,
}));
project.eslint?.addRules({
  'import/no-restricted-paths': [
    'error',
    {
      zones: [
        ...apart,
        ofReport,
        { target: './report/ui', from: './report/engine', message: 'The page asks its worker (report/protocol.ts).' },
        ...[...Object.entries(rooms), ['evaluator/index.ts', [...engine, ...evaluator]] as const].map(
          ([room, imports]) => ({
            target: `./src/${room}`,
            from: [
              ...all.filter(each => each !== room && !imports.includes(each)),
              ...(room.startsWith('evaluator/') ? readers : []),
            ].map(each => `./src/${each}`),
            message: `src/${room} imports only from ${imports.length > 0 ? imports.join(', ') : 'itself'} (.projenrc.ts, ARCHITECTURE.md).`,
          }),
        ),
      ],
    },
  ],
  'import/no-cycle': ['error'],
});
// the tests of a user need the package: tools/consumer/check.sh compiles them beside it
project.eslint?.addIgnorePattern('/tools/consumer/tests/');
project.tsconfigDev.addExclude('../tools/consumer/tests');
// everything that src imports is bundled, or a peer
project.eslint?.allowDevDeps('src/**');
project.eslint?.allowDevDeps('tools/**');
project.eslint?.allowDevDeps('bench/**');
project.eslint?.allowDevDeps('conformance/**');
project.eslint?.allowDevDeps('test-support/**');
project.eslint?.allowDevDeps('acceptance/**');
project.eslint?.allowDevDeps('faults/**');
project.eslint?.allowDevDeps('examples/**');
// node:test awaits what `test` returns
project.eslint?.addOverride({
  files: ['examples/**/*.test.ts'],
  rules: { '@typescript-eslint/no-floating-promises': 'off' },
});
project.eslint?.addRules({
  '@stylistic/object-property-newline': 'off',
  'import/no-unresolved': ['error', { ignore: ['^cdk8s-cilium-mesh(/assert)?$'] }],
});
// the examples import the package by its name, which resolves to a file of this repository only once lib/ is built
project.eslint?.addRules({
  'import/order': [
    'warn',
    {
      groups: ['builtin', 'external'],
      alphabetize: { order: 'asc', caseInsensitive: true },
      pathGroups: [{ pattern: 'cdk8s-cilium-mesh{,/**}', group: 'external' }],
      pathGroupsExcludedImportTypes: ['builtin'],
    },
  ],
});
project.eslint?.addRules({
  '@stylistic/max-len': [
    'error',
    { code: 120, ignoreUrls: true, ignoreStrings: true, ignoreTemplateLiterals: true, ignoreRegExpLiterals: true },
  ],
});
// the page of a report: a worker and a page, which see different globals
project.eslint?.addLintPattern('report');
project.eslint?.allowDevDeps('report/**');
new JsonFile(project, 'report/tsconfig.json', {
  obj: {
    extends: '../tsconfig.json',
    compilerOptions: {
      noEmit: true,
      rootDir: '..',
      lib: ['es2023', 'dom', 'dom.iterable'],
      // what of src has a part for Node.js is never reached in browsers (tools/bundle/modules.ts)
      types: ['node'],
      module: 'preserve',
      moduleResolution: 'bundler',
      jsx: 'react-jsx',
      jsxImportSource: 'preact',
    },
    include: ['*.ts'],
  },
});
new JsonFile(project, 'report/ui/tsconfig.json', {
  obj: { extends: '../tsconfig.json', include: ['**/*.ts', '**/*.tsx'] },
});
new JsonFile(project, 'report/test/tsconfig.json', {
  obj: { extends: '../tsconfig.json', include: ['**/*.ts'] },
});
new JsonFile(project, 'report/engine/tsconfig.json', {
  obj: { extends: '../tsconfig.json', compilerOptions: { lib: ['es2023', 'webworker'] }, include: ['**/*.ts'] },
});
for (const folder of ['tools', 'bench', 'examples', 'conformance', 'acceptance', 'faults', 'test-support']) {
  project.eslint?.addLintPattern(folder);
  // for editors and eslint, which look for the nearest one
  new JsonFile(project, `${folder}/tsconfig.json`, {
    obj: {
      extends: '../test/tsconfig.json',
      compilerOptions: { paths: ENTRIES },
      include: ['**/*.ts'],
    },
  });
}

project.synth();
