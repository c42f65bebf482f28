import { CommandError } from './io';
import { formatProblem } from './mesh-files';
import { Diagnostic } from '../diagnostics/diagnostic';
import { isProblem } from '../diagnostics/problem';
import { readExpectations } from '../evaluator/queries/expectations/expectations';
import { unmetExpectations } from '../evaluator/queries/expectations/unmet';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { readYaml } from '../manifests/documents';
import { readText } from '../manifests/files/text-reader';
import { IgnoreComment, ignoreComments } from '../manifests/ignore-comments';

/** The expectations of a file that are not met, as findings at their lines, and the comments that ignore findings. */
export function readExpectedFindings(
  mesh: EvaluatedMesh,
  file: string,
): { readonly findings: readonly Diagnostic[]; readonly comments: readonly IgnoreComment[] } {
  const text = readText(file);
  if (isProblem(text)) {
    throw new CommandError(formatProblem(text.problem));
  }
  const read = readYaml(text.text, file);
  const { expectations, problems } = readExpectations(read.value);
  const placed = problems
    .map(problem => ({ ...problem, line: read.line(problem.path) }))
    .sort((one, other) => one.line - other.line);
  const unusable =
    read.problems.length > 0
      ? read.problems.map(formatProblem)
      : placed.map(({ line, message, fix }) => `${file}:${line}: ${message}\n    fix: ${fix}`);
  if (unusable.length > 0) {
    throw new CommandError(unusable.join('\n'));
  }
  const findings = unmetExpectations(mesh, expectations).map(({ code, path, message, fix }): Diagnostic => ({
    code: code ?? 'expectation-unmet',
    severity: 'error',
    file,
    line: read.line(path),
    path,
    message,
    fix,
  }));
  return { findings, comments: ignoreComments(text.text, file) };
}
