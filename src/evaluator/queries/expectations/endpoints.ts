import { Cidr } from '../../../cilium/cidr';
import { isProblem } from '../../../diagnostics/problem';
import { FlowProtocol } from '../../engine/entry';
import { AddressBlock, formatBlock } from '../../flows/address-classes';
import { Endpoint, formatEndpoint } from '../../flows/endpoint';
import { FlowSpace } from '../../flows/flow-space';
import { NodeSet } from '../../flows/node-endpoints';
import { placesIn } from '../../flows/places';
import { EvaluatedMesh } from '../../read/mesh';
import { formatWorkload, Workload } from '../../read/workload';
import { EndpointPattern, parseEndpointPattern } from '../endpoint-pattern';
import { matchesGlob } from '../glob';
import { emptyPattern } from '../members';
import { nodesOf } from '../node-pattern';
import { ReferenceProblem } from '../reference-problem';

/** A workload, or endpoints of another kind that neither policies nor the patterns of expectations distinguish. */
export interface ExpectedEndpoint {
  /** Its place in the order of output. */
  readonly place: number;
  /** The number of its class in the flow space. */
  readonly number: number;
  /** One of the endpoints. */
  readonly endpoint: Endpoint;
  /** As output shows it. Pods with host network have the same at every place. */
  readonly name: string;
  /** Of pods with host network: the nodes that the endpoint is about, where policies distinguish nodes. */
  readonly nodes?: NodeSet;
}

/** The endpoints that a pattern selects. */
export interface SelectedEndpoints {
  readonly endpoints: readonly ExpectedEndpoint[];
  /** Whether each is an endpoint only for the flows of its own cluster: `entity:host` is the node of each pod. */
  readonly ofOwnCluster: boolean;
}

/** Equal for the pods of a workload at all places. */
export function identityOf(each: ExpectedEndpoint): Workload | ExpectedEndpoint {
  return each.endpoint.kind === 'workload' ? each.endpoint.workload : each;
}

/** Whether an endpoint is pods with host network on the node of the other end. */
export function isOnSameNode({ endpoint }: ExpectedEndpoint): boolean {
  return endpoint.kind === 'workload' && endpoint.placement === 'same-node';
}

/** Entities whose identity depends on the cluster of the other end. */
const ENTITIES_OF_OWN_CLUSTER: readonly string[] = ['host', 'remote-node', 'kube-apiserver'];

/**
 * The endpoints of a mesh, cut at everything that patterns select, so that each pattern selects whole ones.
 *
 * Two patterns overlap exactly if they select a common endpoint. So the last entry that is about an endpoint is known.
 */
export class ExpectedEndpoints {
  public readonly space: FlowSpace;
  public readonly all: ExpectedEndpoint[] = [];
  private readonly patterns = new Map<string, EndpointPattern | ReferenceProblem>();
  private readonly workloads = new Map<Workload, ExpectedEndpoint>();
  private readonly single = new Map<string, ExpectedEndpoint>();
  private readonly outside: ExpectedEndpoint[] = [];
  /** The addresses of each block and each address that patterns name. */
  private readonly inBlock = new Map<string, ExpectedEndpoint[]>();
  /** Clusters whose nodes patterns name one by one. */
  private readonly listed = new Set<string>();
  private readonly names: Array<{ readonly text: string; readonly endpoint: ExpectedEndpoint }> = [];

  /** Cuts the addresses outside at `blocks` too. */
  constructor(
    public readonly mesh: EvaluatedMesh,
    texts: Iterable<string>,
    protocols: readonly FlowProtocol[] = [],
    blocks: readonly Cidr[] = [],
  ) {
    for (const text of texts) {
      this.patterns.set(text, this.patterns.get(text) ?? parseEndpointPattern(mesh, text));
    }
    const patterns = [...this.patterns.values()].flatMap(each => (isProblem(each) ? [] : [each]));
    const endpoints = patterns.flatMap(each => (each.kind === 'single' ? each.endpoints : []));
    endpoints.forEach(each => each.kind === 'node' && each.node && this.listed.add(each.cluster));
    const single = new Map(
      endpoints.flatMap(each => this.withClusters(each)).map(endpoint => [singleKey(endpoint), endpoint]),
    );
    if (patterns.some(each => each.kind === 'names' && isEveryName(each.glob))) {
      single.set(`fqdn:${EVERY_NAME}`, NAME_IN_NO_POLICY);
    }
    [this.space] = FlowSpace.of([mesh], [...single.values()], protocols);
    mesh.workloads.forEach((workload, place) => {
      const endpoint: Endpoint = { kind: 'workload', workload };
      const anywhere = { place, number: this.space.index.classOf(workload), endpoint, name: formatWorkload(workload) };
      this.workloads.set(workload, anywhere);
      this.all.push(...this.atPlaces(anywhere, workload));
    });
    this.addAddresses(patterns, blocks);
    this.addNames();
    const first = this.space.classes.length - single.size;
    [...single].forEach(([key, endpoint], index) => this.addSingle(key, endpoint, first + index));
  }

