/** The page in a real browser: each screen, the keyboard, accessibility, and that nothing is loaded or logged. */
import * as fs from 'fs';
import * as path from 'path';
import { expect, Page, test } from '@playwright/test';
import { violationsOf } from './accessibility';
import { folderOf, ROOT } from './reports';

/** What a page must never do. */
const faults = new WeakMap<Page, string[]>();

test.beforeEach(({ page }) => {
  const seen: string[] = [];
  faults.set(page, seen);
  page.on('console', message => seen.push(`console: ${message.text()}`));
  page.on('pageerror', error => seen.push(`error: ${error.message}`));
  page.on('request', request => {
    if (!/^(file|blob|data):/.test(request.url())) {
      seen.push(`request: ${request.url()}`);
    }
  });
});

test.afterEach(({ page }) => {
  expect(faults.get(page)).toEqual([]);
});

async function open(page: Page, report: string, hash: string = ''): Promise<void> {
  await page.goto(`file://${folderOf(report)}.html${hash}`);
  await expect(page.getByRole('navigation', { name: 'Screens' })).toBeVisible();
}

const LEDGER = 'payments/ledger@shared';
const STOREFRONT = 'shop/storefront@eu-north';

test('the map shows each workload, and explains the flow between two of them', async ({ page }) => {
  await open(page, 'production');
  await expect(page.getByText('31 of 110 pairs may connect')).toBeVisible();
  await page.getByRole('button', { name: STOREFRONT }).click();
  await page.getByRole('button', { name: LEDGER }).click();
  const panel = page.getByRole('complementary', { name: 'Flow' });
  await expect(panel).toContainText('TCP/5432');
  await expect(panel).toContainText('Egress in eu-north: ✕ denied');
  await expect(panel).toContainText('spec.egressDeny[0]');
  await expect(panel).toContainText(`cilium-mesh explain ${STOREFRONT} ${LEDGER}`);
  expect(page.url()).toContain(`#/map?from=${STOREFRONT}&to=${LEDGER}`);
  await page.keyboard.press('Escape');
  await expect(panel).toBeHidden();
});

test('the map has the pairs of the head, and the ports of the box in focus', async ({ page }) => {
  await open(page, 'production');
  // 31 pairs of workloads, and two with the outside
  await expect(page.getByText('33 connections as a table')).toBeVisible();
  await expect(page.locator('.lines .line.other')).toHaveCount(10);
  await page.getByRole('button', { name: 'shop/cart@eu-west' }).focus();
  await expect(page.locator('.ports text', { hasText: 'TCP/8443' })).toHaveCount(1);
  await page.getByRole('button', { name: 'no findings' }).click();
  await expect(page.getByText('check reports nothing.')).toBeVisible();
});

test('outside endpoints are on the map, nodes on request', async ({ page }) => {
  await open(page, 'production');
  await expect(page.getByRole('button', { name: 'api.bank.example' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'entity:host@shared' })).toBeHidden();
  await page.getByLabel(/also nodes/).check();
  await expect(page.getByRole('button', { name: 'entity:host@shared' })).toBeVisible();
});

test('the matrix says the same as the terminal', async ({ page }) => {
  await open(page, 'production', '#/matrix');
  await page.getByRole('button', { name: 'shop/cart@eu-west to payments/payments@shared: may connect' }).click();
  await expect(page.getByRole('complementary', { name: 'Flow' })).toContainText('✓ allowed');
  await page.getByLabel('Rows and columns').selectOption('cluster');
  await expect(page.getByRole('button', { name: /^eu-west to shared: \d+ of \d+ pairs may connect$/ })).toBeVisible();
});

test('services, findings and policies are listed, and found by search', async ({ page }) => {
  await open(page, 'production', '#/services');
  await page.getByRole('button', { name: /svc\/shop\/cart/ }).first().click();
  await expect(page.getByRole('rowheader', { name: 'eu-west' })).toBeVisible();
  await page.keyboard.press('4');
  await expect(page.getByText('check reports nothing.')).toBeVisible();
  await page.keyboard.press('/');
  await page.keyboard.type('ledger-ingress');
  await page.getByRole('search').getByRole('button', { name: /policy/ }).first().click();
  await expect(page.getByRole('heading', { level: 2 })).toContainText('ledger-ingress');
});

