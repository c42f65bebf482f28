/** The evaluator without the program, and the library as an ES module, as a user imports them. */
import { ClusterMesh } from 'cdk8s-cilium-mesh';
import { evaluate, matrix } from 'cdk8s-cilium-mesh/evaluator';

const pod = (name: string) => ({
  apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: name } },
  spec: { containers: [{ name, image: 'example.org/app:1', ports: [{ containerPort: 80 }] }] },
});
const { mesh, problems } = evaluate({
  clusters: [{ name: 'a', id: 1, manifests: [{ file: 'pods', objects: [pod('client'), pod('server')] }] }],
});
const verdicts = [...matrix(mesh)].map(({ source, destination, verdict }) => `${source.name} ${destination.name} ${verdict}`);
if (problems.length > 0 || verdicts.join() !== 'client server allowed,server client allowed') {
  throw new Error(verdicts.join());
}
if (ClusterMesh.check({ clusters: [] }).map(fault => fault.code).join() !== 'cluster-count') {
  throw new Error('a mesh without clusters was accepted');
}
