/** How options are written, by their names. */
export type OptionTexts<T> = { readonly [name in keyof T]?: string };

/** The first of these options that is set, as it is written. */
export function firstSet<T extends object>(options: T, texts: OptionTexts<T>): string | undefined {
  const names = Object.keys(texts) as Array<keyof T>;
  const name = names.find(each => options[each] !== undefined);
  return name && texts[name];
}
