import { useState } from 'preact/hooks';
import type { CommandText } from '../../protocol';

/** A command that prints the same in a terminal, with a button that copies it. */
export function CommandLine({ command: { line, asWritten } }: { readonly command: CommandText }) {
  return (
    <p class="command">
      <span class="quiet">In a terminal: </span>
      <code>{line}</code> <Copy text={line} label="Copy command" />
      {asWritten && <span class="doubtful"> prints it without what is supposed</span>}
    </p>
  );
}

/** Copies a text, and says so. */
export function Copy({ text, label }: { readonly text: string; readonly label: string }) {
  const [done, setDone] = useState<'copied' | 'not copied' | undefined>();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setDone('copied');
    } catch {
      setDone('not copied');
    }
    setTimeout(() => setDone(undefined), 2000);
  };
  return (
    <button type="button" class="small" onClick={copy}>
      {label}
      <span role="status">{done === undefined ? '' : ` · ${done}`}</span>
    </button>
  );
}

/** Offers a text as a file. */
export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
