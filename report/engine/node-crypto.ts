import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/** The part of node:crypto that fingerprints need, for browsers. Bundles have it instead (tools/bundle/modules.ts). */
export function createHash(algorithm: string): { update(text: string): { digest(encoding: 'hex'): string } } {
  if (algorithm !== 'sha256') {
    throw new Error(`unknown algorithm ${algorithm}`);
  }
  return { update: text => ({ digest: () => bytesToHex(sha256(utf8ToBytes(text))) }) };
}
