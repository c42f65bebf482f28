export function counted(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${number === 1 ? noun : PLURALS[noun] ?? `${noun}s`}`;
}

const PLURALS: { readonly [noun: string]: string } = { box: 'boxes', policy: 'policies' };

/** What findings of a severity are called. */
export const SEVERITY_NOUNS = { error: 'error', warning: 'warning', info: 'note' } as const;
