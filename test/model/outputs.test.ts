/** What a mesh is installed with: Helm values, kind configurations and mesh.yaml, field by field. */
import * as fs from 'fs';
import * as path from 'path';
import Ajv from 'ajv';
import { parse } from 'yaml';
import { ACCEPTED } from './cases';
import * as schema from '../../imports/crds/cilium-values.schema.json';
import { ClusterMesh, ClusterMeshProps } from '../../src/constructs/mesh/cluster-mesh';
import { ClusterProps, ClusterSettings, IpamMode } from '../../src/model/cluster-settings';
import { helmValues, LEGACY_OWNED_VALUES, meshValues, OWNED_VALUES } from '../../src/model/helm-values';
import { kindConfig } from '../../src/model/kind-config';
import { MeshFile, meshFile } from '../../src/model/mesh-file';
import { ClusterModel, resolveMesh } from '../../src/model/mesh-model';
import { temporaryFolder } from '../support/mesh';

/** The smallest cluster that exists already. */
const EAST = { name: 'east', id: 1, podCidrs: ['10.1.0.0/16'] };

/** The Isovalent Cluster Mesh lab: two kind clusters, Hubble on koornacht only. */
const LAB = ACCEPTED.find(each => each.name === 'accepted-lab')!.mesh;

describe('Helm values', () => {
  /** Certificates as `cilium clustermesh enable` makes them. */
  const tls = { auto: { enabled: true, method: 'cronJob', schedule: '0 0 1 */4 *' } };
  /** What is written for the cluster of `valuesOf` without further settings. */
  const plain = {
    cluster: { name: 'east', id: 1 },
    ipam: { mode: 'kubernetes' },
    clustermesh: {
      useAPIServer: true,
      config: { enabled: true },
      apiserver: { service: { type: 'LoadBalancer' }, tls },
    },
  };
  const valuesOf = (settings: object) => helmValues(modelOf({ ...EAST, ipamMode: IpamMode.KUBERNETES, ...settings }));

  test('of the lab: kind gives pods their addresses, and other clusters come through a node port', () => {
    const [koornacht, tion] = modelsOf(LAB);

    expect(helmValues(koornacht)).toEqual({
      cluster: { name: 'koornacht', id: 1 },
      ipam: { mode: 'kubernetes' },
      clustermesh: { useAPIServer: true, config: { enabled: true }, apiserver: { service: { type: 'NodePort' }, tls } },
      hubble: {
        relay: { enabled: true, service: { type: 'NodePort', nodePort: 31234 } },
        ui: { enabled: true, service: { type: 'NodePort', nodePort: 31235 } },
      },
    });
    expect(helmValues(tion)).toEqual({
      cluster: { name: 'tion', id: 2 },
      ipam: { mode: 'kubernetes' },
      clustermesh: { useAPIServer: true, config: { enabled: true }, apiserver: { service: { type: 'NodePort' }, tls } },
    });
  });

  test("of a cluster that exists already: Cilium's own IPAM mode with the cluster's pods, and a load balancer", () => {
    expect(helmValues(modelOf({ ...EAST, podCidrs: ['10.1.0.0/16', '10.11.0.0/16'] }))).toEqual({
      cluster: { name: 'east', id: 1 },
      ipam: { mode: 'cluster-pool', operator: { clusterPoolIPv4PodCIDRList: ['10.1.0.0/16', '10.11.0.0/16'] } },
      clustermesh: {
        useAPIServer: true,
        config: { enabled: true },
        apiserver: { service: { type: 'LoadBalancer' }, tls },
      },
    });
  });

  test("leave out everything that is at the chart's default", () => {
    expect(valuesOf({})).toEqual(plain);
  });

  test.each<[rule: string, settings: object, written: object]>([
    ['tunnel', { routingMode: 'tunnel' }, { routingMode: 'tunnel' }],
    // routingMode came with 1.14 (values.yaml of 1.14 and 1.15.19)
    [
      "tunnel of the oldest version with today's keys",
      { ciliumVersion: '1.14.0', routingMode: 'tunnel' },
      { routingMode: 'tunnel' },
    ],
    ['tunnel protocol', { tunnelProtocol: 'geneve' }, { tunnelProtocol: 'geneve' }],
    [
      'native routing',
      { routingMode: 'native', ipv4NativeRoutingCidr: '10.0.0.0/8', autoDirectNodeRoutes: true },
      { routingMode: 'native', ipv4NativeRoutingCIDR: '10.0.0.0/8', autoDirectNodeRoutes: true },
    ],
    [
      'native routing of both families',
      {
        podCidrs: ['10.1.0.0/16', 'fd00:1::/64'],
        routingMode: 'native',
        ipv4NativeRoutingCidr: '10.0.0.0/8',
        ipv6NativeRoutingCidr: 'fd00::/8',
      },
      {
        ipv6: { enabled: true },
        routingMode: 'native',
        ipv4NativeRoutingCIDR: '10.0.0.0/8',
        ipv6NativeRoutingCIDR: 'fd00::/8',
      },
    ],
    ['WireGuard', { encryption: 'wireguard' }, { encryption: { enabled: true, type: 'wireguard' } }],
    ['IPsec', { encryption: 'ipsec' }, { encryption: { enabled: true, type: 'ipsec' } }],
    ['no encryption, said aloud', { encryption: 'none' }, {}],
    ['kube-proxy replacement', { kubeProxyReplacement: true }, { kubeProxyReplacement: true }],
    ['no kube-proxy replacement, said aloud', { kubeProxyReplacement: false }, { kubeProxyReplacement: false }],
    [
      'the API server',
      { kubernetesApi: { host: 'api.example.org', port: 6443 } },
      { k8sServiceHost: 'api.example.org', k8sServicePort: 6443 },
    ],
    [
      'the API server at its usual port',
      { kubernetesApi: { host: 'api.example.org' } },
      { k8sServiceHost: 'api.example.org', k8sServicePort: 443 },
    ],
    ['policy enforcement', { policyEnforcementMode: 'always' }, { policyEnforcementMode: 'always' }],
    ['dual stack', { podCidrs: ['10.1.0.0/16', 'fd00:1::/64'] }, { ipv6: { enabled: true } }],
    ['IPv6 only', { podCidrs: ['fd00:1::/64'] }, { ipv4: { enabled: false }, ipv6: { enabled: true } }],
    ['further values', { helmValues: { debug: { enabled: true } } }, { debug: { enabled: true } }],
    [
      "what is not Cilium's: Services, nodes and context",
      { serviceCidrs: ['10.101.0.0/16'], nodeCidrs: ['192.168.0.0/24'], context: 'east' },
      {},
    ],
  ])('%s', (_, settings, written) => {
    expect(valuesOf(settings)).toEqual({ ...plain, ...written });
  });

  test.each<[rule: string, settings: object, written: object]>([
    ['255 clusters, said aloud', { maxConnectedClusters: 255 }, { maxConnectedClusters: 255 }],
    ['511 clusters', { maxConnectedClusters: 511 }, { maxConnectedClusters: 511 }],
    // "policy-default-local-cluster" of the agent (templates/cilium-configmap.yaml, v1.20.2); false must be written,
    // since the default is true
    ['selectors that mean all clusters', { policyDefaultLocalCluster: false }, { policyDefaultLocalCluster: false }],
    ['selectors that mean the local cluster', { policyDefaultLocalCluster: true }, { policyDefaultLocalCluster: true }],
    ['namespaces that are not global', { defaultGlobalNamespace: false }, { defaultGlobalNamespace: false }],
    ['EndpointSlices of remote backends', { endpointSliceSync: true }, { enableEndpointSliceSynchronization: true }],
    [
      'replicas of the apiserver',
      { apiserver: { replicas: 2 } },
      { apiserver: { replicas: 2, service: { type: 'LoadBalancer' }, tls } },
    ],
    [
      'a node port',
      { apiserver: { serviceType: 'NodePort', nodePort: 32000 } },
      { apiserver: { service: { type: 'NodePort', nodePort: 32000 }, tls } },
    ],
    [
      "the chart's node port",
      { apiserver: { serviceType: 'NodePort' } },
      { apiserver: { service: { type: 'NodePort' }, tls } },
    ],
    [
      'annotations of the load balancer',
      { apiserver: { serviceAnnotations: { 'example.org/internal': 'true' } } },
      { apiserver: { service: { type: 'LoadBalancer', annotations: { 'example.org/internal': 'true' } }, tls } },
    ],
    [
      'a load balancer for kind',
      { kind: {}, apiserver: { serviceType: 'LoadBalancer' } },
      { apiserver: { service: { type: 'LoadBalancer' }, tls } },
    ],
    ['a kind cluster', { kind: {} }, { apiserver: { service: { type: 'NodePort' }, tls } }],
    ['no MCS-API, said aloud', { mcsApi: false }, {}],
    // clustermesh.enableMCSAPISupport since 1.17, clustermesh.mcsapi with corednsAutoConfigure since 1.19 (values.yaml
    // of those versions)
    ['MCS-API of 1.17', { ciliumVersion: '1.17.0', mcsApi: true }, { enableMCSAPISupport: true }],
    ['MCS-API of 1.18', { ciliumVersion: '1.18.9', mcsApi: true }, { enableMCSAPISupport: true }],
    [
      'MCS-API of 1.19',
      { ciliumVersion: '1.19.0', mcsApi: true },
      { mcsapi: { enabled: true, corednsAutoConfigure: { enabled: true } } },
    ],
    [
      'MCS-API with a CoreDNS that somebody else configures',
      { mcsApi: true, helmValues: { clustermesh: { mcsapi: { corednsAutoConfigure: { enabled: false } } } } },
      { mcsapi: { enabled: true, corednsAutoConfigure: { enabled: false } } },
    ],
    [
      'MCS-API with a CoreDNS of another name',
      {
        mcsApi: true,
        helmValues: { clustermesh: { mcsapi: { corednsAutoConfigure: { coredns: { deploymentName: 'dns' } } } } },
      },
      { mcsapi: { enabled: true, corednsAutoConfigure: { enabled: true, coredns: { deploymentName: 'dns' } } } },
    ],
    ['MCS-API of 1.20', { mcsApi: true }, { mcsapi: { enabled: true, corednsAutoConfigure: { enabled: true } } }],
  ])('below clustermesh: %s', (_, settings, written) => {
    expect(valuesOf(settings)).toEqual({ ...plain, clustermesh: { ...plain.clustermesh, ...written } });
  });

  test.each<[mode: string, settings: object, written: object]>([
    ['kubernetes', {}, {}],
    ['cluster-pool', {}, { ipam: { mode: 'cluster-pool', operator: { clusterPoolIPv4PodCIDRList: ['10.1.0.0/16'] } } }],
    [
      'cluster-pool',
      { podCidrs: ['10.1.0.0/16', 'fd00:1::/104'], clusterPoolIpv4MaskSize: 25, clusterPoolIpv6MaskSize: 112 },
      {
        ipv6: { enabled: true },
        ipam: {
          mode: 'cluster-pool',
          operator: {
            clusterPoolIPv4PodCIDRList: ['10.1.0.0/16'],
            clusterPoolIPv4MaskSize: 25,
            clusterPoolIPv6PodCIDRList: ['fd00:1::/104'],
            clusterPoolIPv6MaskSize: 112,
          },
        },
      },
    ],
    [
      'cluster-pool',
      { podCidrs: ['fd00:1::/104'] },
      {
        ipv4: { enabled: false },
        ipv6: { enabled: true },
        ipam: { mode: 'cluster-pool', operator: { clusterPoolIPv6PodCIDRList: ['fd00:1::/104'] } },
      },
    ],
    ['multi-pool', {}, { ipam: { mode: 'multi-pool' } }],
    ['crd', {}, { ipam: { mode: 'crd' } }],
    ['delegated-plugin', {}, { ipam: { mode: 'delegated-plugin' } }],
    // "ipam.mode=eni requires eni.enabled=true" (templates/validate.yaml, v1.20.2)
    ['eni', {}, { ipam: { mode: 'eni' }, eni: { enabled: true } }],
    ['azure', {}, { ipam: { mode: 'azure' }, azure: { enabled: true } }],
    ['alibabacloud', {}, { ipam: { mode: 'alibabacloud' }, alibabacloud: { enabled: true } }],
  ])('IPAM mode %s with %j', (ipamMode, settings, written) => {
    expect(valuesOf({ ipamMode, ...settings })).toEqual({ ...plain, ipam: { mode: ipamMode }, ...written });
  });

  test.each<[rule: string, hubble: object, written: object]>([
    ['the relay alone', {}, { relay: { enabled: true } }],
    [
      'the relay on a node port',
      { relayNodePort: 31234 },
      { relay: { enabled: true, service: { type: 'NodePort', nodePort: 31234 } } },
    ],
    ['relay and UI', { ui: true }, { relay: { enabled: true }, ui: { enabled: true } }],
    [
      'the UI on a node port',
      { ui: true, uiNodePort: 31235 },
      { relay: { enabled: true }, ui: { enabled: true, service: { type: 'NodePort', nodePort: 31235 } } },
    ],
    ['neither', { relay: false }, { relay: { enabled: false } }],
    ['no flows in files', { exportFlows: false }, { relay: { enabled: true } }],
    [
      'flows in files',
      { exportFlows: true },
      {
        relay: { enabled: true },
        export: {
          static: {
            enabled: true,
            fileMaxSizeMb: 100,
            fileMaxBackups: 20,
            fileCompress: true,
            fieldMask: [
              ...['time', 'uuid', 'node_name', 'emitter', 'verdict', 'drop_reason_desc', 'IP', 'l4', 'l7', 'source'],
              ...['destination', 'destination_names', 'Type', 'event_type', 'traffic_direction'],
              ...['trace_observation_point', 'is_reply', 'policy_match_type', 'ingress_allowed_by'],
              ...['egress_allowed_by', 'ingress_denied_by', 'egress_denied_by'],
            ],
            denyList: ['{"reply":[true]}'],
          },
        },
      },
    ],
  ])('Hubble: %s', (_, hubble, written) => {
    expect(valuesOf({ hubble })).toEqual({ ...plain, hubble: written });
  });

  test.each([
    ['1.15.19', false, false],
    ['1.17.15', true, false],
    ['1.18.8', true, true],
  ])('flows in files of Cilium %s, whose names and fields differ', (ciliumVersion, namesDenying, compresses) => {
    const { export: { static: own, ...common } } = valuesOf({ ciliumVersion, hubble: { exportFlows: true } }).hubble;
    const sizes = { fileMaxSizeMb: 100, fileMaxBackups: compresses ? 20 : 5 };
    const { fieldMask, ...rest } = own;
    expect([rest, common]).toEqual([
      { enabled: true, denyList: ['{"reply":[true]}'], ...(compresses ? { ...sizes, fileCompress: true } : {}) },
      compresses ? {} : sizes,
    ]);
    expect([fieldMask.includes('ingress_denied_by'), fieldMask.includes('emitter')]).toEqual([namesDenying, false]);
  });

  test('expose nothing for a node port that is null', () => {
    expect(valuesOf({ hubble: { ui: true, relayNodePort: null, uiNodePort: null } })).toEqual(
      valuesOf({ hubble: { ui: true } }),
    );
  });

  test('of the AWS blog: what step 5 of its guide sets for Cilium 1.9.5', () => {
    // --set cluster.id=1 --set cluster.name=k8s-test-cluster ... ("A multi-cluster shared services architecture with
    // Amazon EKS using Cilium ClusterMesh", AWS Containers Blog, 2021)
    const values = helmValues(
      modelOf({
        name: 'k8s-test-cluster',
        id: 1,
        podCidrs: ['10.1.0.0/16'],
        ciliumVersion: '1.9.5',
        kubeProxyReplacement: true,
        kubernetesApi: { host: '3F03327575BBD58507B2585763830F0B.gr7.us-west-2.eks.amazonaws.com' },
      }),
    );

    expect(leaves(values)).toEqual({
      'cluster.id': 1,
      'cluster.name': 'k8s-test-cluster',
      'eni': false,
      'tunnel': 'vxlan',
      'ipam.mode': 'cluster-pool',
      'ipam.operator.clusterPoolIPv4PodCIDR': '10.1.0.0/16',
      'ipam.operator.clusterPoolIPv4MaskSize': 24,
      'kubeProxyReplacement': 'strict',
      'k8sServiceHost': '3F03327575BBD58507B2585763830F0B.gr7.us-west-2.eks.amazonaws.com',
      'k8sServicePort': 443,
    });
  });

  test.each<[rule: string, settings: object, written: object]>([
    [
      'native routing',
      { routingMode: 'native', ipv4NativeRoutingCidr: '10.0.0.0/8' },
      { eni: false, tunnel: 'disabled', nativeRoutingCIDR: '10.0.0.0/8' },
    ],
    ['Geneve', { tunnelProtocol: 'geneve' }, { eni: false, tunnel: 'geneve' }],
    ['no kube-proxy replacement', { kubeProxyReplacement: false }, { eni: false, tunnel: 'vxlan' }],
    [
      'ENI with native routing',
      { ipamMode: 'eni', routingMode: 'native' },
      { ipam: { mode: 'eni' }, eni: true, tunnel: 'disabled' },
    ],
    [
      'an API server',
      { kubernetesApi: { host: 'h', port: 6443 } },
      { eni: false, tunnel: 'vxlan', k8sServiceHost: 'h', k8sServicePort: 6443 },
    ],
    [
      'blocks of another size',
      { ipamMode: 'cluster-pool', clusterPoolIpv4MaskSize: 26 },
      {
        eni: false,
        tunnel: 'vxlan',
        ipam: {
          mode: 'cluster-pool',
          operator: { clusterPoolIPv4PodCIDR: '10.1.0.0/16', clusterPoolIPv4MaskSize: 26 },
        },
      },
    ],
  ])('of Cilium 1.9: %s', (_, settings, written) => {
    expect(valuesOf({ ciliumVersion: '1.9.5', ...settings })).toEqual({
      cluster: plain.cluster,
      ipam: plain.ipam,
      ...written,
    });
  });

  test('of a kind cluster without kube-proxy name the API server, which the kubernetes Service does not reach before Cilium runs', () => {
    const api = (settings: object) => {
      const { k8sServiceHost, k8sServicePort } = valuesOf(settings);
      return [k8sServiceHost, k8sServicePort];
    };

    expect(api({ kind: {}, kubeProxyReplacement: true })).toEqual(['east-control-plane', 6443]);
    expect(api({ kind: { controlPlanes: 3 }, kubeProxyReplacement: true })).toEqual([
      'east-external-load-balancer',
      6443,
    ]);
    expect(api({ kind: {}, kubeProxyReplacement: true, kubernetesApi: { host: '192.0.2.1' } })).toEqual([
      '192.0.2.1',
      443,
    ]);
    expect(api({ kind: {} })).toEqual([undefined, undefined]);
    expect(api({ kubeProxyReplacement: true })).toEqual([undefined, undefined]);
  });

  // as the guide of 1.9 does (Documentation/gettingstarted/k8s-install-eks.rst, v1.9)
  test('of Cilium 1.9 with ENI have no tunnel', () => {
    expect(valuesOf({ ciliumVersion: '1.9.5', ipamMode: 'eni' })).toMatchObject({ eni: true, tunnel: 'disabled' });
  });

  test('take what a cluster adds over what defaults add, map by map; lists are replaced', () => {
    const east = modelOf(
      { ...EAST, helmValues: { debug: { verbose: 'flow' }, extraArgs: ['--b'], MTU: 1400 } },
      { helmValues: { debug: { enabled: true, verbose: 'kvstore' }, extraArgs: ['--a'], podLabels: { a: 'b' } } },
    );

    expect(helmValues(east)).toEqual({
      ...meshValues(east),
      debug: { enabled: true, verbose: 'flow' },
      extraArgs: ['--b'],
      MTU: 1400,
      podLabels: { a: 'b' },
    });
  });

  test('take what a cluster says as a whole where one of the two is no map', () => {
    const valuesOver = (base: object, over: object) =>
      helmValues(modelOf({ ...EAST, helmValues: over }, { helmValues: base }));

    expect(valuesOver({ bpf: { masquerade: true } }, { bpf: null })).toMatchObject({ bpf: null });
    expect(valuesOver({ extraEnv: ['a'] }, { extraEnv: { a: 'b' } })).toMatchObject({ extraEnv: { a: 'b' } });
    expect(valuesOver({ MTU: 1400 }, { MTU: { a: 'b' } })).toMatchObject({ MTU: { a: 'b' } });
  });

  test('keep what the mesh sets beside a further value of the same map', () => {
    expect(
      valuesOf({ helmValues: { clustermesh: { apiserver: { service: { internalTrafficPolicy: 'Local' } } } } }),
    ).toEqual({
      ...plain,
      clustermesh: {
        ...plain.clustermesh,
        apiserver: { service: { type: 'LoadBalancer', internalTrafficPolicy: 'Local' }, tls },
      },
    });
  });

  test('are set by the mesh alone', () => {
    const set = new Set(acceptedModels().flatMap(({ model }) => Object.keys(leaves(meshValues(model)))));
    const owned = (key: string) =>
      key.split('.').some((_, index, parts) => {
        const whole = parts.slice(0, index + 1).join('.');
        return OWNED_VALUES.has(whole) || LEGACY_OWNED_VALUES.has(whole);
      });

    // who makes the certificates may be chosen, and who configures CoreDNS
    const chosen = ['clustermesh.apiserver.tls.', 'clustermesh.mcsapi.corednsAutoConfigure.'];
    expect([...set].filter(key => !owned(key) && !chosen.some(prefix => key.startsWith(prefix)))).toEqual([]);
  });

  describe('of every accepted mesh of Cilium 1.20', () => {
    // the schema's own $schema is a draft that ajv needs no meta-schema for
    const { $schema, ...chart } = schema as any;
    const validate = new Ajv({ strict: false, allErrors: true }).compile(chart);
    const models = acceptedModels().filter(({ model }) => model.version.minor === 20);

    test('there are some', () => {
      expect(models.length).toBeGreaterThan(50);
    });

    test.each(models.map(({ title, model }) => [title, model] as const))(
      '%s: Helm takes them, and the chart knows every key',
      (_, model) => {
        const asJson = (values: object) => JSON.parse(JSON.stringify(values));

        expect(validate(asJson(helmValues(model))) ? [] : validate.errors).toEqual([]);
        // the schema lists fewer keys than the chart reads, so that further values may have others; what the mesh
        // itself writes has no need of them
        expect(undocumented(asJson(meshValues(model)), chart)).toEqual([]);
      },
    );

    test('the walker finds what the schema lets pass', () => {
      expect(undocumented({ cluster: { nam: 'x' }, podAnnotations: { any: 'thing' }, hubbel: {} }, chart)).toEqual([
        'cluster.nam',
        'hubbel',
      ]);
    });
  });
});

