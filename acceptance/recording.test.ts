/**
 * The flows of each step of the lab, as Hubble of koornacht has them, recorded through Hubble Relay by `cilium-mesh
 * record` with the real hubble CLI, and replayed against each step.
 */
import * as fs from 'fs';
import * as path from 'path';
import { deleteClusters, Lab } from './support/lab';
import { put } from './support/world';
import { STEPS } from '../examples/isovalent-lab/steps';
import { Endpoint } from '../src/evaluator/flows/endpoint';
import { decideFlow } from '../src/evaluator/flows/flow';
import { EvaluatedMesh, readMesh } from '../src/evaluator/read/mesh';
import { readMeshFile } from '../src/manifests/mesh-input';
import { synth } from '../test/support/examples';
import { recordFlow } from '../test-support/recorded-flows';

const CLUSTER = 'koornacht';
const PORT = { protocol: 'TCP', port: 80 } as const;

let lab: Lab;

beforeAll(async () => {
  lab = new Lab();
  await lab.up();
});

afterAll(deleteClusters);

/** A step of the lab: its folder, and its mesh. */
function stepOf(name: string): { readonly folder: string; readonly mesh: EvaluatedMesh } {
  const folder = path.join(lab.folder, 'steps', name);
  for (const [file, text] of Object.entries(synth('isovalent-lab', name))) {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), text);
  }
  const { input, problems } = readMeshFile(path.join(folder, 'mesh', 'mesh.yaml'));
  expect(problems).toEqual([]);
  return { folder, mesh: readMesh(input) };
}

/** Every flow between the pods of the lab. */
function pairsOf({ workloads }: EvaluatedMesh) {
  const ends = workloads.map((workload): Endpoint => ({ kind: 'workload', workload }));
  return ends.flatMap(source => ends.map(destination => ({ source, destination, port: PORT })));
}

const textOf = (end: Endpoint) =>
  end.kind === 'workload' ? `${end.workload.name}@${end.workload.cluster}` : end.kind;

/** The records of a mesh on the nodes of koornacht, as Hubble Relay has them. */
function recordedIn(mesh: EvaluatedMesh): string {
  return pairsOf(mesh)
    .flatMap((flow, index) => recordFlow(mesh, flow, index))
    .filter(({ node_name: node }) => node.startsWith(`${CLUSTER}/`))
    .map(({ flow }) => JSON.stringify(flow))
    .join('\n');
}

async function replayed(flows: string, mesh: string): Promise<{ readonly status: number; readonly report: any }> {
  const { status, out } = await lab.program(['replay', flows, path.join(mesh, 'mesh', 'mesh.yaml'), '--format', 'json']);
  return { status, report: JSON.parse(out) };
}

const NAMES = Object.keys(STEPS);
let denials = 0;

test.each(NAMES.map((name, index) => [name, NAMES[(index + 1) % NAMES.length]]))(
  '%s agrees with its own records, and %s denies what it denies',
  async (name, next) => {
    const [{ folder, mesh }, other] = [stepOf(name), stepOf(next)];
    const flows = path.join(lab.folder, 'flows', name);
    put(`${CLUSTER}.flows.jsonl`, recordedIn(mesh));
    const { status, err, out } = await lab.program([
      ...['record', '--for', '5s', '--context', `kind-${CLUSTER}`, '--output', flows],
    ]);
    expect({ status, out, err }).toMatchObject({ status: 0 });
    const own = await replayed(flows, folder);
    const { summary, recording } = own.report;
    expect([own.status, summary.unexplained, summary.unknown, recording.broken.lines]).toEqual([0, 0, 0, 0]);
    expect(summary.flows).toBeGreaterThan(0);
    const { report } = await replayed(flows, other.folder);
    const found = report.flows.filter(({ change }: any) => change === 'denied').map(shown);
    denials += found.length;
    const wanted = deniedBy(mesh, other.mesh);
    // what only tion recorded is not in the records of koornacht
    expect(found.filter((text: string) => !wanted.includes(text))).toEqual([]);
    const proven = report.flows.filter(isProven).map(shown);
    expect(found).toEqual(expect.arrayContaining(wanted.filter(text => proven.includes(text))));
  },
);

test('some steps deny what others allow', () => expect(denials).toBeGreaterThan(0));

/** The flows that a mesh allows and another one denies. */
function deniedBy(mesh: EvaluatedMesh, other: EvaluatedMesh): string[] {
  const inOther = (end: Endpoint) =>
    [...pairsOf(other)].map(({ source }) => source).find(each => textOf(each) === textOf(end))!;
  return pairsOf(mesh)
    .filter(
      ({ source, destination }) =>
        decideFlow(mesh, source, destination, PORT).verdict === 'allowed' &&
        decideFlow(other, inOther(source), inOther(destination), PORT).verdict === 'denied',
    )
    .map(({ source, destination }) => `${textOf(source)} -> ${textOf(destination)}`);
}

const shown = ({ source, destination }: any) => `${source.text} -> ${destination.text}`;

/** Whether koornacht recorded that both ends let a flow pass. */
const isProven = ({ observed: { arrived, ingress } }: any) => arrived > 0 || ingress.allowed > 0;
