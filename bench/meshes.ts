import * as fs from 'fs';
import * as path from 'path';

/** Workloads in a namespace of the set of NetworkPolicies. */
const PER_NAMESPACE = 10;

/**
 * One cluster of Deployments, each with a NetworkPolicy for ingress and egress, and a default deny in every namespace:
 * 800 workloads are 880 policies in 80 namespaces. Writes one file.
 */
export function writeNetworkPolicySet(folder: string, workloads: number): void {
  const peers = (team: number, tier: number) =>
    `[{namespaceSelector: {matchLabels: {team: t${team}}}, podSelector: {matchLabels: {tier: t${tier}}}}]`;
  const documents = Array.from({ length: workloads / PER_NAMESPACE }, (_, ns) => [
    `apiVersion: v1\nkind: Namespace\nmetadata: {name: ns${ns}, labels: {kubernetes.io/metadata.name: ns${ns}, ` +
      `team: t${ns % 5}}}\n`,
    'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: default-deny, namespace: ' +
      `ns${ns}}\nspec: {podSelector: {}, policyTypes: [Ingress, Egress]}\n`,
    ...Array.from(
      { length: PER_NAMESPACE },
      (__, app) => `${deployment(`app${app}`, `ns${ns}`, `{app: app${app}, tier: t${app % 3}}`)}---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: app${app}, namespace: ns${ns}}
spec:
  podSelector: {matchLabels: {app: app${app}}}
  policyTypes: [Ingress, Egress]
  ingress:
  - from: ${peers((ns + 1) % 5, app % 3)}
    ports: [{port: 8080, protocol: TCP}]
  egress:
  - to: ${peers((ns + 4) % 5, app % 3)}
    ports: [{port: 8080, protocol: TCP}]
`,
    ),
  ]).flat();
  write(folder, 'all.yaml', documents.join('---\n'));
}

/**
 * A mesh in which each workload has a CiliumNetworkPolicy. It reaches one workload of its own cluster and that of the
 * same name in the next, and allows those that reach it. Writes mesh.yaml and a file for each cluster.
 */
export function writeCiliumMesh(folder: string, clusters: number, perCluster: number): void {
  const names = Array.from({ length: clusters }, (_, index) => `cluster${index + 1}`);
  const app = (number: number) => ({ name: `app${number % 20}`, namespace: `ns${Math.floor(number / 20)}` });
  const peer = (number: number, cluster: string) => {
    const { name, namespace } = app((number + perCluster) % perCluster);
    return (
      `{matchLabels: {app: ${name}, k8s:io.kubernetes.pod.namespace: ${namespace}, ` +
      `k8s:io.cilium.k8s.policy.cluster: ${cluster}}}`
    );
  };
  const ports = 'toPorts: [{ports: [{port: "8080", protocol: TCP}]}]';
  names.forEach((cluster, index) => {
    const next = names[(index + 1) % clusters];
    const previous = names[(index + clusters - 1) % clusters];
    const documents = Array.from({ length: perCluster }, (_, number) => {
      const { name, namespace } = app(number);
      return `${deployment(name, namespace, `{app: ${name}, tier: t${number % 3}}`)}---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  endpointSelector: {matchLabels: {app: ${name}}}
  ingress:
  - fromEndpoints:
    - ${peer(number - 37, cluster)}
    - ${peer(number - 37, previous)}
    ${ports}
  egress:
  - toEndpoints:
    - ${peer(number + 37, cluster)}
    - ${peer(number + 37, next)}
    ${ports}
`;
    });
    write(folder, `${cluster}.yaml`, documents.join('---\n'));
  });
  writeMeshFile(folder, names);
}

/**
 * A mesh in which each workload has a Service and a policy. It reaches one other workload in all clusters; every fifth
 * limits HTTP requests, every tenth reaches a DNS name, and another tenth a block of addresses.
 */
export function writeServiceMesh(folder: string, clusters: number, perCluster: number): void {
  const names = Array.from({ length: clusters }, (_, index) => `cluster${index + 1}`);
  const peer = (number: number) =>
    `{matchLabels: {app: app${(number + perCluster) % perCluster}}, ` +
    'matchExpressions: [{key: io.cilium.k8s.policy.cluster, operator: Exists}]}';
  const documents = Array.from({ length: perCluster }, (_, number) => {
    const rules = number % 5 === 0 ? ', rules: {http: [{method: GET, path: "/api/.*"}]}' : '';
    const outside =
      number % 10 === 1
        ? `  - {toFQDNs: [{matchName: api${number}.example.org}], toPorts: [{ports: [{port: "443", protocol: TCP}]}]}\n`
        : number % 10 === 2
          ? `  - {toCIDR: [198.51.${number}.0/24], toPorts: [{ports: [{port: "443", protocol: TCP}]}]}\n`
          : '';
    return `${deployment(`app${number}`, 'shop', `{app: app${number}}`)}---
apiVersion: v1
kind: Service
metadata: {name: app${number}, namespace: shop, annotations: {service.cilium.io/global: "true"}}
spec: {selector: {app: app${number}}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: app${number}, namespace: shop}
spec:
  endpointSelector: {matchLabels: {app: app${number}}}
  ingress:
  - fromEndpoints: [${peer(number - 4)}]
    toPorts: [{ports: [{port: "8080", protocol: TCP}]${rules}}]
  egress:
  - toEndpoints: [${peer(number + 4)}]
  - toEndpoints: [{matchLabels: {k8s:io.kubernetes.pod.namespace: kube-system, k8s-app: kube-dns}}]
    toPorts: [{ports: [{port: "53", protocol: UDP}], rules: {dns: [{matchPattern: "*"}]}}]
${outside}`;
  });
  names.forEach(name => write(folder, `${name}.yaml`, documents.join('---\n')));
  writeMeshFile(folder, names);
}

