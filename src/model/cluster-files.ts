/** Further files of a cluster that mesh.yaml names, and the workloads that others deploy. */
export interface ClusterFiles {
  readonly workloads?: readonly DeclaredWorkload[];
  readonly upgradeValues?: string;
  readonly patches?: readonly ClusterPatchFile[];
}

/** Pods that others deploy, as mesh.yaml lists them: `workloads` in mesh-file-schema.ts. */
export interface DeclaredWorkload {
  readonly name: string;
  readonly namespace?: string;
  readonly labels: { readonly [key: string]: string };
  readonly serviceAccount?: string;
}

/** A patch to an object that another program owns, as mesh.yaml lists it. */
export interface ClusterPatchFile {
  readonly stage: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly file: string;
}