  /** Whether policies of the mesh decide at an endpoint. */
  public isInside({ number }: ExpectedEndpoint): boolean {
    const { kind } = this.space.classes[number];
    return kind === 'pods' || kind === 'node';
  }

  /** The cluster of an endpoint; empty outside of the mesh. */
  public clusterOf({ number }: ExpectedEndpoint): string {
    return this.space.classes[number].cluster;
  }

  /** The endpoint of a workload, at any place. */
  public ofWorkload(workload: Workload): ExpectedEndpoint {
    return this.workloads.get(workload)!;
  }

  /** What a pattern selects, or why it selects nothing. No rule tells sources apart by their names. */
  public select(text: string, asSources: boolean): SelectedEndpoints | ReferenceProblem {
    const pattern = this.patterns.get(text)!;
    if (isProblem(pattern)) {
      return pattern;
    }
    const endpoints = [...new Set(this.selected(pattern))].filter(
      ({ endpoint }) => !asSources || pattern.kind !== 'world' || endpoint.kind !== 'name',
    );
    return endpoints.length === 0
      ? emptyPattern(pattern)
      : {
        endpoints,
        ofOwnCluster: pattern.kind === 'single' && pattern.endpoints.some(each => isOfOwnCluster(each)),
      };
  }

  private selected(pattern: EndpointPattern): readonly ExpectedEndpoint[] {
    switch (pattern.kind) {
      case 'workloads':
        return pattern.workloads.map(workload => this.workloads.get(workload)!);
      case 'world':
        return this.outside;
      case 'block':
        return this.inBlock.get(blockKey(pattern.cidr)) ?? [];
      case 'names':
        return this.names.flatMap(({ text, endpoint }) => (matchesName(pattern.glob, text) ? [endpoint] : []));
      case 'single':
        return pattern.endpoints.flatMap(own =>
          this.withClusters(own).flatMap(endpoint =>
            endpoint.kind === 'address'
              ? (this.inBlock.get(blockKey(endpoint.address)) ?? [])
              : [this.single.get(singleKey(endpoint))!],
          ),
        );
    }
  }

  /** An entity of several clusters as that of each of them. */
  private withClusters(endpoint: Endpoint): readonly Endpoint[] {
    if (endpoint.kind === 'node' && !endpoint.node && this.listed.has(endpoint.cluster)) {
      return this.mesh.cluster(endpoint.cluster)!.nodes.map(node => ({ ...endpoint, node }));
    }
    if (endpoint.kind !== 'entity') {
      return [endpoint];
    }
    const { entity, cluster } = endpoint;
    if (cluster === undefined && (entity === 'ingress' || isOfOwnCluster(endpoint))) {
      return this.mesh.clusters.flatMap(({ name }): readonly Endpoint[] =>
        entity === 'host' || entity === 'remote-node'
          ? nodesOf(this.mesh, name, entity === 'host' ? 'same-node' : 'other-node').flatMap(each =>
            this.withClusters(each),
          )
          : [{ ...endpoint, cluster: name }],
      );
    }
    return ['health', 'init', 'unmanaged'].includes(entity) ? [{ kind: 'entity', entity }] : [endpoint];
  }

  private add(number: number, endpoint: Endpoint, name: string): ExpectedEndpoint {
    const added = { place: this.all.length, number, endpoint, name };
    this.all.push(added);
    return added;
  }

  /**
   * The pods of a workload: those with host network on the node of the other end and on others; where policies
   * distinguish nodes, on each of them.
   */
  private atPlaces(pods: ExpectedEndpoint, workload: Workload): readonly ExpectedEndpoint[] {
    return workload.hostNetwork
      ? placesIn(this.mesh)
        .nodesOf(pods.endpoint)
        .flatMap(nodes =>
          (['other-node', 'same-node'] as const).map((placement): ExpectedEndpoint => ({
            ...pods,
            number: this.space.index.classAt(workload, placement, nodes?.node),
            endpoint: { kind: 'workload', workload, placement, ...(nodes ? { node: nodes.node } : {}) },
            ...(nodes ? { nodes } : {}),
          })),
        )
      : [pods];
  }

