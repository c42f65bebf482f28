/**
 * DNS names and patterns as Cilium's CRDs take them: labels of letters, digits, dashes and underscores (and `*` in
 * patterns), one dot between two, at most 255 characters (CiliumNetworkPolicy `toFQDNs`, v1.20.2).
 */
export function isFqdn(text: unknown): text is string {
  return typeof text === 'string' && text.length <= 255 && /^[-\w]+(\.[-\w]+)*\.?$/.test(text);
}

/** See `isFqdn`. */
export function isFqdnPattern(text: unknown): text is string {
  return typeof text === 'string' && text.length <= 255 && /^[-\w*]+(\.[-\w*]+)*\.?$/.test(text);
}

/**
 * Names of servers in TLS as the CRDs take them since 1.18: stars in front of the name, or anywhere since 1.20. The
 * CRDs' own patterns, `^([-a-zA-Z0-9_*]+[.]?)+$` and `^(\*?\*\.)?([-a-zA-Z0-9_]+\.?)+$`, say the same in exponential
 * time.
 */
export function isServerName(text: string, starsAnywhere: boolean): boolean {
  const pattern = starsAnywhere ? /^[-\w*]+(\.[-\w*]+)*\.?$/ : /^(\*?\*\.)?[-\w]+(\.[-\w]+)*\.?$/;
  return text.length <= 255 && pattern.test(text);
}
