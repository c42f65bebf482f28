import { Client } from './client';

/** Starts the worker that a report holds, packed, beside its data. */
export async function startEngine(document: Document): Promise<Client> {
  const packed = Uint8Array.from(atob(document.getElementById('engine')!.textContent!), each => each.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  const script = new Blob([await new Response(stream).arrayBuffer()], { type: 'text/javascript' });
  const url = URL.createObjectURL(script);
  const worker = new Worker(url);
  const client = new Client(worker);
  URL.revokeObjectURL(url);
  return client;
}

/** The data of a report, to load. */
export function packedData(document: Document): string {
  return document.getElementById('data')!.textContent!;
}
