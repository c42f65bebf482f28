/** Regular expressions of RE2: what Go's regexp package takes (tried with Go 1.26), and what matches as a whole. */
import { compileRe2 } from '../../src/cilium/re2';

test.each<[expression: string, matching: string[], others: string[]]>([
  ['', [''], ['a']],
  ['GET', ['GET'], ['get', 'GETS']],
  ['/v1|/v2', ['/v1', '/v2'], ['/v1/v2', '/v1x']],
  ['/v1/.*', ['/v1/', '/v1/a/b'], ['/v1', '/v1/\n']],
  ['\\101', ['A'], ['\\101']],
  ['\\x41\\x{1F600}', ['A😀'], ['A']],
  ['(?-i)a', ['a'], ['A']],
  ['(?i)ks', ['KS', '\u212aſ'], ['k']],
  ['(?i:a)b', ['Ab'], ['AB']],
  ['(?s).(?-s:.)', ['\na'], ['a\n']],
  ['(?m)^a$\\n^b$', ['a\nb'], ['ab']],
  ['a$', ['a'], ['a\n']],
  ['(?U)a+', ['aaa'], ['']],
  ['a\\z', ['a'], ['a\n']],
  ['(?P<n>a)(?<m>b)', ['ab'], ['a']],
  ['\\Q.*\\E+', ['.*', '.**'], ['ab', '.*.*']],
  ['\\Q.*', ['.*'], ['ab']],
  ['\\pN\\PN', ['1a'], ['a1']],
  ['\\p{Greek}[^\\p{Lu}]', ['αb'], ['αB', 'ab']],
  ['[[:word:]-]+', ['a_-'], ['a.']],
  ['[[:^alpha:]]', ['1'], ['a']],
  ['[[:]', ['[', ':'], ['a']],
  ['[[:-<]', ['[', ';'], ['-']],
  ['[\\[:]', ['[', ':'], ['\\']],
  ['\\Q[:\\E', ['[:'], ['[\\:']],
  ['[]a]', [']', 'a'], ['']],
  ['[a-b-c]', ['-', 'b'], ['d']],
  ['[\\d-z]', ['5', '-', 'z'], ['x']],
  ['a{,2}', ['a{,2}'], ['aa']],
  ['a{01}', ['a{01}'], ['a']],
  ['a{1000}', ['a'.repeat(1000)], ['a'.repeat(999)]],
  ['\\b\\w+\\b', ['ab'], ['']],
  ['[^a]', ['\n', 'é'], ['a', '']],
])('%j is one', (expression, matching, others) => {
  const { problem, dispute, matches } = compileRe2(expression);
  expect({ problem, dispute }).toEqual({});
  expect(matching.filter(text => !matches!(text))).toEqual([]);
  expect(others.filter(text => matches!(text))).toEqual([]);
});

