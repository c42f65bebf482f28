import { isUtf8 } from 'node:buffer';

/** The text of a file; undefined for a file that git-crypt encrypts; or why the bytes are not text. */
export type Decoded = { readonly text: string | undefined } | { readonly fault: EncodingFault };

export interface EncodingFault {
  readonly code: 'file-encoding' | 'file-binary';
  readonly message: string;
  readonly got: string;
  readonly fix: string;
  readonly line?: number;
}

// how git-crypt begins a file
const GIT_CRYPT = Buffer.from('\0GITCRYPT\0');

const REPLACEMENT = Buffer.from('\uFFFD');

/** Decodes a file, which must be UTF-8. */
export function decode(bytes: Buffer): Decoded {
  if (bytes.subarray(0, GIT_CRYPT.length).equals(GIT_CRYPT)) {
    return { text: undefined };
  }
  if (isUtf16(bytes)) {
    return {
      fault: {
        code: 'file-encoding',
        message: 'the text must be UTF-8',
        got: 'UTF-16',
        fix: 'save it as UTF-8: `iconv -f UTF-16 -t UTF-8`; PowerShell: `Out-File -Encoding utf8`',
      },
    };
  }
  const nul = bytes.indexOf(0);
  if (nul >= 0) {
    return {
      fault: {
        code: 'file-binary',
        message: 'the file is not text: it contains a NUL byte',
        got: `NUL at byte ${nul}`,
        fix: 'pass files of YAML or JSON',
        line: lineOfByte(bytes, nul),
      },
    };
  }
  if (!isUtf8(bytes)) {
    const at = firstInvalid(bytes);
    return {
      fault: {
        code: 'file-encoding',
        message: 'the text must be UTF-8',
        got: `byte 0x${bytes[at].toString(16)}`,
        fix: 'save it as UTF-8',
        line: lineOfByte(bytes, at),
      },
    };
  }
  return { text: bytes.toString('utf8') };
}

function isUtf16(bytes: Buffer): boolean {
  return (
    (bytes[0] === 0xff && bytes[1] === 0xfe) ||
    (bytes[0] === 0xfe && bytes[1] === 0xff) ||
    (bytes.length > 1 && (bytes[0] === 0) !== (bytes[1] === 0))
  );
}

function firstInvalid(bytes: Buffer): number {
  let at = 0;
  for (const character of bytes.toString('utf8')) {
    // decoding replaces invalid bytes with U+FFFD, which the text may also contain itself
    if (character === '\uFFFD' && !bytes.subarray(at, at + 3).equals(REPLACEMENT)) {
      return at;
    }
    at += Buffer.byteLength(character);
  }
  return 0;
}

function lineOfByte(bytes: Buffer, at: number): number {
  let line = 1;
  for (let index = 0; index < at; index++) {
    line += bytes[index] === 0x0a || (bytes[index] === 0x0d && bytes[index + 1] !== 0x0a) ? 1 : 0;
  }
  return line;
}
