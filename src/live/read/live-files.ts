import { LiveMeshProblem } from './problem';
import { isProblem } from '../../diagnostics/problem';
import { readYaml } from '../../manifests/documents';
import { readText } from '../../manifests/files/text-reader';

/** A file with one YAML document. */
export interface ValueFile {
  readonly file: string;
  readonly value: any;
  readonly text: string;
}

/** Reads a file with one YAML document; reports its problems. */
export function readValue(file: string, problems: LiveMeshProblem[]): ValueFile | undefined {
  const read = readText(file);
  if (isProblem(read)) {
    problems.push(read.problem);
    return undefined;
  }
  const { value, problems: found } = readYaml(read.text, file);
  problems.push(...found);
  return found.length > 0 ? undefined : { file, value, text: read.text };
}
