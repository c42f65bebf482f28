/**
 * Which Service a destination of a statement is: one whose clients reach exactly the pods, clusters and ports of the
 * statement. Policies for it and for its pods are the same.
 */
import { RulePort } from './rule-ports';
import { Statement, StatementPeer } from './statement';
import { EvaluatedMesh } from '../../evaluator/read/mesh';
import { EvaluatedService } from '../../evaluator/read/service';

/** The name of the Service that a destination is; undefined if no Service is. Of several, the first by name. */
export function serviceOf(statement: Statement, destination: StatementPeer, mesh: EvaluatedMesh): string | undefined {
  const { sources, ports, sameCluster } = statement;
  const { peer, clusters } = destination;
  if (peer.kind !== 'pods' || peer.pods.absent.length > 0 || peer.pods.serviceAccount !== undefined || sameCluster) {
    return undefined;
  }
  const { namespace, labels } = peer.pods;
  const clients = sources.flatMap(each => (each.peer.kind === 'pods' ? each.clusters : ['outside of the clusters']));
  const isWhole = (name: string) => {
    const having = mesh.clusters.filter(({ services }) => services.some(each => isNamed(each, namespace, name)));
    const names = having.map(cluster => cluster.name).sort();
    return (
      names.join() === [...clusters].sort().join() &&
      clients.every(client => names.includes(client)) &&
      having.every(({ services }) =>
        services
          .filter(each => isNamed(each, namespace, name))
          .every(
            each => ((each.global && each.shared) || mesh.clusters.length === 1) && isSame(each, labels, ports),
          ),
      )
    );
  };
  const candidates = mesh.clusters.flatMap(({ services }) =>
    services.filter(each => each.namespace === namespace && isSame(each, labels, ports)).map(({ name }) => name),
  );
  return [...new Set(candidates)].sort().find(isWhole);
}

function isNamed({ namespace, name }: EvaluatedService, inNamespace: string, called: string): boolean {
  return namespace === inNamespace && name === called;
}

/** Whether a Service selects pods by these labels, and packets to them have exactly these ports. */
function isSame(
  { selector, ports: servicePorts, headless, externalName, imported, affinity }: EvaluatedService,
  labels: ReadonlyMap<string, string>,
  ports: readonly RulePort[],
): boolean {
  const terms = Object.entries(selector ?? {});
  const reached = servicePorts.map(({ protocol, targetPort }) => `${protocol} ${targetPort}`);
  const wanted = ports.map(({ protocol, first, last, name }) => `${protocol} ${name ?? (first === last ? first : '')}`);
  return (
    !headless &&
    !externalName &&
    !imported &&
    affinity === 'none' &&
    terms.length === labels.size &&
    terms.every(([key, value]) => labels.get(key) === value) &&
    [...new Set(reached)].sort().join() === [...new Set(wanted)].sort().join()
  );
}
