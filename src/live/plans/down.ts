import { command } from './command';
import { LiveCluster } from './live-mesh';
import { markQuery } from './mark';
import { Plan } from './plan';
import { tool } from './tools';

/** The plan that deletes kind clusters which `up` created; each is asked for its mark once more, right before. */
export function downPlan(clusters: readonly LiveCluster[]): Plan {
  return {
    title: `down: ${clusters.map(each => each.name).join(', ')}`,
    tools: [tool('kind', 'deletes the clusters'), tool('kubectl', 'asks them for their mark')],
    steps: clusters.flatMap(({ name, context }) => [
      {
        id: `${name}/marked`, title: 'look for the mark of up', cluster: name, needs: [], commands: [],
        ensure: [{
          condition: { kind: 'prints-anything', command: markQuery(context) },
          otherwise: `the kind cluster ${name} has no mark of up any more: it is left alone; kind delete cluster --name ${name} deletes it`,
        }],
      },
      { id: `${name}/deleted`, title: 'delete the kind cluster', cluster: name, needs: [`${name}/marked`], commands: [command('kind', 'delete', 'cluster', '--name', name)] },
    ]),
  };
}
