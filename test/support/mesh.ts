import * as fs from 'fs';
import * as path from 'path';
import { App } from 'cdk8s';
import { Construct } from 'constructs';
import { parseAllDocuments } from 'yaml';
import { temporaryFolder } from './folder';
import { ClusterMesh, ClusterMeshProps, ClusterProps, ClusterSettings } from '../../src';
import { Fault, MeshError } from '../../src/diagnostics/fault';

export { temporaryFolder } from './folder';

/** A mesh of clusters `a`, `b`, `c`, ... with disjoint addresses. */
export function meshOf(
  count: number = 2,
  defaults: ClusterSettings = {},
  perCluster: { [name: string]: Partial<ClusterProps> } = {},
  others: Partial<ClusterMeshProps> = {},
): ClusterMesh {
  return new ClusterMesh({
    ...others,
    outdir: temporaryFolder(),
    defaults,
    clusters: Array.from({ length: count }, (_, index) => {
      const name = String.fromCharCode('a'.charCodeAt(0) + index);
      return { name, id: index + 1, podCidrs: [`10.${index + 1}.0.0/16`], ...perCluster[name] };
    }),
  });
}

/** The objects of one cluster, as the file of the cluster has them. */
export function objectsOf(mesh: ClusterMesh, cluster: string): any[] {
  mesh.synth();
  return writtenObjects(mesh, cluster);
}

/** The objects of each cluster, by its name, from one synthesis. */
export function objectsByCluster(mesh: ClusterMesh): ReadonlyMap<string, any[]> {
  mesh.synth();
  return new Map(mesh.clusters.map(({ name }) => [name, writtenObjects(mesh, name)]));
}

function writtenObjects(mesh: ClusterMesh, cluster: string): any[] {
  return documents(fs.readFileSync(path.join(mesh.outdir, `${cluster}.k8s.yaml`), 'utf8'));
}

/** One object of a cluster, without apiVersion; fails when there is not exactly one. */
export function objectOf(mesh: ClusterMesh, cluster: string, kind: string, name: string): any {
  const found = objectsOf(mesh, cluster).filter(object => object.kind === kind && object.metadata.name === name);
  expect(found.map(object => object.metadata.name)).toEqual([name]);
  return found[0];
}

/** The documents of a YAML file. */
export function documents(text: string): any[] {
  return parseAllDocuments(text)
    .map(document => {
      expect(document.errors).toEqual([]);
      return document.toJS();
    })
    .filter(document => document !== null);
}

/**
 * The faults with which something is refused, without their lines; fails when it is not. Constructs report their faults
 * to the mesh, so a mesh or a construct that `run` returns is synthesized.
 */
export function faultsOf(run: () => unknown): readonly Fault[] {
  return locatedFaultsOf(run).map(({ location, ...fault }) => fault);
}

/** The faults with which something is refused. */
export function locatedFaultsOf(run: () => unknown): readonly Fault[] {
  try {
    const result = run();
    if (Construct.isConstruct(result)) {
      (result.node.root as App).synth();
    }
  } catch (error) {
    if (error instanceof MeshError || (error as Error).name === 'MeshError') {
      return (error as MeshError).faults;
    }
    throw error;
  }
  throw new Error('nothing was refused');
}

/** The codes of the faults with which something is refused. */
export function codesOf(run: () => unknown): string[] {
  return faultsOf(run).map(fault => fault.code);
}
