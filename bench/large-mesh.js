// node large-mesh.js CLUSTERS APPS: a mesh with four objects for each application in each cluster, written by the compiled library.
const { ApiObject } = require('cdk8s');
const { ClusterMesh, GlobalService, Workload } = require('../lib');

const [clusters, apps] = process.argv.slice(2).map(Number);
const mesh = new ClusterMesh({
  verify: process.env.VERIFY !== 'no',
  clusters: Array.from({ length: clusters }, (_, index) => ({ name: `c${index + 1}`, id: index + 1, podCidrs: [`10.${index + 1}.0.0/16`] })),
});
let before;
for (let index = 0; index < apps; index++) {
  const name = `app-${index}`;
  const labels = { app: name };
  for (const cluster of mesh.clusters) {
    new ApiObject(cluster, `${name}-deployment`, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace: 'default' },
      spec: { replicas: 2, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name, image: 'nginx:1.27.1' }] } } },
    });
  }
  const workload = new Workload(mesh, `${name}-pods`, { name, labels });
  const service = new GlobalService(mesh, name, { workload, namespace: 'default', ports: [{ port: 80, targetPort: 8080 }] });
  (before ?? workload).connections.allowTo(service);
  before = workload;
}
mesh.synth();
