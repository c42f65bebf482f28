/**
 * A suggestion as a program of constructs: a class that another program creates in its mesh.
 *
 * Texts of manifests and recordings stand in it only as literals of strings with ASCII characters, and in comments of
 * one line without characters that end a line or turn its direction.
 */
import { evidenceText, flowTexts, sideText } from './evidence';
import { Peer } from './peer';
import { PodSelection } from './pod-selection';
import { DNS_DESCRIPTION, NamedDefaultDeny, NamedStatement } from './policies';
import { RulePort } from './rule-ports';
import { serviceOf } from './service-peers';
import { Labels } from './stable-labels';
import { StatementPeer } from './statement';
import { Suggestion } from './suggestion';

/** The most flows that a comment names. */
const MOST_FLOWS = 3;

/** The longest line of a comment. */
const WIDTH = 118;

/** The program, a module of TypeScript. `heading` is the comment at its beginning, one line each. */
export function constructProgram(suggestion: Suggestion, heading: readonly string[]): string {
  const { statements, defaultDenies, names, after } = suggestion;
  const all = after.clusters.map(({ name }) => name);
  const services = servicesOf(suggestion);
  const writer = new Writer(all, services);
  const isWorkload = (pods: PodSelection) =>
    statements.some(statement =>
      [...statement.sources, ...(services.has(statement) ? [] : statement.destinations)].some(
        ({ peer }) => peer.kind === 'pods' && peer.pods === pods,
      ),
    );
  const body = [
    ...[...names].sort(([, one], [, other]) => (one < other ? -1 : 1)).flatMap(([pods, name]) => [
      ...(isWorkload(pods) ? writer.workload(pods, name) : []),
    ]),
    ...[...new Map([...services.values()].flat().map(each => [each.id, each])).values()].flatMap(each =>
      writer.service(each),
    ),
    ...defaultDenies.flatMap(deny => writer.defaultDeny(deny)),
    ...statements.flatMap(statement => writer.statement(statement, names)),
  ];
  const imports = ['IMesh', ...writer.used].sort();
  return [
    ...heading.map(line => `// ${comment(line)}`),
    `import { ${imports.join(', ')} } from 'cdk8s-cilium-mesh';`,
    "import { Construct } from 'constructs';",
    '',
    "/** Create it in the mesh: `new SuggestedPolicies(mesh, 'suggested', mesh)`. */",
    'export class SuggestedPolicies extends Construct {',
    '  constructor(scope: Construct, id: string, mesh: IMesh) {',
    '    super(scope, id);',
    ...(writer.usesClusters
      ? ['    const clusters = (...names: string[]) => names.map(name => mesh.cluster(name));']
      : []),
    ...body.map(line => (line === '' ? '' : `    ${line}`)),
    '  }',
    '}',
    '',
  ].join('\n');
}

/** A Service that stands for a destination. */
interface NamedService {
  /** The id of its construct. */
  readonly id: string;
  readonly name: string;
  readonly pods: PodSelection;
  readonly ports: readonly RulePort[];
  readonly clusters: readonly string[];
}

/** The Services of the statements all of whose destinations are Services, in the order of the destinations. */
function servicesOf(
  { statements, defaultDenies, names, after }: Suggestion,
): ReadonlyMap<NamedStatement, readonly NamedService[]> {
  const taken = new Set([...names.values(), ...[...statements, ...defaultDenies].map(({ name }) => name)]);
  const ids = new Map<string, string>();
  const idOf = (pods: PodSelection, name: string) => {
    const key = `${pods.key} ${name}`;
    let id = ids.get(key) ?? `service-${names.get(pods)!}`;
    while (!ids.has(key) && (taken.has(id) || [...ids.values()].includes(id))) {
      id = `${id}-2`;
    }
    ids.set(key, id);
    return id;
  };
  return new Map(
    statements.flatMap((statement): Array<[NamedStatement, readonly NamedService[]]> => {
      const { destinations, ports } = statement;
      const found = destinations.flatMap((destination): NamedService[] => {
        const name = serviceOf(statement, destination, after);
        const { peer, clusters } = destination;
        return name === undefined || peer.kind !== 'pods'
          ? []
          : [{ id: idOf(peer.pods, name), name, pods: peer.pods, ports, clusters }];
      });
      return found.length === destinations.length && found.length > 0 ? [[statement, found]] : [];
    }),
  );
}

