import * as fs from 'fs';
import { defineConfig } from '@playwright/test';

/** The browser of the system: Playwright's own are no packages of a registry. */
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(file =>
  fs.existsSync(file),
);

if (CHROMIUM === undefined && process.env.CI === undefined) {
  process.stdout.write('The tests of the page are skipped: no Chromium in /usr/bin. Debian has it as `chromium`.\n');
}
if (CHROMIUM === undefined && process.env.CI !== undefined) {
  throw new Error('no Chromium in /usr/bin: install it, on Debian `apt-get install chromium`');
}

export default defineConfig({
  testDir: '.',
  testMatch: CHROMIUM === undefined ? 'none' : '*.page.ts',
  outputDir: '../../test-reports/page',
  globalSetup: require.resolve('./write-reports'),
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['junit', { outputFile: '../../test-reports/page.xml' }]],
  use: { launchOptions: { executablePath: CHROMIUM }, viewport: { width: 1400, height: 900 } },
});