test('a policy that is edited changes flows while one types, and undo takes it back', async ({ page }) => {
  await open(page, 'production', '#/policies?policy=CiliumNetworkPolicy/payments/cart-to-payments-tcp-8443-ingress@shared');
  const editor = page.getByLabel('Text of the policy');
  await editor.click();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: cart-to-payments-tcp-8443-ingress, namespace: payments}\nspec: {endpointSelector: {}, ingress: [{toPorts: [{ports: [{port: "80", protocol: tcp}]}]}]}');
  await expect(page.getByRole('status').filter({ hasText: 'Supposed, not real' })).toContainText('1 policy edited');
  await expect(page.getByText(/did you mean "?TCP/i).first()).toBeVisible();
  await expect(page.getByRole('region', { name: 'Changes' })).toContainText('lost');
  await page.keyboard.press('Escape');
  await page.keyboard.press('u');
  await expect(page.getByText('Supposed, not real')).toBeHidden();
});

test('the editor completes fields, labels and clusters of the mesh', async ({ page }) => {
  await open(page, 'production', '#/policies?policy=CiliumNetworkPolicy/payments/cart-to-payments-tcp-8443-ingress@shared');
  const editor = page.getByLabel('Text of the policy');
  await editor.click();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: new, namespace: payments}\nspec:\n  endpointSelector: {}\ningress:\n- fromEnd');
  const options = page.getByRole('listbox');
  await expect(options).toContainText('fromEndpoints');
  // a list that just opened takes no keys for 75 ms, as they are meant for the text (interactionDelay of CodeMirror)
  await page.waitForTimeout(200);
  await page.keyboard.press('Enter');
  await page.keyboard.type('[{matchLabels: {io.cilium.k8s.policy.cluster: e');
  await expect(options).toContainText('eu-north');
  await page.keyboard.press('Escape');
  await expect(editor).toContainText('fromEndpoints: [{matchLabels:');
});

test('another version of Cilium and a cluster without pods are supposed, visibly', async ({ page }) => {
  await open(page, 'production', '#/map?cilium=1.18&gone=eu-west');
  await expect(page.getByText('Cilium 1.18, no pods in eu-west')).toBeVisible();
  await expect(page.locator('.page.supposing')).toBeVisible();
  await page.getByRole('button', { name: /Undo all/ }).click();
  await expect(page.locator('.page.supposing')).toBeHidden();
});

test('policies to add are completed', async ({ page }) => {
  await open(page, 'production');
  await page.getByText('What if …').click();
  const editor = page.getByLabel('Policies to add');
  await editor.click();
  await page.keyboard.type('apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: new, namespace: pay');
  await expect(page.getByRole('listbox')).toContainText('payments');
});

test('the map names what is chosen in full, and shows flows that are open at one end', async ({ page }) => {
  await open(page, 'observed');
  const half = page.locator('.lines .line.out');
  await expect(page.locator('.lines .line').first()).toBeAttached();
  await expect(half).toHaveCount(0);
  await page.getByLabel('also flows that are open at one end only').check();
  expect(page.url()).toContain('half=shown');
  await expect(half.first()).toBeAttached();
  await page.getByText(/connections? as a table/).click();
  await expect(page.getByRole('cell', { name: '⇥ let out, not let in' }).first()).toBeVisible();
  await page.goto('about:blank');
  await open(page, 'hostile');
  await page.getByRole('button', { name: LONG }).focus();
  await expect(page.locator('.under')).toHaveText(`shop/${LONG}@eu-west`);
});

/** Boxes have room for 21 characters. */
const LONG = 'a-name-that-has-more-characters-than-a-box-on-the-map-can-show';

