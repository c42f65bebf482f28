import * as fs from 'fs';
import { join } from 'path';
import Ajv from 'ajv';
import { ApiObject, App, Chart } from 'cdk8s';
import { parse } from 'yaml';
import {
  ArgoCdApplicationSet,
  ClusterMesh,
  DefaultDenyPolicy,
  FluxKustomizations,
  Mesh,
  OutputLayout,
} from '../../src';
import { Fault } from '../../src/diagnostics/fault';
import { faultsOf, meshOf, temporaryFolder } from '../support/mesh';

const CLUSTERS = ['paris', 'lyon'].map((name, index) => ({ name, id: index + 1, podCidrs: [`10.${index + 1}.0.0/16`] }));
const FOLDERS = { layout: OutputLayout.FOLDERS };
const SOURCE = { repoUrl: 'https://example.org/mesh.git', path: 'dist' };

const SCHEMAS = parse(fs.readFileSync(join(__dirname, 'gitops-schemas.yaml'), 'utf8'));

function objectsIn(scope: Chart): any[] {
  const objects = scope.node
    .findAll()
    .filter(ApiObject.isApiObject)
    .map(object => (object as ApiObject).toJson());
  for (const { kind, spec } of objects.filter(each => SCHEMAS[each.kind])) {
    const ajv = new Ajv({ strict: false });
    expect([kind, ajv.validate(SCHEMAS[kind], spec), ajv.errors]).toEqual([kind, true, null]);
  }
  return objects;
}

/** A mesh beside a chart of an App. */
function hub(): { readonly mesh: Mesh; readonly chart: Chart } {
  const app = new App({ outdir: temporaryFolder() });
  return { mesh: new Mesh(app, 'mesh', { clusters: CLUSTERS, ...FOLDERS }), chart: new Chart(app, 'hub') };
}

describe('ArgoCdApplicationSet', () => {
  test('lists the clusters of the mesh with their folders', () => {
    const { mesh, chart } = hub();
    new ArgoCdApplicationSet(chart, 'mesh', { mesh, ...SOURCE, clusterNames: { lyon: 'lyon-prod' } });
    expect(objectsIn(chart)).toEqual([
      {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'ApplicationSet',
        metadata: { name: 'mesh', namespace: 'argocd' },
        spec: {
          goTemplate: true,
          goTemplateOptions: ['missingkey=error'],
          generators: [
            {
              list: {
                elements: [
                  { cluster: 'paris', name: 'paris' },
                  { cluster: 'lyon', name: 'lyon-prod' },
                ],
              },
            },
          ],
          template: {
            metadata: { name: 'mesh-{{.cluster}}' },
            spec: {
              project: 'default',
              source: { repoURL: 'https://example.org/mesh.git', targetRevision: 'HEAD', path: 'dist/{{.cluster}}' },
              destination: { name: '{{.name}}', namespace: 'default' },
              syncPolicy: {
                automated: { prune: true, selfHeal: true },
                syncOptions: ['ServerSideApply=true', 'PruneLast=true'],
              },
            },
          },
        },
      },
    ]);
  });

  test('deploys the clusters with some labels, by hand', () => {
    const { mesh, chart } = hub();
    new ArgoCdApplicationSet(chart, 'id', {
      mesh,
      ...SOURCE,
      path: './deploy/dist/',
      name: 'prod',
      namespace: 'argo',
      project: 'mesh',
      targetRevision: 'main',
      clusterLabels: { mesh: 'prod' },
      automated: false,
    });
    const [{ metadata, spec }] = objectsIn(chart);
    expect(metadata).toEqual({ name: 'prod', namespace: 'argo' });
    expect(spec.generators).toEqual([{ clusters: { selector: { matchLabels: { mesh: 'prod' } } } }]);
    expect(spec.template).toEqual({
      metadata: { name: 'prod-{{.nameNormalized}}' },
      spec: {
        project: 'mesh',
        source: { repoURL: SOURCE.repoUrl, targetRevision: 'main', path: 'deploy/dist/{{.name}}' },
        destination: { name: '{{.name}}', namespace: 'default' },
        syncPolicy: { syncOptions: ['ServerSideApply=true', 'PruneLast=true'] },
      },
    });
  });

  test('turns on sync waves, unless the mesh says otherwise', () => {
    const waves = (syncWaves: boolean | undefined) => {
      const mesh = meshOf(2, {}, {}, { ...FOLDERS, syncWaves });
      new ArgoCdApplicationSet(mesh.cluster('a'), 'mesh', { mesh, ...SOURCE });
      new DefaultDenyPolicy(mesh.cluster('b'), 'deny');
      const [policy] = Object.entries(mesh._render()).filter(([file]) => file === 'b/b.k8s.yaml');
      return policy[1].includes('argocd.argoproj.io/sync-wave: "1"');
    };
    expect([waves(undefined), waves(true), waves(false)]).toEqual([true, true, false]);
  });
});