describe('kind configurations', () => {
  test("of the lab are the lab's own files", () => {
    const [koornacht, tion] = modelsOf(LAB);

    expect(kindConfig(koornacht)).toEqual({
      apiVersion: 'kind.x-k8s.io/v1alpha4',
      kind: 'Cluster',
      networking: { disableDefaultCNI: true, podSubnet: '10.1.0.0/16', serviceSubnet: '172.20.1.0/24' },
      nodes: [
        {
          role: 'control-plane',
          extraPortMappings: [
            { containerPort: 32042, hostPort: 32042 },
            { containerPort: 31234, hostPort: 31234 },
            { containerPort: 31235, hostPort: 31235 },
          ],
        },
        { role: 'worker' },
        { role: 'worker' },
      ],
    });
    expect(kindConfig(tion)).toEqual({
      apiVersion: 'kind.x-k8s.io/v1alpha4',
      kind: 'Cluster',
      networking: { disableDefaultCNI: true, podSubnet: '10.2.0.0/16', serviceSubnet: '172.20.2.0/24' },
      nodes: [{ role: 'control-plane' }, { role: 'worker' }, { role: 'worker' }],
    });
  });

  test('are only for kind clusters', () => {
    expect(kindConfig(modelOf(EAST))).toBeUndefined();
    expect(kindConfig(modelOf({ ...EAST, kind: undefined }))).toBeUndefined();
  });

  test.each<[rule: string, settings: object, networking: object]>([
    ['without a service CIDR leave it to kind', {}, { podSubnet: '10.1.0.0/16' }],
    [
      'with kube-proxy replacement have no kube-proxy',
      { kubeProxyReplacement: true },
      { kubeProxyMode: 'none', podSubnet: '10.1.0.0/16' },
    ],
    [
      'without kube-proxy replacement leave kube-proxy to kind',
      { kubeProxyReplacement: false },
      { podSubnet: '10.1.0.0/16' },
    ],
    [
      'of IPv6',
      { podCidrs: ['fd00:1::/56'], serviceCidrs: ['fd00:101::/112'] },
      { ipFamily: 'ipv6', podSubnet: 'fd00:1::/56', serviceSubnet: 'fd00:101::/112' },
    ],
    [
      'of dual stack name both CIDRs in the order given',
      { podCidrs: ['10.1.0.0/16', 'fd00:1::/56'], serviceCidrs: ['fd00:101::/112', '10.101.0.0/16'] },
      { ipFamily: 'dual', podSubnet: '10.1.0.0/16,fd00:1::/56', serviceSubnet: 'fd00:101::/112,10.101.0.0/16' },
    ],
  ])('%s', (_, settings, networking) => {
    expect(kindConfig(modelOf({ ...EAST, kind: {}, ...settings }))).toEqual({
      apiVersion: 'kind.x-k8s.io/v1alpha4',
      kind: 'Cluster',
      networking: { disableDefaultCNI: true, ...networking },
      nodes: [{ role: 'control-plane' }, { role: 'worker' }, { role: 'worker' }],
    });
  });

  test('have the node image on every node, and the ports on the first control plane only', () => {
    const portMappings = [{ containerPort: 80, hostPort: 8080, listenAddress: '127.0.0.1', protocol: 'UDP' }];
    const image = 'kindest/node:v1.29.2';

    expect(
      kindConfig(modelOf({ ...EAST, kind: { controlPlanes: 2, workers: 1, nodeImage: image, portMappings } }))!.nodes,
    ).toEqual([
      {
        role: 'control-plane',
        image,
        extraPortMappings: [{ containerPort: 80, hostPort: 8080, listenAddress: '127.0.0.1', protocol: 'UDP' }],
      },
      { role: 'control-plane', image },
      { role: 'worker', image },
    ]);
  });

  test('may have no workers and no ports', () => {
    expect(kindConfig(modelOf({ ...EAST, kind: { workers: 0, portMappings: [] } }))!.nodes).toEqual([
      { role: 'control-plane' },
    ]);
  });

  test('are the same for null and for what is left out', () => {
    const mapping = { containerPort: 80, hostPort: 80 };
    const configOf = (kind: any) => kindConfig(modelOf({ ...EAST, kind }));
    const withNulls = { nodeImage: null, portMappings: [{ ...mapping, listenAddress: null, protocol: null }] };

    expect(configOf(withNulls)).toEqual(configOf({ portMappings: [mapping] }));
  });

  test('of every accepted mesh have documented fields only', () => {
    const found = acceptedModels()
      .map(({ title, model }) => [title, kindConfig(model)] as const)
      .filter(([, config]) => config !== undefined);

    expect(found.length).toBeGreaterThan(5);
    for (const [title, config] of found) {
      expect([title, otherKindFields(config, 'Cluster')]).toEqual([title, []]);
    }
  });

  test('the check of fields finds what kind would refuse', () => {
    expect(
      otherKindFields(
        { kind: 'Cluster', nodes: [{ role: 'worker', extraPortMapping: [] }], networking: { podCIDR: '' } },
        'Cluster',
      ),
    ).toEqual(['nodes[0].extraPortMapping', 'networking.podCIDR']);
  });
});

