/** docs/findings.md, out of the rules of `check` and the cases of test/evaluator/rules. */
import { createColors } from 'picocolors';
import { stringify } from 'yaml';
import { CaseCluster, CodeCases, FINDING_CASES, FindingCase, findingsOf } from './finding-cases';
import { CodeDefinition, Diagnostic } from '../../src/diagnostics/diagnostic';
import { RULES } from '../../src/evaluator/rules';
import { meshModel } from '../../src/evaluator/rules/mesh/mesh-model';
import { IGNORE_CODES } from '../../src/findings/ignore-codes';
import { checkReport } from '../../src/reports/check';
import { text as printText } from '../../src/reports/formats/text';

/**
 * Every code of a rule with its definition, in the order of the document; without the faults of the mesh, which
 * refusals.md lists.
 */
export const RULE_CODES: ReadonlyMap<string, CodeDefinition> = new Map(
  RULES.filter(rule => rule !== meshModel).flatMap(({ codes }) => Object.entries<CodeDefinition>(codes)),
);

/**
 * Written by `npx tsx tools/findings-doc.ts`; test/evaluator/rules.test.ts proves that it is what rules and cases
 * say.
 */
export function findingsDocument(): string {
  const cases = new Map(FINDING_CASES.map(each => [each.code, each]));
  return (
    [
      '# Findings of `cilium-mesh check`',
      'Every finding has a code, a severity, a place (cluster, file, line and object), a message and a fix.',
      [
        '- **error**: the named place is wrong by itself. The API server, kubectl, Helm or Cilium refuses it, ignores ' +
          'it, or does something other than it says, or clusters cannot connect because of it.',
        '- **warning**: each place is valid, but together they most likely do not do what their author meant, for ' +
          'example a selector and the labels of pods. A change at the named place, or of what the fix names, ' +
          'corrects it.',
        '- **info**: a fact that may surprise, and everything that this program cannot read or know. It needs no ' +
          'action.',
      ].map(each => wrapped(each).replace(/\n/g, '\n  ')).join('\n'),
      wrapped(
        'Errors and warnings hold whatever the manifests do not show. Where objects that are not rendered, pods that ' +
          'run already, or settings in other files may disprove a finding, it is info, whatever its code. Its ' +
          'message then ends with what may change it.',
      ),
      contents(),
      ...[...RULE_CODES].map(([code, definition]) => section(code, definition, cases.get(code)!)),
      '## Faults of the mesh',
      wrapped(
        '`check` also reads mesh.yaml and the Helm values, and checks them as the constructs check a mesh before ' +
          'they write it. ' +
          'Each of these findings is an error; [refusals.md](refusals.md#the-mesh-clustermesh) lists the codes. ' +
          'Examples:',
      ),
      ...FINDING_CASES.filter(({ code }) => !RULE_CODES.has(code)).map(({ code, trips: [first] }) =>
        output(code, first),
      ),
      '## Expectations',
      wrapped(
        '`expectation-unmet` (error): a flow of the file that `--expect` names has another verdict than the file ' +
          'expects. ' +
          'The finding is at the line of the expectation.',
      ),
      wrapped(
        '`expectation-unused` (error): an entry of that file, or its default, decides no flow. It selects nothing, or ' +
          'later entries are about all of its flows.',
      ),
      '## Ignores',
      wrapped(
        'A comment `# cilium-mesh/ignore: CODE reason` at the line of a finding or above it ignores the finding, and so ' +
          'does an annotation `cilium-mesh/ignore: CODE reason` of its object ' +
          '([commands.md](commands.md#accept-a-finding)). Ignores have findings of their own:',
      ),
      ...Object.entries(IGNORE_CODES).map(([code, { severity, documentation, fix }]) =>
        wrapped(`\`${code}\` (${severity}): ${documentation} ${fix}`),
      ),
    ].join('\n\n') + '\n'
  );
}

function contents(): string {
  const rows = [...RULE_CODES].map(
    ([code, { severity, title }]) => `| [\`${code}\`](#${code}) | ${severity} | ${title} |`,
  );
  return ['| code | severity | problem |', '|---|---|---|', ...rows].join('\n');
}