describe('FluxKustomizations', () => {
  test('each cluster has its own for a Flux in each', () => {
    const mesh = new ClusterMesh({ clusters: CLUSTERS, ...FOLDERS, outdir: temporaryFolder() });
    new FluxKustomizations(mesh, 'mesh', { mesh, repository: 'mesh', path: 'dist', dependsOn: ['cilium'] });
    expect(mesh.clusters.map(objectsIn)).toEqual(
      ['paris', 'lyon'].map(name => [
        {
          apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
          kind: 'Kustomization',
          metadata: { name: `mesh-${name}`, namespace: 'flux-system' },
          spec: {
            interval: '10m',
            path: `./dist/${name}`,
            prune: true,
            wait: true,
            sourceRef: { kind: 'GitRepository', name: 'mesh' },
            dependsOn: [{ name: 'cilium' }],
          },
        },
      ]),
    );
    expect(mesh.faults()).toEqual([]);
  });

  test('one cluster has those of all, with access to the others', () => {
    const mesh = new ClusterMesh({ clusters: CLUSTERS, ...FOLDERS, outdir: temporaryFolder() });
    new FluxKustomizations(mesh.cluster('paris'), 'id', {
      mesh,
      repository: 'mesh',
      path: 'dist',
      name: 'prod',
      namespace: 'flux',
      interval: '1h30m',
      prune: false,
      kubeConfigSecrets: { lyon: 'lyon-kubeconfig' },
    });
    const spec = (name: string) => ({
      interval: '1h30m',
      path: `./dist/${name}`,
      prune: false,
      wait: true,
      sourceRef: { kind: 'GitRepository', name: 'mesh' },
    });
    expect(objectsIn(mesh.cluster('paris')).map(each => [each.metadata, each.spec])).toEqual([
      [{ name: 'prod-paris', namespace: 'flux' }, spec('paris')],
      [
        { name: 'prod-lyon', namespace: 'flux' },
        { ...spec('lyon'), kubeConfig: { secretRef: { name: 'lyon-kubeconfig' } } },
      ],
    ]);
    expect(objectsIn(mesh.cluster('lyon'))).toEqual([]);
  });

  test('a chart beside the mesh has those of all, with access to each', () => {
    const { mesh, chart } = hub();
    const kubeConfigSecrets = { paris: 'paris', lyon: 'lyon' };
    new FluxKustomizations(chart, 'mesh', { mesh, repository: 'mesh', path: 'dist', kubeConfigSecrets });
    expect(objectsIn(chart).map(({ spec }) => spec.kubeConfig.secretRef.name)).toEqual(['paris', 'lyon']);
  });
});

test('the root of a repository is a folder too', () => {
  const mesh = new ClusterMesh({ clusters: CLUSTERS, ...FOLDERS, outdir: temporaryFolder() });
  new FluxKustomizations(mesh, 'flux', { mesh, repository: 'mesh', path: '.' });
  new ArgoCdApplicationSet(mesh.cluster('paris'), 'argo', { mesh, ...SOURCE, path: './' });
  const [flux, argo] = objectsIn(mesh.cluster('paris'));
  expect([flux.spec.path, argo.spec.template.spec.source.path]).toEqual(['./paris', '{{.cluster}}']);
});

test('constructs beside a mesh throw their faults, because no mesh would refuse them', () => {
  const { mesh, chart } = hub();
  const flux = (): readonly Fault[] =>
    faultsOf(() => void new FluxKustomizations(chart, 'mesh', { mesh, repository: 'mesh', path: '../dist' }));
  expect(flux().map(({ code, path }) => [code, path])).toEqual([
    ['gitops-path', 'hub/mesh.path'],
    ['gitops-kubeconfig', 'hub/mesh.kubeConfigSecrets'],
  ]);
  expect(
    faultsOf(() => void new ArgoCdApplicationSet(chart, 'argo', { mesh, ...SOURCE, repoUrl: '' })).map(each => each.path),
  ).toEqual(['hub/argo.repoUrl']);
});
