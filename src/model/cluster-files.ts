import type { MeshFileWorkload } from './mesh-file';

/** Further files of a cluster that mesh.yaml names, and the workloads that others deploy. */
export interface ClusterFiles {
  readonly workloads?: readonly MeshFileWorkload[];
  readonly upgradeValues?: string;
  readonly patches?: readonly ClusterPatchFile[];
}

/** A patch to an object that another program owns, as mesh.yaml lists it. */
export interface ClusterPatchFile {
  readonly stage: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly file: string;
}
