import { Refused } from './not-built';

/** What a generator of an ApplicationSet gives to the template. */
export type Parameters = { readonly [key: string]: any };

export interface Filling {
  /** Whether the template is one of Go, with `.a.b` for a parameter, instead of `a.b`. */
  readonly isGo: boolean;
  /** Leaves what has no parameter as it is: another one fills it later. */
  readonly keepsUnknown?: boolean;
}

/** Fills a template, which is JSON; values become parts of its texts. */
export function fill(
  template: string,
  parameters: Parameters,
  { isGo, keepsUnknown = false }: Filling,
): string | Refused {
  let refused: Refused | undefined;
  const text = template.replace(/\{\{-?\s*((?:[^}]|\}(?!\}))*?)\s*-?\}\}/g, (match, inner: string) => {
    const path = isGo ? goPath(inner) : inner.split('.');
    const value = path && lookUp(parameters, path);
    if (keepsUnknown && value === undefined) {
      return match;
    }
    if (value === undefined || typeof value === 'object') {
      refused ??= { reason: 'template-functions', detail: match.slice(0, 100) };
      return match;
    }
    return JSON.stringify(String(value)).slice(1, -1);
  });
  return refused ?? text;
}

/** The keys of `.a.b`, of `index .a "b"` and of `index .a 1`; undefined for everything else. */
function goPath(text: string): string[] | undefined {
  const [, base, key, index] = /^index\s+\.([\w.]+)\s+(?:\\"([^"\\]+)\\"|(\d+))$/.exec(text) ?? [];
  return base !== undefined ? [...base.split('.'), key ?? index] : /^\.[\w]+(\.[\w]+)*$/.test(text) ? text.slice(1).split('.') : undefined;
}

/** Keys of labels contain dots, so a key may be several of the names. */
export function lookUp(value: any, path: readonly string[]): any {
  if (path.length === 0 || value === null || typeof value !== 'object') {
    return path.length === 0 ? value : undefined;
  }
  for (let length = path.length; length > 0; length--) {
    const key = path.slice(0, length).join('.');
    if (Object.prototype.hasOwnProperty.call(value, key)) {
      return lookUp(value[key], path.slice(length));
    }
  }
  return undefined;
}
