import { didYouMean } from '../../diagnostics/did-you-mean';
import { Cluster } from '../mesh/cluster';
import { PropertyRefusals } from '../property-refusals';

/** Refuses a number of pods that the API server would refuse. */
export function checkReplicas(replicas: number | undefined, property: string, refusals: PropertyRefusals): void {
  if (replicas !== undefined && replicas !== null && (!Number.isInteger(replicas) || replicas < 0)) {
    refusals.add(
      'replicas-invalid',
      property,
      'invalid number of pods',
      replicas,
      'a whole number from 0',
      'correct the number',
    );
  }
}

/** Refuses keys of a map by cluster that are not clusters of the construct, because they would have no effect. */
export function checkClusterNames(
  map: { readonly [cluster: string]: unknown } | undefined,
  property: string,
  clusters: readonly Cluster[],
  refusals: PropertyRefusals,
): void {
  const names = clusters.map(cluster => cluster.name);
  for (const name of Object.keys(map ?? {}).filter(each => !names.includes(each))) {
    refusals.add(
      'cluster-not-found',
      property,
      'the construct is not in this cluster',
      name,
      names.join(', '),
      `name one of its clusters${didYouMean(name, names)}`,
    );
  }
}
