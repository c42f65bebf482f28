import * as path from 'path';

/**
 * The chart of a Cilium version: 1.20.2 from Cilium's Go module, those before 1.20 from the archives in the cilium CLI.
 */
export function chart(version: string): string {
  const { CILIUM_CHART, CILIUM_CHART_ARCHIVES } = process.env; // environment.ts
  return version === '1.20.2' ? CILIUM_CHART! : path.join(CILIUM_CHART_ARCHIVES!, `cilium-${version}.tgz`);
}
