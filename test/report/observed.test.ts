/**
 * Recorded flows in the page of a report: the page says of each flow what `replay` says, of the recording in short that
 * the file contains, and of meshes that a reader supposes.
 */
import * as fs from 'fs';
import * as path from 'path';
import { Readable } from 'stream';
import * as fc from 'fast-check';
import { engineOf } from './page-engine';
import { Engine } from '../../report/engine/engine';
import type { Suppositions } from '../../report/protocol';
import { CiliumVersion } from '../../src/cilium/version';
import { Endpoint } from '../../src/evaluator/flows/endpoint';
import { EvaluatedMesh, readMesh } from '../../src/evaluator/read/mesh';
import { MeshInput } from '../../src/manifests/input';
import { readMeshFile } from '../../src/manifests/mesh-input';
import { digestFlows, MOST_FLOWS } from '../../src/observed/digest/digest-flows';
import { FlowDigest } from '../../src/observed/digest/flow-digest';
import { Ends } from '../../src/observed/flows/ends';
import { Recording } from '../../src/observed/flows/recording';
import { replayFlows } from '../../src/observed/judging/replay';
import { findRuleUse } from '../../src/observed/judging/unused-rules';
import { unwrap } from '../../src/observed/reading/envelopes';
import { FlowFiles, readFlowFiles } from '../../src/observed/reading/flow-files';
import { digestCoverage } from '../../src/reports/page/digest-coverage';
import { ObservedView } from '../../src/reports/page/observed-view';
import { replayReport, summaryOf } from '../../src/reports/replay';
import { coverageOf } from '../../src/reports/replay-coverage';
import { meshCase } from '../../test-support/meshes/generator';
import { FlowToRecord, recordFlow } from '../../test-support/recorded-flows';
import { meshOfCase } from '../evaluator/case-mesh';

const OBSERVED = path.join(__dirname, '..', 'observed');
const NO_FILES: FlowFiles = {
  files: 1,
  bytes: 0,
  broken: { count: 0, places: [] },
  foreign: { count: 0, places: [] },
  problems: [],
};

interface Judged {
  readonly digest: FlowDigest;
  readonly engine: Engine;
  readonly json: any[];
  readonly report: any;
}

interface MeshWithInput {
  readonly input: MeshInput;
  readonly mesh: EvaluatedMesh;
}

function read(file: string): MeshWithInput {
  const { input, problems } = readMeshFile(file);
  expect(problems).toEqual([]);
  return { input, mesh: readMesh(input) };
}

/** A recording as the terminal and as the page judge it. */
function judge(
  current: MeshWithInput,
  add: (recording: Recording) => void,
  { old, most, version }: { old?: MeshWithInput; most?: number; version?: CiliumVersion } = {},
): Judged {
  const { mesh } = current;
  const meshes = [mesh, ...(old ? [old.mesh] : [])];
  const recording = new Recording(new Ends(meshes));
  add(recording);
  const replay = replayFlows(recording.finish(), mesh, old?.mesh);
  const coverage = coverageOf(mesh, recording, replay);
  const report = replayReport({
    mesh,
    ...(old ? { before: old.mesh } : {}),
    recording,
    files: NO_FILES,
    replay,
    coverage,
    ruleUse: findRuleUse(mesh, replay, coverage.clusters),
    additions: { policies: [], allowed: 0, asked: 0 },
  });
  const digest = digestFlows(replay, meshes, digestCoverage(recording, NO_FILES, coverage), most);
  const engine = engineOf(current, {
    observed: digest,
    ...(old ? { old: { ...old, problems: [] } } : {}),
    ...(version ? { ciliumVersion: version } : {}),
  });
  const json = [...report.document.items()].map(each => JSON.parse(JSON.stringify(each)));
  return { digest, engine, json, report: { ...report.document.more, summary: summaryOf(replay) } };
}

