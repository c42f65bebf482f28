import { formatPath, StructureFault } from '../diagnostics/structure';

/** A fault in the structure of a file of this program. */
export interface FileProblem {
  /** The path of the field. */
  readonly path: string;
  readonly message: string;
  readonly fix: string;
}

/** A fault with everything that a person needs: the value got, or the known fields. */
export function fileProblem({ kind, path, message, got, allowed, fix }: StructureFault): FileProblem {
  return {
    path: formatPath(path),
    message: kind === 'invalid' ? `${message}, got ${got}` : message,
    fix: kind === 'unknown' ? `${fix}; the fields are ${allowed}` : fix,
  };
}