/** What a code means, how to fix it, the shortest YAML that trips it, and what the program prints. */
function section(
  code: string,
  { severity, title, documentation, fix }: CodeDefinition,
  { trips: [first, ...others] }: CodeCases,
): string {
  const messages = (cases: readonly FindingCase[]) =>
    cases.flatMap(each => findingsOf(each).flatMap(found => (found.code === code ? [found.message] : [])));
  const shown = messages([first]);
  const more = [...new Set(messages(others))]
    .filter(message => !shown.includes(message))
    .map(message => listItem(escaped(message)));
  return [
    `## ${code}`,
    wrapped(`**${severity}**: ${title}. ${documentation}`),
    wrapped(`**Fix**: ${fix}`),
    ...first.clusters.flatMap(each => clusterFiles(each, first)),
    output(code, first),
    ...(more.length > 0 ? ['Other messages of this code:', more.join('\n')] : []),
  ].join('\n\n');
}

/** The files of a cluster, as far as they are written out, and what its entry in mesh.yaml contains besides. */
function clusterFiles(cluster: CaseCluster, { cilium }: FindingCase): string[] {
  const { name, id: _, manifests, pods = [], files = {}, values, valuesText, ciliumVersion, ...fields } = cluster;
  const version = cilium ?? ciliumVersion;
  const inMeshFile = [
    ...(version === undefined ? [] : [`Cilium ${version}`]),
    ...Object.entries(fields).map(([field, value]) => `\`${field}: ${flowYaml(value)}\``),
  ];
  const addition = besides([
    ...inMeshFile,
    ...(pods.length > 0
      ? [`the pods ${pods.map(each => `\`${each}\``).join(', ')} (label \`app\` of the same name, port 80)`]
      : []),
    ...(values && Object.keys(values).length > 0 ? [`the Helm values \`${JSON.stringify(values)}\``] : []),
  ]);
  const folder = Object.entries(files).map(([file, text]) => [`${name}/${file}`, text] as const);
  const written = [...folder, ...(manifests === undefined ? [] : [[`${name}.yaml`, manifests] as const])];
  return [
    ...written.map(([file, text], index) => yamlFile(file, index === 0 ? addition : '', text)),
    ...(written.length === 0 && valuesText === undefined ? [wrapped(`\`${name}\`${addition}.`)] : []),
    ...(valuesText === undefined
      ? []
      : [yamlFile(`${name}.values.yaml`, written.length === 0 ? besides(inMeshFile) : '', valuesText)]),
  ];
}

function besides(all: readonly string[]): string {
  return all.length > 0 ? `, with ${all.join(', ')}` : '';
}

function yamlFile(file: string, addition: string, text: string): string {
  return `${wrapped(`\`${file}\`${addition}:`)}\n\n\`\`\`yaml\n${text.trimEnd()}\n\`\`\``;
}

/** A value in one line, as people write it in YAML. */
function flowYaml(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0 }).trim();
}

function output(code: string, each: FindingCase): string {
  return `\`\`\`text\n${printed(findingsOf(each).filter(finding => finding.code === code))}\n\`\`\``;
}

/** As the program prints them, without the count at the end. */
function printed(findings: readonly Diagnostic[]): string {
  const text = [...printText(checkReport(findings), { colors: createColors(false) })].join('');
  return text.trimEnd().split('\n').slice(0, -1).join('\n').trimEnd();
}

function escaped(text: string): string {
  return text.replace(/([*_<>|])/g, '\\$1');
}

function listItem(text: string): string {
  return wrapped(`- ${text}`).split('\n').join('\n  ');
}

/** Lines of at most 120 characters. */
export function wrapped(text: string): string {
  const lines: string[] = [''];
  for (const word of text.trim().split(/\s+/)) {
    const line = `${lines[lines.length - 1]} ${word}`.trim();
    if (line.length > 118) {
      lines.push(word);
    } else {
      lines[lines.length - 1] = line;
    }
  }
  return lines.join('\n');
}
