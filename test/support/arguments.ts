/** The arguments of a command line; one with spaces is in single quotes. */
export function readArguments(text: string): string[] {
  return [...text.matchAll(/'([^']*)'|\S+/g)].map(([whole, quoted]) => quoted ?? whole);
}
