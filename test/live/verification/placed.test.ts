/** Verdicts on pods with host network that depend on nodes: verify asks the pods that are there. */
import { readMesh } from '../../../src/evaluator/read/mesh';
import { formatWorkload } from '../../../src/evaluator/read/workload';
import { predictionCells, predictionJson } from '../../../src/live/reports/prediction';
import { Drop } from '../../../src/live/verification/hubble';
import { RunningPods } from '../../../src/live/verification/pods';
import { placedPredictions, planProbe } from '../../../src/live/verification/probing';
import { recordsOf } from '../../../src/live/verification/records';
import { selectPredictions } from '../../../src/live/verification/selection';
import { manifestOf } from '../../evaluator/case-mesh';
import { schemaFaults } from '../../support/schemas';

const OBJECTS = [
  {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'node-exporter' },
    spec: {
      template: {
        metadata: { labels: { app: 'node-exporter' } },
        spec: { hostNetwork: true, containers: [{ name: 'exporter', image: 'x' }] },
      },
    },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'by-label' },
    spec: {
      replicas: 3,
      template: {
        metadata: { labels: { app: 'by-label' } },
        spec: { containers: [{ name: 'web', image: 'x', ports: [{ containerPort: 80 }] }] },
      },
    },
  },
  // hosts are no pods with labels; the own host may always connect
  {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNetworkPolicy',
    metadata: { name: 'by-label' },
    spec: {
      endpointSelector: { matchLabels: { app: 'by-label' } },
      ingress: [{ fromEndpoints: [{ matchLabels: { app: 'node-exporter' } }] }],
    },
  },
];

const mesh = readMesh({
  source: 'mesh.yaml',
  clusters: [
    {
      name: 'cluster1',
      id: 1,
      manifests: OBJECTS.map(manifestOf),
      notes: [],
      settings: { name: 'cluster1', id: 1, manifests: [] },
      declared: { file: 'mesh.yaml', line: () => 1 },
    },
  ],
});
const LIVE = { clusters: [{ name: 'cluster1', context: 'kind-cluster1' }] } as unknown as Parameters<typeof planProbe>[1];
const SETTINGS = { maxTime: 2 };

/** Pods by workload of cluster1: their address, and the node. Pods with host network have the node's address. */
function running(pods: { readonly [workload: string]: ReadonlyArray<readonly [address: string, node?: string]> }) {
  const found = new RunningPods();
  for (const [name, places] of Object.entries(pods)) {
    const workload = mesh.workloads.find(each => formatWorkload(each) === `${name}@cluster1`)!;
    found.add(
      [workload],
      places.map(([podIP, nodeName], index) => ({
        metadata: { name: `${name}-${index}`, labels: workload.podLabels },
        spec: { nodeName },
        status: { phase: 'Running', podIP },
      })),
    );
  }
  return found;
}

function predictions() {
  const [from, to] = ['node-exporter@cluster1', 'by-label@cluster1'];
  const all = selectPredictions(mesh, { from, to, only: 'flows' });
  if (!Array.isArray(all)) {
    throw new Error('no predictions');
  }
  return all;
}

const verdicts = (pods: RunningPods) =>
  placedPredictions(predictions(), pods).map(each => (each.kind === 'flow' ? [each.placement, each.flow.verdict] : []));

test('each place is a prediction of its own', () => {
  const sample = { requests: 10, level: 1 };
  expect(predictions().map(each => predictionCells(each, sample))).toEqual([
    ['node-exporter@cluster1', 'by-label@cluster1 on one node', 'TCP/80', 'allowed'],
    ['node-exporter@cluster1', 'by-label@cluster1 on two nodes', 'TCP/80', 'denied (ingress in cluster1: default-denied)'],
  ]);
  expect(predictions().map(each => predictionJson(each))).toMatchObject([
    { placement: 'same-node', predicted: { verdict: 'allowed' } },
    { placement: 'other-node', predicted: { verdict: 'denied' } },
  ]);
  const probed = { requests: 0, answers: {}, drops: [] };
  const verified = predictions().map(each => ({ ...predictionJson(each), probed, outcome: 'not-probed' }));
  expect(schemaFaults('verify', { apiVersion: 'cilium-mesh/v1', verified })).toEqual([]);
});

test('only the places where pods are', () => {
  const [one, two] = [['10.0.0.1', 'one'], ['10.0.0.2', 'two']] as const;
  expect(verdicts(running({ 'node-exporter': [one], 'by-label': [['10.1.0.1', 'one']] }))).toEqual([
    ['same-node', 'allowed'],
  ]);
  expect(verdicts(running({ 'node-exporter': [two], 'by-label': [['10.1.0.1', 'one']] }))).toEqual([
    ['other-node', 'denied'],
  ]);
  expect(verdicts(running({ 'node-exporter': [one, two], 'by-label': [['10.1.0.1', 'one']] }))).toEqual([
    ['same-node', 'allowed'],
    ['other-node', 'denied'],
  ]);
  expect(verdicts(running({ 'node-exporter': [], 'by-label': [] }))).toEqual([['other-node', 'denied']]);
});

test('pods ask those on their own node, or those on others', () => {
  const pods = running({
    'node-exporter': [['10.0.0.1', 'one'], ['10.0.0.2', 'two'], ['10.0.0.3', 'three']],
    'by-label': [['10.1.0.1', 'one'], ['10.1.0.2', 'two'], ['10.1.0.4', 'one']],
  });
  const asked = (settings: Parameters<typeof planProbe>[3] = SETTINGS) =>
    predictions().map(each => {
      const plan = planProbe(each, LIVE, pods, settings, 1);
      return 'requests' in plan
        ? plan.requests.map(({ pod, probe }) => `${pod.name} ${probe.hosts.join()} ${probe.requests}`)
        : plan;
    });
  expect(asked()).toEqual([
    ['node-exporter-0 10.1.0.1 4', 'node-exporter-0 10.1.0.4 4', 'node-exporter-1 10.1.0.2 4'],
    ['node-exporter-0 10.1.0.2 3', 'node-exporter-1 10.1.0.1 3', 'node-exporter-1 10.1.0.4 3', 'node-exporter-2 10.1.0.1 3'],
  ]);
  expect(asked({ ...SETTINGS, pods: 1 })).toEqual([['node-exporter-0 10.1.0.1 10'], ['node-exporter-0 10.1.0.2 10']]);
});

test('pods on unknown nodes are not asked', () => {
  const pods = running({ 'node-exporter': [['10.0.0.1']], 'by-label': [['10.1.0.1', 'one']] });
  expect(placedPredictions(predictions(), pods).map(each => planProbe(each, LIVE, pods, SETTINGS, 1))).toEqual([
    { problem: 'the nodes of node-exporter@cluster1 or by-label@cluster1 are unknown' },
  ]);
});

test('a drop on two nodes is not one of the pods on one node', () => {
  const pods = running({
    'node-exporter': [['10.0.0.1', 'one'], ['10.0.0.2', 'two']],
    'by-label': [['10.1.0.1', 'one']],
  });
  const drop = { source: '10.0.0.2', destination: '10.1.0.1', protocol: 'TCP', port: 80 } as Drop;
  const records = new Map([['cluster1', { drops: [drop] }]]);
  expect(predictions().map(each => recordsOf(each, records, pods).get('cluster1')!.drops)).toEqual([[], [drop]]);
});
