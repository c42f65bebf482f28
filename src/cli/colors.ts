/** The environment of the program, as far as colours depend on it. */
export interface ColorEnvironment {
  readonly FORCE_COLOR?: string;
  readonly NO_COLOR?: string;
  readonly TERM?: string;
}

/**
 * Whether to write colours: on a terminal only, even if CI is set. FORCE_COLOR wins, as in Node.js: `0` and `false`
 * turn colours off, any other value on, for logs that show them. NO_COLOR turns them off (no-color.org).
 */
export function usesColors({ FORCE_COLOR, NO_COLOR, TERM }: ColorEnvironment, isTerminal: boolean): boolean {
  return FORCE_COLOR ? !['0', 'false'].includes(FORCE_COLOR) : isTerminal && !NO_COLOR && TERM !== 'dumb';
}
