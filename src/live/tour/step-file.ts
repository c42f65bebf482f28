import * as v from 'valibot';
import { formatPath, Structure, structureFaults } from '../../diagnostics/structure';
import { readYaml } from '../../manifests/documents';

const REQUEST = v.strictObject(
  {
    from: v.string('a pattern of workloads such as x-wing@koornacht'),
    to: v.string('a pattern of workloads, or a service such as svc/default/rebel-base'),
  },
  'a mapping with from and to',
);

const STEP_FILE = v.strictObject(
  {
    title: v.optional(v.string('a text')),
    requests: v.optional(v.array(REQUEST, 'a list of mappings with from and to')),
  },
  'a mapping with title and requests',
);

/** step.yaml in the folder of a step: its title, and the requests that it is about. */
export type StepFile = Structure<typeof STEP_FILE>;

/** Reads the text of a step.yaml; everything that is wrong with it at once. */
export function readStepFile(text: string, file: string): { step: StepFile } | { problems: readonly string[] } {
  const { value, problems, line } = readYaml(text, file);
  if (problems.length > 0) {
    return { problems: problems.map(each => problemText(file, each.line ?? 1, each.message, each.fix)) };
  }
  const faults = structureFaults(STEP_FILE, value);
  if (faults.length > 0) {
    return {
      problems: faults.map(({ kind, path, message, got, allowed, fix }) =>
        problemText(
          file,
          line(formatPath(path)),
          kind === 'invalid' ? `${message}, got ${got}` : message,
          kind === 'unknown' ? `${fix}; the fields are ${allowed}` : fix,
        ),
      ),
    };
  }
  return { step: value };
}

function problemText(file: string, line: number, message: string, fix: string): string {
  return `${file}:${line}: ${message}\n    fix: ${fix}`;
}
