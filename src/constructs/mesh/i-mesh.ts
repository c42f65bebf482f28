import { IConstruct } from 'constructs';
import { Cluster } from './cluster';
import { Fault } from '../../diagnostics/fault';

/** A mesh: a `ClusterMesh`, which is a program, or a `Mesh`, which is a part of one. */
export interface IMesh extends IConstruct {
  /** The clusters, in the order of the properties. */
  readonly clusters: Cluster[];

  /**
   * The cluster of this name.
   * @throws when the mesh does not have it
   */
  cluster(name: string): Cluster;

  /**
   * All faults with which `synth()` refuses the mesh: those of the constructs, in the order of the program, and those
   * of what they write. Empty if `synth()` writes the mesh.
   */
  faults(): Fault[];
}
