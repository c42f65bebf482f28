/** The pictures of the documentation. A missing one is made, and the test fails until it is committed. */
import * as fs from 'fs';
import * as path from 'path';
import { expect, Page, test } from '@playwright/test';
import { folderOf, ROOT } from './reports';

const FOLDER = path.join(ROOT, 'docs', 'pictures');

/** A picture has at most this many bytes: they are in the repository. */
const LARGEST = 200_000;

interface Picture {
  readonly name: string;
  readonly report: string;
  readonly hash: string;
  readonly height: number;
  /** Until the page shows what the picture is about. */
  readonly ready: (page: Page) => Promise<void>;
}

const PICTURES: readonly Picture[] = [
  {
    name: 'report-map.png',
    report: 'production',
    hash: '#/map?from=shop/storefront@eu-north&to=payments/ledger@shared',
    height: 820,
    ready: page => expect(page.getByRole('complementary', { name: 'Flow' })).toContainText('TCP/5432'),
  },
  {
    name: 'report-matrix.png',
    report: 'production',
    hash: '#/matrix',
    height: 640,
    ready: page => expect(page.getByRole('button', { name: /shop\/cart@eu-west to payments\/ledger/ })).toBeVisible(),
  },
  {
    name: 'report-review.png',
    report: 'review',
    hash: '#/matrix?view=changes',
    height: 760,
    ready: page => expect(page.getByLabel(/^Changes of /).first()).toContainText('+  name: '),
  },
];

for (const { name, report, hash, height, ready } of PICTURES) {
  test(name, async ({ page }) => {
    await page.setViewportSize({ width: 1280, height });
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    await page.goto(`file://${folderOf(report)}.html${hash}`);
    await ready(page);
    const file = path.join(FOLDER, name);
    const isMissing = !fs.existsSync(file);
    if (isMissing) {
      fs.mkdirSync(FOLDER, { recursive: true });
      await page.screenshot({ path: file });
    }
    expect(fs.statSync(file).size).toBeLessThan(LARGEST);
    expect(isMissing, `docs/pictures/${name} was missing and is made now: look at it, and commit it`).toBe(false);
  });
}
