import { Inline } from '../report';

/** A text of the user or of a message in Markdown: one line without markup, mentions or HTML. */
export function escapeMarkdown(text: string): string {
  // a zero-width space: GitHub and GitLab look for mentions in rendered text, where an escaped `@` is one as well
  const unmentioned = oneLine(text).replace(/(?<![A-Za-z0-9])@(?=[A-Za-z0-9_-])/g, '@\u200b');
  return unmentioned.replace(/[\\`*_{}[\]<>#|~&]/g, '\\$&').replaceAll('\u200b', '&#8203;');
}

/** A name or a place as code, which can be copied and is not a mention. */
export function codeSpan(text: string): string {
  const line = oneLine(text);
  if (line.trim() === '') {
    return '';
  }
  if (line.includes('\\|')) {
    // code cannot escape a backslash before a bar
    return escapeMarkdown(line);
  }
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const space = longest > 0 ? ' ' : '';
  // Markdown splits a row of a table at its bars before it parses code
  return `${fence}${space}${line.replaceAll('|', '\\|')}${space}${fence}`;
}

/** A block of code, with a fence longer than those in the code. */
export function codeBlock(language: string, text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text.replace(/\r\n?/g, '\n').trimEnd()}\n${fence}\n`;
}

export function plainText(inline: Inline): string {
  return typeof inline === 'string' ? inline : 'tone' in inline ? inline.text : inline.map(plainText).join('');
}

function oneLine(text: string): string {
  return text.replace(/[\s\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
}
