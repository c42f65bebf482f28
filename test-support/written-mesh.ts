import * as fs from 'fs';
import * as path from 'path';
import { parse, parseAllDocuments } from 'yaml';
import { ClusterMesh } from '../src';
import { ClusterSource, MeshSource } from '../src/evaluator';

/** A pod beside what a mesh wrote. */
export interface PodOf {
  readonly namespace?: string;
  readonly labels?: { readonly [key: string]: string };
  readonly serviceAccount?: string;
  /** TCP ports by name. */
  readonly ports?: { readonly [name: string]: number };
}

/** The labels of nodes, by cluster and name. */
export interface NodesOf {
  readonly [cluster: string]: { readonly [name: string]: { readonly [key: string]: string } };
}

/**
 * The files of a synthesized mesh, with pods by `name@cluster`, the labels of their namespaces, and nodes, to evaluate.
 */
export function meshSourceOf(
  { outdir }: ClusterMesh,
  pods: { readonly [name: string]: PodOf },
  namespaces: { readonly [name: string]: { readonly [key: string]: string } } = {},
  nodes: NodesOf = {},
): MeshSource {
  const { clusters } = parse(read(outdir, 'mesh/mesh.yaml')) as { readonly clusters: any[] };
  return {
    clusters: clusters.map(({ name, id, ciliumVersion, podCIDRs, serviceCIDRs, nodeCIDRs }): ClusterSource => {
      const text = read(outdir, `${name}.k8s.yaml`);
      const written = parseAllDocuments(text)
        .map(document => document.toJS())
        .filter(object => object?.kind === 'Namespace')
        .map(object => object.metadata.name);
      const own = Object.entries(pods).filter(([pod]) => pod.endsWith(`@${name}`));
      const objects = [
        ...Object.entries(namespaces)
          .filter(([namespace]) => !written.includes(namespace))
          .map(([namespace, labels]) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } })),
        ...own.map(([pod, of]) => podManifest(pod.split('@')[0], of)),
      ];
      return {
        name,
        id,
        ciliumVersion,
        podCIDRs,
        serviceCIDRs,
        nodeCIDRs,
        ...(nodes[name]
          ? { nodes: Object.entries(nodes[name]).map(([node, labels]) => ({ name: node, labels })) }
          : {}),
        manifests: [{ file: `${name}.k8s.yaml`, text }, { file: 'pods', objects }],
        values: { file: `${name}.values.yaml`, text: read(outdir, `mesh/${name}.values.yaml`) },
      };
    }),
  };
}

function read(outdir: string, file: string): string {
  return fs.readFileSync(path.join(outdir, file), 'utf8');
}

function podManifest(name: string, { namespace = 'default', labels, serviceAccount, ports = {} }: PodOf): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels },
    spec: {
      ...(serviceAccount === undefined ? {} : { serviceAccountName: serviceAccount }),
      containers: [
        {
          name,
          image: 'example.org/image',
          ports: Object.entries(ports).map(([port, containerPort]) => ({ name: port, containerPort })),
        },
      ],
    },
  };
}
