import * as fs from 'fs';
import * as path from 'path';
import { Endpoint } from '../../src/evaluator/flows/endpoint';
import { declaredPorts } from '../../src/evaluator/queries/matrix';
import { readMesh } from '../../src/evaluator/read/mesh';
import { readMeshFile } from '../../src/manifests/mesh-input';
import { linesOf, recordFlow } from '../../test-support/recorded-flows';

export const ROOT = path.join(__dirname, '..', '..');

/** Where the reports of the tests are. */
export function folderOf(name: string): string {
  return path.join(ROOT, 'test-reports', 'reports', name);
}

export interface TestedReport {
  /** The arguments of `npm run synth`. */
  readonly example: readonly string[];
  /** Changes the manifests before the report is written. */
  readonly edit?: (folder: string) => void;
  /** Changes the manifests of the old mesh. */
  readonly against?: (folder: string) => void;
  /** Records flows of the mesh, and writes them into a file of a folder. */
  readonly flows?: (folder: string) => void;
}

/** Removes the documents of a file that contain a text. */
function without(file: string, text: string): void {
  const documents = fs.readFileSync(file, 'utf8').split(/^---\n/m);
  fs.writeFileSync(file, documents.filter(each => !each.includes(text)).join('---\n'));
}

const HOSTILE = `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: hostile, namespace: shop}
spec:
  selector: {matchLabels: {app: hostile}}
  template:
    metadata:
      labels: {app: hostile}
      annotations: {note: "</script><script>window.hostile = 1</script>"}
    spec:
      containers: [{name: app, image: "x", env: [{name: PASSWORD, value: do-not-print-this}]}]
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: hostile, namespace: shop}
spec:
  # \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627
  description: "</script><img src=x onerror=window.hostile=1><!-- \\u202E"
  endpointSelector: {matchLabels: {app: hostile}}
  egress: [{toFQDNs: [{matchPattern: "*.example.org"}]}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: a-name-that-has-more-characters-than-a-box-on-the-map-can-show, namespace: shop}
spec:
  selector: {matchLabels: {app: long}}
  template:
    metadata: {labels: {app: long}}
    spec: {containers: [{name: app, image: x}]}
`;

/** Records all flows between workloads of a mesh that the evaluator decides, before its manifests change. */
function recordFlows(folder: string): void {
  const { input } = readMeshFile(path.join(folder, 'dist', 'mesh', 'mesh.yaml'));
  const mesh = readMesh(input);
  const ends = mesh.workloads.map((workload): Endpoint => ({ kind: 'workload', workload }));
  const flows = ends.flatMap(source =>
    ends.flatMap(destination =>
      source === destination || destination.kind !== 'workload'
        ? []
        : declaredPorts(mesh, destination.workload).map(port => ({ source, destination, port })),
    ),
  );
  const records = flows.flatMap((flow, index) => (index % 5 === 0 ? [] : recordFlow(mesh, flow, index)));
  fs.writeFileSync(path.join(folder, 'flows.jsonl'), linesOf(records));
}

export const REPORTS: { readonly [name: string]: TestedReport } = {
  production: { example: ['production'] },
  review: {
    example: ['production'],
    against: folder => {
      without(path.join(folder, 'shared.k8s.yaml'), 'name: cart-to-payments-tcp-8443-ingress');
      without(path.join(folder, 'shared.k8s.yaml'), 'name: payments-to-ledger-tcp-5432-ingress');
    },
  },
  observed: {
    example: ['production'],
    flows: recordFlows,
    edit: folder => without(path.join(folder, 'shared.k8s.yaml'), 'name: cart-to-payments-tcp-8443-ingress'),
  },
  hostile: {
    example: ['production'],
    edit: folder => fs.appendFileSync(path.join(folder, 'eu-west.k8s.yaml'), HOSTILE),
  },
  broken: {
    example: ['production'],
    edit: folder => fs.appendFileSync(path.join(folder, 'eu-north.k8s.yaml'), '---\nkind: [\n'),
  },
};
