import { gzipSync, strToU8 } from 'fflate';

/**
 * Data as text of a page: gzip, then base64. The same data is the same text on every machine: zlib of Node.js may
 * differ between versions and processors.
 */
export function compress(data: unknown): string {
  return compressText(JSON.stringify(data));
}

/** Text as text of a page. */
export function compressText(text: string): string {
  const bytes = gzipSync(strToU8(text), { level: 9, mtime: 0 });
  let binary = '';
  for (let at = 0; at < bytes.length; at += BLOCK) {
    binary += String.fromCharCode(...bytes.subarray(at, at + BLOCK));
  }
  return btoa(binary);
}

/** A call has a limited number of arguments. */
const BLOCK = 0x8000;