/** Writes lines, and notes which names of the library they use. */
class Writer {
  public readonly used = new Set<string>();
  public usesClusters = false;

  constructor(
    private readonly all: readonly string[],
    private readonly services: ReadonlyMap<NamedStatement, readonly NamedService[]>,
  ) {}

  public service({ id, name, pods, ports, clusters }: NamedService): string[] {
    return [
      '',
      `const ${variable(id)} = new ${this.use('ServiceReference')}(this, ${text(id)}, {`,
      `  name: ${text(name)},`,
      `  namespace: ${text(pods.namespace)},`,
      `  selector: ${labelsText(pods.labels)},`,
      `  podPorts: ${this.list(ports.map(port => this.port(port)))},`,
      ...this.clusters(clusters),
      '});',
    ];
  }

  public workload(pods: PodSelection, name: string): string[] {
    const clusters = clustersOf(pods);
    return [
      '',
      `const ${variable(name)} = new ${this.use('Workload')}(this, ${text(name)}, {`,
      ...this.selector(pods, pods.serviceAccount !== undefined),
      `  namespace: ${text(pods.namespace)},`,
      ...(pods.serviceAccount === undefined ? [] : [`  serviceAccount: ${text(pods.serviceAccount)},`]),
      ...this.clusters(clusters),
      '});',
    ];
  }

  public defaultDeny({ name, namespace, pods, clusters, hasDns, onlyDns }: NamedDefaultDeny): string[] {
    return [
      '',
      `new ${this.use('DefaultDenyPolicy')}(this, ${text(name)}, {`,
      `  namespace: ${text(namespace)},`,
      ...(pods ? [`  selector: ${this.selectorOf(pods)},`] : []),
      ...(onlyDns
        ? [`  direction: ${this.use('DenyDirection')}.EGRESS,`, `  description: ${text(DNS_DESCRIPTION)},`]
        : []),
      ...(hasDns ? [] : [`  dns: ${this.use('DnsAccess')}.NONE,`]),
      ...this.clusters(clusters),
      '});',
    ];
  }

  public statement(statement: NamedStatement, names: ReadonlyMap<PodSelection, string>): string[] {
    const { name, sources, destinations, ports, sameCluster, defaultDeny } = statement;
    const side = (peers: readonly StatementPeer[]) => this.list(peers.map(each => this.peer(each, names)));
    const services = this.services.get(statement);
    return [
      '',
      ...comments(statement, this.all.length),
      `new ${this.use('CrossClusterAllow')}(this, ${text(name)}, {`,
      `  sources: ${side(sources)},`,
      ...(services
        ? [`  destinations: ${this.list(services.map(({ id }) => variable(id)))},`]
        : [
          `  destinations: ${side(destinations)},`,
          `  ports: ${this.list(ports.map(port => this.port(port)))},`,
        ]),
      ...(sameCluster ? ['  sameCluster: true,'] : []),
      ...requestLines(statement),
      ...(defaultDeny.egress ? [] : ['  defaultDenyEgress: false,']),
      ...(defaultDeny.ingress ? [] : ['  defaultDenyIngress: false,']),
      '});',
    ];
  }

  private peer({ peer, clusters }: StatementPeer, names: ReadonlyMap<PodSelection, string>): string {
    switch (peer.kind) {
      case 'pods': {
        const name = variable(names.get(peer.pods)!);
        return clustersOf(peer.pods).length === clusters.length
          ? name
          : `${name}.inClusters(...${this.clusterList(clusters)})`;
      }
      case 'entity':
        return `${this.use('Peer')}.entity(${this.use('Entity')}.${ENTITIES[peer.entity]})`;
      case 'cidr':
        return `${this.use('Peer')}.cidr(${text(peer.cidr)})`;
      case 'fqdn':
        return `${this.use('Peer')}.fqdn(${text(peer.name)})`;
    }
  }

  private port({ protocol, first, last, name: named }: RulePort): string {
    const name = protocol.toLowerCase();
    const port = this.use('Port');
    if (named !== undefined) {
      const transport = protocol === 'TCP' ? '' : `, ${this.use('Protocol')}.${protocol}`;
      return `${port}.named(${text(named)}${transport})`;
    }
    return last > first ? `${port}.${name}Range(${first}, ${last})` : `${port}.${name}(${first})`;
  }

