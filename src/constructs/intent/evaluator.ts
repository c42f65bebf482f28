/** The part of the evaluator that verifies what constructs write: in the package it is a bundle of its own. */
export { backends, decideEndpoint, evaluate, withPolicies } from '../../evaluator';
export type { ClusterSource, Endpoint, EvaluatedMesh } from '../../evaluator';
