/** A report in Firefox: the page starts its worker, answers a flow, and logs nothing. */
import * as fs from 'fs';
import * as path from 'path';
import { expect, test } from '@playwright/test';
import { Firefox, FIREFOX } from './firefox';
import { folderOf } from './reports';

if (FIREFOX === undefined && process.env.CI !== undefined) {
  throw new Error('no Firefox in /usr/bin: install it, on Debian `apt-get install firefox-esr`');
}

let firefox: Firefox;

test.skip(FIREFOX === undefined, 'no Firefox in /usr/bin. Debian has it as `firefox-esr`');

test.beforeAll(async () => {
  firefox = await Firefox.start(FIREFOX!);
});

test.afterAll(async () => {
  await firefox?.stop();
});

/** Chooses an end on the map, as soon as it is there. */
async function choose(name: string): Promise<void> {
  await firefox.until(
    `const chip = document.querySelector('[role=button][aria-label="' + arguments[0] + '"]');
    chip?.dispatchEvent(new MouseEvent('click', { bubbles: true }));
    return chip !== null;`,
    name,
  );
}

test('the page answers which policy denies a flow, and logs nothing', async () => {
  await firefox.goto(`file://${folderOf('production')}.html#/map`);
  await firefox.until('return document.body.innerText.includes("31 of 110 pairs may connect")');
  await choose('shop/storefront@eu-north');
  await choose('payments/ledger@shared');
  const panel = 'aside[aria-label=Flow]';
  await firefox.until('return document.querySelector(arguments[0])?.innerText.includes("TCP/5432")', panel);
  const text = await firefox.text(panel);
  expect(text).toContain('Egress in eu-north: ✕ denied');
  expect(text).toContain('spec.egressDeny[0]');
  expect(await firefox.evaluate('return performance.getEntriesByType("resource").map(each => each.name)')).toEqual([]);
  expect(await firefox.console()).toEqual([]);
});

test('each screen opens, the editor with its styles, and nothing is logged', async () => {
  for (const [report, hash, label] of [
    ['production', '#/matrix', 'Matrix'],
    ['production', '#/services?service=svc/shop/cart', 'Services'],
    ['production', '#/findings', 'Findings'],
    ['production', '#/policies?policy=CiliumClusterwideNetworkPolicy/default-deny@shared', 'Policies'],
    ['production', '#/map?cilium=1.18', 'Map'],
    ['review', '#/map', 'Changes'],
    ['observed', '#/observed', 'Observed'],
  ]) {
    await firefox.goto('about:blank');
    await firefox.goto(`file://${folderOf(report)}.html${hash}`);
    await firefox.until(
      `const section = document.querySelector('section[aria-label="' + arguments[0] + '"]');
      return section !== null && !section.matches('.stale') && !document.body.innerText.includes('computing …');`,
      label,
    );
    if (label === 'Policies') {
      // without the styles that it adds, CodeMirror is a heap of lines
      const display = `const host = [...document.querySelectorAll('*')].find(each => each.shadowRoot);
        const editor = host?.shadowRoot.querySelector('.cm-editor');
        return editor && getComputedStyle(editor).display;`;
      expect(await firefox.until(display)).toBe('flex');
    }
  }
  expect(await firefox.console()).toEqual([]);
});

test('what a page and its worker log, throw and may not load is noticed', async () => {
  const file = path.join(folderOf(''), 'noisy.html');
  fs.writeFileSync(
    file,
    `<!doctype html><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; script-src 'unsafe-inline'; worker-src blob:">
<img src="http://127.0.0.1:9/picture"><script>
  console.log('printed');
  setTimeout(() => { throw new Error('thrown'); });
  const worker = 'console.warn("printed by the worker"); postMessage(1); throw new Error("thrown by the worker");';
  new Worker(URL.createObjectURL(new Blob([worker]))).onmessage = () => (document.title = 'answered');
</script>`,
  );
  await firefox.goto(`file://${file}`);
  await firefox.until('return document.title === "answered"');
  const messages = (await firefox.console()).join('\n');
  for (const each of [
    'console.log: printed',
    '"Error: thrown"',
    'http://127.0.0.1:9/picture',
    'console.warn: printed by the worker',
    'Error: thrown by the worker',
  ]) {
    expect(messages).toContain(each);
  }
});
