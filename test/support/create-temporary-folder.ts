import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';

/** jest's global set-up: all temporary files of a run are below one folder, which the global tear-down deletes. */
export default function createTemporaryFolder(): void {
  process.env.TMPDIR = fs.mkdtempSync(path.join(os.tmpdir(), 'cdk8s-cilium-mesh-'));
}
