import { labelSelectorProblem } from '../../src/cilium/label-selector-text';

test.each(['tier', '!tier', 'tier=edge', 'tier==edge, zone!=a', 'tier in (edge,core),zone notin (a)', 'n>3,m<-1', 'a=', 'example.org/a=b'])(
  '%j is a label selector',
  text => {
    expect(labelSelectorProblem(text)).toBeUndefined();
  },
);

test.each([
  ['', ''],
  ['tier=', undefined],
  ['tier=edge,', ''],
  ['tier=a b', 'tier=a b'],
  ['a/b/c=d', 'a/b/c=d'],
  ['tier in (edge', 'tier in (edge'],
  ['a=b,n>x', 'n>x'],
  ['=edge', '=edge'],
  ['tier===edge', 'tier===edge'],
])('the part of %j that is not a requirement', (text, problem) => {
  expect(labelSelectorProblem(text)).toBe(problem);
});