  /** The property of a workload for its labels. */
  private selector(pods: PodSelection, isByAccount: boolean): string[] {
    return pods.absent.length > 0 || (isByAccount && pods.labels.size === 0)
      ? [`  selector: ${this.selectorOf(pods)},`]
      : [`  labels: ${labelsText(pods.labels)},`];
  }

  private selectorOf({ labels, absent }: PodSelection): string {
    const selector = this.use('Selector');
    if (absent.length === 0) {
      return labels.size === 0 ? `${selector}.all()` : `${selector}.labels(${labelsText(labels)})`;
    }
    const expression = this.use('LabelExpression');
    const expressions = absent.map(key => `${expression}.doesNotExist(${text(key)})`);
    return `${selector}.of({ labels: ${labelsText(labels)}, expressions: [${expressions.join(', ')}] })`;
  }

  private clusters(clusters: readonly string[]): string[] {
    return clusters.length === this.all.length ? [] : [`  clusters: ${this.clusterList(clusters)},`];
  }

  private clusterList(clusters: readonly string[]): string {
    this.usesClusters = true;
    return `clusters(${clusters.map(text).join(', ')})`;
  }

  private list(items: readonly string[]): string {
    const line = `[${items.join(', ')}]`;
    return line.length < 90 ? line : `[\n${items.map(item => `        ${item},\n`).join('')}      ]`;
  }

  private use(name: string): string {
    this.used.add(name);
    return name;
  }
}

const ENTITIES: { readonly [entity in Extract<Peer, { kind: 'entity' }>['entity']]: string } = {
  'world': 'WORLD',
  'host': 'HOST',
  'remote-node': 'REMOTE_NODE',
  'kube-apiserver': 'KUBE_APISERVER',
  'ingress': 'INGRESS',
  'health': 'HEALTH',
  'init': 'INIT',
  'unmanaged': 'UNMANAGED',
};

/** The property with the requests that a statement allows. */
function requestLines({ requests }: NamedStatement): string[] {
  return requests?.kind === 'http'
    ? [
      '  http: [',
      ...requests.http.map(({ method, path }) => `    { method: ${text(method)}, path: ${text(path)} },`),
      '  ],',
    ]
    : requests
      ? ['  dns: [', ...requests.dns.map(name => `    { matchName: ${text(name)} },`), '  ],']
      : [];
}

function comments(statement: NamedStatement, clusterCount: number): string[] {
  const { sources, destinations, sameCluster } = statement;
  const title =
    `${sideText(sources, clusterCount)} to ${sideText(destinations, clusterCount)}` +
    (sameCluster ? ', within each cluster' : '');
  return [title, evidenceText(statement), ...flowTexts(statement, MOST_FLOWS).map(each => `  ${each}`)].map(
    line => `// ${comment(line)}`,
  );
}

function clustersOf({ workloads }: PodSelection): string[] {
  return [...new Set(workloads.map(({ cluster }) => cluster))].sort();
}

function labelsText(labels: Labels): string {
  const items = [...labels].map(([key, value]) => `${text(key)}: ${text(value)}`);
  return items.length === 0 ? '{}' : `{ ${items.join(', ')} }`;
}

/** A name such as `shop-cart` as the name of a variable. */
function variable(name: string): string {
  const camel = name
    .replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
    .replace(/-/g, '_');
  return RESERVED.has(camel) ? `${camel}_` : camel;
}

/** Names that a variable must not have, and those of the program itself. */
const RESERVED = new Set([
  ...('arguments await break case catch class clusters const continue debugger default delete do else enum eval export ' +
    'extends false finally for function id if implements import in instanceof interface let mesh names new null package ' +
    'private protected public return scope static super switch this throw true try typeof undefined var void while with ' +
    'yield').split(' '),
]);

/** A literal of a string, of ASCII characters. */
export function text(value: string): string {
  const body = JSON.stringify(value)
    .slice(1, -1)
    .replace(/\\./g, pair => (pair === '\\"' ? '"' : pair))
    .replace(/'/g, "\\'")
    .replace(/[^\x20-\x7e]/g, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `'${body}'`;
}

/** Text for a comment of one line. Other characters than printable ASCII are written as escapes. */
export function comment(value: string): string {
  const line = value.replace(/[^\x20-\x7e]/gu, character => `\\u{${character.codePointAt(0)!.toString(16)}}`);
  return line.length > WIDTH - 4 ? `${line.slice(0, WIDTH - 7)}...` : line;
}
