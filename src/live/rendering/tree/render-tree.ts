import * as fs from 'fs';
import * as path from 'path';
import { renderArgo } from './argo';
import { Builder } from './builder';
import { clean, DeliveryTree } from './delivery-tree';
import { renderFlux, TreeObject } from './flux';
import { RenderedCluster } from './rendered-cluster';
import { plainUrl, remoteUrls } from '../../../manifests/delivery/repository-url';
import { readFolder } from '../../../manifests/files/read-folder';
import { MESH_API_VERSION, MeshFile } from '../../../model/mesh-file';
import { toYaml } from '../../../model/yaml';
import { RENDERED_FOLDER, SNAPSHOT_FOLDER } from '../../runner/output-folder';
import { Renderer } from '../render-sources';

/** What to render. */
export interface TreeOptions {
  readonly folder: string;
  /** Folders with archives of charts. */
  readonly charts: readonly string[];
  /** URLs of the repository of the tree. */
  readonly repositories: readonly string[];
  /**
   * Files and folders in the tree with what begins the clusters.
   * @default - the program finds the roots of the tree
   */
  readonly roots?: readonly string[];
}

/** Renders a tree of Flux or Argo CD; sorted by the names of the clusters. */
export async function renderTree(options: TreeOptions, renderer: Renderer): Promise<RenderedCluster[]> {
  const markers = [RENDERED_FOLDER, SNAPSHOT_FOLDER].map(({ marker }) => marker);
  const tree = new DeliveryTree(options.folder, options.charts, markers);
  const builder = new Builder(tree, renderer);
  const objects = treeObjects(tree);
  const unnamed = path.basename(path.resolve(options.folder));
  const folders = (options.roots ?? []).map(clean);
  const flux = await renderFlux(tree, objects, builder, { folders, unnamed });
  const applications = startingApplications(objects).filter(
    ({ file, object }) =>
      folders.length === 0 ||
      !/^Application(Set)?$/.test(object.kind) ||
      folders.some(folder => folder === '' || file === folder || file.startsWith(`${folder}/`)),
  );
  const urls = repositoryUrls(tree, objects, options.repositories);
  const argo = await renderArgo(tree, applications, builder, url => urls.has(plainUrl(url)));
  return [...flux, ...argo].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** The files of a rendering, by their paths. IDs are in the order of names: trees do not have them. */
export function renderedFiles(clusters: readonly RenderedCluster[]): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const names = new Set<string>();
  const mesh: MeshFile = {
    apiVersion: MESH_API_VERSION,
    clusters: clusters.map((cluster, index) => {
      const name = uniqueName(cluster.name, names);
      const parts = cluster.result();
      const fileNames = new Set<string>();
      for (const part of parts) {
        const file = uniqueName(part.name, fileNames);
        files.set(`${name}/${file}.yaml`, `# ${part.name.replace(/[\r\n]/g, ' ')}\n${toYaml(...part.objects.map(withoutSecrets))}`);
      }
      if (parts.length === 0) {
        // a folder of manifests must contain a file
        files.set(`${name}/empty.yaml`, '');
      }
      return { name, id: index + 1, manifests: [name] };
    }),
  };
  const head = '# Written by cilium-mesh render, which replaces this folder as a whole. The IDs are not those of the clusters.\n';
  files.set('mesh.yaml', `${head}${toYaml(mesh)}`);
  return files;
}

/** What Secrets contain decides nothing, and they may have been secret before a program rendered them. */
function withoutSecrets(object: any): any {
  const { apiVersion, kind, metadata } = object;
  return kind === 'Secret' && apiVersion === 'v1' ? { apiVersion, kind, metadata } : object;
}

/** The objects of the tree that are read as they are, without the folders that this program wrote. */
function treeObjects(tree: DeliveryTree): TreeObject[] {
  return readFolder(tree.root, { keepGoing: true, keepsVariables: true })
    .manifests.map(({ file, object }) => ({ file: path.relative(tree.root, file), object }))
    .filter(({ file }) => tree.has(file));
}

/** Objects without the Applications that other Applications apply: these appear when the others are built. */
function startingApplications(objects: readonly TreeObject[]): readonly TreeObject[] {
  const isApplication = ({ object }: TreeObject) => /^Application(Set)?$/.test(object.kind);
  const applied = objects.flatMap(each =>
    isApplication(each) ? pathsOf(each.object).map(folder => ({ folder, file: each.file })) : [],
  );
  const starting = objects.filter(
    each =>
      !isApplication(each) ||
      !applied.some(({ folder, file }) => file !== each.file && each.file.startsWith(`${folder}/`)),
  );
  return starting.some(isApplication) ? starting : objects;
}

function sourcesOf(object: any): any[] {
  const { source, sources, template } = object.spec ?? {};
  const of = template?.spec ?? {};
  const list = (value: unknown): any[] => (Array.isArray(value) ? value : []);
  return [source, ...list(sources), of.source, ...list(of.sources)].filter(each => each !== undefined && each !== null);
}

function pathsOf(object: any): string[] {
  return sourcesOf(object)
    .map(({ path: folder }) => (typeof folder === 'string' ? path.normalize(folder).replace(/^\/+|\/+$/g, '') : ''))
    .filter(folder => folder !== '' && folder !== '.');
}

/** The URLs that stand for the tree: those that are named, those of git; else the only one that Applications name. */
function repositoryUrls(tree: DeliveryTree, objects: readonly TreeObject[], named: readonly string[]): Set<string> {
  const used = new Set(
    objects
      .filter(({ object }) => /^Application(Set)?$/.test(object.kind))
      .flatMap(({ object }) => sourcesOf(object).filter(each => each.chart === undefined))
      .map(({ repoURL }) => plainUrl(String(repoURL))),
  );
  const known = new Set([...named, ...gitUrls(tree)].map(plainUrl));
  return [...used].some(each => known.has(each)) || used.size !== 1 ? known : new Set([...known, ...used]);
}

function gitUrls(tree: DeliveryTree): string[] {
  const file = tree.place('.git/config');
  const isFile = fs.statSync(file, { throwIfNoEntry: false })?.isFile() === true;
  return isFile ? remoteUrls(fs.readFileSync(file, 'utf8')) : [];
}

/** A name for a folder or a file. */
function uniqueName(text: string, names: Set<string>): string {
  const plain = text.toLowerCase().replace(/[^a-z0-9.-]+/g, '-').replace(/^[-.]+|[-.]+$/g, '') || 'cluster';
  let name = plain;
  for (let count = 2; names.has(name); count++) {
    name = `${plain}-${count}`;
  }
  names.add(name);
  return name;
}
