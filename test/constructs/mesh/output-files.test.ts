/** Files of earlier runs, and several meshes of a program. */
import * as fs from 'fs';
import * as path from 'path';
import { App } from 'cdk8s';
import { ClusterMesh, Mesh, OutputLayout } from '../../../src';
import { read } from '../../support/examples';
import { codesOf, locatedFaultsOf, temporaryFolder } from '../../support/mesh';

function meshIn(outdir: string, ...names: string[]): ClusterMesh {
  const clusters = names.map((name, index) => ({ name, id: index + 1, podCidrs: [`10.${index + 1}.0.0/16`] }));
  return new ClusterMesh({ outdir, clusters });
}

/** Synthesizes as a program of its own does: it knows no meshes of other programs. */
function run(outdir: string, ...names: string[]): void {
  jest.isolateModules(() => {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- a fresh copy each time
    const library = require('../../../src') as typeof import('../../../src');
    new library.ClusterMesh(propsOf(outdir, names)).synth();
  });
}

const propsOf = (outdir: string, names: readonly string[]) => ({
  outdir,
  clusters: names.map((name, index) => ({ name, id: index + 1, podCidrs: [`10.${index + 1}.0.0/16`] })),
});

describe('a renamed cluster', () => {
  test('leaves none of its files', () => {
    const outdir = temporaryFolder();
    run(outdir, 'paris', 'lyon');
    run(outdir, 'paris', 'nice');
    expect(Object.keys(read(outdir)).sort()).toEqual([
      'mesh/SHA256SUMS',
      'mesh/mesh.yaml',
      'mesh/nice.values.yaml',
      'mesh/paris.values.yaml',
      'nice.k8s.yaml',
      'paris.k8s.yaml',
    ]);
  });

  test('leaves files of users, and those that users changed', () => {
    const outdir = temporaryFolder();
    run(outdir, 'paris', 'lyon');
    fs.writeFileSync(path.join(outdir, 'rome.k8s.yaml'), '# written by hand\n');
    fs.appendFileSync(path.join(outdir, 'lyon.k8s.yaml'), '# kept\n');
    run(outdir, 'paris', 'nice');
    const files = Object.keys(read(outdir));
    expect(files).toEqual(expect.arrayContaining(['lyon.k8s.yaml', 'rome.k8s.yaml']));
    expect(files).not.toContain('mesh/lyon.values.yaml');
  });

  test('Git may have replaced the line ends', () => {
    const outdir = temporaryFolder();
    run(outdir, 'paris', 'lyon');
    const file = path.join(outdir, 'mesh', 'lyon.values.yaml');
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(/\n/g, '\r\n'));
    run(outdir, 'paris', 'nice');
    expect(fs.existsSync(file)).toBe(false);
  });

  test('a record that names files elsewhere removes none of them', () => {
    const folder = temporaryFolder();
    const outdir = path.join(folder, 'dist');
    run(outdir, 'paris', 'lyon');
    const [line] = fs.readFileSync(path.join(outdir, 'mesh', 'SHA256SUMS'), 'utf8').split('\n');
    const [sum, file] = line.split('  ');
    fs.copyFileSync(path.join(outdir, 'mesh', file), path.join(folder, 'outside.yaml'));
    fs.appendFileSync(path.join(outdir, 'mesh', 'SHA256SUMS'), `${sum}  ../../outside.yaml\nnot a line\n`);
    run(outdir, 'paris', 'nice');
    expect(fs.existsSync(path.join(folder, 'outside.yaml'))).toBe(true);
  });
});

test('a folder in the place of a file is refused before anything is written', () => {
  const outdir = temporaryFolder();
  fs.mkdirSync(path.join(outdir, 'paris.k8s.yaml'));
  const [fault] = locatedFaultsOf(() => meshIn(outdir, 'paris', 'lyon'));
  expect(fault).toMatchObject({
    code: 'outdir-unwritable',
    path: 'outdir',
    got: `"${outdir}"; "${path.relative('', path.join(outdir, 'paris.k8s.yaml'))}" is a folder`,
  });
  expect(fs.readdirSync(outdir)).toEqual(['paris.k8s.yaml']);
});

