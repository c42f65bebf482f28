const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The value of each character, also of the alphabet for URLs. */
const VALUES = new Map([...ALPHABET, ...'-_'].map((character, index) => [character, index < 64 ? index : index - 2]));

/** Whether a text is base64 with its padding, as Go's base64.StdEncoding decodes it. */
export function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

/** Decodes base64 to UTF-8 and ignores other characters, as Buffer of Node.js does, but also runs in a browser. */
export function decodeBase64(text: string): string {
  const bytes = new Uint8Array(Math.ceil((text.length * 3) / 4));
  let [length, buffer, bits] = [0, 0, 0];
  for (const character of text) {
    const value = VALUES.get(character);
    if (character === '=') {
      break;
    }
    if (value !== undefined) {
      buffer = (buffer * 64 + value) % 2 ** 14;
      bits += 6;
      if (bits >= 8) {
        bits -= 8;
        bytes[length++] = Math.floor(buffer / 2 ** bits) % 256;
      }
    }
  }
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, length));
}
