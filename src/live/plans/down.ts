import { kind, kindContainers } from './kube';
import { LiveCluster } from './live-mesh';
import { markQuery } from './mark';
import { Plan } from './plan';
import { tool } from './tools';

/** A kind cluster that `up` created; `containers` has the IDs of its nodes where the cluster has no mark. */
export interface DoomedCluster {
  readonly cluster: LiveCluster;
  readonly containers?: readonly string[];
}

/**
 * The plan that deletes kind clusters which `up` created. It looks for the mark of each, or for its containers, once
 * more, right before.
 */
export function downPlan(clusters: readonly DoomedCluster[], runtime: string = 'docker'): Plan {
  return {
    title: `down: ${clusters.map(each => each.cluster.name).join(', ')}`,
    tools: [tool('kind', 'deletes the clusters'), tool('kubectl', 'looks for the mark of up')],
    steps: clusters.flatMap(({ cluster: { name, context }, containers }) => [
      {
        id: `${name}/marked`,
        title: 'look for the mark of up',
        cluster: name,
        needs: [],
        commands: [],
        ensure: containers
          ? containers.map(id => ({
            condition: { kind: 'prints-line', line: id, command: kindContainers(runtime, name) },
            message:
              `the kind cluster ${name} is another one than up created, so it is not deleted; ` +
              `to delete it, run kind delete cluster --name ${name}`,
          }))
          : [
            {
              condition: { kind: 'names-objects', command: markQuery(context) },
              message:
              `the kind cluster ${name} has lost the mark of up, so it is not deleted; ` +
              `to delete it, run kind delete cluster --name ${name}`,
            },
          ],
      },
      {
        id: `${name}/deleted`,
        title: 'delete the kind cluster',
        cluster: name,
        needs: [`${name}/marked`],
        commands: [kind('delete', name)],
      },
    ]),
  };
}
