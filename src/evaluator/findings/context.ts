import { MeshInput } from '../../manifests/input';
import { CiliumVersion } from '../../model/cilium-version';
import { BitSet } from '../bit-set';
import { FlowPort } from '../flow';
import { IdentityIndex, PeerIndex } from '../identity-index';
import { declaredPorts, sortedPorts } from '../matrix';
import { EvaluatedCluster } from '../mesh/cluster';
import { EvaluatedMesh, readMesh } from '../mesh/mesh';
import { Direction } from '../policy/entry';
import { PortReachability, Reachability } from '../reachability';

/** What the checks share; each part is computed when it is first asked for. */
export class FindingContext {
  public readonly index: IdentityIndex;
  private readonly peers = new Map<string, PeerIndex>();
  private readonly reachability: Reachability;
  private readonly ports = new Map<string, PortReachability>();
  private declared?: ReadonlyMap<number, readonly FlowPort[]>;
  private readonly enforcedIn = new Map<string, BitSet>();
  private flipped?: FindingContext;

  constructor(public readonly mesh: EvaluatedMesh, public readonly input: MeshInput, private readonly version?: CiliumVersion) {
    this.reachability = new Reachability(mesh);
    this.index = this.reachability.index;
  }

  public peersOf(cluster: EvaluatedCluster): PeerIndex {
    const found = this.peers.get(cluster.name) ?? this.index.seenBy(cluster);
    this.peers.set(cluster.name, found);
    return found;
  }

  public on(port: FlowPort): PortReachability {
    const key = `${port.protocol}/${port.port}`;
    const found = this.ports.get(key) ?? this.reachability.on(port);
    this.ports.set(key, found);
    return found;
  }

  /** The ports that the workloads of a class declare, or their Services for them. */
  public portsOf(classNumber: number): readonly FlowPort[] {
    this.declared ??= new Map(this.index.classes.map(({ workloads }, number) => [number, sortedPorts(workloads.flatMap(each => declaredPorts(this.mesh, each)))]));
    return this.declared.get(classNumber)!;
  }

  /** The classes of a cluster that some rule of a direction is about. */
  public enforced(cluster: EvaluatedCluster, direction: Direction): BitSet {
    const key = `${cluster.name} ${direction}`;
    const known = this.enforcedIn.get(key);
    if (known) {
      return known;
    }
    const subjects = new BitSet(this.index.size);
    cluster.entries.filter(entry => entry.direction === direction && !entry.node).forEach(entry => subjects.or(this.index.meeting(entry.subject)));
    this.enforcedIn.set(key, subjects);
    return subjects;
  }

  /** All declared ports of the mesh. */
  public allPorts(): FlowPort[] {
    return sortedPorts(this.index.classes.flatMap((_, number) => this.portsOf(number)));
  }

  /** The same mesh with `policy-default-local-cluster` turned round in every cluster. */
  public withOtherLocalCluster(): FindingContext {
    this.flipped ??= new FindingContext(readMesh(this.input, { version: this.version, flipLocalCluster: true }), this.input, this.version);
    return this.flipped;
  }
}
