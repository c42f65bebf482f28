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
