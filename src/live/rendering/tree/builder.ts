import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { clean, DeliveryTree } from './delivery-tree';
import { withDefaultNamespace } from '../../../cilium/cluster-scoped-kinds';
import { isRefused, Refused } from '../../../manifests/delivery/not-built';
import { Values } from '../../../manifests/delivery/values';
import { readManifests, readYaml } from '../../../manifests/documents';
import { isFailure } from '../../../manifests/sources/rendering';
import { RenderedSource } from '../../../manifests/sources/source';
import { toYaml } from '../../../model/yaml';
import { kustomizeRoots } from '../input-hash';
import { Renderer, renderSources } from '../render-sources';

/** A release of a chart. */
export interface Release {
  readonly chart: string;
  readonly release: string;
  readonly namespace: string;
  readonly valueFiles: readonly string[];
  readonly values: Values;
  /** What replaces the values.yaml of a chart in a folder of the tree. */
  readonly chartValues?: Values;
}

/** Objects, or why they are unknown. */
export type Built = { readonly objects: readonly any[] } | Refused;

/** Builds parts of a tree with the user's programs. */
export class Builder {
  constructor(
    private readonly tree: DeliveryTree,
    private readonly renderer: Renderer,
  ) {}

  /**
   * Builds a kustomization of the tree. Nothing is fetched, and nothing out of the tree is read. `loadsAll`: it may
   * load files of the tree that are out of its folder.
   */
  async kustomize(folder: string, loadsAll: boolean = false): Promise<Built> {
    const roots = this.roots(folder);
    return 'reason' in roots
      ? roots
      : this.render({
        kind: 'kustomize',
        folder: this.tree.place(folder),
        ...(loadsAll && this.filesBeside(roots)?.length ? { loadsAll: true } : {}),
      });
  }

