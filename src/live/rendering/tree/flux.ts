import { Builder, Built } from './builder';
import { clean, DeliveryTree, parentOf } from './delivery-tree';
import { formatName, isOf, RenderedCluster } from './rendered-cluster';
import { parsedValues, planRelease, ValuesFiles } from '../../../manifests/delivery/helm-release';
import { isRefused, Refused } from '../../../manifests/delivery/not-built';
import { isSubstitutionDisabled, substitute } from '../../../manifests/delivery/substitute';
import { dataOf, mergeAll, Values } from '../../../manifests/delivery/values';
import { readManifests } from '../../../manifests/documents';
import { readText } from '../../../manifests/files/text-reader';
import { isLocalConfig } from '../../../manifests/local-config';
import { toYaml } from '../../../model/yaml';

const KUSTOMIZE_GROUP = 'kustomize.toolkit.fluxcd.io';
const HELM_GROUP = 'helm.toolkit.fluxcd.io';

/** An object in a file of the tree. */
export interface TreeObject {
  readonly file: string;
  readonly object: any;
}

/**
 * The clusters of a tree of Flux: one for each named folder, or else one for each root; its name is that of the last
 * folder. Without any, all Kustomizations that no other one applies are of one cluster, whose name is unknown.
 */
export async function renderFlux(
  tree: DeliveryTree,
  objects: readonly TreeObject[],
  builder: Builder,
  { folders, unnamed }: { readonly folders: readonly string[]; readonly unnamed: string },
): Promise<RenderedCluster[]> {
  const delivered = objects.filter(
    ({ object }) => isOf(object, KUSTOMIZE_GROUP, 'Kustomization') || isOf(object, HELM_GROUP, 'HelmRelease'),
  );
  const clusters: RenderedCluster[] = [];
  const applied = new Set<string>();
  const build = async (name: string, start: readonly any[]) => {
    const cluster = new RenderedCluster(name);
    cluster.add('tree', start);
    const flux = new FluxCluster(tree, builder, cluster, start, objects);
    await flux.build();
    flux.kustomizations.forEach(each => applied.add(each));
    clusters.push(cluster);
  };
  if (folders.length > 0) {
    const names = folders.map(each => each.replace(/\.ya?ml$/, ''));
    for (const [index, folder] of folders.entries()) {
      const start = startsIn(folder, delivered);
      await (start.length > 0 ? build(nameOf(names[index], names), start) : undefined);
    }
    return clusters;
  }
  const roots = rootsOf(delivered);
  for (const root of roots) {
    // an application may have a Kustomization beside its manifests, to which a kustomization of a cluster refers
    if (isBootstrapped(root) || !applied.has(kustomizationKey(root.object))) {
      await build(nameOf(pathOf(root.object), roots.map(({ object }) => pathOf(object))), [root.object]);
    }
  }
  const start = unapplied(delivered);
  if (roots.length === 0 && start.length > 0) {
    await build(unnamed, start);
  }
  return clusters;
}

/**
 * A root is a Kustomization in a file below its own path, as `flux bootstrap` writes it, that no Kustomization of the
 * same path or a folder around it applies. Those of `flux bootstrap` itself come first.
 */
function rootsOf(delivered: readonly TreeObject[]): readonly TreeObject[] {
  const written = delivered.filter(({ object }) => isOf(object, KUSTOMIZE_GROUP, 'Kustomization'));
  const isOwn = ({ file, object }: TreeObject) => pathOf(object) !== '' && isIn(file, pathOf(object));
  const own = written.filter(isOwn);
  const isApplied = (root: TreeObject) =>
    written.some(other => {
      const [folder, around] = [pathOf(root.object), pathOf(other.object)];
      // one with kubeConfig applies its path to another cluster
      return other === root || around === '' || other.object.spec?.kubeConfig
        ? false
        : folder === around
          ? !isOwn(other) || own.indexOf(other) < own.indexOf(root)
          : isIn(folder, around);
    });
  const roots = own.filter(each => !isApplied(each));
  return [...roots.filter(isBootstrapped), ...roots.filter(each => !isBootstrapped(each))];
}

function isBootstrapped({ file }: TreeObject): boolean {
  return /(^|\/)gotk-sync\.ya?ml$/.test(file);
}

/** What begins a cluster in a file or folder: its root, or else everything that nothing else there applies. */
function startsIn(folder: string, delivered: readonly TreeObject[]): any[] {
  const inside = delivered.filter(({ file }) => file === folder || isIn(file, folder));
  const roots = rootsOf(inside).filter(({ object }) => pathOf(object) === folder || isIn(pathOf(object), folder));
  return roots.length > 0 ? roots.map(({ object }) => object) : unapplied(inside);
}