/** Rows in the order of the terminal. */
function rowsOf(engine: Engine): ObservedView {
  return engine.answer('observed', { side: 'new', most: MOST_FLOWS });
}

const times = ({ first, last }: any) => [first, last];

/** What the page and the terminal say of the flows that both can judge, each as one sorted text. */
function expectAgreement({ engine, json, report }: Judged): number {
  const view = rowsOf(engine);
  const expected = json.filter(({ decision }) => decision);
  const text = (flow: any, change: unknown, more: unknown) =>
    JSON.stringify([
      flow.protocol,
      flow.port,
      flow.records,
      times(flow),
      flow.decision,
      flow.before ?? null,
      change ?? null,
      flow.undetermined ?? null,
      (flow.differences ?? []).map(({ direction, kind, explanation }: any) => [direction, kind, explanation ?? null]),
      more,
    ]);
  const denied = (flow: any) => (flow.deniedRequests ?? []).reduce((sum: number, { records }: any) => sum + records, 0);
  expect(view.rows.map(row => text(row, row.change, row.deniedRequests)).sort()).toEqual(
    expected.map(flow => text(flow, flow.change, denied(flow))).sort(),
  );
  // the ends have the same names, but addresses outside of the mesh
  const names = (flows: any[], end: (flow: any) => string) =>
    flows.map(end).filter(name => !name.includes('world:')).sort();
  expect(names([...view.rows], ({ source, destination }) => `${source} -> ${destination}`)).toEqual(
    names(expected, ({ source, destination }) => `${source.text} -> ${destination.text}`),
  );
  if (view.unusedRules) {
    expect(view.unusedRules.unused).toEqual(JSON.parse(JSON.stringify(report.unusedRules)));
  }
  expect(view.unknown.flows).toBe(report.summary.unknown);
  expect({ ...view.agreement }).toEqual({
    compared: report.summary.compared,
    agreed: report.summary.agreed,
    explained: report.summary.explained,
    unexplained: report.summary.unexplained,
  });
  expect(view.counts['would-break']).toBe(report.summary.denied);
  expect(view.counts['requests-would-break']).toBe(report.summary.requestsDenied);
  return view.rows.length;
}

async function added(file: string): Promise<(recording: Recording) => void> {
  const items: any[] = [];
  await readFlowFiles([{ path: file }], Readable.from([]), item => items.push(item));
  return recording => items.forEach(item => recording.add(item));
}

const RECORDINGS = path.join(OBSERVED, 'recordings');
const MESH = read(path.join(OBSERVED, 'mesh', 'mesh.yaml'));

test.each(fs.readdirSync(RECORDINGS))('recording %s', async name => {
  expectAgreement(judge(MESH, await added(path.join(RECORDINGS, name, 'flows.jsonl'))));
});

const DOUBTS = path.join(OBSERVED, 'doubts');

test.each(fs.readdirSync(DOUBTS))('doubt %s', async name => {
  const folder = path.join(DOUBTS, name);
  const old = path.join(folder, 'before.yaml');
  const judged = judge(read(path.join(folder, 'mesh.yaml')), await added(path.join(folder, 'flows.jsonl')), {
    ...(fs.existsSync(old) ? { old: read(old) } : {}),
  });
  expect(expectAgreement(judged)).toBeGreaterThan(0);
});

/** All flows between pods, some with a verdict that is turned round. */
function flowsOf(mesh: EvaluatedMesh): FlowToRecord[] {
  const ends = mesh.workloads
    .filter(({ hostNetwork }) => !hostNetwork)
    .map((workload): Endpoint => ({ kind: 'workload', workload }));
  let count = 0;
  return ends.flatMap(source =>
    ends.flatMap(destination =>
      [80, 5432].map((port): FlowToRecord => {
        const turned = ++count % 7 === 0 ? 'ingress' : undefined;
        return { source, destination, port: { protocol: 'TCP', port }, ...(turned ? { turned } : {}) };
      }),
    ),
  );
}

