/**
 * What the examples write equals the manifests that they come from, field for field: nothing added, nothing missing.
 *
 * Sources: the Isovalent Cluster Mesh lab; "A multi-cluster shared services architecture with Amazon EKS using Cilium
 * ClusterMesh" (AWS Containers Blog, 2021); KodeKloud's guide to network policies across a cluster mesh.
 */
import * as fs from 'fs';
import * as path from 'path';
import { objects, synth } from './support/examples';
import { documents } from './support/mesh';
import { VARIANTS } from '../examples/isovalent-lab/steps';

function seed(file: string): any[] {
  return documents(fs.readFileSync(path.join(__dirname, 'seeds', file), 'utf8'));
}

/** In an order of their own, because `toEqual` compares lists in order. */
function sorted(list: any[]): any[] {
  const key = (object: any) => `${object.kind} ${object.metadata.name}`;
  return [...list].sort((one, other) => (key(one) < key(other) ? -1 : 1));
}

describe('the Isovalent lab', () => {
  const lab = (file: string) => seed(`isovalent-lab/${file}.yaml`);
  /** The lab's Service with annotations, and its rebel-base scaled. */
  const app = (cluster: string, annotations?: { [key: string]: string }, replicas: number = 2) =>
    [...lab('deployment'), ...lab(`configmap_${cluster}`), ...lab('service')]
      .map(object =>
        object.kind === 'Service' && annotations
          ? { ...object, metadata: { ...object.metadata, annotations } }
          : object,
      )
      .map(object =>
        object.metadata.name === 'rebel-base' && object.kind === 'Deployment'
          ? { ...object, spec: { ...object.spec, replicas } }
          : object,
      );
  const global = { 'service.cilium.io/global': 'true' };
  const unshared = { ...global, 'service.cilium.io/shared': 'false' };
  const policies = (...files: string[]) => files.flatMap(lab);

  test.each<[step: string, koornacht: any[], tion: any[]]>([
    ['not-global', app('koornacht'), app('tion')],
    ['global', app('koornacht', global), app('tion', global)],
    ['failover', app('koornacht', global, 0), app('tion', global)],
    ['global-again', app('koornacht', global), app('tion', global)],
    ['shared', app('koornacht', unshared), app('tion', global)],
    ['affinity-local', app('koornacht', { ...unshared, 'service.cilium.io/affinity': 'local' }), app('tion', global)],
    [
      'affinity-local-failover',
      app('koornacht', { ...unshared, 'service.cilium.io/affinity': 'local' }, 0),
      app('tion', global),
    ],
    [
      'affinity-local-back',
      app('koornacht', { ...unshared, 'service.cilium.io/affinity': 'local' }),
      app('tion', global),
    ],
    ['affinity-remote', app('koornacht', { ...unshared, 'service.cilium.io/affinity': 'remote' }), app('tion', global)],
    ['affinity-removed', app('koornacht', unshared), app('tion', global)],
    [
      'default-deny',
      [...app('koornacht', unshared), ...policies('default-deny')],
      [...app('tion', global), ...policies('default-deny')],
    ],
    [
      'egress',
      [...app('koornacht', unshared), ...policies('default-deny', 'x-wing-to-rebel-base')],
      [...app('tion', global), ...policies('default-deny')],
    ],
    [
      'ingress-koornacht',
      [...app('koornacht', unshared), ...policies('default-deny', 'x-wing-to-rebel-base', 'rebel-base-from-x-wing')],
      [...app('tion', global), ...policies('default-deny')],
    ],
    [
      'ingress-tion',
      [...app('koornacht', unshared), ...policies('default-deny', 'x-wing-to-rebel-base', 'rebel-base-from-x-wing')],
      [...app('tion', global), ...policies('default-deny', 'rebel-base-from-x-wing')],
    ],
    [
      'ingress-tion-all-clusters',
      [...app('koornacht', unshared), ...policies('default-deny', 'x-wing-to-rebel-base', 'rebel-base-from-x-wing')],
      [...app('tion', global), ...policies('default-deny', 'rebel-base-from-x-wing')],
    ],
  ])('%s', (step, koornacht, tion) => {
    const output = synth('isovalent-lab', step);
    expect(sorted(objects(output, 'koornacht'))).toEqual(sorted(koornacht));
    expect(sorted(objects(output, 'tion'))).toEqual(sorted(tion));
  });

  test('every variant of the example is compared here or below', () => {
    expect(Object.keys(VARIANTS)).toEqual([
      'not-global',
      'global',
      'failover',
      'global-again',
      'shared',
      'affinity-local',
      'affinity-local-failover',
      'affinity-local-back',
      'affinity-remote',
      'affinity-removed',
      'default-deny',
      'egress',
      'ingress-koornacht',
      'ingress-tion',
      'explicit',
      'ingress-tion-all-clusters',
    ]);
  });

  test('the last step names the clusters in both halves, and writes them where they belong', () => {
    const output = synth('isovalent-lab');
    const policy = (cluster: string, name: string) =>
      objects(output, cluster).find(object => object.metadata.name === name);
    expect(policy('koornacht', 'x-wing-to-rebel-base-egress').spec).toEqual({
      endpointSelector: { matchLabels: { name: 'x-wing' } },
      egress: [
        {
          toEndpoints: [
            {
              matchLabels: { 'name': 'rebel-base', 'io.kubernetes.pod.namespace': 'default' },
              matchExpressions: [
                { key: 'io.cilium.k8s.policy.cluster', operator: 'In', values: ['koornacht', 'tion'] },
              ],
            },
          ],
          toPorts: [{ ports: [{ port: '80', protocol: 'TCP' }] }],
        },
      ],
    });
    const ingress = {
      endpointSelector: { matchLabels: { name: 'rebel-base' } },
      ingress: [
        {
          fromEndpoints: [
            {
              matchLabels: {
                'name': 'x-wing',
                'io.kubernetes.pod.namespace': 'default',
                'io.cilium.k8s.policy.cluster': 'koornacht',
              },
            },
          ],
          toPorts: [{ ports: [{ port: '80', protocol: 'TCP' }] }],
        },
      ],
    };
    expect(policy('koornacht', 'x-wing-to-rebel-base-ingress').spec).toEqual(ingress);
    expect(policy('tion', 'x-wing-to-rebel-base-ingress').spec).toEqual(ingress);
    expect(policy('tion', 'x-wing-to-rebel-base-egress')).toBeUndefined();
  });

  test.each(['koornacht', 'tion'])('kind configuration of %s', cluster => {
    expect(documents(synth('isovalent-lab')[`mesh/${cluster}.kind.yaml`])).toEqual(lab(`kind_${cluster}`));
  });

  test('Helm values hold what `cilium install`, `hubble enable --ui` and `clustermesh enable --service-type NodePort` set', () => {
    const output = synth('isovalent-lab');
    const tls = { auto: { enabled: true, method: 'cronJob', schedule: '0 0 1 */4 *' } };
    const clustermesh = {
      useAPIServer: true,
      config: { enabled: true },
      apiserver: { service: { type: 'NodePort' }, tls },
    };
    expect(documents(output['mesh/koornacht.values.yaml'])).toEqual([
      {
        cluster: { name: 'koornacht', id: 1 },
        ipam: { mode: 'kubernetes' },
        hubble: {
          relay: { enabled: true, service: { type: 'NodePort', nodePort: 31234 } },
          ui: { enabled: true, service: { type: 'NodePort', nodePort: 31235 } },
        },
        clustermesh,
      },
    ]);
    expect(documents(output['mesh/tion.values.yaml'])).toEqual([
      { cluster: { name: 'tion', id: 2 }, ipam: { mode: 'kubernetes' }, clustermesh },
    ]);
  });
});

