import { Fault, MeshError as Implementation } from './diagnostics/fault';

/** An error with all faults that were found. */
export type MeshError = Error & { readonly faults: readonly Fault[] };

/**
 * The class of the errors that the constructs throw, for `error instanceof MeshError` and its `faults`. A constant with
 * the type of a constructor stays in TypeScript and JavaScript. jsii leaves it out: other languages get faults as data
 * from `ClusterMesh.check` and `ClusterMesh.faults`.
 */
export const MeshError: new (faults: readonly Fault[]) => MeshError = Implementation;
