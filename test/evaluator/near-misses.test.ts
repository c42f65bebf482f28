/** Why a rule that nearly allows a flow does not: the texts of its selectors. */
import { meshOfCase } from './case-mesh';
import { explainFlow } from '../../src/evaluator/queries/explain';

const pod = (app: string) => ({ id: app, cluster: 'paris', namespace: 'default', labels: { app } });
const policy = {
  apiVersion: 'cilium.io/v2',
  kind: 'CiliumNetworkPolicy',
  metadata: { name: 'db', namespace: 'default' },
  spec: {
    endpointSelector: { matchLabels: { app: 'db' } },
    ingress: [
      { fromEntities: ['remote-node'] },
      { fromEndpoints: [{ matchLabels: { app: '' } }] },
      { fromEndpoints: [{ matchLabels: { app: 'api' } }] },
    ],
  },
};

test('name entities, and values that are empty', () => {
  const { mesh, endpoints } = meshOfCase({
    clusters: [{ name: 'paris', id: 1, policies: [JSON.stringify(policy)] }],
    endpoints: [pod('web'), pod('db')],
    flows: [],
  });
  const { endpoints: ends } = explainFlow(mesh, endpoints.get('web')!, endpoints.get('db')!, { protocol: 'TCP', port: 80 });
  expect(ends[1].nearMisses.map(({ why }) => why)).toEqual([
    expect.stringMatching(/^it requires the entity remote-node, which web\S*@paris is not$/),
    expect.stringMatching(/^it requires app = "", and web\S*@paris has "web"$/),
    expect.stringMatching(/^it requires app = api, and web\S*@paris has "web"$/),
  ]);
});
