/**
 * Which labels select the pods of a workload in policies that outlive its releases.
 *
 * Workloads of a namespace are selected together if they have the same stable labels, such as blue and green, or if
 * they are the same workload in several clusters. The fewest common labels that select nothing else in any cluster are
 * chosen: of the names of applications first, then all of them, then the service account, then labels that others have.
 */
import { Labels, stableLabels } from './stable-labels';
import { isDnsLabel, isDnsSubdomain } from '../../cilium/kubernetes-names';
import { labelValueProblem } from '../../cilium/label-syntax';
import { SERVICE_ACCOUNT_LABEL } from '../../cilium/labels';
import { EvaluatedMesh } from '../../evaluator/read/mesh';
import { compareTexts } from '../../evaluator/read/text-order';
import { Workload } from '../../evaluator/read/workload';
import { assumedDns } from '../flows/assumed-dns';

/** Pods of one namespace, in all clusters where they run. */
export interface PodSelection {
  /** Equal for equal selections of a mesh. */
  readonly key: string;
  /** The name of the first workload. */
  readonly name: string;
  readonly namespace: string;
  /** Sorted by key. */
  readonly labels: Labels;
  /** Labels that the pods do not have, sorted. */
  readonly absent: readonly string[];
  /** The service account of the pods, where no labels tell them apart. */
  readonly serviceAccount?: string;
  /** The workloads that it selects in all clusters, sorted. */
  readonly workloads: readonly Workload[];
}

/** The keys of labels that name an application, in the order in which they are tried. */
const NAMING_KEYS: ReadonlyArray<readonly string[]> = [
  ['app.kubernetes.io/name'],
  ['app.kubernetes.io/name', 'app.kubernetes.io/component'],
  ['app.kubernetes.io/name', 'app.kubernetes.io/instance'],
  ['app.kubernetes.io/name', 'app.kubernetes.io/instance', 'app.kubernetes.io/component'],
  ['app'],
  ['app', 'component'],
  ['app', 'tier'],
  ['app', 'role'],
  ['app', 'release'],
  ['k8s-app'],
  ['name'],
];

/** The selections of all workloads whose pods policies can select; others have no stable label and no account. */
export function podSelections(mesh: EvaluatedMesh): ReadonlyMap<Workload, PodSelection> {
  const byNamespace = new Map<string, Workload[]>();
  const all = [...mesh.workloads, ...assumedDns(mesh).values()];
  for (const workload of all.filter(each => !each.hostNetwork && isDnsLabel(each.namespace))) {
    byNamespace.set(workload.namespace, [...(byNamespace.get(workload.namespace) ?? []), workload]);
  }
  const selections = [...byNamespace.values()].flatMap(workloads => new Namespace(workloads).selections());
  return new Map(
    selections.flatMap(pods => pods.workloads.map((workload): [Workload, PodSelection] => [workload, pods])),
  );
}

/** The workloads of one namespace in all clusters. */
class Namespace {
  private readonly labels: ReadonlyMap<Workload, Labels>;
  /** Workloads by key and value of their labels. */
  private readonly index = new Map<string, Set<Workload>>();

  constructor(private readonly workloads: readonly Workload[]) {
    this.labels = new Map(workloads.map(workload => [workload, stableLabels(workload)]));
    for (const [workload, labels] of this.labels) {
      labels.forEach((value, key) => {
        const text = `${key}=${value}`;
        this.index.set(text, (this.index.get(text) ?? new Set()).add(workload));
      });
    }
  }

  public selections(): PodSelection[] {
    const alike = groups(this.workloads, workload => [this.keyOf(workload)]);
    const joined = groups(this.workloads, workload => [
      this.keyOf(workload),
      `${workload.kind}/${workload.name}`,
    ]);
    return joined.flatMap(group => {
      const together = this.selectionOf(group);
      return together
        ? [together]
        : alike.filter(([first]) => group.includes(first)).flatMap(each => this.selectionOf(each) ?? []);
    });
  }

  /** The same for workloads that no stable selector tells apart. */
  private keyOf(workload: Workload): string {
    const labels = [...this.labels.get(workload)!].map(([key, value]) => `${key}=${value}`).join();
    return labels === '' ? `account ${accountOf(workload) ?? ''}` : `labels ${labels}`;
  }

