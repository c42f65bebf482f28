import * as path from 'path';
import { chartFolder, chartArchives } from '../environment';

/** The chart of a version of Cilium: 1.20.2 from Cilium's Go module, those before 1.20 from the archives that the cilium CLI holds. */
export function chart(version: string): string {
  return version === '1.20.2' ? chartFolder() : path.join(chartArchives(), `cilium-${version}.tgz`);
}