describe('AWS shared services', () => {
  const blog = (file: string) => seed(`aws-shared-services/${file}.yaml`);
  const named = (list: any[], kind: string) =>
    Object.fromEntries(list.filter(object => object.kind === kind).map(object => [object.metadata.name, object]));
  const services = named(blog('services'), 'Service');

  test('legacy: services are those of the blog, each in its clusters', () => {
    const output = synth('aws-shared-services', 'legacy');
    expect(named(objects(output, 'k8s-test-cluster'), 'Service')).toEqual(services);
    const { 'frontend-svc': _, ...shared } = services;
    expect(named(objects(output, 'k8s-shared-cluster'), 'Service')).toEqual(shared);
  });

  test('today: the same services with the current annotation, and no etcd', () => {
    const output = synth('aws-shared-services', 'today');
    const { 'cilium-etcd-external': _, 'backend-svc': backend, ...others } = services;
    const current = {
      ...backend,
      metadata: { ...backend.metadata, annotations: { 'service.cilium.io/global': 'true' } },
    };
    expect(named(objects(output, 'k8s-test-cluster'), 'Service')).toEqual({ ...others, 'backend-svc': current });
    expect(named(objects(output, 'k8s-shared-cluster'), 'Service')).toEqual({ 'backend-svc': current });
  });

  test.each(['legacy', 'today'])('%s: no policy', variant => {
    const output = synth('aws-shared-services', variant);
    const all = ['k8s-test-cluster', 'k8s-shared-cluster'].flatMap(cluster => objects(output, cluster));
    expect(all.length).toBeGreaterThan(4);
    expect(all.filter(object => object.kind === 'CiliumNetworkPolicy')).toEqual([]);
  });

  test.each(['legacy-policy', 'today-policy'])('%s: the policy of the blog, in the shared cluster only', variant => {
    const output = synth('aws-shared-services', variant);
    expect(objects(output, 'k8s-shared-cluster').filter(object => object.kind === 'CiliumNetworkPolicy')).toEqual(
      blog('allow-only-production-cluster'),
    );
    expect(objects(output, 'k8s-test-cluster').filter(object => object.kind === 'CiliumNetworkPolicy')).toEqual([]);
  });

  test.each(['legacy', 'today'])('%s-policy adds the policy and changes nothing else', variant => {
    const before = synth('aws-shared-services', variant);
    const after = synth('aws-shared-services', `${variant}-policy`);
    expect(Object.keys(after).filter(file => after[file] !== before[file])).toEqual([
      'k8s-shared-cluster.k8s.yaml',
      'mesh/SHA256SUMS',
    ]);
    const [policy] = blog('allow-only-production-cluster');
    expect(sorted(objects(after, 'k8s-shared-cluster'))).toEqual(
      sorted([...objects(before, 'k8s-shared-cluster'), policy]),
    );
  });

  test.each(['legacy', 'today'])(
    '%s: frontend and backend listen on 3000; the frontend requests backend-svc',
    variant => {
      const output = synth('aws-shared-services', variant);
      const [frontend, backend] = ['k8s-test-cluster', 'k8s-shared-cluster'].map(
        cluster =>
          objects(output, cluster).find(object => object.kind === 'Deployment').spec.template.spec.containers[0],
      );
      for (const container of [frontend, backend]) {
        expect(container.ports).toEqual([{ containerPort: 3000 }]);
        expect(container.command[2]).toMatch(/^exec httpd .* -p 3000 /m);
      }
      expect(frontend.command[2]).toMatch(/^exec wget .* http:\/\/backend-svc$/m);
      expect(backend.command[2]).toContain("echo 'backend in k8s-shared-cluster' > /www/index.html");
      expect(backend.command[2]).not.toContain('wget');
    },
  );

  test('deployments hold what the blog shows of them, each in its cluster, and the containers that it does not show', () => {
    const output = synth('aws-shared-services');
    const [frontend, backend] = blog('deployments');
    expect(objects(output, 'k8s-test-cluster').filter(object => object.kind === 'Deployment')).toEqual([
      { ...frontend, spec: { ...frontend.spec, template: { ...frontend.spec.template, spec: expect.anything() } } },
    ]);
    expect(objects(output, 'k8s-shared-cluster').filter(object => object.kind === 'Deployment')).toEqual([
      { ...backend, spec: { ...backend.spec, template: { ...backend.spec.template, spec: expect.anything() } } },
    ]);
  });

  test('legacy: Helm values are those of step 5 and step 7', () => {
    const output = synth('aws-shared-services', 'legacy');
    expect(documents(output['mesh/k8s-test-cluster.values.yaml'])).toEqual([
      {
        cluster: { id: 1, name: 'k8s-test-cluster' },
        eni: false,
        tunnel: 'vxlan',
        ipam: {
          mode: 'cluster-pool',
          operator: { clusterPoolIPv4PodCIDR: '10.1.0.0/16', clusterPoolIPv4MaskSize: 24 },
        },
        kubeProxyReplacement: 'strict',
        k8sServiceHost: '3F03327575BBD58507B2585763830F0B.gr7.us-west-2.eks.amazonaws.com',
        k8sServicePort: 443,
      },
    ]);
    expect(documents(output['mesh/k8s-test-cluster.upgrade-values.yaml'])).toEqual([
      {
        etcd: { enabled: true, managed: true, k8sService: true },
        identityAllocationMode: 'kvstore',
      },
    ]);
  });

  test.each(['k8s-test-cluster', 'k8s-shared-cluster'])(
    'legacy: patches of %s are files, listed in mesh.yaml with their stage',
    cluster => {
      const output = synth('aws-shared-services', 'legacy');
      const [mesh] = documents(output['mesh/mesh.yaml']);
      const { patches, upgradeValues } = mesh.clusters.find((each: any) => each.name === cluster);
      const [
        {
          spec: {
            template: {
              spec: { hostAliases },
            },
          },
        },
      ] = blog('cilium-ds.patch');
      // the blog patches once, with a merge; addresses that are corrected later must not stay beside the new ones, as a
      // merge by address leaves them
      const reached = [{ op: 'add', path: '/spec/template/spec/hostAliases', value: hostAliases }];
      const parked = { spec: { template: { spec: { nodeSelector: { 'no-such-node': 'true' } } } } };
      expect(patches.map(({ file, ...patch }: any) => [patch, documents(output[`mesh/${file}`])[0]])).toEqual([
        [{ stage: 'before-install', kind: 'DaemonSet', namespace: 'kube-system', name: 'aws-node' }, parked],
        [{ stage: 'before-install', kind: 'DaemonSet', namespace: 'kube-system', name: 'kube-proxy' }, parked],
        [
          { stage: 'before-install', kind: 'Deployment', namespace: 'kube-system', name: 'coredns' },
          { spec: { replicas: 0 } },
        ],
        [
          { stage: 'after-install', kind: 'Deployment', namespace: 'kube-system', name: 'coredns' },
          { spec: { replicas: 2 } },
        ],
        [{ stage: 'connect', kind: 'DaemonSet', namespace: 'kube-system', name: 'cilium' }, reached],
      ]);
      expect(upgradeValues).toBe(`${cluster}.upgrade-values.yaml`);
    },
  );

  test("legacy: the Secret says where each etcd is, as the blog's does, and holds no certificate and no key", () => {
    const output = synth('aws-shared-services', 'legacy');
    const [secret] = objects(output, 'k8s-test-cluster').filter(object => object.kind === 'Secret');
    expect(secret.metadata).toEqual({ name: 'cilium-clustermesh', namespace: 'kube-system' });
    expect(
      Object.fromEntries(
        Object.entries(secret.data).map(([key, value]) => [key, Buffer.from(String(value), 'base64').toString()]),
      ),
    ).toEqual({
      'k8s-shared-cluster': [
        'endpoints:',
        '- https://k8s-shared-cluster.mesh.cilium.io:2379',
        "trusted-ca-file: '/var/lib/cilium/clustermesh/k8s-shared-cluster.etcd-client-ca.crt'",
        "key-file: '/var/lib/cilium/clustermesh/k8s-shared-cluster.etcd-client.key'",
        "cert-file: '/var/lib/cilium/clustermesh/k8s-shared-cluster.etcd-client.crt'",
        '',
      ].join('\n'),
      'k8s-test-cluster': expect.stringContaining('https://k8s-test-cluster.mesh.cilium.io:2379'),
    });
  });

  test('today: the clustermesh-apiserver is behind an internal load balancer, for each of the controllers of AWS', () => {
    const [values] = documents(synth('aws-shared-services')['mesh/k8s-shared-cluster.values.yaml']);
    expect(values.clustermesh.apiserver.service).toEqual({
      type: 'LoadBalancer',
      annotations: {
        'service.beta.kubernetes.io/aws-load-balancer-scheme': 'internal',
        'service.beta.kubernetes.io/aws-load-balancer-internal': 'true',
        'service.beta.kubernetes.io/aws-load-balancer-type': 'nlb',
      },
    });
  });

  test.each(['k8s-test-cluster', 'k8s-shared-cluster'])('today: kube-proxy of %s is parked as in the blog', cluster => {
    const output = synth('aws-shared-services');
    const [mesh] = documents(output['mesh/mesh.yaml']);
    const { patches } = mesh.clusters.find((each: any) => each.name === cluster);
    expect(documents(output[`mesh/${cluster}.values.yaml`])[0].kubeProxyReplacement).toBe(true);
    expect(patches.map(({ file, ...patch }: any) => [patch, documents(output[`mesh/${file}`])[0]])).toEqual([
      [
        { stage: 'before-install', kind: 'DaemonSet', namespace: 'kube-system', name: 'kube-proxy' },
        { spec: { template: { spec: { nodeSelector: { 'no-such-node': 'true' } } } } },
      ],
    ]);
  });
});

