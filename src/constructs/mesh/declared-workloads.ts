import { ApiObject } from 'cdk8s';
import { Cluster } from './cluster';
import { workloadKindOf } from '../../cilium/workload-kinds';
import { DeclaredWorkload } from '../../model/cluster-files';
import { isInTree } from '../faults';

/**
 * The workloads of a cluster that no object of the program runs: those whose labels no pods of its objects have. Each
 * has a name of its own in its namespace.
 */
export function declaredWorkloads(cluster: Cluster): DeclaredWorkload[] {
  const declared = cluster._declared.filter(({ construct }) => isInTree(construct)).map(({ workload }) => workload);
  if (declared.length === 0) {
    return [];
  }
  const pods = cluster.node
    .findAll()
    .filter((each): each is ApiObject => ApiObject.isApiObject(each) && workloadKindOf(each) !== undefined)
    .map(each => podsOf(each.toJson()));
  const unmet = declared.filter(
    workload =>
      !pods.some(
        ({ namespace, labels }) =>
          namespace === workload.namespace &&
          Object.entries(workload.labels).every(([key, value]) => labels?.[key] === value),
      ),
  );
  const unequal = new Map(unmet.map(workload => [JSON.stringify(workload), workload]));
  const names = new Set<string>();
  return [...unequal.values()].map(workload => ({ ...workload, name: uniqueName(workload, names) }));
}

function podsOf(object: any): { readonly namespace: string; readonly labels?: { readonly [key: string]: unknown } } {
  const { template } = workloadKindOf(object)!;
  const pods = template === '' ? object : template.split('.').reduce((value, key) => value?.[key], object);
  return { namespace: object.metadata.namespace ?? 'default', labels: pods?.metadata?.labels };
}

function uniqueName({ namespace = 'default', name }: DeclaredWorkload, names: Set<string>): string {
  for (let count = 1; ; count++) {
    const text = count === 1 ? name : `${name}-${count}`;
    if (!names.has(`${namespace}/${text}`)) {
      names.add(`${namespace}/${text}`);
      return text;
    }
  }
}
