const HIDDEN = '(hidden)';

/** The least of what is hidden for its own sake: shorter words of a Secret's manifest are names and kinds. */
const LEAST = 12;

/**
 * A text that a command wrote, without what may be secret.
 *
 * - Every long word of the texts that went from process to process, and of what they are in base64: a failing reader may print what it read.
 * - Whatever looks like the data of a Secret, whoever printed it: private keys, `data:` after `kind: Secret`, long base64, bytes as Go prints them.
 */
export function redacted(text: string, secrets: readonly string[] = []): string {
  let shown = text;
  for (const word of words(secrets)) {
    shown = shown.split(word).join(HIDDEN);
  }
  return shown
    .replace(/-----BEGIN [A-Z ]*-----[\s\S]*?(?:-----END [A-Z ]*-----|$)/g, HIDDEN)
    // JSON, and YAML: the indented lines under `data:`
    .replace(/("(?:data|stringData)"\s*:\s*)\{[^}]*(?:\}|$)/g, `$1{${HIDDEN}}`)
    .replace(/^([ \t]*)((?:data|stringData):)[ \t]*\n(?:\1[ \t]+[^\n]*(?:\n|$))+/gm, `$1$2 ${HIDDEN}\n`)
    .replace(/\b((?:data|stringData):)\s*map\[[^\n]*/gi, `$1 ${HIDDEN}`)
    .replace(/(?:(?:0x)?[0-9a-f]{1,3}[,\s]+){16,}(?:0x)?[0-9a-f]{1,3}/gi, HIDDEN)
    // digests and most paths have no capitals
    .replace(/[A-Za-z0-9+/_-]{40,}={0,2}/g, word => /[a-z]/.test(word) && /[A-Z]/.test(word) && /[0-9]/.test(word) ? HIDDEN : word);
}

/** The long words of texts, and of what each of them is in base64, and the values of `data` at any length; the longest first, so that no part of one is left. */
function words(texts: readonly string[]): string[] {
  const found = new Set<string>();
  const add = (text: string, least: number) => {
    for (const [word] of text.matchAll(/[^\s"'`,:;{}()[\]]+/g)) {
      if (word.length >= least) {
        found.add(word);
      }
    }
  };
  const decoded = (text: string) => Buffer.from(text, 'base64').toString('utf8');
  for (const text of texts) {
    add(text, LEAST);
    for (const [encoded] of text.matchAll(/[A-Za-z0-9+/]{8,}={0,2}/g)) {
      add(decoded(encoded), LEAST);
    }
    // as kubectl writes them
    const data = [...text.matchAll(/^(?:data|stringData):\n((?: +[^\n]*(?:\n|$))+)/gm), ...text.matchAll(/"(?:data|stringData)"\s*:\s*\{([^}]*)(?:\}|$)/g)];
    for (const [, value] of data.flatMap(([, block]) => [...block.matchAll(/:[ \t]*"?([^\s"]{4,})"?/g)])) {
      add(value, 4);
      add(decoded(value), 4);
    }
  }
  return [...found].sort((one, other) => other.length - one.length || (one < other ? -1 : 1));
}
