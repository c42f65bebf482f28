/** Why a text is no regular expression of RE2, which Cilium and Envoy use, or undefined when it is one. */
export function regexProblem(text: string): string | undefined {
  if (/\(\?(=|!|<=|<!)/.test(text) || /\\[1-9]/.test(text)) {
    return 'uses look-around or back references, which RE2 does not have';
  }
  try {
    new RegExp(text.replace(/\(\?[imsU]+(-[imsU]+)?\)/g, '').replace(/\(\?[imsU]+(-[imsU]+)?:/g, '(?:').replace(/\(\?P</g, '(?<'));
    return undefined;
  } catch (error) {
    return `cannot be read (${(error as Error).message.replace(/^Invalid regular expression: /, '')})`;
  }
}
