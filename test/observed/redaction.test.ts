/** What a redacted recording keeps, and what it leaves open. */
import * as fs from 'fs';
import * as path from 'path';
import { Readable } from 'stream';
import { meshOfFile } from './recording-text';
import { formatPort } from '../../src/evaluator/flows/flow';
import { Ends } from '../../src/observed/flows/ends';
import { Recording } from '../../src/observed/flows/recording';
import { replayFlows } from '../../src/observed/judging/replay';
import { unwrap } from '../../src/observed/reading/envelopes';
import { readFlowFiles } from '../../src/observed/reading/flow-files';
import { Redactor } from '../../src/observed/redaction/redactor';
import { temporaryFolder } from '../support/mesh';

/** What is said of each flow of a recording. */
async function replay(mesh: string, flows: string) {
  const evaluated = meshOfFile(mesh);
  const recording = new Recording(new Ends([evaluated]));
  await readFlowFiles([{ path: flows }], Readable.from([]), item => recording.add(item));
  const { flows: decided, unknown } = replayFlows(recording.finish(), evaluated);
  return [
    ...decided.map(({ flow, decision, change, doubt, agreement }) => {
      const { source, destination, protocol, port, records } = flow;
      const differences = agreement.differences.map(({ kind, explanation }) => `${kind} by ${explanation ?? 'nothing'}`);
      return {
        flow: `${source.text} -> ${destination.text} ${formatPort({ protocol, port })}`,
        isBetweenPods: [source, destination].every(
          ({ matches: [match] }) => 'endpoint' in match && match.endpoint.kind === 'workload',
        ),
        said: [decision.verdict, change, doubt, records, ...differences].join(' '),
        isError: change === 'denied' || change === 'requests-denied' || differences.some(each => / nothing$/.test(each)),
      };
    }),
    ...unknown.map(({ flow }) => ({
      flow: `${flow.source.text} -> ${flow.destination.text}`,
      isBetweenPods: false,
      said: 'unknown',
      isError: false,
    })),
  ];
}

async function redacted(flows: string): Promise<string> {
  const file = path.join(temporaryFolder(), 'flows.jsonl');
  const redactor = new Redactor();
  const lines: string[] = [];
  await readFlowFiles([{ path: flows }], Readable.from([]), item => {
    const value = redactor.redact(item);
    if (value) {
      lines.push(`${JSON.stringify(value)}\n`);
    }
  });
  fs.writeFileSync(file, lines.join(''));
  return file;
}

const MESH = path.join(__dirname, '..', 'reports', 'mesh');

test('flows between pods have the same verdicts and the same agreement', async () => {
  const [mesh, flows] = [path.join(MESH, 'fixed.yaml'), path.join(MESH, 'recording.jsonl')];
  const [before, after] = [await replay(mesh, flows), await replay(mesh, await redacted(flows))];
  const betweenPods = (all: typeof before) => all.filter(each => each.isBetweenPods);
  expect(betweenPods(before).length).toBeGreaterThan(3);
  expect(betweenPods(after)).toEqual(betweenPods(before));
});

const DOUBTS = path.join(__dirname, 'doubts');

test.each(['names', 'names-of-other-pods', 'address', 'dropped', 'pods'])(
  'what addresses and names decide is left open: %s',
  async name => {
    const folder = path.join(DOUBTS, name);
    const [mesh, flows] = ['mesh.yaml', 'flows.jsonl'].map(file => path.join(folder, file));
    const before = await replay(mesh, flows);
    const after = await replay(mesh, await redacted(flows));
    const errorsBefore = before.filter(({ isError }) => isError).map(({ flow }) => flow.replace(/ -> .* /, ' -> * '));
    const errorsAfter = after.filter(({ isError }) => isError).map(({ flow }) => flow.replace(/ -> .* /, ' -> * '));
    // redaction makes no finding of what was none
    expect(errorsAfter.filter(each => !errorsBefore.includes(each))).toEqual([]);
  },
);

test('only what policies select by is kept', () => {
  const secret = 'SECRET';
  const flow = {
    verdict: 'FORWARDED',
    IP: { source: '10.1.0.17', destination: secret, source_xlated: secret, ipVersion: 'IPv4' },
    ethernet: { source: secret },
    l4: { TCP: { source_port: 5, destination_port: 443, flags: { SYN: true, note: secret }, more: secret } },
    l7: {
      type: 'REQUEST',
      http: { method: 'GET', url: `http://${secret}/${secret}`, headers: [{ key: 'a', value: secret }], protocol: secret },
      dns: { query: `${secret}.`, ips: [secret], cnames: [secret] },
      kafka: { topic: secret },
    },
    source: {
      ID: 1,
      labels: [
        'k8s:app=web',
        `k8s:statefulset.kubernetes.io/pod-name=${secret}`,
        `k8s:kubernetes.io/hostname=${secret}`,
        `cidr:${secret}/32`,
        `fqdn:${secret}`,
        'reserved:world',
      ],
      pod_name: secret,
      workloads: [
        { name: 'web', kind: 'Deployment', note: secret },
        { name: secret, kind: 'Pod' },
      ],
      note: secret,
    },
    destination: { labels: ['reserved:world'], namespace: { a: secret } },
    destination_names: [secret, `${secret.toLowerCase()}.`, 5],
    destination_service: { name: secret },
    node_name: `paris/${secret}`,
    node_labels: [secret],
    Summary: secret,
    ingress_denied_by: [{ name: 'deny', kind: 'CiliumNetworkPolicy', labels: [secret] }],
    __proto__x: secret,
  };
  const lines: any[] = [];
  const redactor = new Redactor();
  unwrap({ flow, node_name: `paris/${secret}`, time: '2026-03-20T00:00:00Z' }, item => lines.push(redactor.redact(item)));
  expect(JSON.stringify(lines)).not.toMatch(/secret/i);
  expect(lines).toEqual([
    {
      flow: {
        verdict: 'FORWARDED',
        IP: { source: 'redacted-address-1', destination: 'redacted-address-2', ipVersion: 'IPv4' },
        l4: { TCP: { source_port: 5, destination_port: 443, flags: { SYN: true } } },
        l7: {
          type: 'REQUEST',
          http: { method: 'GET', url: 'redacted-path-1' },
          dns: { query: 'redacted-name-1' },
        },
        source: {
          ID: 1,
          labels: [
            'k8s:app=web',
            'k8s:statefulset.kubernetes.io/pod-name=redacted-pod-1',
            'k8s:kubernetes.io/hostname=redacted-node-2',
            'reserved:world',
          ],
          pod_name: 'redacted-pod-1',
          workloads: [
            { name: 'web', kind: 'Deployment' },
            { name: 'redacted-pod-1', kind: 'Pod' },
          ],
        },
        destination: { labels: ['reserved:world'] },
        destination_names: ['redacted-name-1', 'redacted-name-1'],
        ingress_denied_by: [{ name: 'deny', kind: 'CiliumNetworkPolicy' }],
        node_name: 'paris/redacted-node-1',
      },
      node_name: 'paris/redacted-node-1',
      time: '2026-03-20T00:00:00Z',
    },
  ]);
});
