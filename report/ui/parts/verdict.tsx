/** A verdict in words, with a sign: nothing is told by colour alone. */
export function Verdict({ verdict }: { readonly verdict: string }) {
  const tone =
    verdict === 'allowed' ? 'good' : verdict === 'unknown' || verdict === 'partial' ? 'doubtful' : 'bad';
  return (
    <span class={`verdict ${tone}`}>
      <span aria-hidden="true">{tone === 'good' ? '✓ ' : tone === 'bad' ? '✕ ' : '◐ '}</span>
      {verdict}
    </span>
  );
}

/** `shop.yaml:12`, or what renders the object. */
export function place(of: {
  readonly file?: string;
  readonly line?: number;
  readonly cluster?: string;
}): string {
  return of.file === undefined ? (of.cluster ?? '') : `${of.file}${of.line === undefined ? '' : `:${of.line}`}`;
}