  private selectionOf(group: readonly Workload[]): PodSelection | undefined {
    const common = commonLabels(group.map(workload => this.labels.get(workload)!));
    const parts = (keys: readonly string[]) => new Map(keys.map((key): [string, string] => [key, common.get(key)!]));
    const tries = [
      ...NAMING_KEYS.filter(keys => keys.every(key => common.has(key))).map(parts),
      ...(common.size > 0 ? [common] : []),
    ];
    const exact = tries.find(labels => this.selected(labels).length === group.length);
    if (exact) {
      return selection(group, exact);
    }
    const account = accountOf(group[0]);
    const rest = this.selected(common).filter(each => !group.includes(each));
    if (
      account !== undefined &&
      group.every(each => accountOf(each) === account) &&
      !rest.some(each => accountOf(each) === account)
    ) {
      return selection(group, common, [], account);
    }
    const absent = common.size > 0 ? this.absentIn(group, rest) : undefined;
    return absent && selection(group, common, absent);
  }

  /** The workloads with these labels. Each is in the sets of all of them. */
  private selected(labels: Labels): Workload[] {
    const sets = [...labels].map(([key, value]) => this.index.get(`${key}=${value}`)!);
    const [least, ...others] = sets.sort((one, other) => one.size - other.size);
    return [...(least ?? this.workloads)].filter(workload => others.every(set => set.has(workload)));
  }

  /** Keys that the group lacks and that rule all others out, the fewest that one after the other finds. */
  private absentIn(group: readonly Workload[], others: readonly Workload[]): string[] | undefined {
    const absent: string[] = [];
    let left = [...others];
    while (left.length > 0) {
      const counts = new Map<string, number>();
      for (const key of left.flatMap(each => [...this.labels.get(each)!.keys()])) {
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
      const [best] = [...counts]
        .filter(([key]) => !group.some(each => this.labels.get(each)!.has(key)))
        .sort(([one, many], [other, more]) => more - many || (one < other ? -1 : 1));
      if (!best) {
        return undefined;
      }
      absent.push(best[0]);
      left = left.filter(each => !this.labels.get(each)!.has(best[0]));
    }
    return absent.sort();
  }
}

function selection(
  workloads: readonly Workload[],
  labels: Labels,
  absent: readonly string[] = [],
  serviceAccount?: string,
): PodSelection {
  const [{ namespace, name }] = workloads;
  const terms = [...[...labels].map(([key, value]) => `${key}=${value}`), ...absent.map(key => `!${key}`)];
  return {
    key: `${namespace} ${terms.join(',')} ${serviceAccount ?? ''}`,
    name,
    namespace,
    labels,
    absent,
    ...(serviceAccount === undefined ? {} : { serviceAccount }),
    workloads,
  };
}

/** The service account of a workload that has one of its own. */
function accountOf({ labels }: Workload): string | undefined {
  const account = labels.get('k8s', SERVICE_ACCOUNT_LABEL);
  return account === 'default' || !isDnsSubdomain(account) || labelValueProblem(account) ? undefined : account;
}

function commonLabels([first, ...others]: readonly Labels[]): Labels {
  return new Map([...first].filter(([key, value]) => others.every(labels => labels.get(key) === value)));
}

/** Groups of items that have a key in common, also by way of others; in the order of their first items. */
function groups(workloads: readonly Workload[], keysOf: (workload: Workload) => readonly string[]): Workload[][] {
  const byKey = new Map<string, Set<Workload>>();
  for (const workload of workloads) {
    const keys = keysOf(workload);
    const members = new Set([...keys.flatMap(key => [...(byKey.get(key) ?? [])]), workload]);
    for (const key of [...members].flatMap(keysOf)) {
      byKey.set(key, members);
    }
  }
  return [...new Set(byKey.values())].map(members => [...members].sort(compare)).sort(([a], [b]) => compare(a, b));
}

function compare(one: Workload, other: Workload): number {
  const textsOf = ({ namespace, name, kind, cluster }: Workload) => [namespace, name, kind, cluster];
  return compareTexts(textsOf(one), textsOf(other));
}
