import { Cluster, MeshNamespace } from 'cdk8s-cilium-mesh';
import { Construct } from 'constructs';
import { OurMesh } from './our-mesh';

export interface TeamProps {
  readonly mesh: OurMesh;
  /** @default - all regions */
  readonly clusters?: Cluster[];
}

/** The base of each team's constructs: a namespace in its clusters. */
export class Team extends Construct {
  public readonly mesh: OurMesh;
  public readonly namespace: string;
  public readonly clusters: Cluster[];

  constructor(scope: Construct, id: string, props: TeamProps) {
    super(scope, id);
    this.mesh = props.mesh;
    this.namespace = id;
    this.clusters = props.clusters ?? props.mesh.regions;
    new MeshNamespace(this, 'namespace', { name: id, labels: { team: id }, clusters: this.clusters });
  }
}
