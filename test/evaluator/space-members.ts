/** What the laws of the flow space ask one flow at a time. */
import { Endpoint } from '../../src/evaluator/flows/endpoint';
import { EndpointClass } from '../../src/evaluator/flows/endpoint-classes';
import { EndpointDecision } from '../../src/evaluator/flows/flow';
import { requestsOf } from '../../src/evaluator/flows/requests';
import { Case } from '../../test-support/judge';

/** The first and the last member of a class, and both ends of each part of a block. */
export function membersOf({ kind, endpoint, workloads, placed, blocks }: EndpointClass): Endpoint[] {
  const pods = placed ?? workloads;
  if (kind === 'pods' || placed) {
    const some = [...new Set([pods[0], pods.at(-1)!])];
    return some.map(workload => ({ kind: 'workload', workload, ...(placed ? { placement: 'same-node' } : {}) }));
  }
  const borders = blocks?.flatMap(block => block.borders.flat()) ?? [];
  return blocks ? borders.map(address => ({ kind: 'address', address, names: [] })) : [endpoint!];
}

/** The requests that the proxy of an endpoint lets through; empty if it lets every request through. */
export function requestsKey({ verdict, proxy }: EndpointDecision): string {
  return verdict === 'redirected' && proxy ? (requestsOf(proxy)?.key ?? '') : '';
}

/** Every third pod of a case, from one of the first three on. */
export function everyThird({ endpoints }: Case, from: number): ReadonlySet<string> {
  const pods = endpoints.filter(({ cluster, entity }) => cluster !== undefined && entity === undefined);
  return new Set(pods.filter((_, index) => (index + from) % 3 === 0).map(({ id }) => id));
}

/** The case without every second of its policies, from the first or the second on. */
export function withoutPolicies(question: Case, from: number): Case {
  let index = from;
  return {
    ...question,
    clusters: question.clusters.map(cluster => ({
      ...cluster,
      policies: cluster.policies?.filter(() => index++ % 2 === 0),
    })),
  };
}

/** The case without one of its policies. */
export function withoutPolicy(question: Case, which: number): Case {
  const count = question.clusters.reduce((sum, { policies = [] }) => sum + policies.length, 0);
  let index = 0;
  return {
    ...question,
    clusters: question.clusters.map(cluster => ({
      ...cluster,
      policies: cluster.policies?.filter(() => index++ !== which % count),
    })),
  };
}