test.each<[expression: string, problem: string]>([
  ['([', 'missing closing ]: ['],
  ['(a', 'missing closing ): (a'],
  ['a)', 'unexpected ): a)'],
  ['a{1001}', 'invalid repeat count: {1001}'],
  ['(a{1000}){2}', 'invalid repeat count: {2}'],
  ['a{2,1}', 'invalid repeat count: {2,1}'],
  ['a**', 'invalid nested repetition operator: **'],
  ['*a', 'missing argument to repetition operator: *'],
  ['[[:foo:]]', 'invalid character class range: [:foo:]'],
  ['[[:', 'missing closing ]: [[:'],
  ['[[:foo', 'missing closing ]: [[:foo'],
  ['[a[:', 'missing closing ]: [a[:'],
  ['[[\\:', 'missing closing ]: [[\\:'],
  ['[[:-!]', 'invalid character class range: :-!'],
  ['[[:word:]]([[:', 'missing closing ]: [[:'],
  ['\\Q[:\\E[[:', 'missing closing ]: [[:'],
  ['[a-\\d]', 'invalid escape sequence: \\d'],
  ['[z-a]', 'invalid character class range: z-a'],
  ['\\Z', 'invalid escape sequence: \\Z'],
  ['\\1', 'invalid escape sequence: \\1'],
  ['\\C', 'invalid escape sequence: \\C'],
  ['\\x{110000}', 'invalid escape sequence: \\x{110000'],
  ['a\\', 'trailing backslash at end of expression'],
  ['(?=a)', 'invalid or unsupported Perl syntax: (?='],
  ['(?x)a', 'invalid or unsupported Perl syntax: (?x'],
  ['(?-)a', 'invalid or unsupported Perl syntax: (?-)'],
  ['(?<=a)', 'invalid named capture: (?<=a)'],
  ['(?P<n>a)(?P<n>b)', 'duplicate capture group name: n'],
  ['(?P<é>a)', 'invalid named capture: (?P<é>'],
  ['\\pX', 'invalid character class range: \\pX'],
  ['\\p{Foo}', 'invalid character class range: \\p{Foo}'],
  ['\\p{Emoji}', 'unknown class of characters: Emoji'],
  ['\\p{Garay}', 'unknown class of characters: Garay'],
  ['\ud800', 'half of a character (invalid UTF-16)'],
  [`${'('.repeat(1001)}a${')'.repeat(1001)}`, 'expression nests too deeply'],
  [`(${'x'.repeat(100)}`, `missing closing ): (${'x'.repeat(36)}...`],
])('%j is refused', (expression, problem) => {
  expect(compileRe2(expression)).toEqual({ problem });
});

/** Go 1.25 accepts Letter and refuses Old_Italic; Envoy knows categories by their short names only. */
test.each(['c', 'Letter', 'lowercase letter', 'greek', 'Ascii', 'Assigned', 'Cn', 'LC', 'Old_Italic'])(
  '\\p{%s} depends on the version',
  name => {
    expect(compileRe2(`a\\P{${name}}`)).toEqual({ dispute: `unknown class of characters: ${name}` });
  },
);

test.each(['\\\\p{Emoji}', '\\Q\\p{Emoji}\\E', '[\\\\]p{Emoji}'])('%j has no class', expression => {
  expect(compileRe2(expression).problem).toBe(undefined);
});

const LONG = 100_000;

test.each<[name: string, expression: string, text: string, match: boolean]>([
  ['nested stars', '/(a*)*b', `/${'a'.repeat(LONG)}`, false],
  ['nested alternatives', '(a|a|aa)+$', `${'a'.repeat(LONG)}b`, false],
  ['overlapping parts', '(.*)(.*)(.*)(.*)x', 'a'.repeat(LONG), false],
  ['counted repetitions', '(a?){500}a{500}', 'a'.repeat(1000), true],
  ['every group once', '(([a-z])+.)+[A-Z]([a-z])+$', 'a'.repeat(LONG), false],
])('%s end', (_, expression, text, match) => {
  expect(compileRe2(expression).matches!(text)).toBe(match);
});

test.each<[name: string, expression: string]>([
  ['open classes', `[${'[:'.repeat(LONG)}]`],
  ['open names', '(?P<'.repeat(LONG)],
  ['quotes', '\\Q'.repeat(LONG)],
  ['open Unicode classes', '\\p{'.repeat(LONG)],
  ['parentheses', '('.repeat(LONG)],
  ['alternatives', 'ab|'.repeat(LONG)],
  ['stars', 'a*'.repeat(LONG)],
])('reading many %s ends', (_, expression) => {
  const { matches, problem, dispute } = compileRe2(expression);
  expect([matches, problem, dispute].filter(each => each !== undefined)).toHaveLength(1);
});

test('an open class whose name would end in the next one is refused, as Go does', () => {
  expect(compileRe2('[[:[:]').problem).toBe('invalid character class range: [:[:]');
  expect(compileRe2('[[:]').matches?.(':')).toBe(true);
  expect(compileRe2('[:]').matches?.(':')).toBe(true);
});
