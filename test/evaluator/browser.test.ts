/** The evaluator where there is no Node.js: bundled for browsers, and run with what those have. */
import * as fs from 'fs';
import * as path from 'path';
import * as vm from 'vm';
import { buildSync } from 'esbuild';
import { parse, parseAllDocuments } from 'yaml';
import * as evaluator from '../../src/evaluator';
import { readMesh } from '../../src/evaluator/read/mesh';
import { readMeshFile } from '../../src/manifests/mesh-input';
import { folderOf } from '../support/program';

const folder = folderOf('isovalent-lab', 'ingress-tion');
const meshFile = path.join(folder, 'dist', 'mesh', 'mesh.yaml');

/** What mesh.yaml says, with the contents of the files that it names. */
function sourceOf(contents: (file: string, text: string) => evaluator.ManifestSource): evaluator.MeshSource {
  const text = (file: string) => fs.readFileSync(path.join(path.dirname(meshFile), file), 'utf8');
  const clusters = parse(fs.readFileSync(meshFile, 'utf8')).clusters.map((cluster: any) => ({
    ...cluster,
    manifests: cluster.manifests.map((file: string) => contents(file, text(file))),
    values: cluster.values && { file: cluster.values, text: text(cluster.values) },
  }));
  return { clusters };
}

const texts = sourceOf((file, text) => ({ file, text }));

/** The answers, as data: run here and in the bundle. */
function answers(api: typeof evaluator, source: evaluator.MeshSource) {
  const evaluation = api.evaluate(source);
  const { mesh, problems } = evaluation;
  const name = ({ kind, namespace, name: own, cluster }: any) => `${kind}/${namespace}/${own}@${cluster}`;
  return {
    problems,
    flows: [...api.matrix(mesh)].map(({ source: from, destination, port, egress, ingress, verdict }) => ({
      from: name(from),
      to: name(destination),
      port,
      egress,
      ingress,
      verdict,
    })),
    findings: api.check(evaluation),
  };
}

test('the lab has the same verdicts and findings in a browser', () => {
  const { outputFiles } = buildSync({
    entryPoints: ['src/evaluator/index.ts'],
    bundle: true,
    platform: 'browser',
    format: 'iife',
    globalName: 'evaluator',
    write: false,
  });
  const context = vm.createContext({ TextDecoder, structuredClone });
  vm.runInContext(outputFiles[0].text, context);
  vm.runInContext(`const answers = ${answers.toString()}`, context);
  context.source = JSON.stringify(texts);
  const there = JSON.parse(vm.runInContext('JSON.stringify(answers(evaluator, JSON.parse(source)))', context));
  const here = JSON.parse(JSON.stringify(answers(evaluator, texts)));
  expect(there).toEqual(here);
  expect(here.problems).toEqual([]);
  expect(here.flows).toHaveLength(6);
  expect(here.findings.length).toBeGreaterThan(0);
});

test('the same mesh from files, texts and objects has the same verdicts', () => {
  const { input, problems } = readMeshFile(meshFile);
  expect(problems).toEqual([]);
  const verdicts = (mesh: evaluator.EvaluatedMesh) =>
    [...evaluator.matrix(mesh)].map(({ egress, ingress, verdict }) => ({ egress, ingress, verdict }));
  const expected = verdicts(readMesh(input));
  const objects = sourceOf((file, text) => ({
    file,
    objects: parseAllDocuments(text).map(document => document.toJS()),
  }));
  expect(verdicts(evaluator.evaluate(texts).mesh)).toEqual(expected);
  expect(verdicts(evaluator.evaluate(objects).mesh)).toEqual(expected);
});
