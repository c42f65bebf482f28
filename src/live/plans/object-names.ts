/** The names that `kubectl -o name` printed, such as `deployment.apps/web`; undefined for another text. */
export function objectNames(output: string): string[] | undefined {
  const lines = output.split('\n').flatMap(line => line.trim() || []);
  return lines.every(line => /^[a-z][a-z0-9.-]*\/\S+$/.test(line)) ? lines : undefined;
}
