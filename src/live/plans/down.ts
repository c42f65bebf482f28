import { kind } from './kube';
import { LiveCluster } from './live-mesh';
import { markQuery } from './mark';
import { Plan } from './plan';
import { tool } from './tools';

/** The plan that deletes kind clusters which `up` created. It looks for the mark of each once more, right before. */
export function downPlan(clusters: readonly LiveCluster[]): Plan {
  return {
    title: `down: ${clusters.map(each => each.name).join(', ')}`,
    tools: [tool('kind', 'deletes the clusters'), tool('kubectl', 'looks for the mark of up')],
    steps: clusters.flatMap(({ name, context }) => [
      {
        id: `${name}/marked`,
        title: 'look for the mark of up',
        cluster: name,
        needs: [],
        commands: [],
        ensure: [
          {
            condition: { kind: 'prints-anything', command: markQuery(context) },
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
