/**
 * Regular expressions of RE2, as Go's regexp package reads them (https://github.com/google/re2/wiki/Syntax): whether a text is one, and one of
 * JavaScript that matches the same.
 *
 * RE2 is read here piece by piece, since JavaScript takes more (look-around, back references), less (flags within the expression, POSIX
 * classes), and other things otherwise (`$`, `{,2}`, `\z`).
 */
export interface Re2 {
  /** Why it is none. */
  readonly problem?: string;
  /** Matches texts that the expression matches as a whole; undefined where there is no equal expression. */
  readonly whole?: RegExp;
}

const known = new Map<string, Re2>();

export function compileRe2(text: string): Re2 {
  let compiled = known.get(text);
  if (!compiled) {
    compiled = compile(text);
    known.set(text, compiled);
  }
  return compiled;
}

function compile(text: string): Re2 {
  try {
    const reader = new Re2Reader(text);
    const source = reader.expression();
    return { whole: reader.inexact ? undefined : new RegExp(`^(?:${source})$`, 'u') };
  } catch (error) {
    if (error instanceof Re2Problem) {
      return { problem: error.message };
    }
    return {}; // JavaScript cannot read it, for example since it has another version of Unicode
  }
}

class Re2Problem extends Error {}

interface Flags {
  readonly ignoreCase: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
}

/** Classes of characters as the inside of a class of JavaScript. */
const PERL: { readonly [letter: string]: string } = { d: '0-9', s: '\\t\\n\\f\\r ', w: '0-9A-Za-z_' };

const POSIX: { readonly [name: string]: string } = {
  alnum: '0-9A-Za-z', alpha: 'A-Za-z', ascii: '\\x00-\\x7f', blank: '\\t ', cntrl: '\\x00-\\x1f\\x7f', digit: '0-9', graph: '!-~', lower: 'a-z', print: ' -~',
  punct: '!-\\/:-@\\[-`\\{-~', space: '\\t\\n\\v\\f\\r ', upper: 'A-Z', word: '0-9A-Za-z_', xdigit: '0-9A-Fa-f',
};

const CONTROLS: { readonly [letter: string]: number } = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 };

/** How often something may be repeated, and how much that may come to in all. */
const MOST_REPEATS = 1000;

class Re2Reader {
  /** Something has no equal in JavaScript. */
  public inexact = false;
  private at = 0;
  private readonly names = new Set<string>();

  constructor(private readonly text: string) {}

  public expression(): string {
    const { source } = this.alternatives({ ignoreCase: false, multiline: false, dotAll: false });
    if (this.at < this.text.length) {
      throw new Re2Problem('has a ) without (');
    }
    return source;
  }

