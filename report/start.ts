import { Client } from './client';

/** Starts the worker that a report holds, packed, beside its data. */
export async function startEngine(document: Document): Promise<Client> {
  const script = new Blob([await unpacked(document, 'engine').arrayBuffer()], { type: 'text/javascript' });
  const url = URL.createObjectURL(script);
  const worker = new Worker(url);
  const client = new Client(worker);
  URL.revokeObjectURL(url);
  return client;
}

/** The data of a report, to load. */
export function readData(document: Document): Promise<string> {
  return unpacked(document, 'data').text();
}

/** What a block of the page contains: base64 of gzip, which browsers unpack faster than a script. */
function unpacked(document: Document, id: string): Response {
  const binary = atob(document.getElementById(id)!.textContent!);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) {
    bytes[at] = binary.charCodeAt(at);
  }
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip')));
}
