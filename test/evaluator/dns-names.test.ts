/** DNS rules that are looked up by their names mean what they mean when each name is asked for. */
import * as fc from 'fast-check';
import { traitsOf } from '../../src/cilium/traits';
import { Fqdn, matchesFqdn, onlyName } from '../../src/evaluator/engine/fqdn';
import { matchesQuery } from '../../src/evaluator/engine/http';
import { EndpointClass } from '../../src/evaluator/flows/endpoint-classes';
import { ByName, NameSets } from '../../src/evaluator/flows/name-sets';

const RUNS = { numRuns: 5000 };
const versions = fc.constantFrom(traitsOf(15), traitsOf(20));
const names = fc
  .array(fc.constantFrom('a', 'b', 'ab', 'a1'), { minLength: 1, maxLength: 3 })
  .map(labels => labels.join('.'));
const patterns = fc
  .array(fc.constantFrom('a', 'b', 'A', '*', '**', 'a*', '*b', '.', '.', '.'), { minLength: 1, maxLength: 6 })
  .map(parts => parts.join(''));
const rules: fc.Arbitrary<Fqdn> = fc.oneof(
  names.map(matchName => ({ matchName })),
  patterns.map(matchPattern => ({ matchPattern })),
  patterns.map(matchPattern => ({ matchName: '', matchPattern })),
  fc.record({ matchName: names, matchPattern: patterns }),
  fc.constant({}),
);

/** ToAnchoredRegexp and ToUnAnchoredRegexp, pkg/fqdn/matchpattern/matchpattern.go, v1.15.19. */
test('a pattern matches what its regular expression matches', () => {
  const DNS = '[-a-zA-Z0-9_]';
  fc.assert(
    fc.property(patterns, names, (matchPattern, name) => {
      const text = matchPattern.toLowerCase();
      const expression =
        text === '*'
          ? `(^(${DNS}+[.])+$)|(^[.]$)`
          : `^${text.replace(/\.?$/, '.').replace(/\./g, '[.]').replace(/\*/g, `${DNS}*`)}$`;
      return matchesFqdn({ matchPattern }, traitsOf(15), `${name}.`) === new RegExp(expression).test(`${name}.`);
    }),
    RUNS,
  );
});

test('a rule with one name matches no other', () => {
  fc.assert(
    fc.property(rules, versions, names, (rule, traits, name) => {
      const only = onlyName(rule);
      return (
        only === undefined ||
        (matchesFqdn(rule, traits, only) && matchesFqdn(rule, traits, `${name}.`) === (only === `${name}.`))
      );
    }),
    RUNS,
  );
});

test('values are found by their names', () => {
  fc.assert(
    fc.property(fc.uniqueArray(names), rules, versions, (known, rule, traits) => {
      const matches = (name: string) => matchesFqdn(rule, traits, name);
      const found = new ByName(known.map(name => [name, name])).matching(rule, matches);
      expect([...found].sort()).toEqual(known.filter(name => matches(`${name}.`)).sort());
    }),
    RUNS,
  );
});

const several = fc.array(rules, { minLength: 1, maxLength: 3 });

test('the names that no DNS rule lets pass', () => {
  fc.assert(
    fc.property(fc.uniqueArray(names), several, versions, (known, dns, traits) => {
      const classes = known.map(name => ({ endpoint: { kind: 'name', name } }) as EndpointClass);
      const set = new NameSets(classes).passingNone([{ dns, traits }]);
      expect(known.filter((_, number) => set.has(number))).toEqual(
        known.filter(name => !matchesQuery(dns, name, traits)),
      );
    }),
    RUNS,
  );
});
