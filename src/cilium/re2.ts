/**
 * Regular expressions of Go's regexp package (RE2), in linear time: https://github.com/google/re2/wiki/Syntax.
 *
 * - Cilium compiles paths and methods of HTTP rules only to check them (Sanitize, pkg/policy/api/http.go, v1.20.2).
 *   Envoy matches requests with its own RE2 in C++, and refuses expressions beyond 8 MB when compiled.
 * - Cilium both compiles and matches patterns of DNS names (pkg/fqdn/matchpattern/matchpattern.go).
 * - The newest patches of Cilium are built with Go 1.22 (v1.14) to Go 1.26 (v1.20). re2js is a port of the newest Go.
 * - Only the names of Unicode classes differ: see REFUSED_CLASSES and DISPUTED_CLASSES. The tables of re2js are Unicode
 *   17 and Go's Unicode 15, so newer characters may belong to other classes.
 */
export interface Re2 {
  /** Why Cilium and Envoy refuse it. */
  readonly problem?: string;
  /** Why some versions of Cilium, or Envoy, refuse it. */
  readonly dispute?: string;
  /** Whether it matches a text as a whole; undefined where there is a problem or a dispute. */
  readonly matches?: (text: string) => boolean;
  /** The end of the first match, if that begins where the text does (Go's FindStringIndex). */
  readonly prefixLength?: (text: string) => number | undefined;
}

/** The regular expression that matches a text, and nothing else. */
export function literalRe2(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

const compiled = new Map<string, Re2>();

export function compileRe2(text: string): Re2 {
  let expression = compiled.get(text);
  if (!expression) {
    expression = compile(text);
    compiled.set(text, expression);
  }
  return expression;
}

function compile(text: string): Re2 {
  if (/^[\w/-]*$/.test(text)) {
    return {
      matches: other => other === text,
      prefixLength: other => (other.startsWith(text) ? text.length : undefined),
    };
  }
  if (/\p{Surrogate}/u.test(text)) {
    return { problem: 'half of a character (invalid UTF-16)' };
  }
  // a short run must not spend its time on loading it; bundlers read the call
  // eslint-disable-next-line @typescript-eslint/no-require-imports, no-restricted-globals
  const { RE2JS } = require('re2js') as typeof import('re2js');
  try {
    const expression = RE2JS.compile(escapeOpenClasses(text));
    return (
      classFault(text) ?? {
        matches: other => expression.testExact(other),
        prefixLength: other => {
          const matcher = expression.matcher(other);
          return matcher.find() && matcher.start() === 0 ? matcher.end() : undefined;
        },
      }
    );
  } catch (error) {
    const { message, error: description, input } = error as Error & { error?: string; input?: string | null };
    const name = /^\\[pP]\{?\^?([^}]*)\}?$/.exec(input ?? '')?.[1] ?? '';
    if (isLooseName(name)) {
      return { dispute: unknownClass(name) };
    }
    return { problem: description ? problemText(description, input) : message };
  }
}

function problemText(description: string, input?: string | null): string {
  const got = input?.replaceAll(COLON, ':');
  return got ? `${description}: ${got.length > 40 ? `${got.slice(0, 37)}...` : got}` : description;
}

/** A colon in a spelling that no expression has, so problems can show the expression as it is written. */
const COLON = '\\x{00003A}';

/**
 * In a class, Go reads `[:` without a `:]` behind it as two characters (parseNamedClass, regexp/syntax/parse.go); re2js
 * reads `[[:]` as a class without a name.
 */
function escapeOpenClasses(text: string): string {
  if (!text.includes('[:')) {
    return text;
  }
  const lastEnd = text.lastIndexOf(':]');
  const parts: string[] = [];
  let inClass = false;
  for (let at = 0; at < text.length; ) {
    let [part, escaped] = [text[at], undefined as string | undefined];
    if (!inClass && text.startsWith('\\Q', at)) {
      const end = text.indexOf('\\E', at + 2);
      part = text.slice(at, end < 0 ? undefined : end + 2);
    } else if (part === '\\') {
      part = text.slice(at, at + 2);
    } else if (!inClass && part === '[') {
      // a bracket that closes nothing yet is a character
      [part] = /^\[\^?\]?/.exec(text.slice(at, at + 3))!;
      inClass = true;
    } else if (inClass && part === ']') {
      inClass = false;
    } else if (inClass && text.startsWith('[:', at)) {
      const isNamed = lastEnd >= at + 2;
      part = isNamed ? text.slice(at, text.indexOf(':]', at + 2) + 2) : '[:';
      escaped = isNamed ? undefined : `[${COLON}`;
    }
    parts.push(escaped ?? part);
    at += part.length;
  }
  return parts.join('');
}

/** Classes that re2js knows, and neither Go nor Envoy: properties, and scripts that Unicode has since version 16. */
const REFUSED_CLASSES = new Set([
  'ASCII_Hex_Digit',
  'Alphabetic',
  'Dash',
  'Emoji',
  'Emoji_Component',
  'Emoji_Modifier',
  'Emoji_Modifier_Base',
  'Emoji_Presentation',
  'Extended_Pictographic',
  'Hex_Digit',
  'Lowercase',
  'Math',
  'Quotation_Mark',
  'Terminal_Punctuation',
  'Uppercase',
  'White_Space',
  'Beria_Erfe',
  'Garay',
  'Gurung_Khema',
  'Kirat_Rai',
  'Ol_Onal',
  'Sidetic',
  'Sunuwar',
  'Tai_Yo',
  'Todhri',
  'Tolong_Siki',
  'Tulu_Tigalari',
]);

/** Classes that Go has since 1.25 and Envoy does not. So are other spellings, such as `Letter` for `L`. */
const DISPUTED_CLASSES = new Set(['Ascii', 'Assigned', 'Cn', 'LC', 'Lc']);

/** What is wrong with the Unicode classes of an expression that re2js takes. */
function classFault(text: string): Re2 | undefined {
  let fault: Re2 | undefined;
  for (const [, name] of text.matchAll(/\\Q[^]*?(?:\\E|$)|\\[pP]\{\^?([^}]*)\}|\\[^]/g)) {
    if (name !== undefined && REFUSED_CLASSES.has(name)) {
      return { problem: unknownClass(name) };
    }
    // Go 1.25 and 1.26 find no script with _ in its name
    if (name !== undefined && (DISPUTED_CLASSES.has(name) || name.includes('_'))) {
      fault = { dispute: unknownClass(name) };
    }
  }
  return fault;
}

function unknownClass(name: string): string {
  return problemText('unknown class of characters', name);
}

/** Whether a name is another spelling of a category or script of Unicode, which Go takes since 1.25. */
function isLooseName(name: string): boolean {
  if (name.length > 40 || name === '' || !/^[\w\s-]*$/.test(name)) {
    return false;
  }
  const parts = name.split(/[\s_-]+/);
  const formal = parts.map(part => part.slice(0, 1).toUpperCase() + part.slice(1).toLowerCase()).join('_');
  return ['General_Category', 'Script'].some(property => {
    try {
      return Boolean(new RegExp(`\\p{${property}=${formal}}`, 'u'));
    } catch {
      return formal === 'Ascii' || formal === 'Any';
    }
  });
}
