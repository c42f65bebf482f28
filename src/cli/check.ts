import { CommandError, counted, Io, Status } from './io';
import { documentJson } from './json';
import { loadMesh, MeshOptions, shownProblem, versionOf } from './mesh-options';
import { Diagnostic as Finding } from '../diagnostics/diagnostic';
import { readExpectations, unmetExpectations } from '../evaluator/queries/expectations';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { checkMesh } from '../evaluator/rules/check';
import { readYaml } from '../manifests/documents';
import { readText } from '../manifests/files';

export interface CheckOptions extends MeshOptions {
  readonly expect?: string;
  readonly severity?: string;
}

const SEVERITIES: ReadonlyArray<Finding['severity']> = ['info', 'warning', 'error'];

/** `cilium-mesh check`: every finding. */
export async function checkCommand(options: CheckOptions, io: Io): Promise<Status> {
  const { input, mesh } = loadMesh(options);
  const least = SEVERITIES.indexOf((options.severity ?? 'info') as Finding['severity']);
  if (least < 0) {
    throw new CommandError(`--severity takes ${SEVERITIES.join(', ')}, not ${JSON.stringify(options.severity)}`);
  }
  const findings = [...checkMesh(mesh, input, versionOf(options.cilium)), ...expectationFindings(mesh, options.expect)].filter(each => SEVERITIES.indexOf(each.severity) >= least);
  if (options.format === 'json') {
    await documentJson('findings', findings, io.out);
  } else {
    await io.out(findingsText(findings, io));
  }
  return findings.length > 0 ? Status.FOUND : Status.OK;
}

/** What does not hold of an expectations file, as findings at its lines. */
function expectationFindings(mesh: EvaluatedMesh, file: string | undefined): Finding[] {
  if (file === undefined) {
    return [];
  }
  const text = readText(file);
  const read = 'problem' in text ? { value: undefined, line: () => 1, problems: [text.problem] } : readYaml(text.text, file);
  const { expectations, problems } = readExpectations(read.value);
  const unusable = read.problems.length > 0 ? read.problems.map(shownProblem)
    : problems.map(({ path, message, fix }) => `${file}:${read.line(path)}: ${message}\n    fix: ${fix}`);
  if (unusable.length > 0) {
    throw new CommandError(unusable.join('\n'));
  }
  return unmetExpectations(mesh, expectations).map(({ path, message, fix }) => ({ code: 'expectation-unmet', severity: 'error', file, line: read.line(path), message, fix }));
}

/** The findings as a person reads them, and how many of each severity there are. */
export function findingsText(findings: readonly Finding[], io: Pick<Io, 'colors'>): string {
  const count = (severity: Finding['severity']) => findings.filter(each => each.severity === severity).length;
  return findings.length === 0 ? 'No findings.\n'
    : `${findings.map(each => findingText(each, io)).join('\n')}\n${counted(count('error'), 'error')}, ${counted(count('warning'), 'warning')}, ${counted(count('info'), 'hint')}\n`;
}

function findingText({ code, severity, cluster, file, line, object, message, fix }: Finding, { colors }: Pick<Io, 'colors'>): string {
  const color = severity === 'error' ? colors.red : severity === 'warning' ? colors.yellow : colors.cyan;
  const what = object ? `${object.kind} ${object.namespace === undefined ? '' : `${object.namespace}/`}${object.name}` : '';
  return `${color(severity)} ${[file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}`, what, cluster === undefined ? '' : `(${cluster})`].filter(text => text !== '').join(' ')} ${colors.dim(`[${code}]`)}\n`
    + `  ${message}\n  fix: ${fix}\n`;
}
