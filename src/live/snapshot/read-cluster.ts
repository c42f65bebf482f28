import { AgentFacts, readAgentFacts } from './agent';
import { mergeCidrs } from './cidrs';
import { keepFields } from './fields';
import { Gap } from './gap';
import { readHelmValues } from './helm-values';
import { Collector, listResource, readPatiently, Source } from './list-resource';
import { controllerOf, groupPods, ListedPod, listedPod, ListedWorkload } from './pods';
import { Resource } from './resources';
import { ClusterSnapshot, SnapshotError, SnapshotProgress, SnapshotTarget } from './snapshot';
import { SETTINGS } from '../../cilium/settings';
import { CiliumVersion } from '../../cilium/version';
import { WORKLOAD_KINDS } from '../../cilium/workload-kinds';
import { CiliumConfig, valuesOfConfig } from '../../evaluator/read/cilium-config';
import { Values } from '../../evaluator/read/setting-reader';
import { compareTexts } from '../../evaluator/read/text-order';
import { mergeValues } from '../../model/mesh-model';

/** As Cilium accepts names of clusters (pkg/clustermesh/types/types.go, v1.20.2); also a safe name of a folder. */
const CLUSTER_NAME = /^[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?$/;

const CONFIG = 'cilium-config';

/** Reads one cluster: first Cilium's settings, then each resource on its own. */
export class ClusterReader {
  private config?: CiliumConfig;
  private helmValues?: Values;
  private agent?: AgentFacts;
  private readonly pods: ListedPod[] = [];
  private readonly workloads: ListedWorkload[] = [];
  private readonly others: any[] = [];
  private readonly templates = new Map<string, string>();
  private readonly listed: Array<{ resource: Resource; objects: number }> = [];
  private readonly gaps: Gap[] = [];

  constructor(
    private readonly target: SnapshotTarget,
    private readonly source: Source,
    private readonly ciliumNamespace: string,
  ) {}

  /** Reads Cilium's ConfigMap, and with it whether the API server answers at all. */
  public async readConfig(): Promise<void> {
    const path = `/api/v1/namespaces/${encodeURIComponent(this.ciliumNamespace)}/configmaps/${CONFIG}`;
    const answer = await readPatiently(path, this.source);
    const what = `configmaps/${CONFIG}`;
    switch (answer.kind) {
      case 'object':
        this.config = texts(answer.object.data);
        return;
      case 'not-found':
        this.gaps.push({
          what,
          reason: 'not-served',
          message: answer.message,
          fix: `name the namespace of Cilium with --cilium-namespace, which is ${this.ciliumNamespace}`,
        });
        return;
      default: {
        const reason = answer.kind === 'error' ? answer.reason : 'failed';
        if (reason !== 'forbidden') {
          throw new SnapshotError(
            `${this.target.context}: could not read the cluster: ${answer.message}\n` +
              '    fix: check the context (kubectl config get-contexts) and its API server',
          );
        }
        const fix =
          `permit to get the ConfigMap ${this.ciliumNamespace}/${CONFIG} ` +
          '(cilium-mesh snapshot --print-rbac prints the Role)';
        this.gaps.push({ what, reason, message: answer.message, fix });
      }
    }
  }

  /** Reads the values of Cilium's Helm release. The settings of the agents win over them. */
  public async readHelmValues(): Promise<void> {
    const read = await readHelmValues(this.source.shell, this.context, this.ciliumNamespace);
    if ('gap' in read) {
      this.gaps.push(read.gap);
    } else {
      this.helmValues = read.values;
    }
  }

  /** Lists one resource. */
  public async list(resource: Resource, report: (progress: SnapshotProgress) => void): Promise<void> {
    const { context } = this.target;
    let objects = 0;
    const kept: any[] = [];
    const collector = this.collector(resource, kept);
    const listed = await listResource(resource, this.source, collector, count => {
      objects = count;
      report({ context, resource, objects, state: 'page' });
    });
    if (listed.kind === 'gap') {
      this.gaps.push(listed.gap);
    } else {
      this.listed.push({ resource, objects: listed.kind === 'read' ? objects : 0 });
      for (const each of kept) {
        // the version that the server has is known only now
        this.take(each, listed.kind === 'read' ? listed.apiVersion : '');
      }
    }
    report({ context, resource, objects, state: listed.kind });
  }

  public get context(): string {
    return this.target.context;
  }

  /** Whether no resource could be listed. */
  public get isEmpty(): boolean {
    return this.listed.length === 0;
  }

  /** What could not be read until now. */
  public get unread(): readonly Gap[] {
    return this.gaps;
  }

  /** The snapshot. `index`: the place of the cluster, for an ID if it has none. */
  public result(index: number): ClusterSnapshot {
    const data = { ...this.config, ...this.agent?.flags };
    const { name, id } = this.identity(data, index);
    const { agent, gaps } = this;
    if (agent?.version === undefined) {
      const message = `the DaemonSet cilium in ${this.ciliumNamespace} has no image with a version as its tag`;
      const fix = 'write ciliumVersion into mesh.yaml of the snapshot, or name the namespace with --cilium-namespace';
      gaps.push({ what: 'version', reason: 'failed', message, fix });
    }
    const version = CiliumVersion.parse(agent?.version) ?? CiliumVersion.parse(CiliumVersion.DEFAULT)!;
    const objects = [...this.others, ...groupPods(this.workloads, this.pods)];
    const nodes = this.others.filter(({ kind }) => kind === 'Node');
    const cidrs = (list: readonly string[]) => {
      const merged = mergeCidrs(list);
      return merged.length > 0 ? merged : undefined;
    };
    return {
      context: this.target.context,
      name,
      id,
      ciliumVersion: agent?.version,
      values:
        this.config || this.helmValues
          ? mergeValues(this.helmValues ?? {}, this.config && valuesOfConfig(data, version))
          : undefined,
      settings: [...(this.config ? ['cilium-config' as const] : []), ...(this.helmValues ? ['helm' as const] : [])],
      podCIDRs: cidrs(podCidrs(data, nodes)),
      serviceCIDRs: cidrs(this.others.flatMap(({ kind, spec }) => (kind === 'ServiceCIDR' ? (spec.cidrs ?? []) : []))),
      nodeCIDRs: cidrs(nodes.flatMap(nodeAddresses)),
      objects: objects.filter(({ kind }) => kind !== 'ServiceCIDR').sort(compareObjects),
      listed: this.listed,
      gaps: [...gaps].sort((one, other) => (one.what < other.what ? -1 : 1)),
    };
  }

  private identity(data: CiliumConfig, index: number): { name: string; id: number } {
    const { context, declared } = this.target;
    const name = data[SETTINGS.name.config[0]];
    if (this.config && name !== undefined && !CLUSTER_NAME.test(name)) {
      throw new SnapshotError(`${context}: ${CONFIG} has an invalid cluster name, ${JSON.stringify(name)}`);
    }
    if (this.config) {
      // without the keys, the agent has these defaults (pkg/defaults/defaults.go, v1.20.2)
      const id = Number(data[SETTINGS.id.config[0]] ?? 0);
      return { name: name ?? 'default', id: Number.isInteger(id) ? id : 0 };
    }
    const fallback = context
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+/, '')
      .slice(0, 32)
      .replace(/-+$/, '');
    return declared ?? { name: CLUSTER_NAME.test(fallback) ? fallback : `cluster-${index + 1}`, id: index + 1 };
  }

  /** Keeps what is needed of each object, as soon as it is there: a page of pods is a hundred times larger. */
  private collector({ kind }: Resource, kept: any[]): Collector {
    return {
      restart: () => kept.splice(0),
      add: object => {
        if (kind === 'DaemonSet' && object.metadata?.namespace === this.ciliumNamespace) {
          this.agent = object.metadata.name === 'cilium' ? readAgentFacts(object) : this.agent;
        }
        if (kind === 'Pod') {
          const pod = listedPod(object);
          const template = this.templates.get(pod.template) ?? pod.template;
          this.templates.set(template, template);
          kept.push({ ...pod, template });
        } else {
          kept.push({ object: keepFields(object, '', kind), owner: controllerOf(object.metadata) });
        }
      },
    };
  }

  private take(kept: any, apiVersion: string): void {
    if (kept.object === undefined) {
      this.pods.push(kept);
    } else {
      kept.object.apiVersion = apiVersion;
      if (Object.prototype.hasOwnProperty.call(WORKLOAD_KINDS, kept.object.kind)) {
        this.workloads.push(kept);
      } else {
        this.others.push(kept.object);
      }
    }
  }
}

