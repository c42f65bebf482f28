/** The plans of the examples: commands with their flags, the order of steps and objects, limits of time. */
import { ClusterObjects } from '../../../src/live/plans/apply-objects';
import { APPLY_SETS } from '../../../src/live/plans/apply-set';
import { inOrder, Plan, Step } from '../../../src/live/plans/plan';
import { formatCommand } from '../../../src/live/plans/script';
import { EXAMPLES } from '../../support/examples';
import { planOf } from '../../support/live-plans';

/** The commands of steps, without those of `apply` and the paths of files. */
function commandsOf({ steps }: Plan, ...what: string[]): string[] {
  const chosen = steps.filter(({ id }) => what.includes(id.split('/')[1]));
  return chosen.flatMap(({ commands }) => commands.map(each => formatCommand(each).replace(/\S*\/dist\//g, '')));
}

/** `set: Kind/name Kind/name`, in the order in which they are applied. */
function objectsOf({ definitions, sets }: ClusterObjects): string[] {
  const groups = [['definitions', definitions] as const, ...APPLY_SETS.map(set => [set, sets[set]] as const)];
  return groups
    .filter(([, objects]) => objects.length > 0)
    .map(([set, objects]) => `${set}: ${objects.map(({ kind, name }) => `${kind}/${name}`).join(' ')}`);
}

/** All steps that must be done before one. */
function before(steps: readonly Step[], id: string): Set<string> {
  const { needs } = steps.find(step => step.id === id)!;
  return new Set(needs.flatMap(each => [each, ...before(steps, each)]));
}

const kindCommands = (...names: string[]) =>
  names.flatMap(name => [
    `kind create cluster --name ${name} --config mesh/${name}.kind.yaml`,
    `kubectl --context kind-${name} -n kube-system create configmap created-by-cilium-mesh`,
  ]);
const installCommands = (context: string, name: string, ...flags: string[]) => [
  `kubectl --context ${context} -n kube-system delete secret -l owner=helm,name=cilium,status=failed`,
  'cilium install --version 1.20.2 ' +
  `${[...flags, `--values mesh/${name}.values.yaml`, `--context ${context}`].join(' ')}`,
];
const rollout = (context: string, namespace: string, ...names: string[]) =>
  names.map(name => `kubectl --context ${context} -n ${namespace} rollout status deployment/${name} --timeout=10m`);
const podReady = (context: string, ...names: string[]) =>
  names.map(name => `kubectl --context ${context} -n default wait --for=condition=Ready pod/${name} --timeout=10m`);

/** The objects of the cluster `shared` of production. */
const SHARED = [
  'definitions: Namespace/shop Namespace/payments Namespace/observability',
  'objects: Service/payments CiliumCIDRGroup/bank-networks CiliumNetworkPolicy/scrape-egress ' +
    'CiliumNetworkPolicy/cart-to-payments-tcp-8443-ingress CiliumNetworkPolicy/ledger-replication-egress ' +
    'CiliumNetworkPolicy/ledger-replication-ingress ' +
    'CiliumNetworkPolicy/payments-to-api.bank.example-tcp-443-egress ' +
    'CiliumNetworkPolicy/payments-to-bank-networks-tcp-443-egress ' +
    'CiliumNetworkPolicy/payments-to-ledger-tcp-5432-egress ' +
    'CiliumNetworkPolicy/payments-to-ledger-tcp-5432-ingress CiliumClusterwideNetworkPolicy/default-deny ' +
    'CiliumClusterwideNetworkPolicy/scrape-ingress',
  'denies: CiliumNetworkPolicy/shop-never-reaches-ledger-ingress',
  'backends: Deployment/payments Deployment/ledger Deployment/prometheus',
];

describe('the commands and objects of each example', () => {
  test('aws-shared-services today-policy: existing clusters of EKS, with an overlay and without kube-proxy', () => {
    const { plan, objects } = planOf('aws-shared-services', ['today-policy']);
    const [one, other] = ['k8s-test-cluster', 'k8s-shared-cluster'];
    expect(plan.tools.map(each => each.program)).toEqual(['cilium', 'kubectl']);
    expect(commandsOf(plan, 'exists', 'authority', 'installed', 'connect')).toEqual([
      `kubectl --context ${one} -n kube-system get secret cilium-ca -o yaml --request-timeout=20s | kubectl ` +
      `--context ${other} create -f -`,
      ...installCommands(one, one, '--datapath-mode tunnel'),
      ...installCommands(other, other, '--datapath-mode tunnel'),
      `cilium clustermesh connect --destination-context ${other} --connection-mode bidirectional --context ${one}`,
    ]);
    for (const cluster of [one, other]) {
      const patch = plan.steps.filter(({ id }) => id === `${cluster}/before-install`);
      expect(commandsOf({ ...plan, steps: patch }, 'before-install')).toEqual([
        `kubectl --context ${cluster} -n kube-system patch daemonset kube-proxy --type strategic --patch-file ` +
          `mesh/${cluster}.before-install.daemonset.kube-proxy.patch.yaml`,
      ]);
      expect(before(plan.steps, `${cluster}/installed`)).toContain(`${cluster}/before-install`);
    }
    expect(commandsOf(plan, 'rolled-out')).toEqual([
      ...rollout(one, 'testing', 'frontend'),
      ...rollout(other, 'testing', 'backend'),
    ]);
    expect(objects.map(objectsOf)).toEqual([
      [
        'definitions: Namespace/testing',
        'objects: Service/frontend-svc Service/backend-svc',
        'backends: Deployment/frontend',
      ],
      [
        'definitions: Namespace/testing',
        'objects: Service/backend-svc CiliumNetworkPolicy/allow-only-production-cluster',
        'backends: Deployment/backend',
      ],
    ]);
  });

  const kindMesh = (...names: string[]) => [
    ...kindCommands(...names),
    `kubectl --context kind-${names[0]} -n kube-system get secret cilium-ca -o yaml --request-timeout=20s | kubectl ` +
    `--context kind-${names[1]} create -f -`,
    ...names.flatMap(name => installCommands(`kind-${name}`, name)),
    `cilium clustermesh connect --destination-context kind-${names[1]} --connection-mode bidirectional --context ` +
    `kind-${names[0]}`,
  ];

  test.each<[string, string, [string, string], string[][], (context: string) => string[]]>([
    [
      'isovalent-lab',
      'not-global',
      ['koornacht', 'tion'],
      Array(2).fill([
        'objects: ConfigMap/rebel-base-response Service/rebel-base',
        'backends: Deployment/rebel-base Deployment/x-wing',
      ]),
      context => rollout(context, 'default', 'rebel-base', 'x-wing'),
    ],
    [
      'cilium-docs',
      'mcs-api',
      ['cluster1', 'cluster2'],
      Array(2).fill([
        'objects: ConfigMap/rebel-base-response Service/rebel-base Service/rebel-base-mcsapi ' +
          'ServiceExport/rebel-base-mcsapi Service/rebel-base-headless-mcsapi ServiceExport/rebel-base-headless-mcsapi',
        'backends: Deployment/rebel-base Deployment/x-wing',
      ]),
      context => rollout(context, 'default', 'rebel-base', 'x-wing'),
    ],
    [
      'cilium-docs',
      'star-wars',
      ['cluster1', 'cluster2'],
      [
        [
          'objects: Service/deathstar CiliumNetworkPolicy/empire-ships-ingress CiliumNetworkPolicy/empire-ships-egress',
          'backends: Deployment/deathstar Pod/tiefighter Pod/xwing',
        ],
        ['objects: Service/deathstar CiliumNetworkPolicy/empire-ships-egress', 'backends: Pod/tiefighter Pod/xwing'],
      ],
      context => [
        ...(context === 'kind-cluster1' ? rollout(context, 'default', 'deathstar') : []),
        ...podReady(context, 'tiefighter', 'xwing'),
      ],
    ],
    [
      'kodekloud',
      'both',
      ['cluster1', 'cluster2'],
      Array(2).fill([
        'objects: Service/myapp-service CiliumNetworkPolicy/my-policy',
        'backends: Pod/frontend Pod/test Deployment/myapp-deployment',
      ]),
      context => [...podReady(context, 'frontend', 'test'), ...rollout(context, 'default', 'myapp-deployment')],
    ],
  ])('%s %s: kind clusters', (example, variant, names, objects, waits) => {
    const found = planOf(example, [variant]);
    expect(found.plan.tools.map(each => each.program)).toEqual(['kind', 'cilium', 'kubectl']);
    expect(commandsOf(found.plan, 'exists', 'authority', 'installed', 'connect')).toEqual(kindMesh(...names));
    expect(found.objects.map(objectsOf)).toEqual(objects);
    expect(commandsOf(found.plan, 'rolled-out')).toEqual(names.flatMap(name => waits(`kind-${name}`)));
  });

  test('production: five existing clusters, every pair of them connected', () => {
    const { plan, objects } = planOf('production');
    const names = ['eu-west', 'eu-north', 'us-east', 'us-west', 'shared'];
    const [first, ...others] = names;
    expect(commandsOf(plan, 'exists', 'authority', 'installed', 'connect')).toEqual([
      ...others.map(
        name =>
          `kubectl --context ${first} -n kube-system get secret cilium-ca -o yaml --request-timeout=20s | kubectl ` +
          `--context ${name} create -f -`,
      ),
      ...names.flatMap(name => installCommands(name, name)),
      `cilium clustermesh connect --destination-context ${others.join(',')} --connection-mode mesh --context ${first}`,
    ]);
    expect(commandsOf(plan, 'rolled-out')).toEqual([
      ...names.slice(0, 4).flatMap(name => rollout(name, 'shop', 'storefront', 'cart')),
      ...rollout('shared', 'payments', 'payments', 'ledger'),
      ...rollout('shared', 'observability', 'prometheus'),
    ]);
    const shop = [
      'definitions: Namespace/shop Namespace/payments Namespace/observability',
      'objects: Service/cart Service/payments CiliumNetworkPolicy/cart-to-payments-tcp-8443-egress ' +
        'CiliumNetworkPolicy/ingress-to-storefront-tcp-8080-ingress ' +
        'CiliumNetworkPolicy/storefront-to-cart-tcp-8080-egress ' +
        'CiliumNetworkPolicy/storefront-to-cart-tcp-8080-ingress CiliumClusterwideNetworkPolicy/default-deny ' +
        'CiliumClusterwideNetworkPolicy/scrape-ingress',
      'denies: CiliumNetworkPolicy/shop-never-reaches-ledger-egress',
      'backends: Deployment/storefront Deployment/cart',
    ];
    expect(objects.slice(0, 4).map(objectsOf)).toEqual(Array(4).fill(shop));
    expect(objectsOf(objects[4])).toEqual(SHARED);
  });
});

test('--preload: images are pulled and loaded before Cilium is installed, which takes them by their tags', () => {
  const { plan } = planOf('isovalent-lab', [], { preload: 'docker' });
  const images = [
    'image',
    'operator.image',
    'envoy.image',
    'certgen.image',
    'nodeinit.image',
    'clustermesh.apiserver.image',
    'clustermesh.apiserver.etcd.image',
    'hubble.relay.image',
    'hubble.ui.backend.image',
    'hubble.ui.frontend.image',
  ];
  const tags = images.map(each => `${each}.useDigest=false`).join(',');
  const list = (name: string) =>
    `cilium install --dry-run --version 1.20.2 --values mesh/${name}.values.yaml ` +
    `--set ${tags},clustermesh.apiserver.tls.auto.method=cronJob --context kind-${name} ` +
    '| sed -nE \'s/^ *(- )?image: *"?([^" @]+)"?$/\\2/p\' | sort -u';
  const pull = 'xargs -n1 sh -c \'docker image inspect "$0" > /dev/null 2>&1 || docker pull --quiet "$0"\'';
  expect(commandsOf(plan, 'images', 'cilium-images')).toEqual([
    pull,
    ...['koornacht', 'tion'].flatMap(name => [
      `xargs kind load docker-image --name ${name}`,
      `${list(name)} | ${pull}`,
      `${list(name)} | xargs kind load docker-image --name ${name}`,
    ]),
  ]);
  expect(commandsOf(plan, 'installed').filter(each => each.startsWith('cilium'))).toEqual(
    ['koornacht', 'tion'].map(
      name => `cilium install --version 1.20.2 --values mesh/${name}.values.yaml --set ${tags} --context kind-${name}`,
    ),
  );
  for (const name of ['koornacht', 'tion']) {
    expect([...before(plan.steps, `${name}/installed`)]).toEqual(
      expect.arrayContaining(['mesh/images', `${name}/images`, `${name}/cilium-images`]),
    );
  }
  expect(plan.steps.find(({ id }) => id === 'tion/cilium-images')!.needs).toEqual([
    'tion/exists',
    'koornacht/cilium-images',
  ]);
});

describe.each([...EXAMPLES.map(([example]) => [example, []] as const), ['aws-shared-services', ['legacy']] as const])(
  '%s %j',
  (example, variant) => {
    const { plan } = planOf(example, [...variant]);
    const clusters = [...new Set(plan.steps.flatMap(({ cluster }) => cluster ?? []))];
    const ids = new Set(plan.steps.map(({ id }) => id));
    const existing = (what: string) => clusters.map(name => `${name}/${what}`).filter(id => ids.has(id));

    test('every step comes after those that it needs', () => {
      const order = inOrder(plan.steps).map(({ id }) => id);
      expect([...order].sort()).toEqual([...ids].sort());
      plan.steps.forEach(({ id, needs }) =>
        needs.forEach(each => expect(order.indexOf(each)).toBeLessThan(order.indexOf(id))),
      );
    });

    test.each([
      ['authority', ['exists'], false],
      ['installed', ['exists', 'authority'], false],
      ['ready', ['installed'], false],
      ['enabled', ['ready'], false],
      ['connected', ['enabled'], true],
      ['sets', ['connected', 'definitions'], false],
      ['validated', ['sets'], false],
      ['objects', ['validated'], true],
      ['denies', ['objects'], true],
      ['backends', ['denies'], true],
      ['backends', ['objects'], false],
      ['rolled-out', ['backends'], false],
    ])('%s comes after %j (of all clusters: %s)', (what, earlier, ofAll) => {
      for (const id of existing(what)) {
        const wanted = earlier.flatMap(each =>
          ofAll ? existing(each) : [`${id.split('/')[0]}/${each}`].filter(one => ids.has(one)),
        );
        expect([id, [...before(plan.steps, id)]]).toEqual([id, expect.arrayContaining(wanted)]);
      }
    });

    test('every command that waits has a limit above its own, and names its context', () => {
      const seconds: { readonly [limit: string]: number } = { '10m': 600, '60s': 60 };
      for (const { program, args, ...command } of plan.steps.flatMap(({ commands }) => commands)) {
        const at = args.indexOf('--wait-duration');
        const limit =
          at >= 0 ? args[at + 1] : args.find(each => each.startsWith('--timeout='))?.slice('--timeout='.length);
        const creates = program === 'kind' && args[0] === 'create';
        expect([args, command.seconds]).toEqual([
          args,
          limit !== undefined ? seconds[limit] + 60 : creates ? 900 : undefined,
        ]);
        expect([args, command.context]).toEqual([args, expect.any(String)]);
      }
    });
  },
);

test('a wait for load balancers needs kubectl 1.28', () => {
  const least = (...[example, variant]: Parameters<typeof planOf>) =>
    planOf(example, variant).plan.tools.find(each => each.program === 'kubectl')!.version!.least;
  expect([least('aws-shared-services', ['legacy']), least('isovalent-lab', [])]).toEqual(['1.28.0', '1.27.0']);
});
