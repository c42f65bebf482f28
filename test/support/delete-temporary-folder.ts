import * as fs from 'fs';

export default function deleteTemporaryFolder(): void {
  fs.rmSync(process.env.TMPDIR!, { recursive: true, force: true });
}
