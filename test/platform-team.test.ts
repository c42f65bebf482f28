/** examples/platform-team: a repository of its own, so it has its own tests, packages and commands. */
import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';
import Ajv from 'ajv';
import { parse } from 'yaml';
import { synth } from './support/examples';
import { documents } from './support/mesh';
import { projectFiles } from '../src/init/files';
import { projectClusters } from '../src/init/project';

const ROOT = path.join(__dirname, '..');
const FOLDER = path.join(ROOT, 'examples', 'platform-team');
const read = (file: string) => fs.readFileSync(path.join(FOLDER, file), 'utf8');

test('its own tests of verdicts pass', () => {
  const { status, stdout } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--test', path.join(FOLDER, 'mesh.test.ts')],
    {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...process.env, NODE_TEST_CONTEXT: undefined, TSX_TSCONFIG_PATH: path.join(ROOT, 'test', 'tsconfig.json') },
    },
  );
  expect([status, status === 0 ? '' : stdout]).toEqual([0, '']);
  expect(stdout).toMatch(/^# pass 7$/m);
});

test('Argo CD gets an Application for each cluster, from its folder', () => {
  const output = synth('platform-team');
  const applications = Object.entries(output).flatMap(([file, text]) =>
    documents(text)
      .filter(({ kind }) => kind === 'ApplicationSet')
      .map(({ spec }) => ({ file, spec })),
  );
  expect(applications.map(({ file }) => file)).toEqual(['dist/hub/hub.k8s.yaml']);
  const [{ spec }] = applications;
  const { ApplicationSet: schema } = parse(
    fs.readFileSync(path.join(__dirname, 'constructs', 'gitops-schemas.yaml'), 'utf8'),
  );
  const ajv = new Ajv({ strict: false });
  expect([ajv.validate(schema, spec), ajv.errors]).toEqual([true, null]);
  const folders = spec.generators[0].list.elements.map(({ cluster }: any) =>
    spec.template.spec.source.path.replace('{{.cluster}}', cluster),
  );
  const written = Object.keys(output).filter(file => file.startsWith('dist/'));
  // Argo CD applies all that a folder holds
  expect(written.sort()).toEqual(folders.map((folder: string) => `${folder}/${path.basename(folder)}.k8s.yaml`).sort());
});

test('its packages and commands are those that cilium-mesh init writes, and cdk8s-plus', () => {
  const manifest = JSON.parse(read('package.json'));
  const { 'cdk8s-plus-33': plus, ...dependencies } = manifest.dependencies;
  const files = projectFiles({
    name: manifest.name,
    language: 'typescript',
    clusters: projectClusters([{ name: 'paris' }, { name: 'lyon' }]),
    version: dependencies['cdk8s-cilium-mesh'].slice(1),
  });
  expect(plus).toBeDefined();
  expect({ ...manifest, dependencies }).toEqual(JSON.parse(files.get('package.json')!));
  expect(read('cdk8s.yaml')).toBe(files.get('cdk8s.yaml'));
  expect(read('tsconfig.json')).toBe(files.get('tsconfig.json'));
});