describe('mesh.yaml', () => {
  const outdir = temporaryFolder();
  const read = (file: string) => parse(fs.readFileSync(path.join(outdir, 'mesh', file), 'utf8'));
  afterEach(() => fs.rmSync(outdir, { recursive: true, force: true }));

  test('of the lab', () => {
    expect(fileOf(LAB)).toEqual({
      apiVersion: 'cilium-mesh/v1',
      clusters: [
        {
          name: 'koornacht',
          id: 1,
          manifests: ['../koornacht.k8s.yaml'],
          values: 'koornacht.values.yaml',
          context: 'kind-koornacht',
          ciliumVersion: '1.20.2',
          podCIDRs: ['10.1.0.0/16'],
          serviceCIDRs: ['172.20.1.0/24'],
          kind: 'koornacht.kind.yaml',
        },
        {
          name: 'tion',
          id: 2,
          manifests: ['../tion.k8s.yaml'],
          values: 'tion.values.yaml',
          context: 'kind-tion',
          ciliumVersion: '1.20.2',
          podCIDRs: ['10.2.0.0/16'],
          serviceCIDRs: ['172.20.2.0/24'],
          kind: 'tion.kind.yaml',
        },
      ],
    });
  });

  test('has no field for what is not known', () => {
    const [cluster] = meshFile([{ model: modelOf(EAST), files: { upgradeValues: undefined, patches: [] } }]).clusters;

    expect(Object.keys(cluster)).toEqual(['name', 'id', 'manifests', 'values', 'ciliumVersion', 'podCIDRs']);
  });

  test('has the context, the nodes and the version of a cluster that exists already', () => {
    const model = modelOf({ ...EAST, context: 'admin@east', nodeCidrs: ['192.168.0.0/24'], ciliumVersion: '1.9.5' });
    const [cluster] = meshFile([{ model, files: {} }]).clusters;

    expect(cluster).toEqual({
      name: 'east',
      id: 1,
      manifests: ['../east.k8s.yaml'],
      values: 'east.values.yaml',
      context: 'admin@east',
      ciliumVersion: '1.9.5',
      podCIDRs: ['10.1.0.0/16'],
      nodeCIDRs: ['192.168.0.0/24'],
    });
  });

  test('names the values of the upgrade, and the patches in their order', () => {
    const patches = [
      {
        stage: 'before-install',
        kind: 'DaemonSet',
        namespace: 'kube-system',
        name: 'kube-proxy',
        file: 'b.patch.yaml',
      },
      { stage: 'before-install', kind: 'DaemonSet', namespace: 'kube-system', name: 'aws-node', file: 'a.patch.yaml' },
    ];
    const [cluster] = meshFile([
      { model: modelOf(EAST), files: { upgradeValues: 'east.upgrade-values.yaml', patches } },
    ]).clusters;

    expect(cluster).toMatchObject({ upgradeValues: 'east.upgrade-values.yaml', patches });
  });

  test('keeps the order of the clusters', () => {
    const clusters = [3, 1, 2].map(id => ({ name: `c${id}`, id, podCidrs: [`10.${id}.0.0/16`] }));

    expect(fileOf({ clusters }).clusters.map(({ name }) => name)).toEqual(['c3', 'c1', 'c2']);
  });

  const accepted = ACCEPTED.map(each => [each.name, each.mesh] as const);
  test.each(accepted)('of %s names the files that synth() writes, which say the same', (_, props) => {
    new ClusterMesh({ ...props, outdir }).synth();
    const written = read('mesh.yaml');

    expect(written).toEqual(JSON.parse(JSON.stringify(fileOf(props))));
    for (const [index, cluster] of written.clusters.entries()) {
      const model = modelsOf(props)[index];

      expect(read(cluster.values)).toEqual(JSON.parse(JSON.stringify(helmValues(model))));
      expect(cluster.kind && read(cluster.kind)).toEqual(kindConfig(model));
      expect(cluster.manifests.filter((file: string) => !fs.existsSync(path.join(outdir, 'mesh', file)))).toEqual([]);
    }
  });
});