  /** Cuts the addresses outside of the mesh at the blocks and addresses that patterns name. */
  private addAddresses(patterns: readonly EndpointPattern[], blocks: readonly Cidr[]): void {
    const named = new Map(
      [...patterns, ...blocks.map(cidr => ({ kind: 'block', cidr }) as const)]
        .flatMap(each =>
          each.kind === 'block'
            ? [each.cidr]
            : each.kind === 'single'
              ? each.endpoints.flatMap(endpoint => (endpoint.kind === 'address' ? [endpoint.address] : []))
              : [],
        )
        .map(cidr => [blockKey(cidr), cidr]),
    );
    this.space.classes.forEach(({ blocks: own = [] }, number) => {
      for (const block of own) {
        for (const { address, holders } of partsOf(block, [...named.values()])) {
          const narrowest = holders.reduce<Cidr | undefined>(
            (least, each) => (least && least.prefix >= each.prefix ? least : each),
            undefined,
          );
          const endpoint: Endpoint = { kind: 'address', address, names: [] };
          const added = this.add(number, endpoint, partName(block, narrowest));
          this.outside.push(added);
          for (const holder of holders) {
            const key = blockKey(holder);
            this.inBlock.set(key, [...(this.inBlock.get(key) ?? []), added]);
          }
        }
      }
    });
  }

  private addNames(): void {
    this.space.classes.forEach(({ names = [], endpoint }, number) => {
      // a rule without a name matches no name
      for (const text of names.filter(name => name !== '')) {
        const own: Endpoint = text.includes('*') ? endpoint! : { kind: 'name', name: text };
        this.addName(text, this.add(number, own, `fqdn:${text}`));
      }
    });
  }

  private addName(text: string, endpoint: ExpectedEndpoint): void {
    this.names.push({ text, endpoint });
    this.outside.push(endpoint);
  }

  private addSingle(key: string, endpoint: Endpoint, number: number): void {
    if (endpoint.kind === 'address') {
      const block = blockKey(endpoint.address);
      if (!this.inBlock.has(block)) {
        this.inBlock.set(block, [this.add(number, endpoint, formatEndpoint(endpoint))]);
      }
      return;
    }
    const name =
      endpoint === NAME_IN_NO_POLICY ? EVERY_NAME : endpoint.kind === 'name' ? nameText(endpoint.name) : undefined;
    const written = this.names.find(({ text }) => text === name)?.endpoint;
    const placement = endpoint.kind === 'node' && endpoint.node ? ` (${endpoint.placement})` : '';
    const text = endpoint === NAME_IN_NO_POLICY ? `fqdn:${EVERY_NAME}` : formatEndpoint(endpoint);
    const added = written ?? this.add(number, endpoint, `${text}${placement.replace('-', ' ')}`);
    this.single.set(key, added);
    if (name !== undefined && !written) {
      this.addName(name, added);
    }
  }
}

/** The pattern of all names: those that policies write and all others. */
export const EVERY_NAME = '*';

function isEveryName(glob: string): boolean {
  return /^\*+$/.test(glob);
}

/** Stands for all names that no policy writes. */
export const NAME_IN_NO_POLICY: Endpoint = { kind: 'name', name: 'name-in-no-policy.invalid' };

/** Whether a glob matches a name or pattern, or one of two patterns whose common names `and` joins. */
export function matchesName(glob: string, text: string): boolean {
  return [text, ...text.split(' and ')].some(each => matchesGlob(glob, each));
}

function isOfOwnCluster(endpoint: Endpoint): boolean {
  return (
    endpoint.kind === 'entity' && endpoint.cluster === undefined && ENTITIES_OF_OWN_CLUSTER.includes(endpoint.entity)
  );
}

function singleKey(endpoint: Endpoint): string {
  return endpoint.kind === 'name'
    ? `fqdn:${nameText(endpoint.name)}`
    : `${formatEndpoint(endpoint)} ${endpoint.kind === 'node' ? endpoint.placement : ''}`;
}

function nameText(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

function blockKey({ family, first, last }: Cidr): string {
  return `${family} ${first} ${last}`;
}

/** The parts of a block that the same named blocks hold. */
function partsOf(
  block: AddressBlock,
  named: readonly Cidr[],
): ReadonlyArray<{ readonly address: Cidr; readonly holders: readonly Cidr[] }> {
  const { family } = block.cidr;
  const near = named.filter(
    each => each.family === family && each.first <= block.cidr.last && block.cidr.first <= each.last,
  );
  const parts = new Map<string, { address: Cidr; holders: readonly Cidr[] }>();
  for (const [{ first }, { last }] of block.borders) {
    const starts = [first, ...near.flatMap(each => [each.first, each.last + 1n])];
    for (const start of starts.filter(each => first <= each && each <= last)) {
      const holders = near.filter(each => each.first <= start && start <= each.last);
      const key = holders.map(blockKey).join();
      if (!parts.has(key)) {
        parts.set(key, { address: Cidr.ofAddress(family, start), holders });
      }
    }
  }
  return [...parts.values()];
}

/** A part by the narrowest named block around it. */
function partName(block: AddressBlock, named: Cidr | undefined): string {
  if (!named || named.prefix <= block.cidr.prefix) {
    return `world:${formatBlock(block)}`;
  }
  const isAddress = named.first === named.last;
  return `world:${isAddress ? named.text.replace(/\/\d+$/, '') : named.text}`;
}