  /**
   * Builds a folder as if its kustomization named these components too, in a copy of what it builds on: the fields of
   * a kustomization, such as its namespace, also apply to what its components add. Without a kustomization, `objects`
   * are the resources.
   */
  async kustomizeWith(folder: string, components: readonly string[], objects: readonly any[]): Promise<Built> {
    const own = this.tree.kustomizationOf(folder);
    const others = components.map(each => this.tree.resolve(each, folder)!);
    const folders = own === undefined ? others : [folder, ...others];
    const roots = folders.map(each => this.roots(each));
    const refused = roots.find(each => 'reason' in each);
    if (refused) {
      return refused as Refused;
    }
    const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'cilium-mesh-'));
    try {
      const write = (file: string, text: string | Buffer) => {
        fs.mkdirSync(path.dirname(path.join(copy, file)), { recursive: true });
        fs.writeFileSync(path.join(copy, file), text, { mode: 0o600 });
      };
      const built = (roots as string[][]).flat();
      const beside = this.filesBeside(built) ?? [];
      const files = new Set([...built.flatMap(each => this.tree.below(each)), ...beside]);
      files.forEach(each => write(each, fs.readFileSync(this.tree.place(each))));
      const place = (name: string) => (clean(folder) === '' ? name : `${clean(folder)}/${name}`);
      if (own === undefined) {
        write(place(RESOURCES), toYaml(...objects));
        write(place('kustomization.yaml'), toYaml({ resources: [RESOURCES], components }));
      } else {
        const { value } = readYaml(fs.readFileSync(this.tree.place(own), 'utf8'), own);
        const written = Array.isArray(value?.components) ? value.components : [];
        write(own, toYaml({ ...value, components: [...written, ...components] }));
      }
      const result = await this.render(
        { kind: 'kustomize', folder: path.join(copy, folder), ...(beside.length > 0 ? { loadsAll: true } : {}) },
        { ...this.renderer, cache: NO_CACHE },
      );
      return isRefused(result) ? { ...result, detail: result.detail.split(copy).join(this.tree.root) } : result;
    } finally {
      fs.rmSync(copy, { recursive: true, force: true });
    }
  }

  /** The folders of the tree that a kustomization builds on, or why it is not built. */
  private roots(folder: string): string[] | Refused {
    try {
      const { paths, remote = [], missing = [], invalid = [] } = kustomizeRoots(this.tree.place(folder), false);
      const inTree = paths.map(each => path.relative(this.tree.root, each));
      const outside = inTree.findIndex(each => each.startsWith('..') || this.tree.resolve(each) === undefined);
      return remote.length > 0
        ? { reason: 'remote-base', detail: remote[0] }
        : outside >= 0
          ? { reason: 'path-missing', detail: `${folder} builds on ${paths[outside]}, which is out of the tree` }
          : missing.length > 0
            ? { reason: 'path-missing', detail: path.relative(this.tree.root, missing[0]) }
            : invalid.length > 0
              ? { reason: 'render-failed', detail: `${path.relative(this.tree.root, invalid[0])} is invalid` }
              : (this.ksopsOf(inTree) ?? inTree);
    } catch {
      return { reason: 'render-failed', detail: `${folder} cannot be read` };
    }
  }

  /** A generator of KSOPS (github.com/viaduct-ai/kustomize-sops), which needs the keys of its files. */
  private ksopsOf(folders: readonly string[]): Refused | undefined {
    for (const folder of folders) {
      const own = this.tree.kustomizationOf(folder);
      const fields: any = own === undefined ? undefined : this.tree.value(own)?.value;
      for (const text of textsOf(fields?.generators)) {
        const file = this.tree.resolve(text, folder);
        const isFile = file !== undefined && this.tree.has(file);
        const objects = isFile ? this.tree.objects(file) : objectsOf(text);
        if (objects?.some(({ apiVersion, kind }) => apiVersion.startsWith('viaduct.ai/') && /^ksops/i.test(kind))) {
          return { reason: 'ksops', detail: isFile ? file : own! };
        }
      }
    }
    return undefined;
  }

  /**
   * The files of the tree that kustomizations name out of their folders; undefined if they might lead out of the tree,
   * or name files that name others. Every text counts that may be a path.
   */
  private filesBeside(folders: readonly string[]): string[] | undefined {
    const files: string[] = [];
    for (const folder of folders) {
      const own = this.tree.kustomizationOf(folder);
      const value: any = own === undefined ? undefined : this.tree.value(own)?.value;
      for (const text of textsOf(value).flatMap(each => [each, each.slice(each.indexOf('=') + 1)])) {
        const joined = path.normalize(path.join(folder, text));
        if (text.startsWith('/') ? fs.existsSync(text) : joined === '..' || joined.startsWith(`..${path.sep}`)) {
          return undefined;
        }
        const place = text.includes('..') ? this.tree.resolve(text, folder) : undefined;
        if (place !== undefined && this.tree.has(place) && !place.startsWith(`${clean(folder)}/`)) {
          files.push(place);
        }
      }
      if (value && NAMING_FILES.some(field => value[field] !== undefined)) {
        return undefined;
      }
    }
    return files;
  }

  /** Changes objects by the fields of a kustomization. */
  async change(objects: readonly any[], fields: { readonly [field: string]: any }): Promise<Built> {
    if (Object.keys(fields).length === 0 || objects.length === 0) {
      return { objects };
    }
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cilium-mesh-'));
    try {
      fs.writeFileSync(path.join(folder, RESOURCES), toYaml(...objects), { mode: 0o600 });
      fs.writeFileSync(path.join(folder, 'kustomization.yaml'), toYaml({ resources: [RESOURCES], ...fields }));
      return await this.render({ kind: 'kustomize', folder }, { ...this.renderer, cache: NO_CACHE });
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Renders a chart; objects without a namespace get that of the release. */
  async helm(written: Release): Promise<Built> {
    return written.chartValues === undefined ? this.release(written) : this.releaseOfCopy(written, written.chartValues);
  }

  /** Renders a copy of a chart with other values of its own; links out of the tree are left out. */
  private async releaseOfCopy(written: Release, values: Values): Promise<Built> {
    const folder = path.relative(this.tree.root, written.chart);
    const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'cilium-mesh-'));
    try {
      for (const file of this.tree.below(folder)) {
        const place = path.join(copy, path.relative(folder, file));
        fs.mkdirSync(path.dirname(place), { recursive: true });
        fs.writeFileSync(place, fs.readFileSync(this.tree.place(file)), { mode: 0o600 });
      }
      fs.writeFileSync(path.join(copy, 'values.yaml'), toYaml(values), { mode: 0o600 });
      const built = await this.release({ ...written, chart: copy }, { ...this.renderer, cache: NO_CACHE });
      return isRefused(built) ? { ...built, detail: built.detail.split(copy).join(written.chart) } : built;
    } finally {
      fs.rmSync(copy, { recursive: true, force: true });
    }
  }

  private async release(
    { chart, release, namespace, valueFiles, values }: Release,
    renderer: Renderer = this.renderer,
  ): Promise<Built> {
    const source: RenderedSource = {
      kind: 'helm',
      chart,
      isRemote: false,
      release,
      namespace,
      values: valueFiles,
      ...(Object.keys(values).length === 0 ? {} : { inlineValues: JSON.stringify(values) }),
    };
    const built = await this.render(source, renderer);
    return isRefused(built)
      ? built
      : { objects: built.objects.map(each => withDefaultNamespace(each, namespace)) };
  }

  private async render(source: RenderedSource, renderer: Renderer = this.renderer): Promise<Built> {
    const [rendering] = (await renderSources([source], renderer)).values();
    if (isFailure(rendering)) {
      const reason = rendering.code === 'renderer-missing' ? 'renderer-missing' : 'render-failed';
      return { reason, detail: rendering.got ?? rendering.message };
    }
    const { manifests, problems } = readManifests(rendering.text, 'rendering', true);
    return problems.length > 0
      ? { reason: 'render-failed', detail: problems[0].message }
      : { objects: manifests.map(({ object }) => object) };
  }
}

function objectsOf(text: string): any[] {
  return readManifests(text, 'inline', true).manifests.map(({ object }) => object);
}

/** Fields of a kustomization that name files which may name further ones. */
const NAMING_FILES = ['generators', 'transformers', 'validators'];

function textsOf(value: unknown): string[] {
  return typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(textsOf)
      : [];
}

/** Objects that a kustomization in a temporary folder changes. */
const RESOURCES = 'resources.yaml';

/** What is made from temporary files is made again each time. */
const NO_CACHE = { read: () => undefined, write: () => undefined };