  /** Alternatives up to the end of the group; `repeats` is how often its parts are repeated at most. */
  private alternatives(given: Flags): { source: string; repeats: number } {
    let flags = given;
    let repeats = 1;
    const branches: string[] = [];
    let branch = '';
    while (this.at < this.text.length && this.text[this.at] !== ')') {
      if (this.text[this.at] === '|') {
        this.at++;
        branches.push(branch);
        branch = '';
        continue;
      }
      if (this.text.startsWith('(?', this.at) && !/^\(\?(P?<|[imsU-]*:)/.test(this.text.slice(this.at))) {
        flags = this.flagGroup(flags);
        if (branch !== '' && this.repeats(this.at)) {
          this.inexact = true; // it repeats what stands in front of the flags
          branch = this.repetition({ source: `(?:${branch})`, repeats }).source;
        }
        continue;
      }
      const atom = this.atom(flags);
      const repeated = this.repetition(atom);
      branch += repeated.source;
      repeats = Math.max(repeats, repeated.repeats);
    }
    return { source: [...branches, branch].join('|'), repeats };
  }

  /** `(?i)`: flags for the rest of the group. */
  private flagGroup(flags: Flags): Flags {
    const match = /^\(\?([imsU]*)(?:-([imsU]+))?\)/.exec(this.text.slice(this.at));
    if (!match) {
      throw new Re2Problem('has a group with ? that RE2 does not have, such as look-around');
    }
    this.at += match[0].length;
    return withFlags(flags, match[1], match[2]);
  }

  private atom(flags: Flags): { source: string; repeats: number; empty?: boolean } {
    const char = this.char();
    switch (char) {
      case '(': return this.group(flags);
      case '[': return { source: this.charClass(flags), repeats: 1 };
      case '.': return { source: flags.dotAll ? '[^]' : '[^\\n]', repeats: 1 };
      case '^': return { source: flags.multiline ? '(?<![^\\n])' : '(?<![^])', repeats: 1, empty: true };
      case '$': return { source: flags.multiline ? '(?![^\\n])' : '(?![^])', repeats: 1, empty: true };
      case '\\': return this.escape(flags);
      case '*': case '+': case '?': throw new Re2Problem(`repeats nothing (${char})`);
      case '{':
        if (this.counts(this.at - 1)) {
          throw new Re2Problem('repeats nothing ({)');
        }
        return { source: '\\{', repeats: 1 };
      default: return { source: this.literal(char, flags), repeats: 1 };
    }
  }

  private group(flags: Flags): { source: string; repeats: number } {
    let inner = flags;
    const rest = this.text.slice(this.at);
    const named = /^\?P?<([^>]*)>/.exec(rest);
    const flagged = /^\?([imsU]*)(?:-([imsU]+))?:/.exec(rest);
    if (named) {
      if (!/^\w+$/.test(named[1]) || this.names.has(named[1])) {
        throw new Re2Problem('has a group whose name is not one, or is there twice');
      }
      this.names.add(named[1]);
      this.at += named[0].length;
    } else if (flagged) {
      inner = withFlags(flags, flagged[1], flagged[2]);
      this.at += flagged[0].length;
    } else if (rest.startsWith('?')) {
      throw new Re2Problem('has a group with ? that RE2 does not have, such as look-around');
    }
    const { source, repeats } = this.alternatives(inner);
    if (this.text[this.at] !== ')') {
      throw new Re2Problem('has a ( without )');
    }
    this.at++;
    return { source: `(?:${source})`, repeats };
  }

  /** What repeats an atom. Whether it is greedy makes no difference to whether a text matches. */
  private repetition(atom: { source: string; repeats: number; empty?: boolean }): { source: string; repeats: number } {
    const counts = this.counts(this.at);
    const sign = this.text[this.at];
    if (!this.repeats(this.at)) {
      return atom;
    }
    this.at += counts ? counts.length : 1;
    if (this.text[this.at] === '?') {
      this.at++;
    }
    if (this.repeats(this.at)) {
      throw new Re2Problem('repeats a repetition');
    }
    let repeats = atom.repeats;
    if (counts) {
      const { least, most } = counts;
      if (least > MOST_REPEATS || (most !== undefined && (most > MOST_REPEATS || most < least))) {
        throw new Re2Problem(`repeats more than ${MOST_REPEATS} times, or less than nothing`);
      }
      repeats *= Math.max(least, most ?? 0, 1);
      if (repeats > MOST_REPEATS) {
        throw new Re2Problem(`repeats more than ${MOST_REPEATS} times`);
      }
    }
    const quantifier = counts ? `{${counts.least}${counts.most === counts.least ? '' : `,${counts.most ?? ''}`}}` : sign;
    return { source: `${atom.empty ? `(?:${atom.source})` : atom.source}${quantifier}`, repeats };
  }

  private repeats(at: number): boolean {
    return '*+?'.includes(this.text[at] ?? ' ') || this.counts(at) !== undefined;
  }

  /** `{2,3}` at a place; other braces are characters. */
  private counts(at: number): { length: number; least: number; most?: number } | undefined {
    const match = /^\{(0|[1-9]\d*)(?:(,)(0|[1-9]\d*)?)?\}/.exec(this.text.slice(at));
    return match ? { length: match[0].length, least: Number(match[1]), most: match[3] !== undefined ? Number(match[3]) : match[2] ? undefined : Number(match[1]) } : undefined;
  }

  private escape(flags: Flags): { source: string; repeats: number; empty?: boolean } {
    const letter = this.text[this.at];
    if (letter === undefined) {
      throw new Re2Problem('ends with a backslash');
    }
    const one = (source: string, empty: boolean = false) => {
      this.at++;
      return { source, repeats: 1, empty };
    };
    switch (letter) {
      case 'A': return one('(?<![^])', true);
      case 'z': return one('(?![^])', true);
      case 'b': case 'B': return one(`\\${letter}`, true);
      case 'Q': return this.quoted(flags);
      case 'C': throw new Re2Problem('uses \\C');
    }
    const perl = this.perlClass(letter, flags);
    return { source: perl ? `[${perl}]` : this.literal(this.escapedChar(), flags), repeats: 1 };
  }

  /** `\\Q…\\E`: characters as they are; what repeats it repeats the last of them. */
  private quoted(flags: Flags): { source: string; repeats: number } {
    const end = this.text.indexOf('\\E', this.at + 1);
    const inner = [...this.text.slice(this.at + 1, end < 0 ? undefined : end)];
    this.at = end < 0 ? this.text.length : end + 2;
    this.inexact ||= end < 0; // what is put behind the expression is quoted too
    if (inner.length === 0) {
      this.inexact ||= this.repeats(this.at);
      return { source: '(?:)', repeats: 1 };
    }
    return { source: inner.map(char => this.literal(char, flags)).join(''), repeats: 1 };
  }

  /** `\\d`, `\\pL` and the like as the inside of a class; undefined when it is none. */
  private perlClass(letter: string, flags: Flags): string | undefined {
    const plain = PERL[letter.toLowerCase()];
    if (plain !== undefined) {
      this.at++;
      this.inexact ||= flags.ignoreCase && letter.toLowerCase() === 'w';
      return letter === letter.toLowerCase() ? plain : letter === 'S' ? NOT_SPACE : `\\${letter}`;
    }
    if (letter !== 'p' && letter !== 'P') {
      return undefined;
    }
    const match = /^[pP](?:\{(\^?)([^}]*)\}|(.))/su.exec(this.text.slice(this.at));
    if (!match) {
      throw new Re2Problem('has a class of characters without an end');
    }
    this.at += match[0].length;
    const name = match[3] ?? match[2];
    const property = unicodeProperty(name) ?? unicodeProperty(capitalized(name));
    if (property === undefined) {
      throw new Re2Problem(`has a class of characters ${name} that there is not`);
    }
    // since Go 1.25 names may be written loosely
    this.inexact ||= flags.ignoreCase || unicodeProperty(name) === undefined;
    return (letter === 'P') !== (match[1] === '^') ? `\\P${property}` : `\\p${property}`;
  }

