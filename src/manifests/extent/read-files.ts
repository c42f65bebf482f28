import { ReadPlaces } from './repository-roots';
import { ArgoTree } from '../delivery/generators';
import { KustomizationNode } from '../kustomization-tree';
import { folderOf, foldersOf } from '../slash-paths';

/** A file with its real path. */
export interface ReadFile {
  readonly file: string;
  readonly real: string;
}

/** The files that are read, by their real paths with `/` between names. */
export class ReadFiles {
  private readonly byReal = new Map<string, string>();
  private readonly byFolder = new Map<string, ReadFile[]>();
  private readonly nodes = new Map<string, KustomizationNode>();
  private readonly folders: ReadonlySet<string>;

  constructor(reals: ReadonlyMap<string, string>, kustomizations: readonly KustomizationNode[]) {
    for (const [file, real] of reals) {
      const folder = folderOf(real);
      this.byReal.set(real, file);
      const all = this.byFolder.get(folder) ?? [];
      all.push({ file, real });
      this.byFolder.set(folder, all);
    }
    this.folders = new Set([...this.byFolder.keys()].flatMap(each => [each, ...foldersOf(each)]));
    kustomizations.forEach(each => this.nodes.set(folderOf(reals.get(each.file) ?? ''), each));
  }

  /** The file of a real path. */
  at(real: string): string | undefined {
    return this.byReal.get(real);
  }

  /** Whether a folder contains files that are read. */
  isRead(folder: string): boolean {
    return this.folders.has(folder);
  }

  kustomizationIn(folder: string): KustomizationNode | undefined {
    return this.nodes.get(folder);
  }

  /** The files of a folder, also those of the folders in it if it is deep. */
  in(folder: string, isDeep: boolean): readonly ReadFile[] {
    return isDeep
      ? [...this.byFolder].filter(([each]) => each === folder || each.startsWith(`${folder}/`)).flatMap(([, all]) => all)
      : (this.byFolder.get(folder) ?? []);
  }

  /** The files and folders below a root, as the generators of an ApplicationSet read them. */
  tree(root: string, places: ReadPlaces): Pick<ArgoTree, 'files' | 'folders'> {
    const below = (all: Iterable<string>) =>
      [...all].filter(each => each.startsWith(`${root}/`)).map(each => each.slice(root.length + 1)).sort();
    const folders = new Set(places.folders.flatMap(({ filled }) => filled).flatMap(each => [each, ...foldersOf(each)]));
    return { files: below(this.byReal.keys()), folders: below(folders) };
  }
}
