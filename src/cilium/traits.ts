import { hubble } from './traits/hubble';
import { installation } from './traits/installation';
import { policyMeaning } from './traits/policy-meaning';
import { policySyntax } from './traits/policy-syntax';
import { services } from './traits/services';
import { VersionRange } from './traits/version-range';

/** The differences between the versions of Cilium, each by its name: `traits.aggregateIdentities`. */
export type Traits = Readonly<
  ReturnType<typeof policySyntax> &
    ReturnType<typeof policyMeaning> &
    ReturnType<typeof services> &
    ReturnType<typeof installation> &
    ReturnType<typeof hubble>
>;

/** Traits that are true or false. */
export type Feature = { [name in keyof Traits]: Traits[name] extends boolean ? name : never }[keyof Traits];

/** The newest minor version that this evaluator models, 1.20. */
const NEWEST_MINOR = 20;

const traitsByMinor = new Map<number, Traits>();

/** The traits of Cilium 1.`minor`: one object for each version. */
export function traitsOf(minor: number): Traits {
  const existing = traitsByMinor.get(minor);
  if (existing) {
    return existing;
  }
  const version = new VersionRange(minor);
  const traits = {
    ...policySyntax(version),
    ...policyMeaning(version),
    ...services(version),
    ...installation(version),
    ...hubble(version),
  };
  traitsByMinor.set(minor, traits);
  return traits;
}

/** The traits of the newest modelled version. */
export const NEWEST = traitsOf(NEWEST_MINOR);

/** The minor version that brought a feature. */
export function firstMinorWith(feature: Feature): number {
  let minor = NEWEST_MINOR;
  while (minor > 0 && traitsOf(minor - 1)[feature]) {
    minor--;
  }
  return minor;
}
