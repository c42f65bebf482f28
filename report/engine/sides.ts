import { LoadedMesh } from './loaded-mesh';
import { SuppositionReader } from './suppositions';
import { CiliumVersion } from '../../src/cilium/version';
import { FlowPort } from '../../src/evaluator/flows/flow';
import { FlowSpace } from '../../src/evaluator/flows/flow-space';
import { declaredPorts } from '../../src/evaluator/queries/matrix';
import { Columns, columnsOf } from '../../src/evaluator/queries/planes/columns';
import { readMesh } from '../../src/evaluator/read/mesh';
import { Workload } from '../../src/evaluator/read/workload';
import { PackedMesh, PackedPage } from '../../src/reports/page/packed-page';
import { PackedManifests, unpackMesh } from '../../src/reports/page/unpack';
import { Side, Suppositions } from '../protocol';

/** The flow spaces of all sides, with common classes and columns. */
export interface Spaces {
  readonly generation: number;
  readonly columns: Columns;
  readonly of: { readonly [side in Side]?: FlowSpace };
}

/** The meshes of a report: as they are, and as the reader supposes. */
export class Sides {
  public readonly old: LoadedMesh | undefined;
  public readonly new: LoadedMesh;
  public readonly manifests: PackedManifests;
  /** What is supposed. */
  public suppositions: Suppositions = {};
  private supposedMesh: LoadedMesh;
  private readonly reader: SuppositionReader;
  private known: Spaces | undefined;
  private written: Spaces | undefined;
  private generation = 0;

  constructor(public readonly page: PackedPage & { readonly new: PackedMesh }) {
    this.manifests = new PackedManifests(page.manifests);
    this.old = page.old && load(page.old, this.manifests);
    this.new = load(page.new, this.manifests);
    this.supposedMesh = this.new;
    this.reader = new SuppositionReader(this.new, new Map(Object.entries(page.new.replicas ?? {})));
  }

  public get names(): readonly Side[] {
    return [...(this.old ? (['old'] as const) : []), 'new', ...(this.isSupposing ? (['supposed'] as const) : [])];
  }

  public get isSupposing(): boolean {
    return this.supposedMesh !== this.new;
  }

  /** Replaces what is supposed. */
  public suppose(suppositions: Suppositions): ReturnType<SuppositionReader['read']> {
    const read = this.reader.read(suppositions);
    this.suppositions = suppositions;
    this.supposedMesh = read.mesh;
    this.known = undefined;
    return read;
  }

  /** A mesh. Without the mesh that changes are compared with, there are no changes: `old` is `new`. */
  public at(side: Side): LoadedMesh {
    return side === 'supposed' ? this.supposedMesh : side === 'old' ? (this.old ?? this.new) : this.new;
  }

  public space(side: Side): FlowSpace {
    const { of } = this.spaces;
    return of[side] ?? of.new!;
  }

  public get spaces(): Spaces {
    this.known ??= this.findSpaces();
    return this.known;
  }

  /** The spaces of the meshes as they are; one of supposed policies keeps what did not change. */
  private findSpaces(): Spaces {
    this.written ??= this.spacesOf(this.old ? ['old', 'new'] : ['new']);
    if (!this.isSupposing) {
      return this.written;
    }
    const { of, columns, generation } = this.written;
    const meshes = [...(this.old ? [this.old.mesh] : []), this.new.mesh];
    const supposed = FlowSpace.changed(of.new!, this.supposedMesh.mesh, meshes);
    return supposed ? { generation, columns, of: { ...of, supposed } } : this.spacesOf(this.names);
  }

  private spacesOf(names: readonly Side[]): Spaces {
    const meshes = names.map(name => this.at(name).mesh);
    const spaces = FlowSpace.of(meshes);
    const ports = new Map<Workload, readonly FlowPort[]>();
    for (const { mesh } of spaces) {
      mesh.workloads.forEach(workload => ports.set(workload, declaredPorts(mesh, workload)));
    }
    return {
      generation: ++this.generation,
      columns: columnsOf(spaces, workload => ports.get(workload)!),
      of: Object.fromEntries(names.map((name, index) => [name, spaces[index]])),
    };
  }
}

function load(packed: PackedMesh, manifests: PackedManifests): LoadedMesh {
  const input = unpackMesh(packed, manifests);
  const version = packed.version === undefined ? undefined : CiliumVersion.parse(packed.version);
  const replicas = packed.replicas && new Map(Object.entries(packed.replicas));
  return { input, mesh: readMesh(input, { version, replicas }), ...(version ? { version } : {}) };
}
