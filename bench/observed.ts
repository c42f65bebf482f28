import * as fs from 'fs';
import * as path from 'path';
import { writeCiliumMesh } from './meshes';
import { megabytes, median, run, seconds } from './processes';

const PROGRAM = path.join(__dirname, '..', 'lib', 'cilium-mesh.js');

/** Recordings of Hubble in whole processes: read, decided and printed. */
export function observed(folder: string): void {
  const small = path.join(folder, 'recording-of-two');
  writeCiliumMesh(small, 2, 100);
  const [once, twice] = [1, 2].map(times => {
    const file = path.join(small, `flows-${times}.jsonl`);
    const bytes = writeRecording(file, { clusters: 2, perCluster: 100, peers: 10, times: times * 50 });
    const runs = Array.from({ length: 3 }, () => replay(file, path.join(small, 'mesh.yaml')));
    const milliseconds = median(runs.map(each => each.milliseconds));
    const rssKiB = median(runs.map(each => each.rssKiB));
    console.log(
      `replay of ${(bytes / 1e6).toFixed(0)} MB, 2,000 flows of 200 workloads: ${seconds(milliseconds)}, ` +
        `${megabytes(rssKiB)}`,
    );
    return { bytes, milliseconds, rssKiB };
  });
  const added = (twice.bytes - once.bytes) / 1e3 / (twice.milliseconds - once.milliseconds);
  console.log(
    `  reading: ${added.toFixed(0)} MB/s (at least 100); memory of twice the records: ` +
      `${(twice.rssKiB / once.rssKiB).toFixed(2)} times (at most 1.2)`,
  );
  const distinct = path.join(folder, 'recording-of-distinct-flows');
  writeCiliumMesh(distinct, 2, 1000);
  const flows = path.join(distinct, 'flows.jsonl');
  writeRecording(flows, { clusters: 2, perCluster: 1000, peers: 50, times: 1 });
  const { milliseconds: time, rssKiB: memory } = replay(flows, path.join(distinct, 'mesh.yaml'), 'text');
  console.log(
    `replay of 100,000 flows of 2,000 workloads: ${seconds(time)}, ${megabytes(memory)} (at most 400 MB)`,
  );
  const large = path.join(folder, 'recording-of-many');
  writeCiliumMesh(large, 10, 1000);
  const file = path.join(large, 'flows.jsonl');
  writeRecording(file, { clusters: 10, perCluster: 1000, peers: 5, times: 1 });
  const [many, matrix] = [
    replay(file, path.join(large, 'mesh.yaml')),
    run([PROGRAM, 'matrix', '--summary', '--port', 'TCP/8080', '--mesh', path.join(large, 'mesh.yaml')]),
  ];
  console.log(
    `replay of 50,000 flows of 10,000 workloads and 10,000 policies: ${seconds(many.milliseconds)} (at most 10 s), ` +
      `${megabytes(many.rssKiB)}; its matrix: ${seconds(matrix.milliseconds)}`,
  );
}

function replay(file: string, mesh: string, format: string = 'json') {
  return run([PROGRAM, 'replay', file, mesh, '--format', format], { statuses: [0, 1] });
}

/** A recording of the mesh of `writeCiliumMesh`: each workload is asked by several others, `times` over. */
function writeRecording(
  file: string,
  { clusters, perCluster, peers, times }: {
    readonly clusters: number;
    readonly perCluster: number;
    readonly peers: number;
    readonly times: number;
  },
): number {
  const out = fs.openSync(file, 'w');
  let bytes = 0;
  for (let round = 0; round < times; round++) {
    for (let cluster = 0; cluster < clusters; cluster++) {
      let text = '';
      for (let number = 0; number < perCluster; number++) {
        for (let peer = 1; peer <= peers; peer++) {
          text += record(`cluster${cluster + 1}`, (number + peer) % perCluster, number, round);
        }
      }
      bytes += fs.writeSync(out, text);
    }
  }
  fs.closeSync(out);
  return bytes;
}

function record(cluster: string, source: number, destination: number, round: number): string {
  const time = new Date(Date.UTC(2026, 2, 20) + round * 1000).toISOString().replace('Z', '123456Z');
  const node = `${cluster}/worker-${destination % 3}`;
  const flow = {
    time,
    uuid: `00000000-0000-4000-8000-${String(round).padStart(12, '0')}`,
    verdict: 'FORWARDED',
    ethernet: { source: '6e:7a:be:97:be:91', destination: 'c2:7a:2d:dd:e2:c3' },
    IP: { source: '10.20.1.17', destination: '10.10.4.114', ipVersion: 'IPv4' },
    l4: { TCP: { source_port: 58_910, destination_port: 8080, flags: { SYN: true } } },
    source: end(cluster, source, false),
    destination: end(cluster, destination, true),
    Type: 'L3_L4',
    node_name: node,
    node_labels: ['kubernetes.io/arch=amd64', `kubernetes.io/hostname=worker-${destination % 3}`],
    event_type: { type: 4 },
    traffic_direction: 'EGRESS',
    trace_observation_point: 'TO_ENDPOINT',
    trace_reason: 'NEW',
    is_reply: false,
    interface: { index: 129, name: 'lxc5076723f6920' },
    Summary: 'TCP Flags: SYN',
  };
  return `${JSON.stringify({ flow, node_name: node, time })}\n`;
}

function end(cluster: string, number: number, isLocal: boolean): object {
  const [name, namespace] = [`app${number % 20}`, `ns${Math.floor(number / 20)}`];
  return {
    ...(isLocal ? { ID: 747 } : {}),
    identity: 65_536 + number,
    cluster_name: cluster,
    namespace,
    labels: [
      `k8s:app=${name}`,
      `k8s:io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name=${namespace}`,
      `k8s:io.cilium.k8s.policy.cluster=${cluster}`,
      'k8s:io.cilium.k8s.policy.serviceaccount=default',
      `k8s:io.kubernetes.pod.namespace=${namespace}`,
      `k8s:tier=t${number % 3}`,
    ],
    pod_name: `${name}-7dbb8cdfdb-5bsf5`,
    ...(isLocal ? { workloads: [{ name, kind: 'Deployment' }] } : {}),
  };
}
