import { Builder, Built } from './builder';
import { DeliveryTree } from './delivery-tree';
import { chartPlace, TreeObject } from './flux';
import { formatName, isOf, RenderedCluster } from './rendered-cluster';
import { withDefaultNamespace } from '../../../cilium/cluster-scoped-kinds';
import { ApplicationSource, IsTree, planApplication } from '../../../manifests/delivery/application';
import { argoClusters, expandApplicationSet } from '../../../manifests/delivery/application-set';
import { ArgoCluster, IN_CLUSTER } from '../../../manifests/delivery/generators';
import { isRefused, Refused } from '../../../manifests/delivery/not-built';

const GROUP = 'argoproj.io';

/**
 * The clusters of a tree of Argo CD: those that its Applications, and those that they apply in turn, are applied to. An
 * object that cannot be built stays in the cluster that it is applied to, or in that of Argo CD itself.
 */
export async function renderArgo(
  tree: DeliveryTree,
  objects: readonly TreeObject[],
  builder: Builder,
  isTree: IsTree,
): Promise<RenderedCluster[]> {
  const start = objects
    .map(({ object }) => object)
    .filter(object => isOf(object, GROUP, 'Application', 'ApplicationSet'));
  const secrets = objects.map(({ object }) => object).filter(({ kind }) => kind === 'Secret');
  const argo = new ArgoTree(tree, builder, isTree, argoClusters(secrets));
  await argo.build(start);
  return argo.result();
}

class ArgoTree {
  private readonly clusters = new Map<string, RenderedCluster>();
  private readonly done = new Set<string>();

  constructor(
    private readonly tree: DeliveryTree,
    private readonly builder: Builder,
    private readonly isTree: IsTree,
    private readonly known: readonly ArgoCluster[],
  ) {}

  result(): RenderedCluster[] {
    return [...this.clusters.values()];
  }

  async build(objects: readonly any[]): Promise<void> {
    const waiting = [...objects];
    for (let object = waiting.shift(); object; object = waiting.shift()) {
      const key = formatName(object);
      if (!this.done.has(key)) {
        this.done.add(key);
        waiting.push(...(object.kind === 'ApplicationSet' ? this.expand(object) : await this.application(object)));
      }
    }
  }

  private expand(object: any): any[] {
    const applications = expandApplicationSet(object, {
      clusters: this.known,
      isTree: this.isTree,
      files: this.tree.files,
      value: file => this.tree.value(file),
    });
    if (isRefused(applications)) {
      this.keep(IN_CLUSTER.name, object, applications);
      return [];
    }
    return applications;
  }

  /** Builds an Application. Returns those that it applies. */
  private async application(object: any): Promise<any[]> {
    const name = this.clusterOf(object);
    if (typeof name !== 'string') {
      this.keep(IN_CLUSTER.name, object, name);
      return [];
    }
    const plan = planApplication(object, this.isTree);
    const objects: any[] = [];
    for (const source of isRefused(plan) ? [] : plan.sources) {
      const built = await this.sourceObjects(source, isRefused(plan) ? undefined : plan.namespace);
      if (isRefused(built)) {
        this.keep(name, object, built);
        return [];
      }
      objects.push(...built.objects);
    }
    if (isRefused(plan)) {
      this.keep(name, object, plan);
      return [];
    }
    const { namespace } = plan;
    const placed = namespace === undefined ? objects : objects.map(each => withDefaultNamespace(each, namespace));
    const isOwn = (each: any) => isOf(each, GROUP, 'Application', 'ApplicationSet');
    this.cluster(name).add(formatName(object), placed.filter(each => !isOwn(each)));
    return placed.filter(isOwn);
  }

  private async sourceObjects(source: ApplicationSource, namespace = 'default'): Promise<Built> {
    const { helm } = source;
    if (source.kind === 'archive') {
      const chart = chartPlace(this.tree, source);
      return typeof chart === 'string' ? this.chart(chart, '', helm, namespace) : chart;
    }
    const folder = this.tree.resolve(`/${source.path}`);
    if (folder === undefined || !this.tree.isFolder(folder)) {
      return { reason: 'path-missing', detail: source.path };
    }
    if (this.tree.in(folder).some(file => /(^|\/)Chart\.yaml$/.test(file))) {
      return this.chart(this.tree.place(folder), folder, helm, namespace);
    }
    if (this.tree.kustomizationOf(folder) !== undefined) {
      const built = await this.builder.kustomize(folder);
      return isRefused(built) ? built : this.builder.change(built.objects, source.kustomize);
    }
    return this.directory(folder, source.directory);
  }

  private chart(
    chart: string,
    folder: string,
    { release, valueFiles, ignoresMissing, values }: ApplicationSource['helm'],
    namespace: string,
  ): Promise<Built> | Refused {
    const files = valueFiles
      .map(file => ({ file, place: this.tree.resolve(file, folder) }))
      .filter(({ place }) => place !== undefined || !ignoresMissing);
    const missing = files.find(({ place }) => place === undefined);
    return missing
      ? { reason: 'values-unknown', detail: missing.file }
      : this.builder.helm({
        chart,
        release,
        namespace,
        valueFiles: files.map(({ place }) => this.tree.place(place!)),
        values,
      });
  }

  /** Plain manifests (reposerver/repository, findManifests). */
  private directory(
    folder: string,
    { recurse, include, exclude }: { readonly recurse: boolean; readonly include?: string; readonly exclude?: string },
  ): Built {
    const [included, excluded] = [include, exclude].map(glob => (glob === undefined ? undefined : globPattern(glob)));
    const prefix = folder === '' ? 0 : folder.length + 1;
    const files = (recurse ? this.tree.below(folder) : this.tree.in(folder)).filter(file => {
      const inFolder = file.slice(prefix);
      return included?.test(inFolder) !== false && excluded?.test(inFolder) !== true;
    });
    const program = files.find(file => file.endsWith('.jsonnet'));
    if (program !== undefined) {
      return { reason: 'plugin', detail: program };
    }
    const read = files.filter(file => /\.(ya?ml|json)$/.test(file)).map(file => [file, this.tree.objects(file)] as const);
    const invalid = read.find(([, objects]) => objects === undefined);
    return invalid
      ? { reason: 'render-failed', detail: `${invalid[0]} is invalid` }
      : { objects: read.flatMap(([, objects]) => objects!) };
  }

  private clusterOf({ spec }: any): string | Refused {
    const { name, server } = spec?.destination ?? {};
    if (typeof name === 'string' && name !== '') {
      return name;
    }
    if (server === IN_CLUSTER.server || server === undefined) {
      return this.known.find(each => each.server === IN_CLUSTER.server)?.name ?? IN_CLUSTER.name;
    }
    return this.known.find(each => each.server === server)?.name ?? { reason: 'other-cluster', detail: String(server) };
  }

  private keep(cluster: string, object: any, reason: Refused): void {
    this.cluster(cluster).add('not built', [object]);
    this.cluster(cluster).refuse(object, reason);
  }

  private cluster(name: string): RenderedCluster {
    const cluster = this.clusters.get(name) ?? new RenderedCluster(name);
    this.clusters.set(name, cluster);
    return cluster;
  }
}

/** A pattern of Argo CD: `*` also matches slashes, `{a,b}` either. */
function globPattern(glob: string): RegExp {
  const text = glob
    .replace(/[.+^$()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replace(/\?/g, '.')
    .replace(/\{([^{}]*)\}/g, (_, choices: string) => `(?:${choices.split(',').join('|')})`)
    .replace(/[{}]/g, '\\$&');
  return new RegExp(`^${text}$`);
}