test('text from right to left stays in its place', async ({ page }) => {
  await open(page, 'hostile', '#/policies?policy=CiliumNetworkPolicy/shop/hostile@eu-west');
  await expect(page.getByLabel('Text of the policy')).toContainText('\u05e9\u05dc\u05d5\u05dd');
  const lines = await page.locator('.editor').locator('.cm-line').evaluateAll(all =>
    all.map(each => getComputedStyle(each).direction),
  );
  expect(new Set(lines)).toEqual(new Set(['ltr']));
  await expect(page.getByRole('heading', { level: 2 })).toHaveText('CiliumNetworkPolicy/shop/hostile@eu-west');
  await look(page, 'right-to-left');
});

/** Pictures to look at. */
async function look(page: Page, name: string): Promise<void> {
  const folder = path.join(ROOT, 'test-reports', 'pictures');
  fs.mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: path.join(folder, `${name}.png`) });
}

for (const screen of ['map', 'matrix', 'services', 'findings', 'policies', 'observed'] as const) {
  test(`at 200 % no screen is wider than the window: ${screen}`, async ({ browser }) => {
    // 1280 pixels at 200 % are 640 pixels of CSS
    const context = await browser.newContext({ viewport: { width: 640, height: 450 }, deviceScaleFactor: 2 });
    const page = await context.newPage();
    await open(page, 'observed', `#/${screen}?from=${STOREFRONT}&to=${LEDGER}`);
    await expect(page.getByText('computing …')).toHaveCount(0);
    const widths = await page.evaluate<number[]>('[document.documentElement.scrollWidth, document.documentElement.clientWidth]');
    await look(page, `zoom-${screen}`);
    expect(widths[0]).toBeLessThanOrEqual(widths[1]);
    await context.close();
  });
}

test('nothing moves where motion is reduced', async ({ page }) => {
  const transition = () => page.locator('.lines .line').first().evaluate(element => getComputedStyle(element).transitionDuration);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await open(page, 'production');
  expect(await transition()).toBe('0s');
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  expect(await transition()).not.toBe('0s');
});

test('a review opens on what changed, with the rules before and after', async ({ page }) => {
  await open(page, 'review');
  const changes = page.getByRole('region', { name: 'Changes' });
  await expect(changes).toContainText('2 gained, 0 lost');
  const row = changes.getByRole('row', { name: /opens between clusters/ });
  await expect(row).toContainText('TCP/8443');
  await expect(row).toContainText('cart-to-payments-tcp-8443-ingress');
  const text = changes.getByLabel(/^Changes of .*cart-to-payments-tcp-8443-ingress@shared/);
  await expect(text).toContainText('+  name: cart-to-payments-tcp-8443-ingress');
  await row.getByRole('button', { name: 'text' }).click();
  await expect(text).toBeHidden();
  await row.getByRole('button', { name: 'why?' }).click();
  const panel = page.getByRole('complementary', { name: 'Flow' });
  await expect(panel.getByRole('heading', { name: 'Before' })).toBeVisible();
  await expect(panel).toContainText('✕ default-denied');
});

test('hostile names are text, and secrets are not in the file', async ({ page }) => {
  await open(page, 'hostile', '#/policies?policy=CiliumNetworkPolicy/shop/hostile@eu-west');
  await expect(page.getByLabel('Text of the policy')).toContainText('onerror=window.hostile');
  expect(await page.evaluate('window.hostile')).toBeUndefined();
  const texts = await page.evaluate(async () => {
    const data = Uint8Array.from(atob(document.getElementById('data')!.textContent!), each => each.charCodeAt(0));
    return new Response(new Blob([data]).stream().pipeThrough(new DecompressionStream('gzip'))).text();
  });
  expect(texts).toContain('hostile');
  expect(texts).not.toContain('do-not-print-this');
  expect(texts).not.toContain('PASSWORD');
});

test('a mesh that cannot be read shows why, at its line', async ({ page }) => {
  await page.goto(`file://${folderOf('broken')}.html`);
  await expect(page.getByText('The mesh could not be read, so nothing of it is evaluated')).toBeVisible();
  await expect(page.locator('pre .bad')).toContainText('kind: [');
});