function addAll(recorded: EvaluatedMesh, flows: readonly FlowToRecord[]) {
  return (recording: Recording) =>
    flows
      .flatMap((flow, index) => recordFlow(recorded, flow, index))
      .forEach(record => unwrap(record, item => recording.add(item)));
}

test.each([15, 20])('random meshes of 1.%i, with what another mesh recorded', minor => {
  let rows = 0;
  fc.assert(
    fc.property(meshCase(minor), question => {
      const version = CiliumVersion.parse(`1.${minor}.0`)!;
      const current = meshOfCase(question, minor);
      const clusters = question.clusters.map(cluster => ({ ...cluster, policies: (cluster.policies ?? []).slice(1) }));
      const old = meshOfCase({ ...question, clusters }, minor);
      rows += expectAgreement(judge(current, addAll(current.mesh, flowsOf(current.mesh)), { version }));
      rows += expectAgreement(judge(current, addAll(old.mesh, flowsOf(old.mesh)), { version, old }));
    }),
    { seed: 20261129 + minor, numRuns: 12 },
  );
  expect(rows).toBeGreaterThan(100);
});

describe('suppositions', () => {
  const OFFICE = 'world:203.0.113.0/24';
  const record = (end: object, more: object = {}) => ({
    flow: {
      time: '2026-03-20T09:46:40Z',
      uuid: 'UUID-OF-A-RECORD',
      verdict: 'FORWARDED',
      IP: { source: '203.0.113.77', destination: '10.2.0.5' },
      l4: { TCP: { source_port: 41234, destination_port: 9000, flags: { SYN: true } } },
      source: { identity: 2, labels: ['reserved:world'] },
      destination: end,
      Type: 'L3_L4',
      node_name: 'lyon/NODE-NAME',
      event_type: { type: 5 },
      traffic_direction: 'INGRESS',
      is_reply: false,
      ...more,
    },
    node_name: 'lyon/NODE-NAME',
    time: '2026-03-20T09:46:40Z',
  });
  const api = MESH.mesh.workloads.find(({ name }) => name === 'api')!;
  const labels = api.labels.labels.map(({ source, key, value }) => `${source}:${key}=${value}`);
  const end = {
    ID: 7,
    namespace: 'shop',
    labels,
    pod_name: 'api-POD',
    workloads: [{ name: 'api', kind: 'Deployment' }],
  };
  const judged = judge(MESH, recording =>
    [
      record(end),
      record(end, {
        Type: 'L7',
        event_type: { type: 129 },
        l7: { type: 'REQUEST', http: { method: 'GET', url: 'http://api/SECRET-PATH?token=SECRET-QUERY' } },
      }),
    ].forEach(each => unwrap(each, item => recording.add(item))),
  );
  const ID = `CiliumNetworkPolicy/shop/api-from-office@${api.cluster}`;
  const policy = (ingress: string) => ({
    edited: {
      [ID]:
        'apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: api-from-office, namespace: shop}\n' +
        `spec: {endpointSelector: {matchLabels: {app: api}}, ingress: ${ingress}}\n`,
    },
  });
  const rowWith = (suppositions: Suppositions) => {
    const { problems, unused } = judged.engine.answer('suppose', suppositions);
    expect([problems.edited, unused]).toEqual([{ ...(suppositions.edited ? { [ID]: [] } : {}) }, []]);
    const { rows } = judged.engine.answer('observed', { side: 'supposed' });
    return rows.map(({ state, undetermined, source }) => [source, state, undetermined]);
  };

  test('the digest has no address, request, record and node', () => {
    const text = JSON.stringify(judged.digest);
    expect(text).toContain('203.0.113.0');
    for (const each of ['203.0.113.77', '10.2.0.5', 'SECRET', 'GET', 'UUID', 'NODE-NAME', 'POD', '41234']) {
      expect(text).not.toContain(each);
    }
  });

  test('what is supposed decides recorded flows', () => {
    expect(rowWith({})).toEqual([[OFFICE, 'used', undefined]]);
    expect(rowWith(policy('[{fromCIDR: [198.51.100.0/24]}]'))).toEqual([[OFFICE, 'would-break', undefined]]);
    expect(rowWith(policy('[{fromCIDR: [203.0.0.0/16]}]'))).toEqual([[OFFICE, 'used', undefined]]);
  });

  test('a policy that distinguishes the addresses of a recorded block leaves its flow undetermined', () => {
    // of the addresses that were recorded the file has the block only
    expect(rowWith(policy('[{fromCIDR: [203.0.113.64/26]}]'))).toEqual([[OFFICE, 'undetermined', 'address']]);
    expect(rowWith(policy('[{fromCIDR: [203.0.113.0/25, 203.0.113.128/25]}]'))).toEqual([
      [OFFICE, 'used', undefined],
    ]);
  });

  test('layer 7 rules that are supposed leave flows with requests undetermined', () => {
    const rules = 'rules: {http: [{path: /x}]}';
    const ports = `toPorts: [{ports: [{port: "9000", protocol: TCP}], ${rules}}]`;
    expect(rowWith(policy(`[{fromCIDR: [203.0.113.0/24], ${ports}}]`))).toEqual([[OFFICE, 'undetermined', 'requests']]);
  });
});