function unapplied(delivered: readonly TreeObject[]): any[] {
  const written = delivered.filter(({ object }) => isOf(object, KUSTOMIZE_GROUP, 'Kustomization'));
  // a Kustomization of the root of another repository applies nothing of this one
  const counts = new Map<string, number>();
  const sourceOf = ({ spec }: any) => `${spec?.sourceRef?.kind} ${spec?.sourceRef?.name}`;
  written.forEach(({ object }) => counts.set(sourceOf(object), (counts.get(sourceOf(object)) ?? 0) + 1));
  const most = Math.max(...counts.values());
  const applying = written.filter(({ object }) => pathOf(object) !== '' || counts.get(sourceOf(object)) === most);
  const applied = (file: string) =>
    applying.some(({ object, file: own }) => own !== file && isIn(file, pathOf(object)));
  return delivered.filter(({ file }) => !applied(file)).map(({ object }) => object);
}

class FluxCluster {
  /** The Kustomizations of the cluster, with their paths. */
  readonly kustomizations = new Set<string>();
  private readonly done = new Set<string>();
  private readonly built = new Set<string>();
  private readonly ownSources: ReadonlySet<string>;
  private readonly ownUrls: ReadonlySet<string>;

  constructor(
    private readonly tree: DeliveryTree,
    private readonly builder: Builder,
    private readonly cluster: RenderedCluster,
    start: readonly any[],
    written: readonly TreeObject[],
  ) {
    const kustomizations = start.filter(each => isOf(each, KUSTOMIZE_GROUP, 'Kustomization'));
    this.ownSources = new Set(kustomizations.map(each => sourceKey(each.spec?.sourceRef, each.metadata.namespace)));
    this.ownUrls = new Set(
      written
        .filter(({ object }) => object.kind === 'GitRepository' && this.ownSources.has(objectKey(object)))
        .map(({ object }) => String(object.spec?.url)),
    );
  }

  /** Builds Kustomizations until no new ones appear, then HelmReleases, whose values may be in any of them. */
  async build(): Promise<void> {
    for (;;) {
      const next = this.next(KUSTOMIZE_GROUP, 'Kustomization');
      // one that waits for variables of others comes last
      const ready = next.find(each => this.variablesOf(each).isComplete) ?? next[0];
      if (!ready) {
        break;
      }
      await this.buildKustomization(ready);
    }
    for (const release of this.next(HELM_GROUP, 'HelmRelease')) {
      await this.buildRelease(release);
    }
    if (this.next(KUSTOMIZE_GROUP, 'Kustomization').length > 0 || this.next(HELM_GROUP, 'HelmRelease').length > 0) {
      await this.build();
    }
  }

  private next(group: string, kind: string): any[] {
    return this.cluster.objects.filter(each => isOf(each, group, kind) && !this.done.has(objectKey(each)));
  }

