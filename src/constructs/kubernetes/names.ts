import { Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { isDnsLabel, isDnsSubdomain } from '../../cilium/kubernetes-names';
import { Cluster } from '../mesh/cluster';
import { MeshTree } from '../mesh/mesh-tree';
import { PropertyRefusals } from '../property-refusals';

/**
 * The namespace of the objects that a construct writes: `namespace`, else that of the chart in which it was created,
 * else the default namespace of the mesh; undefined if none says, for the namespace `default`.
 */
export function objectNamespace(construct: Construct, namespace: string | undefined): string | undefined {
  return (
    namespace ??
    (Cluster.enclosing(construct) ? Chart.of(construct).namespace : undefined) ??
    MeshTree.find(construct)?.defaultNamespace
  );
}

/** The namespace of the pods that a construct means, by the same rule. */
export function podNamespace(construct: Construct, namespace: string | undefined): string {
  return objectNamespace(construct, namespace) ?? 'default';
}

/** Refuses a property `namespace` that Kubernetes would refuse. Without one there is nothing to refuse. */
export function checkNamespace(namespace: string | undefined, refusals: PropertyRefusals): void {
  if (namespace !== undefined && !isDnsLabel(namespace)) {
    refusals.add(
      'namespace-invalid',
      'namespace',
      'invalid namespace',
      namespace,
      'at most 63 lower-case letters, digits and dashes',
      'correct the name',
    );
  }
}

/** Refuses the name of an object, from a property or from the id of the construct, that Kubernetes would refuse. */
export function checkObjectName(name: string, property: string, refusals: PropertyRefusals): void {
  if (!isDnsSubdomain(name)) {
    refusals.add(
      'object-name-invalid',
      property,
      'invalid object name',
      name,
      'lower-case letters, digits, dashes and dots, with a letter or digit at both ends',
      `set ${property}, or rename the construct`,
    );
  }
}
