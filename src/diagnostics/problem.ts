/** Whether a result is a problem instead of a value: its `problem` says why there is no value. */
export function isProblem<T extends object>(
  result: T | undefined,
): result is Extract<T, { readonly problem: unknown }> {
  return result !== undefined && 'problem' in result;
}
