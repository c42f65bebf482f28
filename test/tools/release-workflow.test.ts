import { readFileSync } from 'fs';
import { join } from 'path';
import { parse } from 'yaml';

interface Step {
  readonly name?: string;
  readonly run?: string;
  readonly with?: { readonly path?: string };
  readonly env?: { readonly [name: string]: unknown };
}

const { jobs }: { jobs: { [name: string]: { steps: readonly Step[] } } } = parse(
  readFileSync(join(__dirname, '..', '..', '.github', 'workflows', 'release.yml'), 'utf8'),
);
const publishing = Object.entries(jobs).filter(([name]) => name.startsWith('release_'));

const indexOf = (steps: readonly Step[], start: string) => steps.findIndex(({ name }) => name?.startsWith(start));

test('the workflow publishes to all registries', () => {
  expect(publishing.map(([name]) => name).sort()).toEqual([
    'release_github',
    'release_golang',
    'release_maven',
    'release_npm',
    'release_pypi',
  ]);
});

test.each(publishing)('%s finds what the release built, and publib what the job packs', (name, { steps }) => {
  const download = steps[indexOf(steps, 'Download build artifacts')];
  expect(download.with).toMatchObject({ path: 'artifacts' });
  expect(steps[indexOf(steps, 'Restore build artifact')].run).toMatch(/^cd artifacts && /);
  if (name !== 'release_github') {
    expect(steps[indexOf(steps, 'Extract build artifact')].run).toContain('artifacts/js/*.tgz');
    // publib publishes what is in dist/
    expect(steps[indexOf(steps, 'Collect')].run).toBe('mv .repo/artifacts dist');
    expect(indexOf(steps, 'Collect') + 1).toBe(indexOf(steps, 'Release'));
  }
});

test('publib chooses the registry of npm', () => {
  const release = jobs.release_npm.steps[indexOf(jobs.release_npm.steps, 'Release')];
  expect(Object.keys(release.env ?? {}).sort()).toEqual([
    'NPM_CONFIG_PROVENANCE',
    'NPM_DIST_TAG',
    'NPM_TRUSTED_PUBLISHER',
    'PUBLIB_DRYRUN',
  ]);
});