/** The pools of Cilium, or the ranges of the nodes. Those of cloud networks are unknown. */
function podCidrs(config: CiliumConfig, nodes: readonly any[]): string[] {
  const items = (key: string) => (config[key] ?? '').split(/[\s,]+/).filter(item => item !== '');
  switch (config[SETTINGS.ipamMode.config[0]]) {
    case 'cluster-pool':
      return [
        ...(config[SETTINGS.ipv4.config[0]] === 'false' ? [] : items(SETTINGS.ipv4Pool.config[0])),
        ...(config[SETTINGS.ipv6.config[0]] === 'false' ? [] : items(SETTINGS.ipv6Pool.config[0])),
      ];
    case 'kubernetes':
      return nodes.flatMap(({ spec }) => spec.podCIDRs ?? (spec.podCIDR === undefined ? [] : [spec.podCIDR]));
    default:
      return [];
  }
}

function nodeAddresses({ status }: any): string[] {
  return status.addresses
    .filter(({ type }: any) => type === 'InternalIP' || type === 'ExternalIP')
    .map(({ address }: any) => `${address}/${String(address).includes(':') ? 128 : 32}`);
}

/** The order of files and objects: by kind, namespace and name. */
function compareObjects(one: any, other: any): number {
  const key = ({ apiVersion, kind, metadata }: any) => [kind, apiVersion, metadata.namespace ?? '', metadata.name];
  return compareTexts(key(one), key(other));
}

function texts(value: unknown): CiliumConfig {
  return Object.fromEntries(
    Object.entries(value ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

