/** docs/refusals.md, out of the catalogues of codes and what the tests expect of each. */
import * as fs from 'fs';
import * as path from 'path';
import { parse } from 'yaml';
import { wrapped } from './finding-docs';
import { formatProblem } from '../../src/cli/mesh-files';
import { CONSTRUCT_CODES } from '../../src/diagnostics/codes/constructs';
import { MESH_CODES } from '../../src/diagnostics/codes/mesh';
import { READING_CODES } from '../../src/diagnostics/codes/reading';
import { CodeDefinition, Codes } from '../../src/diagnostics/diagnostic';
import { Fault, formatFaults } from '../../src/diagnostics/fault';
import { ReadingDiagnostic } from '../../src/manifests/reading-diagnostic';
import { CASES } from '../model/cases';

/** Written by `npx tsx tools/refusals-doc.ts`; test/docs.test.ts proves that it is what catalogues and tests say. */
export function refusalsDocument(): string {
  const shared = Object.keys(CONSTRUCT_CODES).filter(code => code in MESH_CODES);
  const ofConstructs = Object.fromEntries(
    Object.entries<CodeDefinition>(CONSTRUCT_CODES).filter(([code]) => !shared.includes(code)),
  );
  return (
    [
      '# What is refused',
      wrapped(
        'Every refusal has a stable code, a place, the value got, the values allowed, and a fix. ' +
          'A mesh is checked as a whole, and each construct with all of its properties: all refusals are reported ' +
          'at once. ' +
          'What Cilium, its Helm chart or Kubernetes accepts without a message and then ignores is refused too.',
      ),
      [
        '- [The mesh](#the-mesh-clustermesh): the settings of the clusters, in constructs, mesh.yaml and Helm values',
        '- [Constructs](#constructs): properties of constructs, and the manifests that they write',
        '- [Files](#files): manifests, Helm values and mesh.yaml, as the commands read them',
      ].join('\n'),
      '## The mesh (`ClusterMesh`)',
      ...sections(MESH_CODES, meshExamples()),
      '## Constructs',
      wrapped(`Constructs also report ${shared.map(code => `[\`${code}\`](#${code})`).join(', ')}.`),
      ...sections(
        ofConstructs,
        examples(formatExamples('constructs/refusals.yaml', fault => formatFaults([fault as Fault]))),
      ),
      '## Files',
      ...sections(
        READING_CODES,
        examples(formatExamples('manifests/expected.yaml', problem => formatProblem(problem as ReadingDiagnostic))),
      ),
    ].join('\n\n') + '\n'
  );
}

function sections(codes: Codes, shown: ReadonlyMap<string, string>): string[] {
  const rows = Object.entries(codes).map(([code, { title }]) => `| [\`${code}\`](#${code}) | ${title} |`);
  return [
    ['| code | problem |', '|---|---|', ...rows].join('\n'),
    ...Object.entries(codes).map(([code, { severity, title, documentation, fix }]) =>
      [
        `### ${code}`,
        wrapped(`*${severity}* ${title}. ${documentation}`),
        `\`\`\`text\n${shown.get(code)}\n\`\`\``,
        wrapped(`Fix: ${fix}`),
      ].join('\n\n'),
    ),
  ];
}

/** The first refusal of each code: of the file that is named by it, else of any. */
function meshExamples(): Map<string, string> {
  const own = CASES.flatMap(({ name, faults }) => faults.filter(({ code }) => code === name));
  return examples([...own, ...CASES.flatMap(({ faults }) => faults)].map(fault => [fault.code, formatFaults([fault])]));
}

function formatExamples(
  file: string,
  format: (expected: { readonly code: string }) => string,
): Array<[code: string, text: string]> {
  const expected: { readonly [name: string]: ReadonlyArray<{ readonly code: string }> } = parse(
    fs.readFileSync(path.join(__dirname, '..', file), 'utf8'),
  );
  return Object.values(expected)
    .flat()
    .map(each => [each.code, format(each)]);
}

function examples(all: ReadonlyArray<[code: string, text: string]>): Map<string, string> {
  return new Map([...all].reverse());
}
