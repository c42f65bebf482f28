/**
 * Where a recorded flow is a finding, and where what is not known of an end leaves it open. A folder below doubts/
 * holds a mesh, `before.yaml` if it is replayed against older manifests, a recording, and `expected`: for each flow the
 * change or what is in doubt, then the findings.
 */
import * as fs from 'fs';
import * as path from 'path';
import { Readable } from 'stream';
import { meshOfFile } from './recording-text';
import { formatPort } from '../../src/evaluator/flows/flow';
import { Ends } from '../../src/observed/flows/ends';
import { Recording } from '../../src/observed/flows/recording';
import { replayFlows } from '../../src/observed/judging/replay';
import { readFlowFiles } from '../../src/observed/reading/flow-files';
import { summaryOf } from '../../src/reports/replay';
import { replayDiagnostics } from '../../src/reports/replay-diagnostics';

const FOLDER = path.join(__dirname, 'doubts');

/** Rules without traffic are no part of these cases. */
const NO_RULES = {
  ruleUse: { rules: 0, unused: [], undecided: 0, unrecorded: [] },
  coverage: { gaps: [], lost: 0, clusters: new Set<string>(), unrecorded: [], silent: 0 },
};

async function judge(folder: string): Promise<string> {
  const mesh = meshOfFile(path.join(folder, 'mesh.yaml'));
  const old = path.join(folder, 'before.yaml');
  const before = fs.existsSync(old) ? meshOfFile(old) : undefined;
  const recording = new Recording(new Ends(before ? [mesh, before] : [mesh]));
  await readFlowFiles([{ path: path.join(folder, 'flows.jsonl') }], Readable.from([]), item => recording.add(item));
  const replay = replayFlows(recording.finish(), mesh, before);
  return [
    ...replay.flows.map(({ flow: { source, destination, protocol, port }, decision, change, doubt, agreement }) =>
      [
        `${source.text} -> ${destination.text} ${formatPort({ protocol, port })}: ${decision.verdict}`,
        ...(change ? [`change ${change}`] : []),
        ...(doubt ? [`undetermined by ${doubt}`] : []),
        ...agreement.differences.map(({ kind, explanation }) => `${kind} explained by ${explanation ?? 'nothing'}`),
      ].join(', '),
    ),
    ...[...replayDiagnostics({ mesh, ...(before ? { before } : {}), replay, ...NO_RULES })].map(
      ({ code, severity, message }) => `${severity} ${code}: ${message}`,
    ),
    `undetermined: ${summaryOf(replay).undetermined}, not judged: ${replay.unknown.length}`,
    '',
  ].join('\n');
}

test.each(fs.readdirSync(FOLDER))('%s', async name => {
  const folder = path.join(FOLDER, name);
  expect(await judge(folder)).toBe(fs.readFileSync(path.join(folder, 'expected'), 'utf8'));
});
