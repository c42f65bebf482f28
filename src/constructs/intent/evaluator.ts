/** The part of the evaluator that verifies what constructs write. */
export { backends, decideEndpoint, evaluate, withPolicies } from '../../evaluator/verification';
export type { PolicyRefusal } from '../../evaluator/verification';
export type { ClusterSource, Endpoint, EvaluatedMesh } from '../../evaluator';
