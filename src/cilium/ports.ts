/**
 * Whether Cilium takes a port for a name, and not for a number: IANA service names (pkg/iana/svcname.go, v1.20.2).
 */
export function isPortName(text: string): boolean {
  return text.length >= 1 && text.length <= 15 && /^[a-zA-Z0-9]+(-[a-zA-Z0-9]+)*$/.test(text) && /[a-zA-Z]/.test(text);
}

/** Whether containers can give a port this name (IANA_SVC_NAME of apimachinery). */
export function isContainerPortName(name: unknown): name is string {
  return typeof name === 'string' && isPortName(name) && name === name.toLowerCase();
}

/** Whether a value is the number of a port. */
export function isPort(port: unknown): port is number {
  return Number.isInteger(port) && (port as number) >= 1 && (port as number) <= 65535;
}
