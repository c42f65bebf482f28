import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';

/** A new folder below the system's folder for temporary files. */
export function temporaryFolder(): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), 'cilium-mesh-'));
}
