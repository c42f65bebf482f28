import { LawBreak, lawBreaks } from './law-breaks';
import { ClusterInput, MeshInput } from '../../../manifests/input';
import { Manifest } from '../../../manifests/manifest';
import { FlowSpace } from '../../flows/flow-space';
import { isPlainPolicy, rereadMesh } from '../../read/changed-policies';
import { EvaluatedMesh, readMesh } from '../../read/mesh';

/** A change of one object of a cluster. */
export interface ObjectChange {
  readonly cluster: string;
  /** Undefined for an object that is added. */
  readonly before?: Manifest;
  /** Undefined for an object that is removed. */
  readonly after?: Manifest;
}

/** The changes of a mesh that are done in a state of it. */
export type DoneChanges = ReadonlySet<ObjectChange>;

/** A state of a mesh, with the flows of which it breaks the law. */
export interface JudgedState {
  /** The flows of the state, with the classes of the breaks. */
  readonly space: FlowSpace;
  readonly breaks: readonly LawBreak[];
}

/** The spaces that a state with the same facts, and other policies, may share. */
interface Anchor {
  readonly facts: string;
  /** The spaces before and after all changes, and of a state. */
  readonly spaces: readonly FlowSpace[];
  /** The one with these facts: that of an end if it has them, because most flows are those of an end then. */
  readonly base: FlowSpace;
}

/** The most inputs of clusters that are kept, each a list of its objects. */
const MOST_INPUTS = 256;

/** The states of a mesh while its objects change, each judged by the states before and after all changes. */
export class ChangeStates {
  public readonly before: EvaluatedMesh;
  public readonly after: EvaluatedMesh;
  private readonly changesOf = new Map<string, ObjectChange[]>();
  private readonly inputs = new Map<string, ClusterInput>();
  private anchor?: Anchor;

  /** `input` has the objects that do not change. */
  constructor(
    private readonly input: MeshInput,
    private readonly changes: readonly ObjectChange[],
  ) {
    for (const change of changes) {
      const own = this.changesOf.get(change.cluster) ?? [];
      this.changesOf.set(change.cluster, own);
      own.push(change);
    }
    this.before = readMesh(this.inputOf(new Set()));
    this.after = rereadMesh(this.before, this.inputOf(new Set(changes)));
  }

  /** Judges the state in which these changes are done. */
  public judge(done: DoneChanges): JudgedState {
    const facts = this.changes.map(change => (isAboutPolicy(change) ? '' : done.has(change) ? '1' : '0')).join('');
    if (this.anchor?.facts !== facts) {
      this.anchor = this.anchorOf(facts, done);
    }
    const [before, after, between] = this.changed(this.anchor, done) ?? this.anew(done);
    return { space: between, breaks: lawBreaks([before, after, between]) };
  }

  /** The mesh in which these changes are done, and what it was read from. */
  public stateOf(done: DoneChanges): { readonly input: MeshInput; readonly mesh: EvaluatedMesh } {
    const input = this.inputOf(done);
    return { input, mesh: rereadMesh(this.before, input) };
  }

  private anew(done: DoneChanges): readonly FlowSpace[] {
    return FlowSpace.of([this.before, this.after, this.stateOf(done).mesh]);
  }

  private anchorOf(facts: string, done: DoneChanges): Anchor {
    const spaces = this.anew(done);
    const base = !facts.includes('1') ? spaces[0] : !facts.includes('0') ? spaces[1] : spaces[2];
    return { facts, spaces, base };
  }

  /** Each policy of a state is one of both ends, so it distinguishes no other endpoints. */
  private changed({ spaces: [before, after], base }: Anchor, done: DoneChanges): FlowSpace[] | undefined {
    const between = FlowSpace.changed(base, rereadMesh(base.mesh, this.inputOf(done)));
    return between && [before, after, between];
  }

  private inputOf(done: DoneChanges): MeshInput {
    return { ...this.input, clusters: this.input.clusters.map(cluster => this.clusterInput(cluster, done)) };
  }

  /** The same input for the same changes of a cluster, so it is read once. */
  private clusterInput(cluster: ClusterInput, done: DoneChanges): ClusterInput {
    const own = this.changesOf.get(cluster.name);
    if (!own) {
      return cluster;
    }
    const key = `${cluster.name} ${own.map(change => (done.has(change) ? '1' : '0')).join('')}`;
    const known = this.inputs.get(key);
    if (known) {
      return known;
    }
    const manifests = own.flatMap(change => (done.has(change) ? change.after : change.before) ?? []);
    const input = { ...cluster, manifests: [...cluster.manifests, ...manifests] };
    if (this.inputs.size >= MOST_INPUTS) {
      this.inputs.clear();
    }
    this.inputs.set(key, input);
    return input;
  }
}

/** Flows depend on all other objects in further ways: on their labels, addresses and ports. */
export function isAboutPolicy({ before, after }: ObjectChange): boolean {
  return [before, after].every(manifest => !manifest || isPlainPolicy(manifest));
}
