import { execFileSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';
import { folderOf, REPORTS, ROOT } from './reports';

/** Bundles the page, and writes the reports that the tests open. */
export default function writeReports(): void {
  const run = (cwd: string, file: string, ...args: readonly string[]) =>
    execFileSync(process.execPath, ['--import', 'tsx', path.join(ROOT, file), ...args], {
      cwd,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  // the gate tests the page of the package, which it has packed before
  if (process.env.CI === undefined || !fs.existsSync(path.join(ROOT, 'lib', 'cilium-mesh.js'))) {
    run(ROOT, 'tools/report-page.ts');
  }
  fs.rmSync(folderOf(''), { recursive: true, force: true });
  for (const [name, { example, edit, against, flows }] of Object.entries(REPORTS)) {
    const folder = folderOf(name);
    const synth = (target: string) =>
      execFileSync(
        process.execPath,
        ['--import', 'tsx', 'tools/synth.ts', ...example],
        { cwd: ROOT, env: { ...process.env, CDK8S_OUTDIR: target, TSX_TSCONFIG_PATH: 'test/tsconfig.json' }, stdio: 'ignore' },
      );
    synth(`${folder}/dist`);
    if (against) {
      synth(`${folder}/old`);
      against(`${folder}/old`);
    }
    flows?.(folder);
    edit?.(`${folder}/dist`);
    try {
      // in the folder of the mesh, so the page shows short paths
      run(
        folder,
        'src/cli/main.ts',
        'report',
        ...['--mesh', 'dist/mesh/mesh.yaml'],
        ...(against ? ['--against', 'old'] : []),
        ...(flows ? ['--flows', 'flows.jsonl'] : []),
        '--out',
        `${folder}.html`,
        '--title',
        `The mesh of ${name}`,
      );
    } catch (error) {
      // the status tells of changes, and of a mesh that cannot be read
      if (!fs.existsSync(`${folder}.html`)) {
        throw error;
      }
    }
  }
}
