import { readYaml } from './documents';
import { HelmValues } from './input';
import { ReadingDiagnostic, readingDiagnostic } from './reading-diagnostic';
import { formatValue } from '../diagnostics/texts';

/** The Helm values of a text. Adds problems, and is undefined if it finds any. */
export function helmValues(text: string, file: string, problems: ReadingDiagnostic[]): HelmValues | undefined {
  const { value, line, problems: faults } = readYaml(text, file);
  if (faults.length > 0) {
    faults.forEach(fault => problems.push(fault));
    return undefined;
  }
  // an empty file means no values, as for helm
  return checkedValues({ file, values: value ?? {}, line }, problems);
}

/** The values if they are a mapping; undefined otherwise, with a problem. */
export function checkedValues(read: HelmValues, problems: ReadingDiagnostic[]): HelmValues | undefined {
  const { file, values } = read;
  if (typeof values === 'object' && values !== null && !Array.isArray(values)) {
    return read;
  }
  problems.push(
    readingDiagnostic('values-file', {
      file,
      line: read.line(),
      message: 'Helm values must be a mapping',
      got: formatValue(values),
      fix: 'write the values as `key: value`',
    }),
  );
  return undefined;
}
