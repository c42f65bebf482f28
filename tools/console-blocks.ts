/**
 * Commands in documents, with the output that the document shows.
 *
 * A block ```console shows one command of the program and everything that it prints. It reads the output of the last
 * example before it: a line `npm run synth -- <example> [variant]` in a block ```sh, as a reader would run it.
 */
import { createColors } from 'picocolors';
import { run } from '../src/cli/program';

/** A command of the program in a document, and the output that the document shows. */
export interface ConsoleBlock {
  /** The whole block, with its fences. */
  readonly text: string;
  /** The command, without `cilium-mesh`. */
  readonly command: string;
  readonly output: string;
  /** The example whose output the command reads, and its variant. */
  readonly example: readonly string[];
}

/** The default of `npm run synth`. */
const DEFAULT_EXAMPLE = ['isovalent-lab'];

/** The commands in a document. Throws if one of them cannot be repeated. */
export function consoleBlocks(document: string): ConsoleBlock[] {
  const blocks: ConsoleBlock[] = [];
  let example: readonly string[] | undefined;
  for (const [text, kind, content] of document.matchAll(/^```(sh|console)\n([\s\S]*?)^```$/gm)) {
    if (kind === 'sh') {
      const synths = [...content.matchAll(/\bnpm run synth\b(?: -- ([^#\n]*))?/g)];
      example = synths.map(([, args]) => (args === undefined ? DEFAULT_EXAMPLE : words(args))).pop() ?? example;
      continue;
    }
    const [, command, output] = /^\$ cilium-mesh ([^\n]*)\n([\s\S]*)$/.exec(content) ?? [];
    if (command === undefined) {
      throw new Error(`a console block must begin with "$ cilium-mesh", got ${JSON.stringify(content.split('\n')[0])}`);
    }
    if (example === undefined) {
      throw new Error(`no block sh with "npm run synth" precedes ${JSON.stringify(command)}`);
    }
    blocks.push({ text, command, output, example });
  }
  return blocks;
}

/** What a command prints in the working directory, which contains dist/. */
export async function outputOf(command: string): Promise<string> {
  let output = '';
  const write = (written: string) => {
    output += written;
  };
  await run(words(command), { out: write, err: write, colors: createColors(false) });
  return `${output.trimEnd()}\n`;
}

/** The words of a command as a shell splits them: single and double quotes keep blanks. */
function words(command: string): string[] {
  return [...command.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) =>
    word.replace(/'([^']*)'|"([^"]*)"/g, (_, single?: string, double?: string) => single ?? double ?? ''),
  );
}
