import * as path from 'node:path';
import { Outcome } from './outcome';
import { Subject } from './subject';
import { Diagnostic, Severity } from '../diagnostics/diagnostic';
import { isProblem } from '../diagnostics/problem';
import { formatValue } from '../diagnostics/texts';
import { ExpectationProblem, readExpectations } from '../evaluator/queries/expectations/expectations';
import { unmetExpectations } from '../evaluator/queries/expectations/unmet';
import { SEVERITIES } from '../findings/configuration-schema';
import { judgeMesh } from '../findings/judge-mesh';
import { countedFindings } from '../findings/judgement';
import { readYaml } from '../manifests/documents';
import { readText } from '../manifests/files/text-reader';
import { MESH_API_VERSION } from '../model/mesh-file';
import { checkReport } from '../reports/check';
import { text } from '../reports/formats/text';

/**
 * A mesh is as expected. `expectations` is the content of an expectations file, where `apiVersion` may be left out, or
 * the path of one. Throws a TypeError for expectations that are invalid or about no flow.
 */
export function expectationsStatement(subject: Subject, expectations: unknown): Outcome {
  const unmet = unmetIn(subject, expectations);
  return {
    pass: unmet.length === 0,
    message: () =>
      unmet.length === 0
        ? 'expected that the mesh is not as the expectations say, and it is'
        : unmet.map(formatProblem).join('\n'),
  };
}

/** The expectations that do not hold. Throws a TypeError for those that are invalid or about no flow. */
export function unmetIn({ mesh }: Subject, expectations: unknown): readonly ExpectationProblem[] {
  const read = readExpectations(contentOf(expectations));
  const unmet = read.problems.length > 0 ? [] : unmetExpectations(mesh, read.expectations);
  const invalid = [...read.problems, ...unmet.filter(({ code }) => code === 'expectation-unused')];
  if (invalid.length > 0) {
    throw new TypeError(invalid.map(formatProblem).join('\n'));
  }
  return unmet;
}

/** `cilium-mesh check` has no findings from a severity up, besides those that comments and annotations ignore. */
export function findingsStatement(subject: Subject, least: Severity): Outcome {
  const findings = findingsOf(subject, least);
  return {
    pass: findings.length === 0,
    message: () =>
      findings.length === 0
        ? `expected a finding of at least ${least}, and there is none`
        : `expected no finding of at least ${least}:\n\n` +
          [...text(checkReport(findings), {})].join('').trimEnd(),
  };
}

/** The findings from a severity up that count: comments and annotations may ignore others. */
export function findingsOf({ mesh, input, version }: Subject, least: Severity): readonly Diagnostic[] {
  if (!SEVERITIES.includes(least)) {
    throw new TypeError(`the severity must be 'error', 'warning' or 'info', got ${formatValue(least)}`);
  }
  return countedFindings(judgeMesh(mesh, input, { version, configuration: {}, least, folder: process.cwd() }));
}

function contentOf(expectations: unknown): unknown {
  if (typeof expectations !== 'string') {
    return typeof expectations === 'object' && expectations !== null
      ? { apiVersion: MESH_API_VERSION, ...expectations }
      : expectations;
  }
  const absolute = path.resolve(expectations);
  const read = readText(absolute);
  if (isProblem(read)) {
    const { code, message, fix } = read.problem;
    const action = code === 'file-missing' ? `correct the path; relative paths begin in ${process.cwd()}` : fix;
    throw new TypeError(`cannot read the expectations in ${absolute}: ${message}\n    fix: ${action}`);
  }
  const { value, problems } = readYaml(read.text, expectations);
  if (problems.length > 0) {
    throw new TypeError(problems.map(({ file, line, message }) => `${file}:${line}: ${message}`).join('\n'));
  }
  return value;
}

/** The messages about an invalid structure have the paths in them. */
function formatProblem({ code, path: place, message, fix }: ExpectationProblem): string {
  return `${code === undefined ? '' : `${place}: `}${message}\n    fix: ${fix}`;
}
