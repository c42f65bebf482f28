import { create } from 'xmlbuilder';
import { Report, TestCase } from '../report';

/** JUnit, for the services that show tests: one case for each comparison or problem. */
export function* junit(report: Report): Generator<string> {
  yield junitText(`cilium-mesh ${report.title}`, report.cases ?? [], report.input);
}

/** A report in the form of JUnit. */
export function junitText(suite: string, cases: readonly TestCase[], input?: string): string {
  const counts = {
    tests: cases.length,
    failures: cases.filter(each => each.failure !== undefined).length,
    skipped: cases.filter(each => each.skipped !== undefined).length,
  };
  const root = create('testsuites', { version: '1.0', encoding: 'UTF-8' }, undefined, {
    invalidCharReplacement: '?',
  });
  const element = root.ele('testsuite', { name: suite, ...counts });
  if (input !== undefined) {
    element.ele('properties').ele('property', { name: 'read', value: input });
  }
  for (const { name, failure, details, skipped, note } of cases) {
    const testcase = element.ele('testcase', { name, classname: suite });
    if (failure !== undefined) {
      testcase.ele('failure', { message: failure }, details);
    }
    if (skipped !== undefined) {
      testcase.ele('skipped', { message: skipped });
    }
    if (note !== undefined) {
      testcase.ele('system-out', undefined, note);
    }
  }
  return `${root.end({ pretty: true })}\n`;
}
