import { Diagnostic } from '../diagnostics/diagnostic';

/** How `readClusterArguments` names an argument, and the standard input. */
const NO_FILE = /^(--(cluster|base|prune) [^=]*=|-$)/;

/** The file of a finding that services can open: undefined if its place is an argument or the standard input. */
export function findingFile({ file }: Pick<Diagnostic, 'file'>): string | undefined {
  return file === undefined || NO_FILE.test(file) ? undefined : file;
}
