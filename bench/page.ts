/** The page of a report in Chromium. Times are those of processors where Chromium tells them: machines are shared. */
import * as fs from 'fs';
import * as path from 'path';
import { Browser, CDPSession, chromium, Locator, Page } from '@playwright/test';
import { writeCiliumMesh } from './meshes';
import { megabytes, run } from './processes';

const ROOT = path.join(__dirname, '..');
const PROGRAM = path.join(ROOT, 'lib', 'cilium-mesh.js');
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(file =>
  fs.existsSync(file),
);

/** The workloads of a mesh, and what is wanted of its page. */
const SIZES = [
  { workloads: 300, usable: 1, key: 0.1 },
  { workloads: 2000, usable: 3, key: 0.4 },
  { workloads: 10_000, usable: 8, key: undefined },
] as const;

/** Opens reports of meshes of several sizes, and works in them. */
export async function page(folder: string): Promise<void> {
  if (CHROMIUM === undefined) {
    console.log('page of a report: not measured, no Chromium in /usr/bin');
    return;
  }
  for (const { workloads, usable, key } of SIZES) {
    const mesh = path.join(folder, String(workloads));
    writeCiliumMesh(mesh, 2, workloads / 2);
    const file = path.join(mesh, 'report.html');
    run([PROGRAM, 'report', '--mesh', path.join(mesh, 'mesh.yaml'), '--out', file]);
    const browser = await chromium.launch({ executablePath: CHROMIUM });
    try {
      const times = await measure(browser, file, path.join(mesh, 'trace.json'));
      const milliseconds = (value: number) => `${value.toFixed(0)} ms`;
      console.log(
        `page of ${workloads.toLocaleString('en')} workloads: first paint ${milliseconds(times.paint)} (at most 300), ` +
          `usable after ${milliseconds(times.usable)} of all its processors (at most ${usable * 1000}; ` +
          `${milliseconds(times.wall)} of this machine's clock), filter key ${milliseconds(times.filter)} ` +
          `(at most 50), key in the editor to verdicts ${milliseconds(times.edit)} ` +
          `(${key === undefined ? 'no limit' : `at most ${key * 1000}, after a pause of 120`}), longest task of the ` +
          `page ${milliseconds(times.longest)} of processor (at most 100), ${megabytes(times.kibibytes)} (at most 400 ` +
          'at 2,000)',
      );
    } finally {
      await browser.close();
    }
  }
}

interface Times {
  readonly paint: number;
  readonly wall: number;
  readonly usable: number;
  readonly filter: number;
  readonly edit: number;
  readonly longest: number;
  readonly kibibytes: number;
}

async function measure(browser: Browser, file: string, trace: string): Promise<Times> {
  const view = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  await browser.startTracing(view, { categories: ['toplevel', 'devtools.timeline'], path: trace });
  await view.goto(`file://${file}#/map`);
  const wall = await appears(view.locator('.facts strong'));
  const usable = await rendererTime(browser);
  const paint = await view.evaluate(
    () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
  );
  const screen = (name: string) => view.getByRole('navigation', { name: 'Screens' }).getByRole('button', { name });
  const session = await view.context().newCDPSession(view);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  await view.getByLabel('Filter').focus();
  const before = await processorTime(session);
  await view.keyboard.type('ns1');
  await settle(view);
  const filter = ((await processorTime(session)) - before) / 3;
  await view.getByLabel('Filter').fill('');
  await screen('Matrix').click();
  await settle(view);
  await screen('Policies').click();
  await view.locator('.choices button').first().click();
  await view.getByLabel('Text of the policy').click();
  await view.keyboard.press('Control+End');
  const edit = await verdictsAfter(view, () => view.keyboard.type('#'));
  await browser.stopTracing();
  return { paint, wall, usable, filter, edit, longest: longestTask(trace), kibibytes: await memory(browser) };
}

/** Since the page was opened, until something is there. */
async function appears(element: Locator): Promise<number> {
  await element.waitFor({ timeout: 300_000 });
  return element.page().evaluate(() => performance.now());
}

/** Until nothing is computed any more. */
async function settle(view: Page): Promise<void> {
  await view.waitForTimeout(1000);
  await view.locator('.stale').first().waitFor({ state: 'detached', timeout: 300_000 });
}

/** From a key until the page says what is supposed, and how many pairs change. */
async function verdictsAfter(view: Page, type: () => Promise<void>): Promise<number> {
  const start = await view.evaluate(() => performance.now());
  await type();
  return (await appears(view.locator('.supposition', { hasText: /pairs? of workloads gain/ }))) - start;
}

async function processorTime(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'TaskDuration')!.value * 1000;
}

/** The time that processors worked for the page: all of its threads, also those that compile and collect garbage. */
async function rendererTime(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const times = processInfo.filter(({ type }) => type === 'renderer').map(({ cpuTime }) => cpuTime * 1000);
  return Math.max(...times);
}

/** The longest task of the page's main thread, by the time that a processor worked on it. */
function longestTask(trace: string): number {
  const { traceEvents: events } = JSON.parse(fs.readFileSync(trace, 'utf8')) as { traceEvents: any[] };
  const named = events.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain');
  const main = new Set(named.map(({ pid, tid }) => `${pid} ${tid}`));
  return events
    .filter(({ name, pid, tid }) => /RunTask$/.test(name) && main.has(`${pid} ${tid}`))
    .reduce((longest, { tdur = 0 }) => Math.max(longest, tdur / 1000), 0);
}

/** The memory of all processes that render pages, of which the page has one. */
async function memory(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  return processInfo
    .filter(({ type }) => type === 'renderer')
    .map(({ id }) => Number(/^VmRSS:\s*(\d+)/m.exec(fs.readFileSync(`/proc/${id}/status`, 'utf8'))?.[1] ?? 0))
    .reduce((most, each) => Math.max(most, each), 0);
}
