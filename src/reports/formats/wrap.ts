import { visibleLength } from './columns';

/**
 * Breaks a line at spaces so it fits a width. A longer word stays whole. The lines after the first one begin with
 * `indent`.
 */
export function wrapLine(line: string, width: number | undefined, indent: string): string {
  if (width === undefined || visibleLength(line) <= width) {
    return line;
  }
  const [, start, rest] = /^( *)(.*)$/s.exec(line)!;
  const lines: string[] = [];
  let current = start;
  let hasWords = false;
  for (const word of rest.split(' ')) {
    if (hasWords && visibleLength(current) + 1 + visibleLength(word) > width) {
      lines.push(current.trimEnd());
      current = indent;
      hasWords = false;
    }
    current += hasWords ? ` ${word}` : word;
    hasWords = true;
  }
  return [...lines, current].join('\n');
}
