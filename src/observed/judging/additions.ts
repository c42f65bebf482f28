import { Replay } from './replay';
import { decideFlow } from '../../evaluator/flows/flow';
import { Addition, withAdditions } from '../../evaluator/queries/added-policies';
import { addedPolicies, DecidedFlow } from '../../evaluator/queries/addition';
import { EvaluatedMesh } from '../../evaluator/read/mesh';

/** Policies for the flows that would be denied. */
export interface DeniedFlowAdditions {
  /** They can be applied together. */
  readonly policies: readonly Addition[];
  /** The number of denied flows that they allow together. No policy allows a flow that a rule denies. */
  readonly allowed: number;
  /** The number of denied flows that they were looked for. */
  readonly asked: number;
}

/** The most denied flows for which additions are looked for: each is tried on the mesh. */
const MOST_ASKED = 100;

/** Policies that together allow the flows that would be denied, or the first of them. */
export function deniedFlowAdditions(mesh: EvaluatedMesh, { flows }: Replay): DeniedFlowAdditions {
  const asked = flows
    .filter(({ change }) => change === 'denied')
    .slice(0, MOST_ASKED)
    .flatMap(({ flow: { source, destination, protocol, port }, decision }): DecidedFlow[] => {
      const [from, to] = [source.matches[0], destination.matches[0]];
      return 'endpoint' in from && 'endpoint' in to
        ? [{ source: from.endpoint, destination: to.endpoint, port: { protocol, port }, decision }]
        : [];
    });
  const policies = addedPolicies(mesh, asked);
  const after = withAdditions(mesh, policies);
  const allowed = asked.filter(
    ({ source, destination, port }) => decideFlow(after, source, destination, port).verdict === 'allowed',
  );
  return { policies, allowed: allowed.length, asked: asked.length };
}
