/** Checks the output of each variant of each example with the programs that read it. */
import * as fs from 'fs';
import * as path from 'path';
import { chart } from './support/charts';
import { eventually, get, ok, run } from './support/commands';
import { EXAMPLES, meshOf, Output, synth } from '../test/support/examples';
import { documents, temporaryFolder } from '../test/support/mesh';

const CASES = EXAMPLES.flatMap(([example, variants]) =>
  [[], ...variants.map(variant => [variant])].map(args => [[example, ...args].join(' '), example, args] as const),
);
const CONTEXT = 'kind-examples';

/** Kinds that Cilium reads after the API server accepted them. */
const POLICIES = [
  'CiliumNetworkPolicy',
  'CiliumClusterwideNetworkPolicy',
  'CiliumCIDRGroup',
  'NetworkPolicy',
  'ClusterNetworkPolicy',
];

/** CRDs of Cilium 1.20.2 and of the Multi-Cluster Services API (npm run import), and that of ClusterNetworkPolicy. */
const CRDS = ['imports/crds', 'oracle/v1.20/crds']
  .map(folder => path.join(__dirname, '..', folder))
  .flatMap(folder =>
    fs
      .readdirSync(folder)
      .filter(name => name.endsWith('.yaml'))
      .map(name => path.join(folder, name)),
  );