  private charClass(flags: Flags): string {
    const negated = this.text[this.at] === '^';
    this.at += negated ? 1 : 0;
    const parts: string[] = [];
    let first = true;
    while (this.text[this.at] !== ']' || first) {
      if (this.at >= this.text.length) {
        throw new Re2Problem('has a [ without ]');
      }
      first = false;
      parts.push(this.classPart(flags));
    }
    this.at++;
    return `[${negated ? '^' : ''}${parts.join('')}]`;
  }

  private classPart(flags: Flags): string {
    const end = this.text.startsWith('[:', this.at) ? this.text.indexOf(':]', this.at + 2) : -1;
    if (end >= 0) {
      const name = this.text.slice(this.at + 2, end);
      const members = POSIX[name.replace(/^\^/, '')];
      if (members === undefined) {
        throw new Re2Problem(`has a class of characters ${name} that there is not`);
      }
      this.at = end + 2;
      this.inexact ||= name.startsWith('^') || (flags.ignoreCase && /[a-z]|ASCII/i.test(members));
      return members;
    }
    if (this.text[this.at] === '\\') {
      this.at++;
      const perl = this.perlClass(this.text[this.at] ?? '', flags);
      if (perl !== undefined) {
        return perl;
      }
      this.at--;
    }
    const low = this.classChar();
    if (this.text[this.at] !== '-' || this.text[this.at + 1] === ']' || this.text[this.at + 1] === undefined) {
      return this.inClass(low, low, flags);
    }
    this.at++;
    const high = this.classChar();
    if (high.codePointAt(0)! < low.codePointAt(0)!) {
      throw new Re2Problem('has a range of characters that ends before it begins');
    }
    return this.inClass(low, high, flags);
  }

