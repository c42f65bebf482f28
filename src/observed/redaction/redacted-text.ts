/** What stands for a value in a redacted recording: `redacted-name-12`. */
const TOKEN = /^redacted-(address|name|node|pod|path)-(\d+|more)$/;

/** The kinds of values that are replaced. */
export type RedactedKind = 'address' | 'name' | 'node' | 'pod' | 'path';

/** The text for a value; `number` is undefined for all values beyond those that are told apart. */
export function redactedText(kind: RedactedKind, number: number | undefined): string {
  return `redacted-${kind}-${number ?? 'more'}`;
}

/** Whether a text stands for a value that is not known. */
export function isRedacted(text: string): boolean {
  return TOKEN.test(text);
}