describe('KodeKloud', () => {
  const guide = (file: string) => seed(`kodekloud/${file}.yaml`);
  const app = (cluster: string) =>
    JSON.parse(JSON.stringify(guide('cluster1')).replace('This is Cluster1', `This is ${cluster}`));

  test.each<[variant: string, cluster1: any[], cluster2: any[]]>([
    ['no-policy', [], []],
    ['cluster1', guide('my-policy'), []],
    ['both', guide('my-policy'), guide('my-policy')],
    ['restricted', guide('my-policy'), guide('my-policy-restricted')],
  ])('%s', (variant, cluster1, cluster2) => {
    const output = synth('kodekloud', variant);
    expect(sorted(objects(output, 'cluster1'))).toEqual(sorted([...app('Cluster1'), ...cluster1]));
    expect(sorted(objects(output, 'cluster2'))).toEqual(sorted([...app('Cluster2'), ...cluster2]));
  });

  test("explicit-restricted: cluster1's frontends in both halves, and myapp keeps nothing of cluster2's", () => {
    const output = synth('kodekloud', 'explicit-restricted');
    const policies = (cluster: string) =>
      objects(output, cluster)
        .filter(object => object.kind === 'CiliumNetworkPolicy')
        .map(({ metadata, spec }) => [metadata.name, spec.egress?.[0].toEndpoints, spec.ingress?.[0].fromEndpoints]);
    const from = [
      {
        matchLabels: {
          'app': 'frontend',
          'io.kubernetes.pod.namespace': 'default',
          'io.cilium.k8s.policy.cluster': 'cluster1',
        },
      },
    ];
    expect(policies('cluster1')).toEqual([
      ['my-policy-egress', [expect.objectContaining({ matchExpressions: [expect.anything()] })], undefined],
      ['my-policy-ingress', undefined, from],
    ]);
    expect(policies('cluster2')).toEqual([['my-policy-ingress', undefined, from]]);
  });
});
