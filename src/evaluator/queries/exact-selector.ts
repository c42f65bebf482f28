import { isCiliumLabel, NAMESPACE_LABEL, SERVICE_ACCOUNT_LABEL } from '../../cilium/labels';
import { EvaluatedMesh } from '../read/mesh';
import { Workload } from '../read/workload';

/** A label selector as Kubernetes writes it. */
export interface LabelSelector {
  readonly matchLabels?: { readonly [key: string]: string };
  readonly matchExpressions?: ReadonlyArray<{ readonly key: string; readonly operator: 'DoesNotExist' }>;
}

/** A label that pods must have, or must not have if it has no value. */
interface LabelRequirement {
  readonly key: string;
  readonly value?: string;
}

/** Labels that identify an application, the most common first. */
const IDENTIFYING_KEYS = ['app.kubernetes.io/name', 'app', 'k8s-app', 'name', 'app.kubernetes.io/instance'];

/**
 * Selects the pods of a workload, and no other pods of its namespace and cluster that have another identity. Pods with
 * the same identity cannot be told apart by any policy.
 *
 * An identifying label is enough if no other pods have it. Otherwise further requirements follow, each time the one
 * that rules out most of the other pods, until none is left. Two sets of labels that differ always have such a
 * requirement: a label that the other pods lack, or one that only they have.
 */
export function exactSelector(mesh: EvaluatedMesh, workload: Workload): LabelSelector {
  const own = podLabelsOf(workload);
  let others = mesh.workloads
    .filter(
      each =>
        each !== workload &&
        each.cluster === workload.cluster &&
        each.namespace === workload.namespace &&
        !each.hostNetwork,
    )
    .map(podLabelsOf);
  const candidates = candidatesOf(own, others);
  const chosen: LabelRequirement[] = [];
  const add = (requirement: LabelRequirement) => {
    chosen.push(requirement);
    others = others.filter(labels => meetsRequirement(labels, requirement));
  };
  const identifying = candidates.filter(({ key, value }) => value !== undefined && IDENTIFYING_KEYS.includes(key));
  if (identifying.length > 0) {
    add(mostExcluding(identifying, others).requirement);
  }
  for (;;) {
    const { requirement, excluded } = mostExcluding(candidates, others);
    if (excluded === 0) {
      break;
    }
    add(requirement);
  }
  if (chosen.length === 0) {
    candidates.filter(({ key, value }) => value !== undefined && key !== SERVICE_ACCOUNT_LABEL).forEach(add);
  }
  return selectorOf(chosen);
}

/** The labels of a workload's identity that pods of its namespace may differ in. */
function podLabelsOf({ labels }: Workload): ReadonlyMap<string, string> {
  return new Map(
    labels.labels
      .filter(({ key }) => (!isCiliumLabel(key) && key !== NAMESPACE_LABEL) || key === SERVICE_ACCOUNT_LABEL)
      .map(({ key, value }) => [key, value]),
  );
}

/** The requirements that the labels meet, those that say most to people first. */
function candidatesOf(
  own: ReadonlyMap<string, string>,
  others: ReadonlyArray<ReadonlyMap<string, string>>,
): LabelRequirement[] {
  const rank = (key: string) => (IDENTIFYING_KEYS.includes(key) ? IDENTIFYING_KEYS.indexOf(key) : Infinity);
  const present = [...own]
    .filter(([key]) => key !== SERVICE_ACCOUNT_LABEL)
    .sort(([one], [other]) => rank(one) - rank(other) || (one < other ? -1 : 1))
    .map(([key, value]) => ({ key, value }));
  const absent = [...new Set(others.flatMap(labels => [...labels.keys()]))].filter(key => !own.has(key)).sort();
  const account = own.get(SERVICE_ACCOUNT_LABEL);
  return [
    ...present,
    ...absent.map(key => ({ key })),
    ...(account === undefined ? [] : [{ key: SERVICE_ACCOUNT_LABEL, value: account }]),
  ];
}

/** The first of the candidates that rule out most of the other pods. */
function mostExcluding(
  candidates: readonly LabelRequirement[],
  others: ReadonlyArray<ReadonlyMap<string, string>>,
): { readonly requirement: LabelRequirement; readonly excluded: number } {
  return candidates
    .map(requirement => ({
      requirement,
      excluded: others.filter(labels => !meetsRequirement(labels, requirement)).length,
    }))
    .reduce((best, each) => (each.excluded > best.excluded ? each : best), {
      requirement: candidates[0],
      excluded: 0,
    });
}

function meetsRequirement(labels: ReadonlyMap<string, string>, { key, value }: LabelRequirement): boolean {
  return labels.get(key) === value;
}

function selectorOf(requirements: readonly LabelRequirement[]): LabelSelector {
  const present = requirements.filter((each): each is Required<LabelRequirement> => each.value !== undefined);
  const absent = requirements.filter(({ value }) => value === undefined);
  return {
    ...(present.length === 0 ? {} : { matchLabels: Object.fromEntries(present.map(({ key, value }) => [key, value])) }),
    ...(absent.length === 0
      ? {}
      : { matchExpressions: absent.map(({ key }) => ({ key, operator: 'DoesNotExist' as const })) }),
  };
}