  private classChar(): string {
    const char = this.char();
    return char === '\\' ? this.escapedChar() : char;
  }

  private inClass(low: string, high: string, { ignoreCase }: Flags): string {
    const [first, last] = [low.codePointAt(0)!, high.codePointAt(0)!];
    const range = (from: number, to: number) => `${shown(from)}-${shown(to)}`;
    if (!ignoreCase) {
      return range(first, last);
    }
    if (last > 0x7f) {
      this.inexact = true;
    }
    const shifted = (from: number, to: number, by: number) => first <= to && last >= from ? range(Math.max(first, from) + by, Math.min(last, to) + by) : '';
    return range(first, last) + shifted(0x41, 0x5a, 32) + shifted(0x61, 0x7a, -32) + foldedBeyondAscii(first, last);
  }

  /** A character after a backslash. */
  private escapedChar(): string {
    const rest = this.text.slice(this.at);
    const hex = /^x(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))/.exec(rest);
    const octal = /^(?:0[0-7]{0,2}|[1-7][0-7]{1,2})/.exec(rest);
    if (hex || octal) {
      this.at += (hex ?? octal)![0].length;
      const code = hex ? parseInt(hex[1] ?? hex[2], 16) : parseInt(octal![0], 8);
      if (code > 0x10ffff) {
        throw new Re2Problem('has a character beyond the last one');
      }
      return String.fromCodePoint(code);
    }
    if (rest === '') {
      throw new Re2Problem('ends with a backslash');
    }
    const char = this.char();
    if (char in CONTROLS) {
      return String.fromCharCode(CONTROLS[char]);
    }
    if (char.codePointAt(0)! > 0x7f || /[0-9A-Za-z]/.test(char)) {
      throw new Re2Problem(`has \\${char}, which RE2 does not have`);
    }
    return char;
  }

  private char(): string {
    const char = String.fromCodePoint(this.text.codePointAt(this.at)!);
    this.at += char.length;
    return char;
  }

  private literal(char: string, { ignoreCase }: Flags): string {
    if (!ignoreCase) {
      return shown(char.codePointAt(0)!);
    }
    if (char.codePointAt(0)! > 0x7f) {
      this.inexact = true;
    }
    const code = char.codePointAt(0)!;
    return `[${[...new Set([char, char.toLowerCase(), char.toUpperCase()])].filter(each => [...each].length === 1).map(each => shown(each.codePointAt(0)!)).join('')}${foldedBeyondAscii(code, code)}]`;
  }
}

/** Everything but RE2's spaces, which are fewer than JavaScript's. */
const NOT_SPACE = '\\x00-\\x08\\x0b\\x0e-\\x1f!-\\u{10ffff}';

/** K and S have a third form, the Kelvin sign and the long s. */
function foldedBeyondAscii(first: number, last: number): string {
  const has = (letter: string) => [letter, letter.toUpperCase()].some(each => first <= each.charCodeAt(0) && each.charCodeAt(0) <= last);
  return `${has('k') ? '\\u212a' : ''}${has('s') ? '\\u017f' : ''}`;
}

function shown(code: number): string {
  return `\\u{${code.toString(16)}}`;
}

function withFlags(flags: Flags, on: string = '', off: string = ''): Flags {
  const flag = (letter: string, before: boolean) => off.includes(letter) ? false : on.includes(letter) || before;
  return { ignoreCase: flag('i', flags.ignoreCase), multiline: flag('m', flags.multiline), dotAll: flag('s', flags.dotAll) };
}

function capitalized(name: string): string {
  return name.split(/[\s_-]+/).map(part => part.slice(0, 1).toUpperCase() + part.slice(1).toLowerCase()).join('_');
}

/** The name of a property of Unicode as JavaScript wants it: a category or a script. */
function unicodeProperty(name: string): string | undefined {
  for (const property of name === 'Any' ? ['{Any}'] : /^[A-Z][a-z]?$/.test(name) ? [`{${name}}`] : /^[A-Z]\w{2,}$/.test(name) ? [`{Script=${name}}`] : []) {
    try {
      new RegExp(`\\p${property}`, 'u');
      return property;
    } catch {
      return undefined;
    }
  }
  return undefined;
}
