/**
 * The Isovalent Cluster Mesh lab: clusters koornacht and tion, rebel-base and x-wing, step by step.
 *
 *     npm run synth                           # the last step
 *     npm run synth -- isovalent-lab failover # another one; steps.ts lists them
 *     npm run synth -- isovalent-lab ingress-tion --cilium-version 1.18.4     # as the lab ends
 *     npm run synth -- isovalent-lab ingress-tion-all-clusters                # the same under Cilium 1.20
 *     npm run synth -- isovalent-lab --steps  # all steps, for `cilium-mesh verify --tour`
 *
 * docs/lab.md walks through it.
 *
 * Source: https://isovalent.com/labs/cilium-cluster-mesh/
 */
import {
  cilium,
  ClusterMesh,
  DefaultDenyPolicy,
  DnsAccess,
  IpamMode,
  RebelBaseApp,
} from 'cdk8s-cilium-mesh';
import { DEFAULT_VARIANT, VARIANTS } from './steps';
import { XWingClient } from './x-wing-client';
import { readArguments } from '../arguments';

const { variant, ciliumVersion } = readArguments(Object.keys(VARIANTS), DEFAULT_VARIANT);
const step = VARIANTS[variant];

const mesh = new ClusterMesh({
  defaults: {
    ciliumVersion,
    ipamMode: IpamMode.KUBERNETES,
    policyDefaultLocalCluster: step.policyDefaultLocalCluster,
  },
  clusters: [
    {
      name: 'koornacht',
      id: 1,
      podCidrs: ['10.1.0.0/16'],
      serviceCidrs: ['172.20.1.0/24'],
      // The lab's nodes have Kubernetes 1.29.2, which its configuration does not say: the image is the one of the
      // program kind. To have the same, add nodeImage: 'kindest/node:v1.29.2'; Cilium 1.20 is tested with newer ones.
      kind: {
        portMappings: [
          { containerPort: 32042, hostPort: 32042 }, // localhost.run proxy, which the lab itself uses
          { containerPort: 31234, hostPort: 31234 }, // Hubble Relay
          { containerPort: 31235, hostPort: 31235 }, // Hubble UI
        ],
      },
      hubble: { ui: true, relayNodePort: 31234, uiNodePort: 31235 },
    },
    { name: 'tion', id: 2, podCidrs: ['10.2.0.0/16'], serviceCidrs: ['172.20.2.0/24'], kind: {} },
  ],
});
const koornacht = mesh.cluster('koornacht');

const rebelBase = new RebelBaseApp(mesh, 'rebel-base', {
  isGlobal: step.global,
  perCluster: { koornacht: step.koornacht ?? {} },
});
const xWing = new XWingClient(mesh, 'x-wing');

if (step.defaultDeny) {
  new DefaultDenyPolicy(mesh, 'default-deny', { dns: DnsAccess.UDP, dnsClusterLabel: false });
}

// The lab's own policies, as written there, from the imported CRD types.
for (const cluster of (step.egress ?? []).map(each => mesh.cluster(each))) {
  new cilium.CiliumNetworkPolicy(cluster, 'x-wing-to-rebel-base', {
    metadata: { name: 'x-wing-to-rebel-base' },
    spec: {
      description: 'Allow x-wing in Koornacht to contact rebel-base',
      endpointSelector: { matchLabels: { 'name': 'x-wing', 'io.cilium.k8s.policy.cluster': 'koornacht' } },
      egress: [{ toEndpoints: [{ matchLabels: { name: 'rebel-base' } }] }],
    },
  });
}
for (const cluster of (step.ingress ?? []).map(each => mesh.cluster(each))) {
  new cilium.CiliumNetworkPolicy(cluster, 'rebel-base-from-x-wing', {
    metadata: { name: 'rebel-base-from-x-wing' },
    spec: {
      description: "Allow rebel-base to be contacted by Koornacht's x-wing",
      endpointSelector: { matchLabels: { name: 'rebel-base' } },
      ingress: [
        { fromEndpoints: [{ matchLabels: { 'name': 'x-wing', 'io.cilium.k8s.policy.cluster': 'koornacht' } }] },
      ],
    },
  });
}

if (step.explicit) {
  xWing.workload
    .inClusters(koornacht)
    .connections.allowTo(rebelBase.service, undefined, { name: 'x-wing-to-rebel-base' });
}

mesh.synth();
