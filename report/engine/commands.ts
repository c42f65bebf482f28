import { Port } from '../protocol';

/** A command line of this program, quoted for a shell. */
export function commandLine(...words: ReadonlyArray<string | readonly string[]>): string {
  return ['cilium-mesh', ...words.flat().map(quoted)].join(' ');
}

/** The words of an option for each port. */
export function portWords(ports: readonly Port[] | undefined): string[] {
  return (ports ?? []).flatMap(({ protocol, port }) => ['--port', `${protocol}/${port}`]);
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
