import { PolicyEntry } from '../../engine/entry';
import { EvaluatedCluster, EvaluatedPolicy } from '../../read/cluster';
import { RuleContext } from '../context';

/** A spec of a policy that applies to no pods of its cluster. */
export interface UnselectedSpec {
  readonly cluster: EvaluatedCluster;
  readonly policy: EvaluatedPolicy;
  /** The path of the selector. */
  readonly path: string;
  /** One of the spec's entries. */
  readonly entry: PolicyEntry;
  /** Workloads of the cluster that the selector matches, all with the network of their nodes. */
  readonly onHostNetwork: readonly number[];
}

/** The specs that select no pods to which Cilium applies policies. */
export function unselectedSpecs(context: RuleContext): readonly UnselectedSpec[] {
  const known = KNOWN.get(context) ?? findSpecs(context);
  KNOWN.set(context, known);
  return known;
}

/** Several rules of `check` ask for them. */
const KNOWN = new WeakMap<RuleContext, readonly UnselectedSpec[]>();

function findSpecs(context: RuleContext): UnselectedSpec[] {
  return context.policies.flatMap(({ cluster, policy }) =>
    firstEntries(context, policy).flatMap(({ path, entry }) => {
      if (!context.subjectsOf(cluster, entry).isEmpty) {
        return [];
      }
      const onHostNetwork = context.index
        .meeting(entry.subject)
        .toArray()
        .filter(number => context.index.classes[number].cluster === cluster.name);
      return [{ cluster, policy, path, entry, onHostNetwork }];
    }),
  );
}

/** The first entry of each spec of a policy of pods. */
function firstEntries(
  context: RuleContext,
  policy: EvaluatedPolicy,
): Array<{ readonly path: string; readonly entry: PolicyEntry }> {
  const entries = policy.entries.filter(({ node }) => !node);
  const { specs } = context.syntaxOf(policy);
  if (specs.length === 1) {
    return entries.slice(0, 1).map(entry => ({ path: specs[0].subjectPath, entry }));
  }
  const bySpec = new Map<string, { readonly path: string; readonly entry: PolicyEntry }>();
  for (const entry of entries) {
    const { subjectPath } = context.specOf(policy, entry);
    if (!bySpec.has(subjectPath)) {
      bySpec.set(subjectPath, { path: subjectPath, entry });
    }
  }
  return [...bySpec.values()];
}
