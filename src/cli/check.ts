import { columns, CommandError, counted, Io, Status } from './io';
import { documentJson } from './json';
import { loadMesh, MeshOptions, versionOf } from './mesh-options';
import { checkMesh } from '../evaluator/findings/check';
import { Finding } from '../evaluator/findings/finding';

export interface CheckOptions extends MeshOptions {
  readonly expect?: string;
  readonly severity?: string;
}

const SEVERITIES: ReadonlyArray<Finding['severity']> = ['info', 'warning', 'error'];

/** `cilium-mesh check`: every finding. */
export function checkCommand(options: CheckOptions, io: Io): Status {
  const { input, mesh } = loadMesh(options);
  const least = SEVERITIES.indexOf((options.severity ?? 'info') as Finding['severity']);
  if (least < 0) {
    throw new CommandError(`--severity takes ${SEVERITIES.join(', ')}, not ${JSON.stringify(options.severity)}`);
  }
  const findings = checkMesh(mesh, input, versionOf(options.cilium)).filter(each => SEVERITIES.indexOf(each.severity) >= least);
  if (options.format === 'json') {
    documentJson('findings', findings, io.out);
  } else {
    printFindings(findings, io);
  }
  return findings.length > 0 ? Status.FOUND : Status.OK;
}

/** The findings as a person reads them, and how many of each severity there are. */
export function printFindings(findings: readonly Finding[], io: Io): void {
  io.out(findings.map(each => findingText(each, io)).join('\n'));
  const count = (severity: Finding['severity']) => findings.filter(each => each.severity === severity).length;
  io.out(findings.length === 0 ? 'No findings.\n'
    : `${findings.length > 0 ? '\n' : ''}${counted(count('error'), 'error')}, ${counted(count('warning'), 'warning')}, ${counted(count('info'), 'hint')}\n`);
}

function findingText({ code, severity, cluster, file, line, object, message, fix }: Finding, { colors }: Io): string {
  const color = severity === 'error' ? colors.red : severity === 'warning' ? colors.yellow : colors.cyan;
  const what = object ? `${object.kind} ${object.namespace === undefined ? '' : `${object.namespace}/`}${object.name}` : '';
  return `${color(severity)} ${[file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}`, what, cluster === undefined ? '' : `(${cluster})`].filter(text => text !== '').join(' ')} ${colors.dim(`[${code}]`)}\n`
    + columns([['', message], ['fix:', fix]], '  ');
}