  private async buildKustomization(object: any): Promise<void> {
    this.done.add(objectKey(object));
    this.kustomizations.add(kustomizationKey(object));
    const built = await this.kustomizationObjects(object);
    if (isRefused(built)) {
      this.cluster.refuse(object, built);
      return;
    }
    const { variables, isComplete } = this.variablesOf(object);
    // without any variable, Flux replaces nothing (SubstituteVariables, fluxcd/pkg/kustomize)
    const replaces = variables.size > 0 || !isComplete || object.spec.postBuild?.substituteStrategy === 'Always';
    const objects = built.objects.map(each =>
      replaces && !isSubstitutionDisabled(each) ? replaced(each, variables, isComplete) : each,
    );
    const unknown = replaces && !isComplete && objects.some(each => /\$\{[_A-Za-z]/.test(JSON.stringify(each)));
    if (unknown) {
      this.cluster.refuse(object, { reason: 'values-unknown', detail: 'spec.postBuild.substituteFrom' });
    }
    this.cluster.remove(object);
    this.built.add(objectKey(object));
    // a cluster's own Kustomization is in its path
    this.cluster.add(formatName(object), objects.filter(each => !this.built.has(objectKey(each))));
  }

  private async kustomizationObjects({ metadata, spec }: any): Promise<Built> {
    const { sourceRef, kubeConfig, path = './', components = [], ignoreMissingComponents } = spec ?? {};
    if (kubeConfig) {
      return { reason: 'other-cluster', detail: 'spec.kubeConfig' };
    }
    if (!this.isTree(sourceRef?.kind, sourceRef?.namespace ?? metadata.namespace, sourceRef?.name)) {
      return { reason: 'other-source', detail: `${sourceRef?.kind} ${sourceRef?.name}` };
    }
    const folder = this.tree.resolve(`/${path}`);
    if (folder === undefined || !this.tree.isFolder(folder)) {
      return { reason: 'path-missing', detail: path };
    }
    const missing = components.filter((each: string) => !this.isComponent(each, folder));
    if (missing.length > 0 && ignoreMissingComponents !== true) {
      return { reason: 'path-missing', detail: `component ${missing[0]}` };
    }
    const built = await this.folderObjects(folder, components.filter((each: string) => !missing.includes(each)));
    if (isRefused(built)) {
      return built;
    }
    const { targetNamespace, namePrefix, nameSuffix, patches, commonMetadata } = spec;
    return this.builder.change(built.objects, {
      ...(targetNamespace ? { namespace: targetNamespace } : {}),
      ...(namePrefix ? { namePrefix } : {}),
      ...(nameSuffix ? { nameSuffix } : {}),
      ...(patches?.length ? { patches } : {}),
      ...(commonMetadata?.labels ? { labels: [{ pairs: commonMetadata.labels }] } : {}),
    });
  }

  /**
   * A kustomization, or else all manifests of the folder: kustomizations below it are built, all other files are read.
   * Kustomizations may load files of the whole source (Build, fluxcd/pkg/kustomize).
   * Components are added to the kustomization, or to the one that Flux makes (fluxcd/pkg/kustomize,
   * kustomize_generator.go).
   */
  private async folderObjects(folder: string, components: readonly string[]): Promise<Built> {
    if (this.tree.kustomizationOf(folder) !== undefined) {
      return components.length === 0
        ? this.builder.kustomize(folder, true)
        : this.builder.kustomizeWith(folder, components, []);
    }
    const files = this.tree.below(folder).filter(each => /\.ya?ml$/.test(each));
    const folders = [...new Set(files.map(each => this.outermostKustomization(folder, each)))];
    const objects: any[] = [];
    for (const below of folders) {
      if (below !== undefined) {
        const built = await this.builder.kustomize(below, true);
        if (isRefused(built)) {
          return built;
        }
        objects.push(...built.objects);
      }
    }
    for (const file of files.filter(each => this.outermostKustomization(folder, each) === undefined)) {
      const read = this.tree.objects(file);
      if (read === undefined) {
        return { reason: 'render-failed', detail: `${file} is invalid` };
      }
      // Flux makes a kustomization of the files
      objects.push(...read.filter(each => !isLocalConfig(each)));
    }
    return components.length === 0 ? { objects } : this.builder.kustomizeWith(folder, components, objects);
  }

  /** Flux takes components of the source only, by paths relative to that of the Kustomization. */
  private isComponent(component: unknown, folder: string): boolean {
    const place =
      typeof component === 'string' && !component.startsWith('/') ? this.tree.resolve(component, folder) : undefined;
    return place !== undefined && this.tree.isFolder(place);
  }

  /** The first folder with a kustomization on the way from a folder to a file. */
  private outermostKustomization(folder: string, file: string): string | undefined {
    const found: string[] = [];
    for (let each = parentOf(file); each !== clean(folder) && each !== ''; each = parentOf(each)) {
      if (this.tree.kustomizationOf(each) !== undefined) {
        found.push(each);
      }
    }
    return found.pop();
  }

  /** Variables in their order of precedence; those of missing or encrypted objects are unknown. */
  private variablesOf({ metadata, spec }: any): { variables: Map<string, string>; isComplete: boolean } {
    const { substitute: own = {}, substituteFrom = [] } = spec?.postBuild ?? {};
    const variables = new Map<string, string>();
    let isComplete = true;
    for (const { kind, name } of substituteFrom) {
      const source = this.cluster.find(kind, metadata.namespace ?? 'default', name);
      const data = source && dataOf(source);
      isComplete &&= data !== undefined;
      data?.forEach((value: string, key: string) => variables.set(key, value.replaceAll('\n', '')));
    }
    Object.entries(own).forEach(([key, value]) => variables.set(key, String(value).replaceAll('\n', '')));
    return { variables, isComplete };
  }

  private async buildRelease(object: any): Promise<void> {
    this.done.add(objectKey(object));
    const built = await this.releaseObjects(object);
    if (isRefused(built)) {
      this.cluster.refuse(object, built);
      return;
    }
    this.cluster.remove(object);
    this.cluster.add(formatName(object), built.objects);
  }

  private async releaseObjects(object: any): Promise<Built> {
    const plan = planRelease(object, {
      find: (kind, namespace, name) => this.cluster.find(kind, namespace, name),
      isTree: (kind, namespace, name) => this.isTree(kind, namespace, name),
    });
    if (isRefused(plan)) {
      return plan;
    }
    const chart = chartPlace(this.tree, plan.chart);
    if (typeof chart !== 'string') {
      return chart;
    }
    const { release, namespace, values } = plan;
    const own = plan.chart.kind === 'path' ? this.chartValues(plan.chart.valuesFiles) : undefined;
    if (own && isRefused(own)) {
      return own;
    }
    let built = await this.builder.helm({ chart, release, namespace, valueFiles: [], values, chartValues: own });
    for (const { patches, images: _, ...others } of plan.postRenderers) {
      if (Object.keys(others).length > 0) {
        return { reason: 'unsupported', detail: `spec.postRenderers: ${Object.keys(others).join(', ')}` };
      }
      built = isRefused(built) || !patches ? built : await this.builder.change(built.objects, { patches });
    }
    return built;
  }

  /** What replaces the values.yaml of a chart (OverwriteChartDefaultValues, fluxcd/source-controller). */
  private chartValues(files: ValuesFiles | undefined): Values | Refused | undefined {
    const all: Values[] = [];
    for (const file of files?.paths ?? []) {
      const place = this.tree.resolve(`/${file}`);
      const text = place !== undefined && this.tree.has(place) ? readText(this.tree.place(place)) : undefined;
      const values = text && 'text' in text ? parsedValues(text.text) : undefined;
      if (values === undefined && (text !== undefined || !files?.ignoresMissing)) {
        return { reason: 'values-unknown', detail: file };
      }
      all.push(values ?? {});
    }
    return files && mergeAll(all);
  }

  /** Whether a source is the repository of the tree: that of the first Kustomizations, or one with the same URL. */
  private isTree(kind: string, namespace: string | undefined, name: string): boolean {
    if (kind !== 'GitRepository') {
      return this.ownSources.has(sourceKey({ kind, name }, namespace));
    }
    const url = this.cluster.find(kind, namespace ?? 'default', name)?.spec?.url;
    return this.ownSources.has(sourceKey({ kind, name }, namespace)) || this.ownUrls.has(String(url));
  }
}

/** The place of a chart for Helm, or why there is none. */
export function chartPlace(
  tree: DeliveryTree,
  chart: { readonly kind: 'path'; readonly path: string } | { readonly kind: 'archive'; readonly name: string; readonly version: string },
): string | Refused {
  if (chart.kind === 'archive') {
    return tree.findChart(chart.name, chart.version) ?? { reason: 'chart-missing', detail: `${chart.name} ${chart.version}` };
  }
  const folder = tree.resolve(`/${chart.path}`);
  return folder === undefined ? { reason: 'path-missing', detail: chart.path } : tree.place(folder);
}

function replaced(object: any, variables: ReadonlyMap<string, string>, isComplete: boolean): any {
  // Flux replaces variables in the text of the object, so they may become numbers and booleans
  const { text } = substitute(toYaml(object), variables, isComplete);
  const { manifests, problems } = readManifests(text, 'substituted', true);
  return problems.length > 0 || manifests.length !== 1 ? object : manifests[0].object;
}

function pathOf({ spec }: any): string {
  return clean(String(spec?.path ?? './'));
}

function isIn(file: string, folder: string): boolean {
  return folder === '' || file.startsWith(`${folder}/`);
}

/** The last folder of a path that has a name of its own. */
function nameOf(folder: string, folders: readonly string[]): string {
  const names = folder.split('/');
  const isSame = (other: string) => other.split('/').pop() === names[names.length - 1];
  const same = new Set(folders.filter(isSame));
  return same.size > 1 ? names.slice(-2).join('-') : names[names.length - 1];
}

function sourceKey(reference: any, namespace: string | undefined): string {
  return `${reference?.kind} ${reference?.namespace ?? namespace ?? 'default'}/${reference?.name}`;
}

/** Clusters have Kustomizations of the same name with other paths. */
function kustomizationKey(object: any): string {
  return `${objectKey(object)} ${pathOf(object)}`;
}

function objectKey({ kind, metadata }: any): string {
  return `${kind} ${metadata.namespace ?? 'default'}/${metadata.name}`;
}
