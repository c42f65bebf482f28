/**
 * Plain scalars as kubectl reads them: sigs.k8s.io/yaml 1.6.0, which contains go.yaml.in/yaml/v2 2.4.2 (resolve.go).
 *
 * That is YAML 1.1 without sexagesimal numbers: `yes`, `off` and `y` are booleans, `0777` is octal, `1_000` is a
 * number. Timestamps stay text.
 */

export const STR = 'tag:yaml.org,2002:str';
export const BOOL = 'tag:yaml.org,2002:bool';
export const INT = 'tag:yaml.org,2002:int';
export const FLOAT = 'tag:yaml.org,2002:float';
export const NULL = 'tag:yaml.org,2002:null';

/** The value of a plain scalar. */
export function plainValue(text: string): string | number | boolean | null {
  switch (HINTS[text.charCodeAt(0)]) {
    case undefined:
      return text === '' ? null : text;
    case 'word':
      return WORDS.has(text) ? WORDS.get(text)! : text;
    case 'dot':
      return WORDS.has(text) ? WORDS.get(text)! : DOT_FLOAT.test(text) ? finite(text.replaceAll('_', ''), text) : text;
    default:
      return WORDS.has(text) ? WORDS.get(text)! : (number(text)?.value ?? text);
  }
}

/** The type of the value of a plain scalar, as a tag. */
export function plainTag(text: string): string {
  const value = plainValue(text);
  switch (typeof value) {
    case 'number':
      return number(text)?.int ? INT : FLOAT;
    case 'boolean':
      return BOOL;
    default:
      return value === null ? NULL : STR;
  }
}

/**
 * The text of a plain scalar as the key of a mapping (convertToJSONableObject of sigs.k8s.io/yaml); undefined if it
 * cannot be a key.
 */
export function plainKey(text: string): string | undefined {
  const value = plainValue(text);
  if (typeof value === 'number') {
    return number(text)?.int ? integerKey(text, value) : floatKey(value);
  }
  return value === null ? undefined : String(value);
}

/** A float as the key of a mapping: strconv.FormatFloat(value, 'g', -1, 32). */
export function floatKey(value: number): string {
  const single = Math.fround(value);
  if (!Number.isFinite(single)) {
    return Number.isNaN(single) ? '.nan' : single > 0 ? '.inf' : '-.inf';
  }
  if (single === 0) {
    return Object.is(single, -0) ? '-0' : '0';
  }
  let digits = 1;
  while (digits < 9 && Math.fround(Number(single.toExponential(digits - 1))) !== single) {
    digits++;
  }
  const [mantissa, power] = single.toExponential(digits - 1).split('e');
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 6) {
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  return Number(`${mantissa}e${exponent}`).toString();
}

const WORDS = new Map<string, boolean | number | null>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map(word => [word, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map(word => [word, false] as const),
  ...['', '~', 'null', 'Null', 'NULL'].map(word => [word, null] as const),
  ...['.nan', '.NaN', '.NAN'].map(word => [word, NaN] as const),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map(word => [word, Infinity] as const),
  ...['-.inf', '-.Inf', '-.INF'].map(word => [word, -Infinity] as const),
]);

// resolveTable of resolve.go, by the first character
const HINTS: ReadonlyArray<'word' | 'dot' | 'number' | undefined> = Array.from({ length: 128 }, (_, code) => {
  const first = String.fromCharCode(code);
  if (/[0-9+-]/.test(first)) {
    return 'number';
  }
  return first === '.' ? 'dot' : /[yYnNtTfFoO~]/.test(first) ? 'word' : undefined;
});

const DECIMAL = /^[-+]?(?:0|[1-9][0-9]*)$/;
const PREFIXED = /^([-+]?)0(?:([xX])([0-9a-fA-F]+)|([bB])([01]+)|[oO]?([0-7]+))$/;
const FLOATING = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
// strconv.ParseFloat itself, with Go's underscores between digits
const DOT_FLOAT = /^\.[0-9](_?[0-9])*([eE][-+]?[0-9](_?[0-9])*)?$/;
const MAX_INT64 = 2n ** 63n - 1n;
const MAX_UINT64 = 2n ** 64n - 1n;

function number(text: string): { value: number; int: boolean } | undefined {
  const plain = text.includes('_') ? text.replaceAll('_', '') : text;
  if (DECIMAL.test(plain) && (plain.length < 19 || (plain.length < 22 && isInteger(BigInt(plain.replace('+', '')))))) {
    return { value: withoutSign(Number(plain)), int: true };
  }
  const prefixed = plain.length < 100 ? PREFIXED.exec(plain) : null;
  if (prefixed) {
    const size = bigInteger(prefixed);
    if (isInteger(size)) {
      return { value: Number(size), int: true };
    }
  }
  if (FLOATING.test(plain)) {
    const value = finite(plain, plain);
    return typeof value === 'number' ? { value, int: false } : undefined;
  }
  return undefined;
}

function bigInteger([, sign, , hex, , binary, octal]: RegExpExecArray): bigint {
  const size = BigInt(hex ? `0x${hex}` : binary ? `0b${binary}` : `0o${octal}`);
  return sign === '-' ? -size : size;
}

/** Whether an integer of Go can hold it, signed or unsigned. */
function isInteger(size: bigint): boolean {
  return size >= -MAX_INT64 - 1n && size <= MAX_UINT64;
}

/** All digits, also of numbers that a double cannot hold. An unsigned 64-bit number is not a valid key. */
function integerKey(text: string, value: number): string | undefined {
  if (Number.isSafeInteger(value)) {
    return String(value);
  }
  const plain = text.replaceAll('_', '').replace(/^\+/, '');
  const prefixed = PREFIXED.exec(plain);
  const size = prefixed ? bigInteger(prefixed) : BigInt(plain);
  return size > MAX_INT64 ? undefined : size.toString();
}

/** Integers have no -0. */
function withoutSign(value: number): number {
  return value === 0 ? 0 : value;
}

/** strconv.ParseFloat reports numbers out of range as an error, so they stay text. */
function finite(plain: string, text: string): number | string {
  const value = Number(plain);
  return Number.isFinite(value) ? value : text;
}