test('recorded flows are shown beside what the manifests say, and follow what is supposed', async ({ page }) => {
  await open(page, 'observed', '#/map');
  await page.keyboard.press('6');
  const table = page.getByRole('region', { name: 'Table of recorded flows' });
  const first = table.getByRole('row').nth(1);
  await expect(first).toContainText('would break');
  await expect(first).toContainText('payments/payments@shared');
  await page.getByRole('radio', { name: /would break/ }).check();
  expect(page.url()).toContain('#/observed?show=would-break');
  await expect(table.getByRole('row')).toHaveCount(3);
  await first.getByRole('button', { name: /^why\?/ }).click();
  const panel = page.getByRole('complementary', { name: 'Flow' });
  await expect(panel).toContainText('✕ default-denied');
  await panel.getByRole('button', { name: /Try/ }).first().click();
  await expect(page.getByText('Supposed, not real')).toBeVisible();
  // the policy that allows this flow allows the other one too
  await expect(page.getByText('No recorded flow fits.')).toBeVisible();
  await page.keyboard.press('u');
  await expect(table.getByRole('row')).toHaveCount(3);
  await page.locator('summary', { hasText: 'without traffic' }).click();
  await page.locator('summary', { hasText: 'between workloads used' }).click();
  expect(await violationsOf(page)).toEqual([]);
});

test('map and matrix show which flows are used, and which would break', async ({ page }) => {
  await open(page, 'observed');
  await expect(page.locator('.lines .line.breaks')).toHaveCount(2);
  await expect(page.locator('.lines .line.unused').first()).toBeAttached();
  await page.keyboard.press('2');
  await expect(page.getByRole('button', { name: 'shop/cart@us-west to payments/payments@shared: would break' })).toHaveText('✕');
  await expect(page.getByRole('button', { name: /: may connect, without records$/ }).first()).toHaveText('○');
});

test('a link shows recorded flows of one state, and a report without them says so', async ({ page }) => {
  await open(page, 'observed', '#/observed?show=used&q=cart@us-west');
  await expect(page.getByRole('radio', { name: /used/ })).toBeChecked();
  await expect(page.getByRole('region', { name: 'Table of recorded flows' })).toContainText('shop/cart@us-west');
  await page.goto('about:blank');
  await open(page, 'production', '#/observed');
  await expect(page.getByText('This report contains no recorded flows')).toBeVisible();
});

test('without scripts, and in print, recorded flows are a table', async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`file://${folderOf('observed')}.html`);
  await expect(page.getByRole('heading', { name: 'Recorded flows' })).toBeVisible();
  await expect(page.getByRole('row', { name: /^would break/ }).first()).toBeVisible();
  await context.close();
  const printed = await browser.newPage();
  await printed.goto(`file://${folderOf('observed')}.html#/observed`);
  await expect(printed.getByRole('region', { name: 'Table of recorded flows' })).toBeVisible();
  await printed.emulateMedia({ media: 'print' });
  await expect(printed.getByRole('heading', { name: 'Recorded flows' })).toBeVisible();
  await printed.close();
});

test('print shows the screen without its controls, why a flow is denied, and the tables once', async ({ page }) => {
  await open(page, 'production', `#/map?from=${STOREFRONT}&to=${LEDGER}&cilium=1.18`);
  const panel = page.getByRole('complementary', { name: 'Flow' });
  await expect(panel).toContainText('spec.egressDeny[0]');
  const summary = page.locator('#summary');
  await expect(summary).toBeHidden();
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  await expect(panel).toBeVisible();
  await expect(page.getByRole('navigation', { name: 'Screens' })).toBeHidden();
  for (const control of await page.getByRole('button', { name: /Copy|Close|Undo|Turn/ }).all()) {
    await expect(control).toBeHidden();
  }
  await expect(page.getByRole('checkbox')).toHaveCount(0);
  await expect(page.getByLabel('Port', { exact: true })).toBeHidden();
  await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1);
  await expect(summary.getByRole('table').first()).toBeVisible();
  // the tables are of the mesh as it is written
  const before = () => summary.evaluate(each => getComputedStyle(each, '::before').content);
  expect(await before()).toBe('"As written, without what is supposed"');
  expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(255, 255, 255)');
  await page.emulateMedia({ media: 'screen' });
  await page.keyboard.press('u');
  await page.emulateMedia({ media: 'print' });
  expect(await before()).toBe('none');
});

