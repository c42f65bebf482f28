import { BitSet, union } from './bit-set';
import { EndpointClass } from './endpoint-classes';
import { QueryRules } from './learned-names';
import { normalizedName } from '../../cilium/dns-names';
import { Traits } from '../../cilium/traits';
import { Fqdn, onlyName } from '../engine/fqdn';
import { matchesQuery } from '../engine/http';

/** Values by DNS names. A rule with a name, not a pattern, finds its values without asking for all of them. */
export class ByName<T> {
  private readonly byName = new Map<string, T[]>();

  constructor(values: Iterable<readonly [string, T]>) {
    for (const [name, value] of values) {
      const key = normalizedName(name);
      const same = this.byName.get(key);
      if (same) {
        same.push(value);
      } else {
        this.byName.set(key, [value]);
      }
    }
  }

  /** The values of the names that a rule matches. `matches` gets names that end with a dot. */
  public matching(rule: Fqdn, matches: (name: string) => boolean): readonly T[] {
    const only = onlyName(rule);
    return only !== undefined
      ? (this.byName.get(only) ?? [])
      : [...new Set([...this.byName].flatMap(([name, values]) => (matches(name) ? values : [])))];
  }
}

/** The classes of DNS names, and those that DNS rules let pass. */
export class NameSets {
  private readonly all: BitSet;
  private readonly byName: ByName<number>;
  private readonly passing = new Map<Traits, Map<string, BitSet>>();

  constructor(classes: readonly EndpointClass[]) {
    this.all = new BitSet(classes.length);
    const names = classes.flatMap(({ endpoint }, number) =>
      endpoint?.kind === 'name' ? [[endpoint.name, number] as const] : [],
    );
    names.forEach(([, number]) => this.all.add(number));
    this.byName = new ByName(names);
  }

  /** The classes of names that none of the rules lets pass. */
  public passingNone(rules: readonly QueryRules[]): BitSet {
    const sets = rules.flatMap(({ dns, traits }) => dns.map(rule => this.passingRule(rule, traits)));
    return this.all.copy().andNot(union(this.all.size, sets));
  }

  private passingRule(rule: Fqdn, traits: Traits): BitSet {
    const known = this.passing.get(traits) ?? new Map<string, BitSet>();
    this.passing.set(traits, known);
    const key = JSON.stringify([rule.matchName, rule.matchPattern]);
    let set = known.get(key);
    if (!set) {
      set = new BitSet(this.all.size);
      this.byName.matching(rule, name => matchesQuery([rule], name, traits)).forEach(number => set!.add(number));
      known.set(key, set);
    }
    return set;
  }
}
