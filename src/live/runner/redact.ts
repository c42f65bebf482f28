const HIDDEN = '(hidden)';

/** The least length of hidden words of a pipe: shorter words of a Secret's manifest are names and kinds. */
const LEAST = 12;

/** What is known to be secret. */
export interface Secrets {
  /** Texts that went from process to process. */
  readonly piped?: readonly string[];
  /** Values of Secrets, as `data` and `stringData` have them. */
  readonly values?: readonly string[];
}

/**
 * The output of a command, with secrets hidden:
 *
 * - Every long word of the texts that went from process to process, also decoded from base64: a failing reader may
 *   print its input.
 * - The values of Secrets that the command read, also decoded, line by line, and escaped.
 * - Everything that looks like the data of a Secret: private keys, `data:`, long base64, bytes as Go prints them; also
 *   inside of texts, such as the annotation of `kubectl apply`. Paths of this machine do not count.
 */
export function redact(
  text: string,
  { piped = [], values = [] }: Secrets = {},
  isPath: (word: string) => boolean = () => false,
): string {
  let result = text;
  for (const word of secretWords(piped, values)) {
    result = result.split(word).join(HIDDEN);
  }
  return (
    result
      .replace(/-----BEGIN [A-Z ]*-----[\s\S]*?(?:-----END [A-Z ]*-----|$)/g, HIDDEN)
      // JSON, where a value may contain braces, and JSON inside of a text; YAML: the indented lines under `data:`
      .replace(/("(?:data|stringData)"\s*:\s*)\{(?:[^{}"]|"(?:[^"\\]|\\.)*")*(?:\}|$)/g, `$1{${HIDDEN}}`)
      .replace(/(\\*"(?:data|stringData)\\*"\s*:\s*)\{(?!\(hidden\))[^}]*(?:\}|$)/g, `$1{${HIDDEN}}`)
      .replace(/^([ \t]*)((?:data|stringData):)[ \t]*\n(?:\1[ \t]+[^\n]*(?:\n|$))+/gm, `$1$2 ${HIDDEN}\n`)
      .replace(/\b((?:data|stringData):)\s*map\[[^\n]*/gi, `$1 ${HIDDEN}`)
      .replace(/(?:(?:0x)?[0-9a-f]{1,3}[,\s]+){16,}(?:0x)?[0-9a-f]{1,3}/gi, HIDDEN)
      // digests and most paths have no capitals
      .replace(/[A-Za-z0-9+/_-]{40,}={0,2}/g, word => (isPath(word) ? word : hideMixed(word)))
  );
}

/** The least length of a hidden value of a Secret: shorter ones are part of many words. */
const LEAST_VALUE = 4;

/**
 * The values of Secrets, the long words of texts, also decoded from base64, and the values of their `data` of any
 * length; the longest first, so no part of one is left.
 */
function secretWords(texts: readonly string[], values: readonly string[]): string[] {
  const found = new Set<string>();
  const add = (text: string, least: number) => {
    for (const [word] of text.matchAll(/[^\s"'`,:;{}()[\]]+/g)) {
      if (word.length >= least) {
        found.add(word);
      }
    }
  };
  const decode = (text: string) => Buffer.from(text, 'base64').toString('utf8');
  for (const value of values.flatMap(each => [each, decode(each)])) {
    const forms = [value, ...value.split('\n').map(line => line.trim())];
    // as JSON and Go escape them
    [...forms, ...forms.map(each => JSON.stringify(each).slice(1, -1))]
      .filter(each => each.length >= LEAST_VALUE)
      .forEach(each => found.add(each));
  }
  for (const text of texts) {
    add(text, LEAST);
    for (const [encoded] of text.matchAll(/[A-Za-z0-9+/]{8,}={0,2}/g)) {
      add(decode(encoded), LEAST);
    }
    // as kubectl writes them, in YAML and JSON
    const blocks = [
      ...text.matchAll(/^(?:data|stringData):\n((?: +[^\n]*(?:\n|$))+)/gm),
      ...text.matchAll(/"(?:data|stringData)"\s*:\s*\{([^}]*)(?:\}|$)/g),
    ];
    for (const [, value] of blocks.flatMap(([, block]) => [...block.matchAll(/:[ \t]*"?([^\s"]{4,})"?/g)])) {
      add(value, 4);
      add(decode(value), 4);
    }
  }
  return [...found].sort((one, other) => other.length - one.length || (one < other ? -1 : 1));
}

function hideMixed(word: string): string {
  return /[a-z]/.test(word) && /[A-Z]/.test(word) && /[0-9]/.test(word) ? HIDDEN : word;
}
