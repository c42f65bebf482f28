/** What replacing variables left. */
export interface Substituted {
  readonly text: string;
  /** The variables whose values are unknown; they are still in the text. */
  readonly unknown: readonly string[];
}

/**
 * Replaces variables as Flux does (fluxcd/pkg/envsubst): `${NAME}`, `${NAME:-default}`, `${NAME:=default}` and
 * `${NAME-default}`, and `$${NAME}` stands for `${NAME}`. `isComplete`: there are no other variables than these, so all
 * others are empty, as for Flux. Variables with other functions are unknown.
 */
export function substitute(text: string, variables: ReadonlyMap<string, string>, isComplete: boolean): Substituted {
  const unknown = new Set<string>();
  const replaced = text.replace(VARIABLE, (match, escape: string | undefined, name: string, rest: string) => {
    if (escape) {
      return match.slice(1);
    }
    const [, operator, fallback = ''] = /^(:?[-=])([^]*)$/.exec(rest) ?? [];
    const value = variables.get(name);
    const isKnown = (value !== undefined || isComplete) && (rest === '' || operator !== undefined);
    if (!isKnown) {
      unknown.add(name);
      return match;
    }
    return value === undefined || (value === '' && operator?.startsWith(':')) ? fallback : value;
  });
  return { text: replaced, unknown: [...unknown].sort() };
}

const VARIABLE = /(\$)?\$\{([_A-Za-z][_A-Za-z0-9]*)([^}\n]*)\}/g;

/** Whether Flux replaces no variables in an object. */
export function isSubstitutionDisabled({ metadata }: any): boolean {
  const key = 'kustomize.toolkit.fluxcd.io/substitute';
  return metadata.annotations?.[key] === 'disabled' || metadata.labels?.[key] === 'disabled';
}
