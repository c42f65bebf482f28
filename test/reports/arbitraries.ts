import * as fc from 'fast-check';
import { Diagnostic } from '../../src/diagnostics/diagnostic';
import { Part, Report } from '../../src/reports/report';

/** Texts of users: markup, control characters, several alphabets, half characters. */
export const userText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({
    unit: fc.constantFrom(
      'a',
      '|',
      '\n',
      '\r',
      '`',
      '<',
      '>',
      '&',
      '@',
      '\\',
      '*',
      '_',
      '"',
      "'",
      ',',
      ':',
      '%',
      ' ',
      '🚀',
      'é',
      '\ud800',
      '\u0000',
    ),
    maxLength: 20,
  }),
);

/** Names as Kubernetes allows them. */
const name = fc.stringMatching(/^[a-z]([a-z0-9-]{0,8}[a-z0-9])?$/);

const diagnostic: fc.Arbitrary<Diagnostic> = fc.record({
  code: fc.constantFrom('half-open', 'dns-denied', 'object-twice', 'expectation-unmet'),
  severity: fc.constantFrom('error', 'warning', 'info'),
  cluster: fc.option(name, { nil: undefined }),
  file: fc.option(userText, { nil: undefined }),
  line: fc.option(fc.integer({ min: 1, max: 10_000 }), { nil: undefined }),
  path: fc.option(userText, { nil: undefined }),
  object: fc.option(
    fc.record({
      apiVersion: fc.constant('v1'),
      kind: fc.constant('Service'),
      namespace: fc.option(name, { nil: undefined }),
      name: userText,
    }),
    { nil: undefined },
  ),
  message: userText,
  fix: userText,
});

export const diagnostics = fc.array(diagnostic, { maxLength: 12 });

/** A report of parts alone. */
export function reportOf(...parts: readonly Part[]): Report {
  return { title: 'test', parts: () => parts, document: { field: 'items', items: () => [] } };
}
