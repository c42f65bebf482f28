import { isMap } from '../../diagnostics/is-map';
import { mergeValues } from '../../model/mesh-model';

/** Values for Helm. */
export type Values = { readonly [key: string]: any };

/** Merges values; later ones take precedence. */
export function mergeAll(values: readonly Values[]): Values {
  return values.reduce<Values>((all, each) => mergeValues(all, each), {});
}

/** Values with a value at a path as Helm's `--set` takes it; undefined for paths with lists or escapes. */
export function valueAtPath(path: string, value: unknown): Values | undefined {
  const keys = path.split('.');
  return keys.every(key => /^[A-Za-z0-9_-]+$/.test(key))
    ? (keys.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Values)
    : undefined;
}

/** A value as `--set` reads its text. */
export function typedText(text: string): unknown {
  return text === 'true' || text === 'false'
    ? text === 'true'
    : text === 'null'
      ? null
      : /^(0|-?[1-9]\d{0,14})$/.test(text)
        ? Number(text)
        : text;
}

/** The data of a ConfigMap or Secret as texts; undefined if some of it is encrypted. */
export function dataOf(object: any): ReadonlyMap<string, string> | undefined {
  const { kind, data, stringData } = object;
  const entries = Object.entries(isMap(data) ? data : {}).map(
    ([key, value]) => [key, kind === 'Secret' ? decoded(String(value)) : String(value)] as const,
  );
  const plain = Object.entries(isMap(stringData) ? stringData : {}).map(
    ([key, value]) => [key, String(value)] as const,
  );
  const all = [...entries, ...plain];
  return object.sops !== undefined || all.some(([, value]) => value === undefined || value.startsWith('ENC['))
    ? undefined
    : new Map(all as ReadonlyArray<readonly [string, string]>);
}

/** Text of base64; undefined if it is invalid, such as encrypted data. */
function decoded(text: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(text.replace(/\s+/g, '')), each => each.charCodeAt(0));
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
