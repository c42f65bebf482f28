/** Failures during `cilium-mesh up`. It must refuse or report them, do no harm, and resume. */
import * as fs from 'fs';
import * as path from 'path';
import { environment, eventually, get, ok } from './support/commands';
import { deleteClusters, expectApplied, expectConnected, expectInstalled, Lab } from './support/lab';
import { temporaryFolder } from '../test/support/mesh';

afterEach(deleteClusters);

/**
 * A folder at the front of the path. Its programs fail if their arguments contain $FAIL, else they run the real ones.
 */
function failing(): { readonly PATH: string } {
  const folder = temporaryFolder();
  for (const name of ['kind', 'cilium', 'kubectl']) {
    fs.writeFileSync(
      path.join(folder, name),
      '#!/bin/bash\nif [[ "$*" == *"$FAIL"* ]]; then echo "it is broken" >&2; exit 3; fi\nPATH="${PATH#*:}" exec ' +
        '"${0##*/}" "$@"\n',
      { mode: 0o755 },
    );
  }
  return { PATH: `${folder}${path.delimiter}${process.env.PATH}` };
}

test('whichever step fails, the next run goes on', async () => {
  const lab = new Lab();
  const { PATH } = failing();
  for (const [broken, step] of [
    ['create cluster --name tion', 'tion: create the kind cluster'],
    ['create -f -', 'tion: copy the certificate authority of koornacht'],
    ['install --version 1.20.2 --values dist/mesh/tion', 'tion: install Cilium 1.20.2'],
    ['status --wait --wait-duration 10m --context kind-koornacht', 'koornacht: wait for Cilium'],
    ['clustermesh status --wait --wait-duration 10m --context kind-tion', 'tion: wait for Cluster Mesh'],
    ['clustermesh connect', 'connect the clusters'],
    [
      'kind-tion apply --server-side --validate=strict --dry-run=server -f -',
      'tion: ask the API server to validate the manifests',
    ],
    ['kind-tion apply --server-side -f -', 'tion: record what is applied'],
    ['kind-tion apply --server-side --validate=strict -f -', 'tion: apply objects, and policies that allow'],
    ['kind-koornacht -n default rollout status', 'koornacht: wait for the workloads'],
  ]) {
    const { status, err } = await lab.program(['up', '--yes'], { env: { PATH, FAIL: broken } });
    expect([broken, status, err]).toEqual([broken, 1, expect.stringContaining(`FAILED ${step}`)]);
    expect(err).toContain('it is broken');
  }
  // without the answer to this question there is no plan
  const question = 'kind-tion apply --server-side --validate=strict --dry-run=server -o json';
  const { status, err } = await lab.program(['up', '--yes'], { env: { PATH, FAIL: question } });
  expect([status, err]).toEqual([
    1,
    expect.stringContaining('Nothing was changed: what the manifests would change is unknown'),
  ]);
  await lab.up();
  await expectInstalled(lab);
  await expectConnected(lab);
  await expectApplied(lab);
}, 900_000);

test('a cluster with an authority of its own is refused, and nothing is installed there', async () => {
  const lab = new Lab();
  // of one cluster alone, the other would get its authority
  for (const name of ['koornacht', 'tion']) {
    await ok('kind', ['create', 'cluster', '--name', name, '--config', `dist/mesh/${name}.kind.yaml`], {
      cwd: lab.folder,
    });
  }
  await ok('kubectl', [
    '--context',
    'kind-tion',
    '-n',
    'kube-system',
    'create',
    'secret',
    'generic',
    'cilium-ca',
    '--from-literal=ca.crt=other',
    '--from-literal=ca.key=other',
  ]);
  const { status, err } = await lab.program(['up', '--yes']);
  expect([status, err]).toEqual([1, expect.stringContaining('tion has its own certificate authority')]);
  expect(await get('kind-tion', '-n', 'kube-system', 'secret', '-l', 'owner=helm')).toBeUndefined();
});

test('clusters with one ID are not connected', async () => {
  const lab = new Lab();
  lab.change('mesh/tion.values.yaml', 'id: 2', 'id: 1');
  expect(await lab.program(['up', '--yes'])).toMatchObject({
    status: 1,
    err: expect.stringContaining('[values-other-cluster]'),
  });
  const { status, err } = await lab.program(['up', '--yes', '--ignore-findings']);
  expect([status, err]).toEqual([
    1,
    expect.stringContaining('remote and local cluster have the same, non-unique ID: 1'),
  ]);
});

test('clusters with one name are not connected', async () => {
  const lab = new Lab();
  lab.change('mesh/tion.values.yaml', 'name: tion', 'name: koornacht');
  expect(await lab.program(['up', '--yes'])).toMatchObject({
    status: 1,
    err: expect.stringContaining('[values-other-cluster]'),
  });
  const { status, err } = await lab.program(['up', '--yes', '--ignore-findings']);
  expect([status, err]).toEqual([
    1,
    expect.stringContaining('remote and local cluster have the same, non-unique name: koornacht'),
  ]);
});

test('a cluster whose API server dies and comes back', async () => {
  const lab = new Lab();
  await lab.up();
  const kwokctl = (...args: string[]) =>
    ok('kwokctl', ['--name', 'tion', ...args], { env: { KWOK_WORKDIR: path.join(environment(), 'kwok') } });
  await kwokctl('stop', 'cluster');
  const { status, err } = await lab.program(['up', '--yes']);
  expect([status, err]).toEqual([
    1,
    expect.stringContaining(
      'the kind cluster tion exists, but the API server of the context kind-tion does not answer. ',
    ),
  ]);
  await kwokctl('start', 'cluster');
  await eventually(async () => void (await ok('kubectl', ['--context', 'kind-tion', 'get', '--raw', '/readyz'])));
  await lab.up();
  await expectConnected(lab);
});

test('a cluster that is gone is made again', async () => {
  const lab = new Lab();
  await lab.up();
  await ok('kind', ['delete', 'cluster', '--name', 'tion']);
  await lab.up();
  await expectInstalled(lab);
  await expectConnected(lab);
  await expectApplied(lab);
});
