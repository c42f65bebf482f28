/** A problem in the files of a mesh that prevents every plan. */
export interface LiveMeshProblem {
  readonly file: string;
  readonly line?: number;
  readonly message: string;
  /** The code of a problem of the reader of manifests. */
  readonly code?: string;
  readonly got?: string;
  readonly fix: string;
}

/** Reports a problem of a cluster, at the line of a field of it in mesh.yaml. */
export type ReportFault = (field: string, message: string, fix: string) => void;