function modelsOf({ clusters, defaults }: ClusterMeshProps): readonly ClusterModel[] {
  return resolveMesh(clusters, defaults).clusters;
}

function modelOf(cluster: ClusterProps, defaults: ClusterSettings = {}): ClusterModel {
  return modelsOf({ clusters: [cluster], defaults })[0];
}

/** mesh.yaml of a mesh without patches. */
function fileOf(mesh: ClusterMeshProps): MeshFile {
  return meshFile(modelsOf(mesh).map(model => ({ model, files: {} })));
}

/** Every cluster of every accepted case. */
function acceptedModels(): Array<{ title: string; model: ClusterModel }> {
  return ACCEPTED.flatMap(({ name, mesh }) =>
    modelsOf(mesh).map(model => ({ title: `${name}, ${model.name}`, model })),
  );
}

/** Values as the paths that `helm --set` takes. */
function leaves(value: any, prefix: string = ''): { [path: string]: any } {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]) =>
      typeof each === 'object' && each !== null && !Array.isArray(each)
        ? Object.entries(leaves(each, `${prefix}${key}.`))
        : [[prefix + key, each]],
    ),
  );
}

/**
 * Keys that the chart's schema does not list. A map without listed keys is free-form: annotations, labels, resources,
 * ...
 */
function undocumented(values: any, chart: any, prefix: string = ''): string[] {
  const known = chart.properties ?? {};
  if (typeof values !== 'object' || values === null || Array.isArray(values) || Object.keys(known).length === 0) {
    return [];
  }
  return Object.keys(values).flatMap(key =>
    key in known ? undocumented(values[key], known[key], `${prefix}${key}.`) : [prefix + key],
  );
}

