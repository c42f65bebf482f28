import { posix } from 'path';
import Ajv from 'ajv';
import * as jsYaml from 'js-yaml';
import { parseAllDocuments } from 'yaml';
import { crdErrors, VALIDATORS } from './support/crds';
import { EXAMPLES, meshOf, Output, synth } from './support/examples';
import { documents } from './support/mesh';
import { VARIANTS } from '../examples/isovalent-lab/steps';
import * as chart from '../imports/crds/cilium-values.schema.json';

const CASES = EXAMPLES.flatMap(([example, variants]) =>
  [[], ...variants.map(variant => [variant])].map(args => [[example, ...args].join(' '), example, args] as const),
);
const chartAccepts = new Ajv({ strict: false }).compile(chart);

/** Fields of kind.x-k8s.io/v1alpha4 (sigs.k8s.io/kind, pkg/apis/config/v1alpha4/types.go) that are written. */
const KIND_FIELDS = [
  'apiVersion',
  'kind',
  'networking',
  'networking.disableDefaultCNI',
  'networking.podSubnet',
  'networking.serviceSubnet',
  'networking.ipFamily',
  'networking.kubeProxyMode',
  'nodes',
  'nodes.role',
  'nodes.image',
  'nodes.extraPortMappings',
  'nodes.extraPortMappings.containerPort',
  'nodes.extraPortMappings.hostPort',
  'nodes.extraPortMappings.listenAddress',
  'nodes.extraPortMappings.protocol',
];

test('every variant of the lab is among the cases', () => {
  expect(EXAMPLES.find(([example]) => example === 'isovalent-lab')![1]).toEqual(Object.keys(VARIANTS));
});

test('the validators know what they judge, and refuse what is wrong', () => {
  expect([...VALIDATORS.keys()]).toEqual(
    expect.arrayContaining([
      'cilium.io/v2 CiliumNetworkPolicy',
      'cilium.io/v2 CiliumClusterwideNetworkPolicy',
      'cilium.io/v2 CiliumCIDRGroup',
      'multicluster.x-k8s.io/v1beta1 ServiceExport',
    ]),
  );
  const policy = (spec: any) => ({
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNetworkPolicy',
    metadata: { name: 'p' },
    spec,
  });
  expect(crdErrors(policy({ endpointSelector: {}, ingress: [{ fromEndpoint: [] }] }))).toEqual([
    expect.stringContaining('fromEndpoint'),
  ]);
  expect(crdErrors(policy({ endpointSelector: {}, ingress: [{ fromEntities: ['everyone'] }] }))).toEqual([
    expect.stringContaining('/spec/ingress/0/fromEntities/0'),
  ]);
  expect(crdErrors(policy({ endpointSelector: {}, ingress: [{ toPorts: [{ ports: [{ port: 80 }] }] }] }))).toEqual([
    expect.stringContaining('must be string'),
  ]);
  expect(crdErrors(policy({ endpointSelector: {}, ingress: [{}] }))).toEqual([]);
});

describe.each(CASES)('%s', (_, example, args) => {
  let output: Output;
  beforeAll(() => {
    output = synth(example, ...args);
  });

  test('gives the same bytes again', () => {
    expect(synth(example, ...args)).toEqual(output);
  });

  test('is read alike by the YAML 1.1, YAML 1.2 and js-yaml readers', () => {
    for (const [file, text] of Object.entries(output)) {
      const read = documents(text);
      expect([file, jsYaml.loadAll(text)]).toEqual([file, read]);
      expect([file, parseAllDocuments(text, { version: '1.1' }).map(document => document.toJS())]).toEqual([
        file,
        read,
      ]);
    }
  });

  test("has policies, groups and exports that Cilium's CRDs accept", () => {
    const judged = Object.entries(output)
      .filter(([file]) => file.endsWith('.k8s.yaml'))
      .flatMap(([file, text]) =>
        documents(text)
          .map(object => [file, object.kind, object.metadata.name, crdErrors(object)] as const)
          .filter(([, , , errors]) => errors !== undefined),
      );
    expect(judged.filter(([, , , errors]) => errors!.length > 0)).toEqual([]);
  });

  test('lists every file in mesh.yaml, and only those', () => {
    const [folder, mesh] = meshOf(output);
    expect(mesh.apiVersion).toBe('cilium-mesh/v1');
    const listed = mesh.clusters.flatMap((cluster: any) =>
      [
        ...cluster.manifests,
        cluster.values,
        cluster.kind,
        cluster.upgradeValues,
        ...(cluster.patches ?? []).map((patch: any) => patch.file),
      ].filter(Boolean),
    );
    const files = [...listed, 'SHA256SUMS', 'mesh.yaml'].map(file => posix.join(folder, file));
    expect(files.sort()).toEqual(Object.keys(output).sort());
  });

  test('has Helm values that the chart of Cilium 1.20 knows, and kind configurations with documented fields', () => {
    const [folder, mesh] = meshOf(output);
    for (const cluster of mesh.clusters) {
      const [values] = documents(output[`${folder}/${cluster.values}`]);
      if (cluster.ciliumVersion.startsWith('1.20.')) {
        expect([cluster.name, chartAccepts(values) ? [] : chartAccepts.errors]).toEqual([cluster.name, []]);
        expect([cluster.name, unknownKeys(values, chart)]).toEqual([cluster.name, []]);
      }
      if (cluster.kind) {
        expect(paths(documents(output[`${folder}/${cluster.kind}`])[0]).filter(path => !KIND_FIELDS.includes(path))).toEqual(
          [],
        );
      }
    }
  });

  test('has namespaces before what lives in them, and names that were given', () => {
    for (const [file, text] of Object.entries(output).filter(([name]) => name.endsWith('.k8s.yaml'))) {
      const all = documents(text);
      all.forEach((object, index) => {
        const namespace = all.findIndex(
          each => each.kind === 'Namespace' && each.metadata.name === object.metadata.namespace,
        );
        expect([file, object.metadata.name, namespace < index]).toEqual([file, object.metadata.name, true]);
        expect(object.metadata.name).not.toMatch(/-c8[0-9a-f]{6}$/);
      });
    }
  });
});

/** Keys that the chart does not list; an object without listed keys is free-form. */
function unknownKeys(values: any, schema: any, prefix: string = ''): string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const found = schema.properties?.[key];
    if (!found) {
      return schema.properties && Object.keys(schema.properties).length > 0 ? [prefix + key] : [];
    }
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? unknownKeys(value, found, `${prefix}${key}.`)
      : [];
  });
}

/** The paths of all fields, lists left out. */
function paths(value: any, prefix: string = ''): string[] {
  if (Array.isArray(value)) {
    return value.flatMap(each => paths(each, prefix));
  }
  return typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, each]) => [prefix + key, ...paths(each, `${prefix}${key}.`)])
    : [];
}
