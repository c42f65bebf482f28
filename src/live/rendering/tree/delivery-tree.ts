import * as fs from 'fs';
import * as path from 'path';
import { readManifests, readYaml } from '../../../manifests/documents';
import { readText } from '../../../manifests/files/text-reader';
import { isKustomizationFile } from '../../../manifests/kustomization-files';

/** Folders in which tools keep their own files. */
const SKIPPED = new Set(['.git', 'node_modules']);

/** A folder of Flux or Argo CD. Paths are relative to it, and never lead out of it, not through links either. */
export class DeliveryTree {
  /** All files, sorted. */
  readonly files: readonly string[];
  private readonly known: ReadonlySet<string>;
  private readonly byFolder = new Map<string, string[]>();
  private readonly real: string;

  /** Folders with one of the markers are left out: the program wrote them. */
  constructor(
    readonly root: string,
    private readonly charts: readonly string[],
    private readonly markers: readonly string[],
  ) {
    this.real = fs.realpathSync(root);
    this.files = this.walk('');
    this.known = new Set(this.files);
    for (const file of this.files) {
      const folder = parentOf(file);
      this.byFolder.set(folder, [...(this.byFolder.get(folder) ?? []), file]);
    }
  }

  /**
   * The place in the tree to which a path of an object leads, from a folder of the tree and through links; undefined if
   * there is nothing, or it leads out of the tree.
   */
  resolve(file: string, from: string = ''): string | undefined {
    const joined = path.normalize(path.join(file.startsWith('/') ? '' : from, file)).replace(/^\/+|\/+$/g, '');
    const place = joined === '.' ? '' : joined;
    if (place === '..' || place.startsWith('../')) {
      return undefined;
    }
    try {
      const real = fs.realpathSync(this.place(place));
      return real === this.real || real.startsWith(`${this.real}${path.sep}`)
        ? path.relative(this.real, real)
        : undefined;
    } catch {
      return undefined;
    }
  }

  /** The path for programs, from the working directory. */
  place(file: string): string {
    return path.join(this.root, file);
  }

  isFolder(file: string): boolean {
    return fs.statSync(this.place(file), { throwIfNoEntry: false })?.isDirectory() === true;
  }

  has(file: string): boolean {
    return this.known.has(file);
  }

  /** The kustomization of a folder. */
  kustomizationOf(folder: string): string | undefined {
    return this.in(folder).find(file => isKustomizationFile(file));
  }

  /** The files of a folder, without those of its subfolders. */
  in(folder: string): string[] {
    return this.byFolder.get(clean(folder)) ?? [];
  }

  /** All files below a folder. */
  below(folder: string): string[] {
    const prefix = clean(folder) === '' ? '' : `${clean(folder)}/`;
    return this.files.filter(file => file.startsWith(prefix));
  }

  /** The objects of a file that is read as it is; undefined if it is invalid. */
  objects(file: string): any[] | undefined {
    const text = readText(this.place(file));
    const read = 'text' in text ? readManifests(text.text, file, true) : undefined;
    return read === undefined || read.problems.length > 0 ? undefined : read.manifests.map(({ object }) => object);
  }

  /** The value of a file of YAML or JSON; undefined if it is invalid. */
  value(file: string): { readonly value: unknown } | undefined {
    const text = readText(this.place(file));
    const read = 'text' in text ? readYaml(text.text, file) : undefined;
    return read === undefined || read.problems.length > 0 ? undefined : { value: read.value };
  }

  /** The archive or folder of a chart in the tree, in the folders of charts, or in Helm's cache. */
  findChart(name: string, version: string): string | undefined {
    // names come from the tree
    if (![name, version].every(each => /^[A-Za-z0-9][\w.+-]*$/.test(each))) {
      return undefined;
    }
    const plain = version.replace(/^v/, '');
    const archives = [`${name}-${plain}.tgz`, `${name}-v${plain}.tgz`];
    const inTree = this.files.find(file => archives.includes(path.basename(file)) && this.resolve(file) !== undefined);
    const candidates = this.charts.flatMap(folder => archives.map(each => path.join(folder, each)));
    return inTree === undefined ? candidates.find(each => fs.existsSync(each)) : this.place(inTree);
  }

  private walk(folder: string): string[] {
    const entries = fs.readdirSync(this.place(folder), { withFileTypes: true });
    return entries.some(({ name }) => this.markers.includes(name))
      ? []
      : entries
        .filter(({ name }) => !SKIPPED.has(name))
        .sort((one, other) => (one.name < other.name ? -1 : 1))
        .flatMap(entry => {
          const file = folder === '' ? entry.name : `${folder}/${entry.name}`;
          // links to folders might form circles; what they lead to is in the tree under its own name, or out of it
          return entry.isDirectory() ? this.walk(file) : entry.isFile() || this.isLinkedFile(file) ? [file] : [];
        });
  }

  private isLinkedFile(file: string): boolean {
    const place = this.resolve(file);
    return place !== undefined && fs.statSync(this.place(place)).isFile();
  }
}

/** A folder without `./` and slashes at its ends. */
export function clean(folder: string): string {
  return path.join('/', folder).replace(/^\/+|\/+$/g, '');
}

export function parentOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : '';
}
