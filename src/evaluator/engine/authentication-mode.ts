/** Modes of authentication, the stronger ones last (AuthType, pkg/policy/types/auth.go, v1.20.2). */
const MODES = ['disabled', 'required', 'test-always-fail'] as const;
export type AuthenticationMode = (typeof MODES)[number];

/** The mode of a rule. */
export function modeOf(written: string | undefined): AuthenticationMode | undefined {
  return MODES.find(mode => mode === written);
}

/** The strongest of several modes; undefined if none is set. */
export function strongestMode(modes: ReadonlyArray<AuthenticationMode | undefined>): AuthenticationMode | undefined {
  return MODES.filter(mode => modes.includes(mode)).at(-1);
}