/** A CRD with the fields of an ApplicationSet of Argo CD that the constructs write, and no others. */
function applicationSetCrd(): object {
  const file = path.join(__dirname, '..', 'test', 'constructs', 'gitops-schemas.yaml');
  const [{ ApplicationSet: spec }] = documents(fs.readFileSync(file, 'utf8'));
  const [plural, singular, kind] = ['applicationsets', 'applicationset', 'ApplicationSet'];
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.argoproj.io` },
    spec: {
      group: 'argoproj.io',
      names: { plural, singular, kind, listKind: `${kind}List` },
      scope: 'Namespaced',
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', properties: { spec: structural(spec) } } },
        },
      ],
    },
  };
}

/** A JSON schema as the API server takes it: it refuses unknown fields by itself, but for objects without any. */
function structural({ additionalProperties, properties, items, ...schema }: any): object {
  return {
    ...schema,
    ...(additionalProperties ? { additionalProperties } : {}),
    ...(items ? { items: structural(items) } : {}),
    ...(properties
      ? { properties: Object.fromEntries(Object.entries(properties).map(([key, each]) => [key, structural(each)])) }
      : schema.type === 'object' && !additionalProperties
        ? { 'x-kubernetes-preserve-unknown-fields': true }
        : {}),
  };
}

let outputs: ReadonlyMap<string, Output>;

const manifests = (output: Output) =>
  Object.entries(output)
    .filter(([file]) => file.endsWith('.k8s.yaml'))
    .sort()
    .map(([, text]) => text);

beforeAll(async () => {
  outputs = new Map(CASES.map(([name, example, args]) => [name, synth(example, ...args)]));
  await ok('kind', ['create', 'cluster', '--name', 'examples']);
  const applicationSets = path.join(temporaryFolder(), 'applicationsets.yaml');
  fs.writeFileSync(applicationSets, JSON.stringify(applicationSetCrd()));
  await ok('kubectl', [
    '--context',
    CONTEXT,
    'apply',
    '--server-side',
    ...[...CRDS, applicationSets].flatMap(file => ['-f', file]),
  ]);
  // kubectl fails where conditions are null still
  await eventually(
    async () =>
      void (await ok('kubectl', ['--context', CONTEXT, 'wait', '--for=condition=Established', 'crd', '--all'])),
  );
  // a trial run applies nothing, but the namespaces that it names must exist
  const namespaces = [...outputs.values()]
    .flatMap(manifests)
    .flatMap(documents)
    .flatMap(({ metadata }) => metadata.namespace ?? []);
  for (const namespace of new Set(namespaces)) {
    if (!(await get(CONTEXT, 'namespace', namespace))) {
      await ok('kubectl', ['--context', CONTEXT, 'create', 'namespace', namespace]);
    }
  }
  await eventually(() =>
    apply(
      '{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: p}, spec: {endpointSelector: {}, ' +
        'ingress: [{}]}}',
    ).then(({ status, err }) => expect([status, err]).toEqual([0, ''])),
  );
});

afterAll(() => ok('kind', ['delete', 'cluster', '--name', 'examples']));

/** The answer of the API server to a trial run. */
const apply = (text: string) =>
  run('kubectl', ['--context', CONTEXT, 'apply', '--server-side', '--validate=strict', '--dry-run=server', '-f', '-'], {
    input: text,
  });

/** The documents that Cilium 1.20.2 refuses, by its own Parse and Sanitize (oracle/README.md). */
async function refused(all: readonly any[]): Promise<string[]> {
  const accept = all.filter(({ kind }) => POLICIES.includes(kind)).map(each => JSON.stringify(each));
  const { accepted } = JSON.parse(await ok('judge', [], { input: `${JSON.stringify({ accept })}\n` }));
  expect(accepted).toHaveLength(accept.length);
  return accepted
    .filter((each: any) => !each.ok)
    .map(({ kind, name, stage, error }: any) => `${kind}/${name} ${stage}: ${error}`);
}

describe('what is wrong is refused', () => {
  const policy = (spec: string) =>
    `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: p}, spec: {endpointSelector: {}, ${spec}}}`;

  test('by the API server: a field that it does not know', async () => {
    const { status, err } = await apply(policy('ingress: [{fromEndpoint: []}]'));
    expect([status, err]).toEqual([
      1,
      expect.stringContaining('.spec.ingress[0].fromEndpoint: field not declared in schema'),
    ]);
  });

  test('by Cilium: a port that the API server takes', async () => {
    const text = policy('ingress: [{toPorts: [{ports: [{port: "70000"}]}]}]');
    expect((await apply(text)).status).toBe(0);
    expect(await refused(documents(text))).toEqual([expect.stringContaining('CiliumNetworkPolicy/p sanitize')]);
  });

  test('by kind: a field that it does not know', async () => {
    const { status, err } = await createUpToDocker(
      '{kind: Cluster, apiVersion: kind.x-k8s.io/v1alpha4, networking: {podCIDR: 10.1.0.0/16}}',
    );
    expect([status, err]).toEqual([1, expect.stringContaining('field podCIDR not found')]);
  });

  test('by the chart of Cilium 1.20.2: a value of another type', async () => {
    const { status, err } = await template('1.20.2', ['cluster: {id: one}']);
    expect([status, err]).toEqual([1, expect.stringContaining("at '/cluster/id': got string, want integer")]);
  });
});

/**
 * `kind create cluster` with a docker that creates no container. kind checks its configuration before it asks for one.
 */
async function createUpToDocker(configuration: string) {
  const file = path.join(temporaryFolder(), 'kind.yaml');
  fs.writeFileSync(file, configuration);
  return run('kind', ['create', 'cluster', '--name', 'never', '--config', file], {
    env: { DOCKER_MAKES_NO_CONTAINER: 'it was asked for one' },
  });
}

/**
 * `helm template` with the chart of a Cilium version. It checks the values against the chart's schema, and renders all
 * templates.
 */
function template(version: string, values: readonly string[]) {
  const folder = temporaryFolder();
  const files = values.map((_, index) => path.join(folder, `${index}.yaml`));
  values.forEach((text, index) => fs.writeFileSync(files[index], text));
  // the Kubernetes version of this Cilium: the default of Helm for Cilium 1.9, else 1.20
  const kubernetes = version.startsWith('1.9.') ? [] : ['--kube-version', '1.36.3'];
  return run('helm', [
    'template',
    'cilium',
    chart(version),
    '--namespace',
    'kube-system',
    ...kubernetes,
    ...files.flatMap(file => ['--values', file]),
  ]);
}

describe.each(CASES)('%s', name => {
  const mesh = () => {
    const output = outputs.get(name)!;
    const [folder, { clusters }] = meshOf(output);
    return { clusters, textOf: (file: string) => output[`${folder}/${file}`] };
  };

  test('every object is accepted by the API server', async () => {
    for (const text of manifests(outputs.get(name)!)) {
      const { status, out, err } = await apply(text);
      expect([status, err]).toEqual([0, '']);
      expect(out.trim().split('\n')).toHaveLength(documents(text).length);
    }
  });

  test('every policy is accepted by Cilium', async () => {
    expect(await refused(manifests(outputs.get(name)!).flatMap(documents))).toEqual([]);
  });

  test('every kind configuration is accepted by kind', async () => {
    const { clusters, textOf } = mesh();
    for (const { kind } of clusters.filter((each: any) => each.kind)) {
      expect((await createUpToDocker(textOf(kind))).err).toContain('it was asked for one');
    }
  });

  test('all Helm values are accepted by the chart of their version, and used', async () => {
    const { clusters, textOf } = mesh();
    for (const { ciliumVersion, values, upgradeValues, ...cluster } of clusters) {
      // those of a second step are added to the first ones
      for (const files of [[values], ...(upgradeValues ? [[values, upgradeValues]] : [])]) {
        const { status, out, err } = await template(ciliumVersion, files.map(textOf));
        expect([cluster.name, status, err.replace(/^.*(coalesce|walk\.go|level=WARN).*\n/gm, '')]).toEqual([
          cluster.name,
          0,
          '',
        ]);
        expect(out).toMatch(new RegExp(`^  cluster-name: "?${cluster.name}"?$`, 'm'));
        expect(out).toMatch(new RegExp(`^  cluster-id: "?${cluster.id}"?$`, 'm'));
      }
    }
  });
});
