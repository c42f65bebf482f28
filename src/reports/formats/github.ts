import { Surroundings } from './format';
import { Diagnostic, Severity } from '../../diagnostics/diagnostic';
import { definitionOf } from '../../findings/catalogue';
import { findingFile } from '../../findings/finding-file';
import { relativePath } from '../../findings/relative-path';
import { Report } from '../report';

const COMMANDS: { readonly [severity in Severity]: string } = { error: 'error', warning: 'warning', info: 'notice' };

/** Annotations of a GitHub Actions workflow: one command for each diagnostic. */
export function* github({ diagnostics }: Report, { folder }: Surroundings): Generator<string> {
  yield [...(diagnostics?.() ?? [])].map(each => annotation(each, folder)).join('');
}

function annotation(diagnostic: Diagnostic, folder: string): string {
  const { code, severity, cluster, line, message, fix } = diagnostic;
  const file = findingFile(diagnostic);
  const { title } = definitionOf(code);
  const properties = {
    ...(file === undefined
      ? {}
      : { file: relativePath(file, folder), ...(line === undefined ? {} : { line: String(line) }) }),
    title: `${title} [${code}]${cluster === undefined ? '' : ` (${cluster})`}`,
  };
  const text = Object.entries(properties)
    .map(([name, value]) => `${name}=${escapeProperty(value)}`)
    .join(',');
  return `::${COMMANDS[severity]} ${text}::${escapeData(`${message}\nTo fix: ${fix}`)}\n`;
}

/** The escaping of actions/toolkit (packages/core/src/command.ts). */
function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