test('print shows the chosen policy without the others, and wide tables within the paper', async ({ page }) => {
  await open(page, 'production', '#/policies?policy=CiliumNetworkPolicy/shop/cart-to-payments-tcp-8443-egress@eu-west');
  await expect(page.getByLabel('Text of the policy')).toBeVisible();
  await page.setViewportSize({ width: 720, height: 900 });
  await page.emulateMedia({ media: 'print' });
  await expect(page.getByRole('heading', { level: 2 }).first()).toContainText('cart-to-payments-tcp-8443-egress');
  await expect(page.getByText('default-deny').locator('visible=true')).toHaveCount(0);
  for (const [report, hash, label] of [['observed', '#/observed', 'Observed'], ['review', '', 'Changes']] as const) {
    await page.goto('about:blank');
    await page.goto(`file://${folderOf(report)}.html${hash}`);
    await expect(page.locator(`section[aria-label=${label}] table`).first()).toBeVisible();
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  }
  await page.goto(`file://${folderOf('broken')}.html`);
  await expect(page.getByText('dist/eu-north.k8s.yaml:262').locator('visible=true')).toHaveCount(1);
});

test('without scripts the file shows tables', async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`file://${folderOf('review')}.html`);
  await expect(page.getByText('eu-north').first()).toBeVisible();
  await expect(page.getByText('cart-to-payments', { exact: false }).first()).toBeVisible();
  await context.close();
});

for (const [name, options] of Object.entries({
  light: { colorScheme: 'light' as const },
  dark: { colorScheme: 'dark' as const },
  phone: { viewport: { width: 390, height: 844 } },
})) {
  test(`every screen is accessible: ${name}`, async ({ browser }) => {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    for (const [report, hash] of [
      ['production', `#/map?from=${STOREFRONT}&to=${LEDGER}`],
      ['production', '#/matrix'],
      ['production', '#/matrix?group=namespace'],
      ['production', '#/services?service=svc/shop/cart'],
      ['production', '#/findings'],
      ['production', '#/policies?policy=CiliumClusterwideNetworkPolicy/default-deny@shared'],
      ['production', '#/map?cilium=1.18'],
      ['review', '#/matrix?view=changes'],
      ['review', '#/map?from=shop/cart@eu-north&to=payments/payments@shared'],
      ['observed', '#/observed'],
      ['observed', '#/findings'],
      ['observed', '#/matrix'],
    ]) {
      await page.goto('about:blank');
      await open(page, report, hash);
      await expect(page.getByText('computing …')).toHaveCount(0);
      expect([hash, await violationsOf(page)]).toEqual([hash, []]);
    }
    await page.goto(`file://${folderOf('broken')}.html`);
    await expect(page.getByText('The mesh could not be read, so nothing of it is evaluated')).toBeVisible();
    expect(await violationsOf(page)).toEqual([]);
    await context.close();
  });
}

test('pictures for the documents', async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 720 });
  for (const [name, report, hash] of [
    ['report-map', 'production', `#/map?from=${STOREFRONT}&to=${LEDGER}`],
    ['report-review', 'review', ''],
  ] as const) {
    await page.goto('about:blank');
    await open(page, report, hash);
    await expect(page.getByText('computing …')).toHaveCount(0);
    const folder = path.join(ROOT, 'test-reports', 'pictures');
    fs.mkdirSync(folder, { recursive: true });
    await page.screenshot({ path: path.join(folder, `${name}.png`) });
    expect(fs.statSync(path.join(folder, `${name}.png`)).size).toBeGreaterThan(20_000);
  }
});
