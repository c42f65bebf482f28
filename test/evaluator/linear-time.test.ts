/** Patterns on texts of users end soon, however long the text, and mean what the pattern that they replace means. */
import * as fc from 'fast-check';
import { isServerName } from '../../src/cilium/dns-names';
import { traitsOf } from '../../src/cilium/traits';
import { httpVerdict } from '../../src/evaluator/engine/http';
import { matchesGlob } from '../../src/evaluator/queries/glob';
import { readCidr } from '../../src/evaluator/read/policy/cidrs';
import { FieldReader } from '../../src/evaluator/read/policy/field-reader';
import { PORT_SCHEMA } from '../../src/evaluator/read/policy/ports';

const LONG = 200_000;
const cidr = (text: string) => readCidr(new FieldReader(), text, 'spec', traitsOf(15));
const header = (written: string, headers: { [name: string]: string } = {}) =>
  httpVerdict(
    {
      proxy: { filters: [{ http: [{ headers: [written] }], dns: [], unknown: false }] },
    } as any,
    { headers },
  );

test.each<[name: string, run: (text: string) => unknown, text: string, result: unknown]>([
  ['a glob', text => matchesGlob('*a*a*a*a*a*a*b', text), 'a'.repeat(LONG), false],
  ['a glob with many stars', text => matchesGlob(text, 'a'.repeat(LONG)), '*a'.repeat(LONG / 2), true],
  ['a port', text => PORT_SCHEMA.test(text), `${'a'.repeat(LONG)}!`, false],
  ['a port of digits', text => PORT_SCHEMA.test(text), `-${'1'.repeat(LONG)}`, false],
  ['a port of dashes', text => PORT_SCHEMA.test(text), `a${'-1'.repeat(LONG)}-`, false],
  ['the name of a server', text => isServerName(text, true), `${'a'.repeat(254)}!`, false],
  ['the name of a server up to 1.19', text => isServerName(text, false), `${'a'.repeat(254)}!`, false],
  ['a CIDR with a zone', cidr, `::%${'s'.repeat(LONG)}/x`, undefined],
  ['a header of colons', text => header(text), `${':'.repeat(LONG)}x y`, 'denied'],
])('%s', (_, run, text, result) => {
  expect(run(text)).toEqual(result);
});

/** Texts of a few characters, which the old patterns can stand. */
const texts = (characters: string) => fc.string({ unit: fc.constantFrom(...characters), maxLength: 9 });

describe('the meaning is that of the patterns of the CRDs', () => {
  const PORT =
    /^(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[0-9]{1,4})|([a-zA-Z0-9]-?)*[a-zA-Z](-?[a-zA-Z0-9])*$/;

  test('ports', () => {
    fc.assert(
      fc.property(texts('aZ07-_!\n'), text => PORT_SCHEMA.test(text) === PORT.test(text)),
      { numRuns: 5000 },
    );
  });

  test('CIDRs of 1.15', () => {
    const CIDR = /^s*(::|::1|1::1)(%.+)?s*\/([0-9]|[1-9][0-9]|1[0-1][0-9]|12[0-8])$/;
    const admitted = (text: string) => {
      const reader = new FieldReader();
      readCidr(reader, text, 'spec', traitsOf(15));
      return reader.refusals.every(({ stage }) => stage !== 'schema');
    };
    const parts = fc
      .array(fc.constantFrom('s', '%', '/', '1', '\n', ' ', '::'), { maxLength: 6 })
      .map(each => each.join(''));
    fc.assert(
      fc.property(fc.constantFrom('::', 's::1', '1::1'), parts, (address, rest) => {
        const text = `${address}${rest}`;
        fc.pre(/^s*(::|::1|1::1)([%s/]|$)/.test(text));
        return admitted(text) === CIDR.test(text);
      }),
      { numRuns: 5000 },
    );
  });

  test.each([
    [true, /^([-a-zA-Z0-9_*]+[.]?)+$/],
    [false, /^(\*?\*\.)?([-a-zA-Z0-9_]+\.?)+$/],
  ])('names of servers, stars anywhere: %s', (anywhere, pattern) => {
    fc.assert(
      fc.property(texts('aZ0_-*..!\n'), text => isServerName(text, anywhere) === pattern.test(text)),
      { numRuns: 5000 },
    );
  });
});

test('a glob matches as the regular expression with .* for each star does', () => {
  const expression = (glob: string) =>
    new RegExp(
      `^${glob
        .split('*')
        .map(part => part.replace(/[.+?]/g, '\\$&'))
        .join('.*')}$`,
    );
  fc.assert(
    fc.property(texts('ab.*'), texts('ab.'), (glob, text) => matchesGlob(glob, text) === expression(glob).test(text)),
    { numRuns: 5000 },
  );
});

test('a header is named by what stands before its last colons', () => {
  const HEADERS = ['a', ':', 'a:', ':a', 'a::a', ''];
  fc.assert(
    fc.property(texts('a:'), written => {
      const headers = Object.fromEntries(HEADERS.map(name => [name, 'x']));
      const named = HEADERS.includes(written.replace(/:+$/, ''));
      return (header(`${written} x`, headers) === 'allowed') === named;
    }),
  );
});
