/**
 * The additions that `explain` prints, and what they open beside the flow. A file below additions/ holds the manifests
 * of clusters, one question, and the end of its answer from the first addition on. A new file is a new case.
 *
 * The additions of an answer, applied together, must allow each of its flows.
 */
import * as fs from 'fs';
import * as path from 'path';
import { parse, stringify } from 'yaml';
import { readArguments } from '../support/arguments';
import { folderWith, program } from '../support/program';

interface AdditionCase {
  readonly name: string;
  readonly clusters: { readonly [name: string]: string };
  readonly ciliumVersion?: string;
  readonly values?: { readonly [cluster: string]: object };
  /** The arguments of `explain`. */
  readonly explain: string;
  /** The answer without the rules that decided: verdicts, additions, and what else these open. */
  readonly answer: string;
  /** Whether the flow stays denied, because no addition can allow it. */
  readonly denied?: boolean;
}

const FOLDER = path.join(__dirname, 'additions');
const CASES = fs
  .readdirSync(FOLDER)
  .map((file): AdditionCase => ({ ...parse(fs.readFileSync(path.join(FOLDER, file), 'utf8')), name: file }));
const cwd = process.cwd();

afterAll(() => process.chdir(cwd));

/** What explain says about the case, with policies applied to the clusters. */
async function explain(each: AdditionCase, added: ReadonlyArray<{ cluster: string; policy: object }>, format: string) {
  const names = Object.keys(each.clusters);
  const clusters = names.map((name, index) => ({
    name,
    id: index + 1,
    ...(each.ciliumVersion ? { ciliumVersion: each.ciliumVersion } : {}),
    manifests: [`${name}.yaml`, ...(added.length === 0 ? [] : [`${name}-added.yaml`])],
    ...(each.values?.[name] ? { values: `${name}.values.yaml` } : {}),
  }));
  const documents = (cluster: string) =>
    added.filter(one => one.cluster === cluster).map(({ policy }) => stringify(policy));
  process.chdir(
    folderWith({
      'mesh.yaml': stringify({ apiVersion: 'cilium-mesh/v1', clusters }),
      ...Object.fromEntries(names.map(name => [`${name}.yaml`, each.clusters[name]])),
      ...Object.fromEntries(
        Object.entries(each.values ?? {}).map(([name, values]) => [`${name}.values.yaml`, stringify(values)]),
      ),
      ...(added.length === 0
        ? {}
        : Object.fromEntries(names.map(name => [`${name}-added.yaml`, documents(name).join('---\n')]))),
    }),
  );
  const options = ['--mesh', 'mesh.yaml', '--format', format, '--quiet'];
  const { out, err } = await program('explain', ...readArguments(each.explain), ...options);
  expect(err).toBe('');
  return out;
}

/** The flows of a report, of a service too. */
function flowsOf(document: any): any[] {
  return document.flows ?? document.services.flatMap(({ backends }: any) => backends.map(({ flow }: any) => flow));
}

/** The answer without the decisions at both ends and their rules. */
function withoutRules(text: string): string {
  const lines = text.split('\n');
  return lines.filter(line => !/^ {2}(egress|ingress) of /.test(line) && !/ spec\.| {2}nearly:/.test(line)).join('\n');
}

describe.each(CASES.map(each => [each.name, each] as const))('%s', (_, each) => {
  test('the answer', async () => {
    expect(withoutRules(await explain(each, [], 'text'))).toBe(each.answer);
  });

  test(each.denied ? 'no addition' : 'all additions together allow each flow', async () => {
    const before = flowsOf(JSON.parse(await explain(each, [], 'json')));
    const added = before.flatMap(({ additions }) => additions);
    expect(added.length > 0).toBe(!each.denied);
    const after = flowsOf(JSON.parse(await explain(each, added, 'json')));
    expect(before.map(({ verdict }) => verdict)).toEqual(before.map(() => 'denied'));
    expect(after.map(({ verdict }) => verdict)).toEqual(after.map(() => (each.denied ? 'denied' : 'allowed')));
  });
});
