import { create } from 'xmlbuilder';

/** A case of a report. */
export interface JunitCase {
  readonly name: string;
  /** Why it failed. */
  readonly failure?: string;
  /** Why it was left out. */
  readonly skipped?: string;
}

/** A report as JUnit writes it, for the services that show tests. */
export function junit(suite: string, cases: readonly JunitCase[]): string {
  const counts = { tests: cases.length, failures: cases.filter(each => each.failure !== undefined).length, skipped: cases.filter(each => each.skipped !== undefined).length };
  const root = create('testsuites', { version: '1.0', encoding: 'UTF-8' }, undefined, { invalidCharReplacement: '?' });
  const element = root.ele('testsuite', { name: suite, ...counts });
  for (const { name, failure, skipped } of cases) {
    const testcase = element.ele('testcase', { name, classname: suite });
    if (failure !== undefined) {
      testcase.ele('failure', { message: failure });
    }
    if (skipped !== undefined) {
      testcase.ele('skipped', { message: skipped });
    }
  }
  return `${root.end({ pretty: true })}\n`;
}