test('too many flows: those that change, one for each used rule, and those with the most records stay', () => {
  const flows = flowsOf(MESH.mesh).slice(0, 40);
  const whole = judge(MESH, addAll(MESH.mesh, flows));
  const breaking = rowsOf(whole.engine).counts;
  expect(breaking['would-break'] + breaking.disagrees + breaking.opens).toBeGreaterThan(0);
  const part = judge(MESH, addAll(MESH.mesh, flows), { most: whole.digest.flows.length - 5 });
  expect(part.digest.left.flows).toBe(5);
  expect(part.digest.showsAllRules).toBe(true);
  const view = rowsOf(part.engine);
  expect(view.notes).toContainEqual(expect.stringMatching(/^5 more flows with \d+ records not in this file/));
  expect(view.counts['would-break']).toBe(breaking['would-break']);
  expect(view.unusedRules).toEqual(rowsOf(whole.engine).unusedRules);
  const few = judge(MESH, addAll(MESH.mesh, flows), { most: 0 });
  expect(few.digest.showsAllRules).toBe(false);
  expect(rowsOf(few.engine).unusedRules).toBeUndefined();
});

test('allowed flows without records are counted, and listed', () => {
  const [source, destination] = ['web', 'db'].map((name): Endpoint => ({
    kind: 'workload',
    workload: MESH.mesh.workloads.find(each => each.name === name)!,
  }));
  const flow = { source, destination, port: { protocol: 'TCP', port: 5432 } } as const;
  const { engine } = judge(MESH, addAll(MESH.mesh, [flow]));
  const { allowed, used, unused } = engine.answer('observed', { side: 'new' });
  expect([used, unused.length]).toEqual([1, allowed - 1]);
  expect(allowed).toBe(engine.answer('summary', { side: 'new' }).allowed);
});

test('rows are chosen by state and words, and counted', async () => {
  const { engine } = judge(MESH, await added(path.join(RECORDINGS, 'denied', 'flows.jsonl')));
  const all = engine.answer('observed', { side: 'new' });
  const [{ state, destination }] = all.rows;
  expect(engine.answer('observed', { side: 'new', show: state }).rows.length).toBe(all.counts[state]);
  expect(engine.answer('observed', { side: 'new', text: destination }).rows.length).toBeGreaterThan(0);
  expect(engine.answer('observed', { side: 'new', text: 'no such end' }).rows).toEqual([]);
  expect(engine.answer('observed', { side: 'new', most: 0 }).left).toBe(all.rows.length);
});
