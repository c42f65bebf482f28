/** What the key and the value of a label may be. */
import { labelKeyProblem, labelValueProblem } from '../../src/cilium/label-syntax';

/** Source: k8s.io/apimachinery/pkg/util/validation, IsQualifiedName. */
describe('a label key', () => {
  test.each([
    'a',
    'app',
    'App_1.x-y',
    '0',
    'example.org/app',
    'a.b.c/D',
    label(63),
    `${label(63)}.${label(63)}.${label(63)}.${label(61)}/x`,
  ])('may be %s', key => {
    expect(labelKeyProblem(key)).toBeUndefined();
  });

  test.each<[key: unknown, problem: string]>([
    ['', 'has a name that is not'],
    ['-a', 'has a name that is not'],
    ['a-', 'has a name that is not'],
    ['.a', 'has a name that is not'],
    ['a b', 'has a name that is not'],
    ['a\n', 'has a name that is not'],
    ['ä', 'has a name that is not'],
    ['k8s:app', 'has a name that is not'],
    ['x'.repeat(64), 'has a name that is not 1 to 63'],
    ['example.org/', 'has a name that is not'],
    ['/app', 'has a prefix that is not a DNS subdomain'],
    ['Example.org/app', 'has a prefix that is not a DNS subdomain'],
    ['example..org/app', 'has a prefix that is not a DNS subdomain'],
    ['example_org/app', 'has a prefix that is not a DNS subdomain'],
    [`${label(63)}.${label(63)}.${label(63)}.${label(62)}/x`, 'has a prefix that is not a DNS subdomain'],
    ['a/b/c', 'has more than one slash'],
    [7, 'is not a string'],
    [null, 'is not a string'],
    [undefined, 'is not a string'],
  ])('may not be %j', (key, problem) => {
    expect(labelKeyProblem(key)).toContain(problem);
  });
});

/** Source: k8s.io/apimachinery/pkg/util/validation, IsValidLabelValue. */
describe('a label value', () => {
  test.each(['', 'a', '0', 'Rebel.base_1-x', 'x'.repeat(63)])('may be "%s"', value => {
    expect(labelValueProblem(value)).toBeUndefined();
  });

  test.each<[value: unknown, problem: string]>([
    ['-a', 'beginning and ending with a letter or digit'],
    ['a.', 'beginning and ending with a letter or digit'],
    ['a/b', 'must be at most 63'],
    ['a b', 'must be at most 63'],
    ['a\n', 'must be at most 63'],
    ['x'.repeat(64), 'must be at most 63'],
    [true, 'is not a string'],
    [7, 'is not a string'],
    [null, 'is not a string'],
  ])('may not be %j', (value, problem) => {
    expect(labelValueProblem(value)).toContain(problem);
  });
});

function label(length: number): string {
  return 'x'.repeat(length);
}
