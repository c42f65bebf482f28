import * as fs from 'fs';
import { Page } from '@playwright/test';

/** What breaks the Web Content Accessibility Guidelines 2.1, level A or AA: the rule, the first element, and why. */
export type Violation = readonly [rule: string, element: string, why: string];

/** The violations that axe-core finds in a page. It runs in the page: its policy allows what a debugger evaluates. */
export async function violationsOf(page: Page): Promise<readonly Violation[]> {
  await page.evaluate(fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
  return page.evaluate(async () => {
    const { violations } = await (window as any).axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'],
    });
    return violations.map((each: any) => [each.id, each.nodes[0].target.join(' '), each.nodes[0].failureSummary]);
  });
}
