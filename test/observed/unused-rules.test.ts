/** Which rules a recording shows no traffic of, and which it leaves open. The recordings are those of doubts/. */
import * as path from 'path';
import { Readable } from 'stream';
import { meshOfFile } from './recording-text';
import { Ends } from '../../src/observed/flows/ends';
import { Recording } from '../../src/observed/flows/recording';
import { replayFlows } from '../../src/observed/judging/replay';
import { findRuleUse, RuleUse } from '../../src/observed/judging/unused-rules';
import { readFlowFiles } from '../../src/observed/reading/flow-files';
import { coverageOf } from '../../src/reports/replay-coverage';
import { replayDiagnostics } from '../../src/reports/replay-diagnostics';

async function ruleUse(name: string): Promise<{ readonly use: RuleUse; readonly findings: string[] }> {
  const folder = path.join(__dirname, 'doubts', name);
  const mesh = meshOfFile(path.join(folder, 'mesh.yaml'));
  const recording = new Recording(new Ends([mesh]));
  await readFlowFiles([{ path: path.join(folder, 'flows.jsonl') }], Readable.from([]), item => recording.add(item));
  const replay = replayFlows(recording.finish(), mesh);
  const coverage = coverageOf(mesh, recording, replay);
  const use = findRuleUse(mesh, replay, coverage.clusters);
  const findings = [...replayDiagnostics({ mesh, replay, ruleUse: use, coverage })]
    .filter(({ severity }) => severity === 'info')
    .map(({ code, message }) => `${code}: ${message}`);
  return { use, findings };
}

test('the rule whose default deny denies a flow let nothing pass', async () => {
  const { use, findings } = await ruleUse('unmodelled-rule-of-other-pods');
  expect(use).toMatchObject({ rules: 2, undecided: 0, unused: [{ name: 'web' }, { name: 'db' }] });
  const time = '1 second (2026-03-20T09:46:40Z to 2026-03-20T09:46:41Z)';
  expect(findings).toEqual([
    `observed-unused-policy: CiliumNetworkPolicy shop/web in paris: none of its rules let a recorded flow pass in ${time}`,
    `observed-unused-policy: CiliumNetworkPolicy shop/db in paris: none of its rules let a recorded flow pass in ${time}`,
  ]);
});

test('a rule of the source is used if the destination drops the flow, and requests alone leave rules open', async () => {
  const { use } = await ruleUse('dropped-at-the-destination');
  expect(use).toMatchObject({ rules: 3, undecided: 1, unused: [{ name: 'web', path: 'spec.egress[1]' }] });
});

test.each(['names', 'unmodelled-rule'])('a rule that an undetermined flow may have used is left open: %s', async name => {
  const { use, findings } = await ruleUse(name);
  expect(use).toMatchObject({ undecided: name === 'names' ? 0 : 1, unused: [] });
  expect(findings).toEqual([]);
});
