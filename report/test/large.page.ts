/** A mesh of hundreds of workloads: what is drawn, what it costs, and what can be supposed of it. */
import { execFileSync } from 'child_process';
import * as fs from 'fs';
import { expect, Page, test } from '@playwright/test';
import { violationsOf } from './accessibility';
import { folderOf, ROOT } from './reports';
import { writeCiliumMesh } from '../../bench/meshes';

const FOLDER = folderOf('large');

test.describe.configure({ mode: 'serial' });

test.beforeAll(() => {
  fs.mkdirSync(FOLDER, { recursive: true });
  writeCiliumMesh(FOLDER, 5, 60);
  const report = ['report', '--mesh', `${FOLDER}/mesh.yaml`, '--out', `${FOLDER}.html`, '--force'];
  execFileSync(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', ...report], { cwd: ROOT, stdio: 'ignore' });
});

async function open(page: Page, hash: string): Promise<string[]> {
  const faults: string[] = [];
  page.on('console', message => faults.push(message.text()));
  page.on('pageerror', error => faults.push(error.message));
  await page.goto(`file://${FOLDER}.html${hash}`);
  await expect(page.getByText('600 of 89,700 pairs may connect')).toBeVisible();
  return faults;
}

const MATRIX = /^Matrix of 302 endpoints/;

test('the matrix shows blocks, then cells, then why, with the keyboard alone', async ({ page }) => {
  const faults = await open(page, '#/matrix');
  const matrix = page.getByRole('application', { name: MATRIX });
  await matrix.focus();
  await matrix.press('ArrowRight');
  await matrix.press('ArrowRight');
  const status = page.locator('.dense [role=status]');
  await expect(status).toHaveText(
    'ns0@cluster1 → ns1@cluster1: 3 of 400 pairs may connect, 0 open at one end only',
  );
  await matrix.press('Enter');
  await expect(page.getByText('Choose a cell to see why.')).toBeVisible();
  await expect(status).toContainText(/^ns0\/app0@cluster1 → ns1\/app\d+@cluster1: may not connect$/);
  await matrix.press('Enter');
  await expect(page.getByRole('complementary', { name: 'Flow' })).toContainText('denied');
  expect(faults).toEqual([]);
});

test('the table of namespaces says what the blocks say', async ({ page }) => {
  await open(page, '#/matrix');
  await page.getByText('The same by namespace, as a table').click();
  await expect(
    page.getByRole('button', { name: 'ns0@cluster1 to ns1@cluster1: 3 of 400 pairs may connect' }),
  ).toHaveText('3');
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the matrix and the suppositions have no fault of accessibility, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await open(page, '#/matrix');
    await expect(page.getByRole('application', { name: MATRIX })).toBeVisible();
    await page.getByText('What if …').click();
    expect(await violationsOf(page)).toEqual([]);
  });
}

test('replicas, Helm values and policies are supposed, visibly, and taken back', async ({ page }) => {
  await open(page, '#/map');
  await page.getByText('What if …').click();
  await page.getByLabel('the workload').fill('ns0/app0@cluster1');
  await page.getByLabel('had').fill('0');
  await page.getByRole('button', { name: 'Suppose it' }).first().click();
  const banner = page.locator('.supposition');
  await expect(banner).toContainText('0 replicas of ns0/app0@cluster1');
  await expect(banner).toContainText('so no flow changes. Services show which backends are left');
  await page.getByLabel('Policies to add').fill(
    'apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: open, namespace: ns0}\n' +
      'spec: {endpointSelector: {}, ingress: [{fromEntities: [cluster]}], egress: [{toEntities: [cluster]}]}\n',
  );
  await page.getByRole('button', { name: 'Suppose it' }).last().click();
  await expect(banner).toContainText('1 policy added');
  // the address of the page says what is supposed
  const link = page.url();
  await page.goto('about:blank');
  await page.goto(link);
  await expect(banner).toContainText('0 replicas of ns0/app0@cluster1, 1 policy added');
  await page.getByText('What if …').click();
  await expect(page.getByText('CiliumNetworkPolicy/ns0/open@cluster1').first()).toBeVisible();
  await page.getByRole('button', { name: 'Do not suppose 0 replicas of ns0/app0@cluster1' }).click();
  await expect(banner).not.toContainText('replicas of');
  await page.getByRole('button', { name: /Undo all/ }).click();
  await expect(banner).toBeHidden();
});

test('a finger zooms into the matrix, and moves it', async ({ browser }) => {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const page = await context.newPage();
  await open(page, '#/matrix');
  const matrix = page.getByRole('application', { name: MATRIX });
  await matrix.scrollIntoViewIfNeeded();
  const box = (await matrix.boundingBox())!;
  const status = page.locator('.dense [role=status]');
  await page.touchscreen.tap(box.x + box.width * 0.6, box.y + 180);
  await expect(page.getByText('Choose a cell to see why.')).toBeVisible();
  const before = await status.textContent();
  // a drag of one finger to the left shows other columns
  const session = await context.newCDPSession(page);
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', x: number) =>
    session.send('Input.dispatchTouchEvent', {
      type,
      touchPoints: type === 'touchEnd' ? [] : [{ x, y: box.y + 200 }],
    });
  await touch('touchStart', box.x + 340);
  for (let x = 330; x >= 220; x -= 10) {
    await touch('touchMove', box.x + x);
  }
  await touch('touchEnd', box.x + 220);
  await page.touchscreen.tap(box.x + box.width * 0.6, box.y + 180);
  await expect(status).not.toHaveText(before!);
  await expect(page.getByRole('complementary', { name: 'Flow' })).toBeVisible();
  await page.screenshot({ path: `${FOLDER}-touch.png` });
  await context.close();
});
