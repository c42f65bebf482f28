/** Commands over sources that programs render, snapshots, and manifests on top of what runs. */

import { readMesh } from '../../src/evaluator/read/mesh';
import { clusterObjects } from '../../src/live/plans/cluster-objects';
import { readClusterArguments } from '../../src/manifests/cluster-arguments';
import { folderWith, program } from '../support/program';
import { standIns } from '../support/stand-ins';

// each command loads its own code first
jest.setTimeout(60_000);

const cwd = process.cwd();
const { env } = process;

afterEach(() => {
  process.chdir(cwd);
  process.env = env;
});

function at(files: { readonly [file: string]: string }, programs: { readonly [name: string]: string } = {}): void {
  process.chdir(folderWith(files));
  const { env: own, state } = standIns(programs);
  process.env = { ...own, XDG_CACHE_HOME: state };
}

const DEPLOYMENT = (name: string, labels: string = `app: ${name}`) =>
  `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: shop, labels: {set: shop}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {${labels}}}
    spec: {containers: [{name: a, image: a, ports: [{containerPort: 80}]}]}
`;

const POLICY = `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  endpointSelector: {matchLabels: {app: web}}
  ingress: [{fromEndpoints: [{matchLabels: {app: shop}}]}]
`;

test('an object of a file and of the kustomization that builds it is one of two sources', async () => {
  at(
    {
      'mesh.yaml':
        'apiVersion: cilium-mesh/v1\nclusters:\n- {name: paris, id: 1, manifests: [base, {kustomize: base}]}\n',
      'base/kustomization.yaml': 'resources: [all.yaml]\n',
      'base/all.yaml': POLICY,
    },
    { kustomize: 'case "$1" in version) echo v5;; *) cat base/all.yaml;; esac' },
  );
  const { findings } = JSON.parse((await program('check', '--format', 'json')).out);
  expect(findings.filter(({ code }: { code: string }) => code === 'object-twice')).toMatchObject([
    {
      severity: 'error',
      file: 'base/all.yaml',
      message:
        'paris gets this object from two sources: what kustomize:base renders replaces the file base/all.yaml',
      fix: 'remove one of the two sources',
    },
  ]);
});

test('a kustomization is evaluated as it is built, and findings name its files', async () => {
  at(
    {
      'overlays/paris/kustomization.yaml': 'resources: [../../base]\n',
      'base/kustomization.yaml': 'resources: [all.yaml]\n',
      'base/all.yaml': [DEPLOYMENT('web'), POLICY].join('---\n'),
      'built.yaml': [DEPLOYMENT('web'), DEPLOYMENT('shop'), POLICY.replace('shop}}]', 'shopp}}]')].join('---\n'),
    },
    { kustomize: 'case "$1" in version) echo v5;; *) cat built.yaml;; esac' },
  );
  const matrix = await program('matrix', '--cluster', 'paris=kustomize:overlays/paris', '--format', 'csv');
  expect(matrix).toMatchObject({ status: 0, err: '' });
  const { findings } = JSON.parse(
    (await program('check', '--cluster', 'paris=kustomize:overlays/paris', '--format', 'json')).out,
  );
  expect(findings).toContainEqual(
    expect.objectContaining({
      code: 'peer-selects-nothing',
      file: 'base/all.yaml',
      line: 15,
      source: 'kustomize:overlays/paris',
    }),
  );
});

test('a program that is missing is one error with the place to get it', async () => {
  at({ 'overlay/kustomization.yaml': '{}\n' });
  expect(await program('matrix', '--cluster', 'a=kustomize:overlay', '--cluster', 'b=kustomize:overlay')).toEqual({
    status: 2,
    out: '',
    err: [
      ...['a', 'b'].flatMap(name => [
        `--cluster ${name}=kustomize:overlay: kustomize:overlay needs kustomize or kubectl, which is not in the ` +
          'path [renderer-missing]',
        '    fix: install it (kustomize: https://kubectl.docs.kubernetes.io/installation/kustomize/, ' +
          'kubectl: https://kubernetes.io/docs/tasks/tools/)',
      ]),
      '',
    ].join('\n'),
  });
});

test.each([
  ['kustomise:overlay', 'write the source as --cluster NAME=kustomize:FOLDER, or as {kustomize: FOLDER} in mesh.yaml'],
  ['command:make', 'write the source as {command: [PROGRAM, ARGUMENT]} in mesh.yaml'],
  ['c:overlay', 'check the path'],
])('a path that may be meant as another source: %s', async (source, fix) => {
  at({ 'overlay/kustomization.yaml': '{}\n' });
  expect(await program('check', '--cluster', `a=${source}`)).toMatchObject({
    status: 2,
    err: `${source}: file or folder not found [file-missing]\n    fix: ${fix}\n`,
  });
});

