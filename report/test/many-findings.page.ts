/** A hundred thousand findings: more than a call has arguments, and more than a screen shows. */
import { execFileSync } from 'child_process';
import * as fs from 'fs';
import { expect, test } from '@playwright/test';
import { folderOf, ROOT } from './reports';

const FOLDER = folderOf('many-findings');

/** Each policy is refused twice: for a field, and for a protocol. */
function policy(number: number): string {
  return `---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: p${number}, namespace: shop}
spec:
  endpointSelector: {}
  ingres: []
  ingress: [{toPorts: [{ports: [{port: "80", protocol: tcp}]}]}]
`;
}

test('a hundred thousand findings are counted, searched and shown in part', async ({ page }) => {
  test.setTimeout(180_000);
  fs.mkdirSync(FOLDER, { recursive: true });
  fs.writeFileSync(`${FOLDER}/all.yaml`, Array.from({ length: 50_000 }, (_, number) => policy(number)).join(''));
  const report = ['report', '--cluster', `a=${FOLDER}`, '--out', `${FOLDER}.html`, '--force'];
  execFileSync(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', ...report], { cwd: ROOT, stdio: 'ignore' });
  const faults: string[] = [];
  page.on('console', message => faults.push(message.text()));
  page.on('pageerror', error => faults.push(error.message));
  await page.goto(`file://${FOLDER}.html#/findings`);
  await expect(page.getByText('100,000 errors, 0 warnings, 0 notes.')).toBeVisible({ timeout: 90_000 });
  expect(await page.locator('*').count()).toBeLessThan(20_000);
  await page.getByRole('searchbox', { name: 'Filter' }).fill('shop/p49999');
  await expect(page.getByText('CiliumNetworkPolicy shop/p49999')).toHaveCount(2, { timeout: 60_000 });
  expect(faults).toEqual([]);
});