/**
 * The fields of kind's configuration (sigs.k8s.io/kind/pkg/apis/config/v1alpha4/types.go); `[]` is a list of the type
 * behind it.
 */
const KIND_FIELDS: { readonly [type: string]: { readonly [field: string]: string } } = {
  Cluster: {
    kind: 'string',
    apiVersion: 'string',
    name: 'string',
    nodes: '[]Node',
    networking: 'Networking',
    featureGates: 'map',
    runtimeConfig: 'map',
    kubeadmConfigPatches: '[]string',
    kubeadmConfigPatchesJSON6902: '[]PatchJSON6902',
    containerdConfigPatches: '[]string',
    containerdConfigPatchesJSON6902: '[]string',
  },
  Node: {
    role: 'string',
    image: 'string',
    labels: 'map',
    extraMounts: '[]Mount',
    extraPortMappings: '[]PortMapping',
    kubeadmConfigPatches: '[]string',
    kubeadmConfigPatchesJSON6902: '[]PatchJSON6902',
  },
  Networking: {
    ipFamily: 'string',
    apiServerPort: 'number',
    apiServerAddress: 'string',
    podSubnet: 'string',
    serviceSubnet: 'string',
    disableDefaultCNI: 'boolean',
    kubeProxyMode: 'string',
    dnsSearch: '[]string',
  },
  PortMapping: { containerPort: 'number', hostPort: 'number', listenAddress: 'string', protocol: 'string' },
};

/** Where a kind configuration has a field that its type has not, or a value of another type. */
function otherKindFields(value: any, type: string, at: string = ''): string[] {
  if (type.startsWith('[]')) {
    return Array.isArray(value)
      ? value.flatMap((each, index) => otherKindFields(each, type.slice(2), `${at}[${index}]`))
      : [at];
  }
  const fields = KIND_FIELDS[type];
  if (!fields) {
    return (type === 'map' ? typeof value === 'object' : typeof value === type) ? [] : [at];
  }
  return Object.keys(value).flatMap(key => {
    const path_ = at ? `${at}.${key}` : key;
    return key in fields ? otherKindFields(value[key], fields[key], path_) : [path_];
  });
}