/** One cluster with a fixed number of policies and any number of workloads, all of the same ten applications. */
export function writeReplicas(folder: string, workloads: number): void {
  const documents = Array.from(
    { length: 10 },
    (_, app) => `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: app${app}, namespace: shop}
spec:
  endpointSelector: {matchLabels: {app: app${app}}}
  ingress: [{fromEndpoints: [{matchLabels: {app: app${(app + 1) % 10}}}]}]
`,
  );
  const deployments = Array.from({ length: workloads }, (_, number) =>
    deployment(`app${number % 10}-${number}`, 'shop', `{app: app${number % 10}}`),
  );
  write(folder, 'all.yaml', [...documents, ...deployments].join('---\n'));
}

function deployment(name: string, namespace: string, labels: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  replicas: 1
  selector: {matchLabels: ${labels}}
  template:
    metadata: {labels: ${labels}}
    spec: {containers: [{name: c, image: x, ports: [{containerPort: 8080}]}]}
`;
}

function write(folder: string, file: string, text: string): void {
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, file), text);
}

/** Each cluster has the file of its name. */
function writeMeshFile(folder: string, names: readonly string[]): void {
  const clusters = names.map((name, index) => `- {name: ${name}, id: ${index + 1}, manifests: [${name}.yaml]}\n`);
  write(folder, 'mesh.yaml', `apiVersion: cilium-mesh/v1\nclusters:\n${clusters.join('')}`);
}

/**
 * A repository as teams keep it: of 3,000 files with 1.5 million lines most are custom resource definitions, dashboards
 * and configurations. Every second file holds an application: a Deployment, a Service and a policy. Each folder has a
 * kustomization, a HelmRelease, and a file that is not a manifest. Returns the numbers of files and lines.
 */
export function writeRepository(folder: string): { readonly files: number; readonly lines: number } {
  const folders = 300;
  let lines = 0;
  const add = (name: string, text: string) => {
    lines += text.split('\n').length - 1;
    write(path.join(folder, path.dirname(name)), path.basename(name), text);
  };
  for (let index = 0; index < folders; index++) {
    const namespace = `team${index}`;
    const apps = Array.from({ length: 5 }, (_, app) => `app${app}`);
    const resources = [...apps, 'crd', 'dashboard'].map(name => `- ${name}.yaml\n`).join('');
    add(
      `${namespace}/kustomization.yaml`,
      `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n${resources}`,
    );
    add(
      `${namespace}/release.yaml`,
      'apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata:\n' +
        `  name: redis\n  namespace: ${namespace}\nspec:\n  chart: {spec: {chart: redis}}\n`,
    );
    add(`${namespace}/values.yaml`, repeated(100, number => `key${number}:\n  enabled: true\n  size: ${number}Gi\n`));
    apps.forEach(app => add(`${namespace}/${app}.yaml`, application(app, namespace)));
    add(`${namespace}/crd.yaml`, definition(index));
    add(`${namespace}/dashboard.yaml`, dashboard(namespace));
  }
  return { files: folders * 10, lines };
}

function application(name: string, namespace: string): string {
  const environment = repeated(30, number => `          - name: SETTING_${number}\n            value: "${number}"\n`);
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: ${namespace}
  labels:
    app.kubernetes.io/name: ${name}
spec:
  replicas: 2
  selector:
    matchLabels:
      app.kubernetes.io/name: ${name}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: ${name}
    spec:
      containers:
        - name: app
          image: registry.example.org/${name}:1.0.0
          ports:
            - name: http
              containerPort: 8080
          env:
${environment}---
apiVersion: v1
kind: Service
metadata:
  name: ${name}
  namespace: ${namespace}
spec:
  selector:
    app.kubernetes.io/name: ${name}
  ports:
    - name: http
      port: 80
      targetPort: http
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: ${name}
  namespace: ${namespace}
spec:
  podSelector:
    matchLabels:
      app.kubernetes.io/name: ${name}
  ingress:
    - from:
        - podSelector: {}
      ports:
        - port: http
`;
}

/** A custom resource definition with a schema of 800 properties. */
function definition(index: number): string {
  const property = (number: number) =>
    `                setting${number}:\n` +
    `                  description: The setting ${number}, as the operator of the resource reads it.\n` +
    '                  type: string\n                  maxLength: 253\n';
  return `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: things${index}.example.org
spec:
  group: example.org
  names: {kind: Thing${index}, plural: things${index}}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
${repeated(800, property)}`;
}

/** A ConfigMap with a dashboard as text. */
function dashboard(namespace: string): string {
  const panel = (number: number) => `      {"id": ${number}, "type": "graph", "title": "Panel ${number}"},\n`;
  return `apiVersion: v1
kind: ConfigMap
metadata:
  name: dashboard
  namespace: ${namespace}
data:
  dashboard.json: |
    {"panels": [
${repeated(900, panel)}      {}
    ]}
`;
}

function repeated(times: number, text: (number: number) => string): string {
  return Array.from({ length: times }, (_, number) => text(number)).join('');
}
