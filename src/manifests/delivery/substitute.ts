/** What replacing variables left. */
export interface Substituted {
  readonly text: string;
  /** The variables whose values are unknown; they are still in the text. */
  readonly unknown: readonly string[];
}

/**
 * Replaces variables as Flux does (fluxcd/pkg/envsubst): `${NAME}`, `${NAME:-default}` and the like, where the default
 * may contain variables; `${NAME^^}`, `${NAME,,}`, `${NAME:1:2}`; `$$` stands for `$`. `isComplete`: there are no other
 * variables than these, so all others are empty, as for Flux. Variables with other functions are unknown.
 */
export function substitute(text: string, variables: ReadonlyMap<string, string>, isComplete: boolean): Substituted {
  const scanner = new Scanner(text, variables, isComplete);
  const { text: replaced, unknown } = scanner.read(0);
  return { text: replaced, unknown: [...unknown].sort() };
}

/** A text, and the variables in it whose values are unknown. */
interface Read {
  readonly text: string;
  readonly unknown: ReadonlySet<string>;
}

/** What may follow the name of a variable, and what it makes of the value (funcs.go). */
const FUNCTIONS: ReadonlyArray<readonly [RegExp, (value: string, found: RegExpExecArray) => string]> = [
  [/\}/y, value => value],
  [/\^\^\}/y, value => value.toUpperCase()],
  [/\^\}/y, value => value.slice(0, 1).toUpperCase() + value.slice(1)],
  [/,,\}/y, value => value.toLowerCase()],
  [/,\}/y, value => value.slice(0, 1).toLowerCase() + value.slice(1)],
  [
    /:(\d+)(?::(\d+))?\}/y,
    (value, [, from, length]) => value.slice(+from, length === undefined ? undefined : +from + +length),
  ],
];

/** More defaults inside of each other are left as they are. */
const MAX_DEPTH = 50;

class Scanner {
  private at = 0;

  constructor(
    private readonly source: string,
    private readonly variables: ReadonlyMap<string, string>,
    private readonly isComplete: boolean,
  ) {}

  /** Up to the end, or in a default to the brace behind it. Only outside of defaults, `$$` stands for `$`. */
  read(depth: number): Read {
    const isDefault = depth > 0;
    const texts: string[] = [];
    const unknown = new Set<string>();
    while (this.at < this.source.length && !(isDefault && this.source[this.at] === '}')) {
      const plain = this.match(/[^$}]+/y);
      if (plain) {
        texts.push(plain[0]);
        continue;
      }
      const start = this.at;
      if (!isDefault && this.source.startsWith('$$', start)) {
        this.at += 2;
        texts.push('$');
        continue;
      }
      const variable = this.variable(depth);
      if (variable === undefined) {
        this.at = start + 1;
        texts.push(this.source[start]);
      } else {
        texts.push(variable.text);
        variable.unknown.forEach(each => unknown.add(each));
      }
    }
    return { text: texts.join(''), unknown };
  }

  private variable(depth: number): Read | undefined {
    const start = this.at;
    const name = this.match(/\$\{([_A-Za-z][_A-Za-z0-9]*)/y)?.[1];
    if (name === undefined) {
      return undefined;
    }
    const value = this.variables.get(name) ?? (this.isComplete ? '' : undefined);
    const isUnknown = (): Read => ({ text: this.source.slice(start, this.at), unknown: new Set([name]) });
    if (this.match(/:[-=?+]|=/y)) {
      const fallback = depth < MAX_DEPTH ? this.read(depth + 1) : undefined;
      // without the brace, everything up to the end is read: Flux refuses the text
      return fallback === undefined || this.match(/\}/y) === undefined || value === undefined
        ? isUnknown()
        : value === ''
          ? fallback
          : { text: value, unknown: new Set() };
    }
    for (const [syntax, change] of FUNCTIONS) {
      const found = this.match(syntax);
      if (found) {
        return value === undefined ? isUnknown() : { text: change(value, found), unknown: new Set() };
      }
    }
    return this.match(/[^}\n]*\}/y) ? isUnknown() : undefined;
  }

  private match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.source) ?? undefined;
    this.at += found?.[0].length ?? 0;
    return found;
  }
}

/** Whether Flux replaces no variables in an object. */
export function isSubstitutionDisabled({ metadata }: any): boolean {
  const key = 'kustomize.toolkit.fluxcd.io/substitute';
  return metadata.annotations?.[key] === 'disabled' || metadata.labels?.[key] === 'disabled';
}
