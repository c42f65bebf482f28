import { randomUUID } from 'crypto';
import * as fs from 'fs';
import * as path from 'path';
import { CONFIGURATION_NAME, LoadedConfiguration } from './configuration-file';
import { CommandError } from './io';
import { BASELINE_NAME, formatProblem } from './mesh-files';
import { Diagnostic } from '../diagnostics/diagnostic';
import { isProblem } from '../diagnostics/problem';
import { structureFaults } from '../diagnostics/structure';
import { Baseline, BASELINE_HEADER, baselineText } from '../findings/baseline';
import { BASELINE_FILE } from '../findings/baseline-schema';
import { fileProblem } from '../findings/file-problem';
import { readYaml } from '../manifests/documents';
import { readText } from '../manifests/files/text-reader';

/** The file to write a baseline to, if its option has no value. */
export function defaultBaselineFile({ file = CONFIGURATION_NAME, baseline }: LoadedConfiguration): string {
  return baseline ?? path.join(path.dirname(file), BASELINE_NAME);
}

/** Reads a baseline. Throws with all its faults at once. */
export function readBaselineFile(file: string): Baseline & { readonly file: string } {
  const text = readText(file);
  if (isProblem(text)) {
    throw new CommandError(`${formatProblem(text.problem)}\nTo create it: cilium-mesh check --write-baseline ${file}`);
  }
  const { value, line, problems } = readYaml(text.text, file);
  if (problems.length > 0) {
    throw new CommandError(problems.map(formatProblem).join('\n'));
  }
  const faults = structureFaults(BASELINE_FILE, value)
    .map(fileProblem)
    .map(problem => ({ ...problem, file, line: line(problem.path) }));
  if (faults.length > 0) {
    faults.sort((one, other) => one.line - other.line);
    throw new CommandError(faults.map(formatProblem).join('\n'));
  }
  return { ...(value as Baseline), file };
}

/** Writes findings as a baseline. Only a baseline is replaced without force. */
export function writeBaseline(findings: readonly Diagnostic[], file: string, force: boolean): void {
  if (!force && fs.existsSync(file) && !fs.readFileSync(file, 'utf8').startsWith(BASELINE_HEADER)) {
    throw new CommandError(
      `${file} exists, and is not a baseline\n    fix: write to another file, or add --force to replace it`,
    );
  }
  const written = `${file}.${randomUUID()}`;
  try {
    fs.writeFileSync(written, baselineText(findings, process.cwd()), { flag: 'wx' });
    fs.renameSync(written, file);
  } catch (error) {
    fs.rmSync(written, { force: true });
    throw new CommandError(`cannot write ${file}: ${(error as Error).message}`);
  }
}
