/**
 * Whether Cilium takes a port for a name, and not for a number: IANA service names (pkg/iana/svcname.go, v1.20.2).
 */
export function isPortName(text: string): boolean {
  return text.length >= 1 && text.length <= 15 && /^[a-zA-Z0-9]+(-[a-zA-Z0-9]+)*$/.test(text) && /[a-zA-Z]/.test(text);
}