describe('a base', () => {
  const files = {
    'base/all.yaml': [DEPLOYMENT('web'), DEPLOYMENT('shop'), DEPLOYMENT('old')].join('---\n'),
    'new/all.yaml': [DEPLOYMENT('web'), POLICY].join('---\n'),
  };

  test('is what diff compares the manifests with', async () => {
    at(files);
    const { status, err, out } = await program('diff', '--cluster', 'a=new', '--base', 'a=base', '--format', 'json');
    expect([status, err]).toEqual([
      1,
      'a: 3 objects in the base; the manifests replace 1 and add 1; no prune rule, so nothing is deleted\n',
    ]);
    const { flows, removedWorkloads } = JSON.parse(out);
    const changes = flows.map((each: any) => [each.change, names(each.sources), names(each.destinations)]);
    expect(changes).toContainEqual([
      'lost',
      expect.arrayContaining(['old']),
      ['web'],
    ]);
    expect(JSON.stringify(flows)).not.toContain('"removed"');
    expect(removedWorkloads).toEqual([]);
  });

  test('loses what the prune rule names', async () => {
    at({
      ...files,
      'mesh.yaml':
        'apiVersion: cilium-mesh/v1\nclusters: [{name: a, id: 1, manifests: [new], base: [base], prune: set=shop}]\n',
    });
    const { err, out } = await program('diff', '--mesh', 'mesh.yaml', '--format', 'json');
    expect(err).toBe('a: 3 objects in the base; the manifests replace 1 and add 1; set=shop deletes 2\n');
    expect(JSON.parse(out).removedWorkloads.map(({ name }: any) => name)).toEqual(['old', 'shop']);
  });

  test('loses the old pods of workloads that the manifests replace, and no others', async () => {
    const pod = (name: string, metadata: string) =>
      `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: shop, ${metadata}}\nspec: {containers: [{name: a, image: a}]}\n`;
    const owned = (kind: string, name: string, labels: string) =>
      `labels: {${labels}}, ownerReferences: [{apiVersion: apps/v1, kind: ${kind}, name: ${name}, controller: true}]`;
    const { 'base/all.yaml': all } = files;
    at({
      ...files,
      'base/all.yaml': all,
      'base/pods.yaml': [
        // of a snapshot
        pod('web-old', 'labels: {app: web-old}, annotations: {cilium-mesh/controller: Deployment/web}'),
        pod('shop-old', 'labels: {app: shop-old}, annotations: {cilium-mesh/controller: Deployment/shop}'),
        pod('web-job', 'labels: {app: web-job}, annotations: {cilium-mesh/controller: Job/web}'),
        // of kubectl get, without the ReplicaSet
        pod('web-6f-x', owned('ReplicaSet', 'web-6f', 'app: web-6f, pod-template-hash: 6f')),
        pod('webs-6f-x', owned('ReplicaSet', 'webs-6f', 'app: webs-6f, pod-template-hash: 6f')),
        pod('web', 'labels: {app: alone}'),
      ].join('---\n'),
    });
    const { err, out } = await program('diff', '--cluster', 'a=new', '--base', 'a=base', '--format', 'json');
    expect(err).toBe(
      'a: 9 objects in the base; the manifests replace 1 and add 1; no prune rule, so nothing is deleted; ' +
        '2 pods of replaced workloads go with them\n',
    );
    const { removedWorkloads } = JSON.parse(out);
    expect(removedWorkloads.map(({ kind, name }: any) => `${kind} ${name}`).sort()).toEqual(['Deployment web', 'Pod web-old']);
  });

  test('has no object twice with the manifests, and is not applied', async () => {
    at(files);
    const { findings } = JSON.parse(
      (await program('check', '--cluster', 'a=new', '--base', 'a=base', '--format', 'json')).out,
    );
    expect(findings.map(({ code }: any) => code)).not.toContain('object-twice');
    const { input } = readClusterArguments([{ name: 'a', source: 'new' }], { base: [{ name: 'a', text: 'base' }] });
    const { definitions, sets } = clusterObjects(readMesh(input).clusters[0]);
    expect([...definitions, ...Object.values(sets).flat()].map(each => `${each.kind} ${each.name}`).sort()).toEqual([
      'CiliumNetworkPolicy web',
      'Deployment web',
    ]);
  });

  test('needs a cluster', async () => {
    at(files);
    expect(await program('check', '--base', 'a=base')).toMatchObject({
      status: 2,
      err: '--base and --prune need --cluster; in a mesh file, write base: and prune: in the cluster\n',
    });
  });
});

function names(endpoints: any): string[] {
  return [...JSON.stringify(endpoints).matchAll(/"name":"([^"]+)"/g)].map(([, name]) => name);
}
