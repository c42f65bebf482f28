/** docs/findings.md, out of the cases of test/evaluator/rules. */
import { createColors } from 'picocolors';
import { CaseCluster, CodeCases, FINDING_CASES, FindingCase, findingsOf } from './finding-cases';
import { findingsText } from '../../src/cli/check';
import { READING_CODES } from '../../src/diagnostics/codes/reading';
import { FINDING_CODES, FindingCode } from '../../src/evaluator/rules/codes';
import { Finding } from '../../src/evaluator/rules/finding';

const CODES = Object.keys(FINDING_CODES) as FindingCode[];

/** The codes of `READING_CODES` that are reported as hints: documents that are ignored. */
const IGNORED = ['document-ignored', 'document-unseparated', 'document-unnamed', 'kustomization'] as const;

/** Written by `npx tsx tools/findings-doc.ts`; test/evaluator/rules.test.ts proves that it is what the cases say. */
export function findingsDocument(): string {
  const byCode = new Map(FINDING_CASES.map(each => [each.code, each]));
  return [
    '# Findings of `cilium-mesh check`',
    `An error means that YAML means nothing, or something else than it says; a warning is a trap; a hint (info) is a surprise that may well be meant. Every finding says where it is, in
which cluster, and what to do.`,
    contents(),
    ...CODES.map(code => section(byCode.get(code)!)),
    '## Faults of the mesh',
    `A mesh file and Helm values that somebody wrote by hand are checked as the constructs check a mesh before they write it; the codes are those of
[refusals.md](refusals.md#the-mesh-clustermesh), each an error. For example:`,
    ...FINDING_CASES.filter(({ code }) => !CODES.includes(code as FindingCode) && !(code in READING_CODES)).map(each => meshFault(each)),
    '## Ignored documents',
    'Documents among the manifests that are not applied are hints, so that nobody wonders where they are.',
    ['| code | |', '|---|---|', ...IGNORED.map(code => `| \`${code}\` | ${READING_CODES[code].documentation} |`)].join('\n'),
    '## Expectations',
    '`expectation-unmet` is a flow of the file that `--expect` names whose verdict is another one than it says: an error, at its line.',
  ].join('\n\n') + '\n';
}

function contents(): string {
  return ['| code | severity |', '|---|---|', ...CODES.map(code => `| [\`${code}\`](#${code}) | ${FINDING_CODES[code].severity} |`)].join('\n');
}

/** What a code means, the shortest YAML that trips it, and what the program says of it. */
function section({ code, why, trips: [first, ...others] }: CodeCases): string {
  const more = others.flatMap(each => findingsOf(each)).filter(each => each.code === code).map(({ message }) => `- ${escaped(message)}`);
  return [
    `## ${code}`,
    `*${FINDING_CODES[code as FindingCode].severity}* ${wrapped(why)}`,
    ...first.clusters.flatMap(each => shownCluster(each, first)),
    `\`\`\`text\n${shownFindings(findingsOf(first).filter(each => each.code === code))}\n\`\`\``,
    ...more.length > 0 ? [`It also says:\n\n${more.join('\n')}`] : [],
  ].join('\n\n');
}

function meshFault({ code, trips: [first] }: CodeCases): string {
  return `\`\`\`text\n${shownFindings(findingsOf(first).filter(each => each.code === code))}\n\`\`\``;
}

/** The files of a cluster, as far as they are written out. */
function shownCluster({ name, manifests, pods = [], values, valuesText, ciliumVersion, podCIDRs, serviceCIDRs }: CaseCluster, { cilium }: FindingCase): string[] {
  const version = cilium ?? ciliumVersion;
  const addresses = Object.entries({ podCIDRs, serviceCIDRs }).filter(([, value]) => value !== undefined).map(([field, value]) => `${field} ${JSON.stringify(value)}`);
  const besides = [
    ...version === undefined ? [] : [`Cilium ${version}`], ...addresses,
    ...pods.length > 0 ? [`the pods ${pods.map(each => `\`${each}\``).join(', ')}, each with the label \`app\` of its name and port 80`] : [],
    ...values && Object.keys(values).length > 0 ? [`the Helm values \`${JSON.stringify(values)}\``] : [],
  ];
  const intro = (file: string) => `\`${file}\`${besides.length > 0 ? `, with ${besides.join(', ')}` : ''}:`;
  return [
    ...manifests === undefined ? valuesText === undefined ? [`\`${name}\`, with ${besides.join(', ')}.`] : [] : [`${intro(`${name}.yaml`)}\n\n\`\`\`yaml\n${manifests.trimEnd()}\n\`\`\``],
    ...valuesText === undefined ? [] : [`\`${name}.values.yaml\`:\n\n\`\`\`yaml\n${valuesText.trimEnd()}\n\`\`\``],
  ];
}

/** As the program prints them, without the count at the end. */
function shownFindings(findings: readonly Finding[]): string {
  const text = findingsText(findings, { colors: createColors(false) });
  return text.trimEnd().split('\n').slice(0, -1).join('\n').trimEnd();
}

function escaped(text: string): string {
  return text.replace(/([*_<>|])/g, '\\$1');
}

function wrapped(text: string): string {
  const lines: string[] = [''];
  for (const word of text.trim().split(/\s+/)) {
    const line = `${lines[lines.length - 1]} ${word}`.trim();
    if (line.length > 160) {
      lines.push(word);
    } else {
      lines[lines.length - 1] = line;
    }
  }
  return lines.join('\n');
}
