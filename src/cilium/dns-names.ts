/**
 * DNS names and patterns as Cilium's CRDs accept them (CiliumNetworkPolicy `toFQDNs`, v1.20.2). Labels have letters,
 * digits, dashes and underscores (and `*` in patterns), with one dot between two, at most 255 characters.
 */
export function isFqdn(text: unknown): text is string {
  return typeof text === 'string' && text.length <= 255 && /^[-\w]+(\.[-\w]+)*\.?$/.test(text);
}

/** See `isFqdn`. */
export function isFqdnPattern(text: unknown): text is string {
  return typeof text === 'string' && text.length <= 255 && /^[-\w*]+(\.[-\w*]+)*\.?$/.test(text);
}

/**
 * Server names in TLS as the CRDs accept them since 1.18: with stars in front, or anywhere since 1.20. The CRDs' own
 * patterns, `^([-a-zA-Z0-9_*]+[.]?)+$` and `^(\*?\*\.)?([-a-zA-Z0-9_]+\.?)+$`, mean the same in exponential time.
 */
export function isServerName(text: string, starsAnywhere: boolean): boolean {
  const pattern = starsAnywhere ? /^[-\w*]+(\.[-\w*]+)*\.?$/ : /^(\*?\*\.)?[-\w]+(\.[-\w]+)*\.?$/;
  return text.length <= 255 && pattern.test(text);
}

/** A DNS name in lower case, with a dot at its end. */
export function normalizedName(name: string): string {
  return name.endsWith('.') ? name.toLowerCase() : `${name.toLowerCase()}.`;
}
