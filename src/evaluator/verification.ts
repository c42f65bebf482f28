/** The part of the public entry that verifies what constructs write, so their programs load no more than that. */
export { evaluate } from './evaluation';
export { decideEndpoint } from './flows/flow';
export { withPolicies } from './read/mesh';
export { backends } from './service-backends';
export type { Refusal as PolicyRefusal } from './read/policy/field-reader';