describe('two meshes of a program', () => {
  test('do not overwrite each other: both are named', () => {
    const outdir = temporaryFolder();
    meshIn(outdir, 'paris', 'lyon').synth();
    const before = read(outdir);
    const [fault] = locatedFaultsOf(() => meshIn(outdir, 'berlin', 'rome'));
    expect(fault).toMatchObject({
      code: 'outdir-shared',
      path: 'outdir',
      message: 'two meshes of the program would write mesh/mesh.yaml, and only one of them would stay',
    });
    expect(fault.got).toMatch(/ for the mesh of paris, lyon \(.*:\d+\), and for the mesh of berlin, rome \(.*:\d+\)$/);
    expect(read(outdir)).toEqual(before);
    expect(meshIn(outdir, 'berlin', 'rome').faults().map(({ code }) => code)).toEqual(['outdir-shared']);
  });

  test('may write the same, and one mesh may be written again with changes', () => {
    const outdir = temporaryFolder();
    const mesh = meshIn(outdir, 'paris', 'lyon');
    mesh.synth();
    meshIn(outdir, 'paris', 'lyon').synth();
    const other = meshIn(temporaryFolder(), 'berlin', 'rome');
    other.synth();
    other.cluster('rome').addUpgradeValues({ debug: { enabled: true } });
    other.synth();
    expect(Object.keys(read(other.outdir))).toContain('mesh/rome.upgrade-values.yaml');
  });

  test('may use a folder one after the other, if the program removes the files in between', () => {
    const outdir = temporaryFolder();
    meshIn(outdir, 'paris', 'lyon').synth();
    fs.rmSync(outdir, { recursive: true });
    meshIn(outdir, 'berlin', 'rome').synth();
    expect(Object.keys(read(outdir))).toEqual(expect.arrayContaining(['berlin.k8s.yaml', 'rome.k8s.yaml']));
  });

  test('of an App need a folder each', () => {
    const outdir = temporaryFolder();
    const app = new App({ outdir });
    const { clusters } = propsOf(outdir, ['paris', 'lyon']);
    new Mesh(app, 'production', { clusters });
    const staging = new Mesh(app, 'staging', { clusters, outdir: path.join(outdir, 'staging') });
    app.synth();
    expect(Object.keys(read(outdir)).filter(file => file.endsWith('.k8s.yaml')).sort()).toEqual([
      'lyon.k8s.yaml',
      'paris.k8s.yaml',
      'staging/lyon.k8s.yaml',
      'staging/paris.k8s.yaml',
    ]);
    app.node.tryRemoveChild('staging');
    expect(staging.faults()).toEqual([]);
    new Mesh(app, 'other', { clusters: propsOf(outdir, ['rome', 'nice']).clusters });
    expect(codesOf(() => app)).toEqual(['outdir-shared']);
  });

  test.each([
    [OutputLayout.FOLDERS, '.', OutputLayout.FLAT, 'paris/apps', 'paris'],
    [OutputLayout.FLAT, 'paris/apps', OutputLayout.PER_RESOURCE, '.', 'paris'],
    [OutputLayout.FOLDERS, '.', OutputLayout.FOLDERS, 'lyon/x', 'lyon'],
    [OutputLayout.FLAT, '.', OutputLayout.FLAT, 'mesh', 'mesh'],
    [OutputLayout.FOLDERS, 'x', OutputLayout.FLAT, 'x-mesh', 'x-mesh'],
  ])('%s in %s and %s in %s share a folder', (oneLayout, one, otherLayout, other, shared) => {
    const outdir = temporaryFolder();
    const app = new App({ outdir });
    const { clusters } = propsOf(outdir, ['paris', 'lyon']);
    const at = (folder: string) => path.join(outdir, folder);
    new Mesh(app, 'one', { clusters, layout: oneLayout, outdir: at(one) });
    new Mesh(app, 'other', { clusters, layout: otherLayout, outdir: at(other) });
    const [fault, ...more] = locatedFaultsOf(() => app);
    expect(more).toEqual([]);
    expect(fault).toMatchObject({
      code: 'outdir-shared',
      path: 'other.outdir',
      message: `two meshes of the program would write into ${path.relative('', at(shared))}`,
      got: `"${at(other)}" for the mesh other, and "${at(one)}" for the mesh one`,
    });
    expect(fs.readdirSync(outdir)).toEqual([]);
    // also if each writes itself
    new ClusterMesh({ clusters, layout: oneLayout, outdir: at(one) }).synth();
    const second = new ClusterMesh({ clusters, layout: otherLayout, outdir: at(other) });
    expect(codesOf(() => second)).toEqual(['outdir-shared']);
  });

  test('may lie beside each other', () => {
    const outdir = temporaryFolder();
    const app = new App({ outdir });
    const { clusters } = propsOf(outdir, ['paris', 'lyon']);
    const layout = OutputLayout.FOLDERS;
    new Mesh(app, 'one', { clusters, layout, outdir: path.join(outdir, 'one') });
    new Mesh(app, 'other', { clusters, layout, outdir: path.join(outdir, 'one', 'other') });
    app.synth();
    const same = () => new ClusterMesh({ clusters, layout, outdir: path.join(outdir, 'same') });
    same().synth();
    same().synth();
    expect(Object.keys(read(outdir))).toEqual(
      expect.arrayContaining(['one/paris/paris.k8s.yaml', 'one/other/paris/paris.k8s.yaml']),
    );
  });
});
