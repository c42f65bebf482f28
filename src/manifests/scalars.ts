/**
 * Plain scalars as kubectl reads them: sigs.k8s.io/yaml 1.6.0, which is go.yaml.in/yaml/v2 2.4.2 (resolve.go).
 *
 * That is YAML 1.1 without sexagesimal numbers: `yes`, `off` and `y` are booleans, `0777` is octal, `1_000` is a number. Timestamps stay text.
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
      return WORDS.has(text) ? WORDS.get(text)! : (DOT_FLOAT.test(text) ? finite(text) : text);
    default:
      return WORDS.has(text) ? WORDS.get(text)! : number(text)?.value ?? text;
  }
}

/** The type of a plain scalar's value, as a tag. */
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

/** A number as the key of a mapping: Go's shortest form of a 32-bit float, as sigs.k8s.io/yaml writes it. */
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
  // strconv's %g with the shortest precision: an exponent below -4, or from 21 on (6 only if that is enough digits)
  if (exponent < -4 || exponent >= Math.max(digits, 21)) {
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
const DOT_FLOAT = /^\.[0-9]+([eE][-+]?[0-9]+)?$/;

function number(text: string): { value: number; int: boolean } | undefined {
  const plain = text.includes('_') ? text.replaceAll('_', '') : text;
  if (DECIMAL.test(plain)) {
    return { value: plus(Number(plain)), int: true };
  }
  const prefixed = PREFIXED.exec(plain);
  if (prefixed) {
    const [, sign, , hex, , binary, octal] = prefixed;
    const size = hex ? BigInt(`0x${hex}`) : binary ? BigInt(`0b${binary}`) : BigInt(`0o${octal}`);
    if (size <= (sign === '-' ? 2n ** 63n : 2n ** 64n - 1n)) {
      return { value: plus(sign === '-' ? -Number(size) : Number(size)), int: true };
    }
  }
  if (FLOATING.test(plain)) {
    const value = finite(plain);
    return typeof value === 'number' ? { value, int: false } : undefined;
  }
  return undefined;
}

/** JSON has no -0 for integers. */
function plus(value: number): number {
  return value === 0 ? 0 : value;
}

/** strconv.ParseFloat reports numbers out of range as an error, and then they are text. */
function finite(text: string): number | string {
  const value = Number(text);
  return Number.isFinite(value) ? value : text;
}
