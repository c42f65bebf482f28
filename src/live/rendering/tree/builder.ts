import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { DeliveryTree } from './delivery-tree';
import { withDefaultNamespace } from '../../../cilium/cluster-scoped-kinds';
import { isRefused, Refused } from '../../../manifests/delivery/not-built';
import { Values } from '../../../manifests/delivery/values';
import { readManifests } from '../../../manifests/documents';
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
}

/** Objects, or why they are unknown. */
export type Built = { readonly objects: readonly any[] } | Refused;

/** Builds parts of a tree with the user's programs. */
export class Builder {
  constructor(
    private readonly tree: DeliveryTree,
    private readonly renderer: Renderer,
  ) {}

  /** Builds a kustomization of the tree. Nothing is fetched, and nothing out of the tree is read. */
  async kustomize(folder: string): Promise<Built> {
    try {
      const { paths, remote = [] } = kustomizeRoots(this.tree.place(folder), false);
      const outside = paths.find(each => {
        const inTree = path.relative(this.tree.root, each);
        return inTree.startsWith('..') || this.tree.resolve(inTree) === undefined;
      });
      if (remote.length > 0 || outside !== undefined) {
        return remote.length > 0
          ? { reason: 'remote-base', detail: remote[0] }
          : { reason: 'path-missing', detail: `${folder} builds on ${outside}, which is out of the tree` };
      }
    } catch {
      // Kustomize says what is wrong
    }
    return this.render({ kind: 'kustomize', folder: this.tree.place(folder) });
  }

  /** Changes objects by the fields of a kustomization. */
  async change(objects: readonly any[], fields: { readonly [field: string]: any }): Promise<Built> {
    if (Object.keys(fields).length === 0 || objects.length === 0) {
      return { objects };
    }
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cilium-mesh-'));
    try {
      const file = 'resources.yaml';
      fs.writeFileSync(path.join(folder, file), toYaml(...objects), { mode: 0o600 });
      fs.writeFileSync(path.join(folder, 'kustomization.yaml'), toYaml({ resources: [file], ...fields }));
      return await this.render({ kind: 'kustomize', folder }, { ...this.renderer, cache: NO_CACHE });
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Renders a chart; objects without a namespace get that of the release. */
  async helm({ chart, release, namespace, valueFiles, values }: Release): Promise<Built> {
    const built = await this.render({
      kind: 'helm',
      chart,
      isRemote: false,
      release,
      namespace,
      values: valueFiles,
      ...(Object.keys(values).length === 0 ? {} : { inlineValues: JSON.stringify(values) }),
    });
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

/** What is made from temporary files is made again each time. */
const NO_CACHE = { read: () => undefined, write: () => undefined };
