/** Random CIDRs, meshes and junk for properties.test.ts. */
import * as net from 'net';
import * as fc from 'fast-check';
import { Cidr } from '../../src/cilium/cidr';
import { ClusterMesh, ClusterMeshProps } from '../../src/constructs/mesh/cluster-mesh';
import { ClusterProps } from '../../src/model/cluster-settings';

/** A block as its family and the bits of its prefix: what the reference compares. */
export interface Bits {
  readonly family: 'IPv4' | 'IPv6';
  readonly bits: string;
}

const MAPPED_PREFIX = '0'.repeat(80) + '1'.repeat(16);

export function bits(maxLength: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom('0', '1'), maxLength });
}

export function ipv4Block(): fc.Arbitrary<Bits> {
  return bits(32).map(text => ({ family: 'IPv4', bits: text }));
}

/** Not the ones around or inside ::ffff:0:0/96, which have tests of their own. */
function ipv6Block(): fc.Arbitrary<Bits> {
  return fc
    .oneof(
      bits(128),
      fc.nat(128).map(length => '0'.repeat(length)),
    )
    .filter(text => !text.startsWith(MAPPED_PREFIX))
    .map(text => ({ family: 'IPv6', bits: text }));
}

export function anyBlock(): fc.Arbitrary<Bits> {
  return fc.oneof(ipv4Block(), ipv6Block());
}

/** Two blocks, often nested or beside each other: two random ones of long prefixes would hardly ever meet. */
export function pairOfBlocks(): fc.Arbitrary<[Bits, Bits]> {
  const related_ = fc
    .tuple(anyBlock(), fc.nat(128), bits(16))
    .map(([one, keep, tail]): [Bits, Bits] => [
      one,
      { ...one, bits: (one.bits.slice(0, keep) + tail).slice(0, one.family === 'IPv4' ? 32 : 128) },
    ]);
  return fc
    .oneof(fc.tuple(anyBlock(), anyBlock()), related_)
    .filter(([, { family, bits: text }]) => family === 'IPv4' || !text.startsWith(MAPPED_PREFIX));
}

/** A block, and one of the ways to write it. */
export function writtenBlock(): fc.Arbitrary<{ block: Bits; text: string }> {
  return fc
    .tuple(anyBlock(), fc.constantFrom('full', 'short', 'upper', 'compressed', 'dotted'))
    .map(([block, style]) => {
      const address = block.bits.padEnd(block.family === 'IPv4' ? 32 : 128, '0');
      return { block, text: `${addressText(block.family, address, style)}/${block.bits.length}` };
    });
}

export function canonical(block: Bits): string {
  return `${addressText(block.family, block.bits.padEnd(block.family === 'IPv4' ? 32 : 128, '0'))}/${block.bits.length}`;
}

/** An IPv4 block as the IPv6 block that is mapped to it. */
export function mappedText(block: Bits, dotted: boolean): string {
  const address = block.bits.padEnd(32, '0');
  const text = dotted ? `::ffff:${addressText('IPv4', address)}` : addressText('IPv6', MAPPED_PREFIX + address);
  return `${text}/${96 + block.bits.length}`;
}

export function addressText(family: 'IPv4' | 'IPv6', address: string, style: string = 'full'): string {
  const numbers = (width: number, from: string) =>
    from.match(new RegExp(`.{${width}}`, 'g'))!.map(part => parseInt(part, 2));
  if (family === 'IPv4') {
    return numbers(8, address).join('.');
  }
  const groups = numbers(16, address).map(number => number.toString(16));
  switch (style) {
    case 'full':
      return groups.map(group => group.padStart(4, '0')).join(':');
    case 'upper':
      return groups.join(':').toUpperCase();
    case 'compressed':
      return groups.join(':').replace(/(^|:)0(:0)+(:|$)/, '::');
    case 'dotted':
      return `${groups.slice(0, 6).join(':')}:${addressText('IPv4', address.slice(96))}`;
    default:
      return groups.join(':');
  }
}

export function parsed(text: string): Cidr {
  const cidr = Cidr.parse(text);
  if (typeof cidr === 'string') {
    throw new Error(`${text} ${cidr}`);
  }
  return cidr;
}

/** CIDRs, and texts that are nearly CIDRs. */
export function nearlyCidr(): fc.Arbitrary<string> {
  const character = fc.constantFrom(...'0123456789abcdefABCDEFx:./:.% g-+\n');
  const decimal = fc.array(fc.nat(300), { minLength: 3, maxLength: 5 }).map(numbers => numbers.join('.'));
  const head = fc.constantFrom(
    '',
    '::ffff:',
    '1::',
    '64:ff9b::',
    '1:2:3:4:5:6:',
    '1:2:3:4:5:6:7:',
    '1::5:6:',
    '1:2:3:4:5:',
  );
  return fc
    .oneof(
      fc.string({ unit: character, maxLength: 24 }),
      fc.string({
        unit: fc.constantFrom('1:', '::', ':', 'ab:', '0', '12345', '1.2.3.4', '/', '64', '10.0.0.0/8'),
        maxLength: 10,
      }),
      fc.tuple(fc.ipV6(), fc.nat(140)).map(([address, prefix]) => `${address}/${prefix}`),
      fc
        .tuple(fc.ipV6(), fc.nat(30), character, fc.nat(140))
        .map(([address, at, by, prefix]) => `${address.slice(0, at)}${by}${address.slice(at + 1)}/${prefix}`),
      fc
        .tuple(
          head,
          decimal,
          fc.oneof(fc.nat(140).map(String), fc.constantFrom('', '08', '-1', '1.5', ' 8', '8 ', '0x8', '1e1')),
        )
        .map(([before, address, prefix]) => `${before}${address}/${prefix}`),
    )
    .filter(
      text => !/^[^/]*:[^/]*(^|[:.])0[0-9xX][^/:]*\.|^[^/]*:[^/]*\.0[0-9xX]/.test(text) && !/^::[^:]*\./.test(text),
    );
}

/** Whether Node.js takes the address, and the prefix length is one of the family. */
export function readsAsCidr(text: string): boolean {
  const match = /^([^/]*)\/(0|[1-9]\d{0,2})$/.exec(text);
  if (!match) {
    return false;
  }
  const family = match[1].includes('%') ? 0 : net.isIP(match[1]);
  return family !== 0 && Number(match[2]) <= (family === 4 ? 32 : 128);
}

/** A valid mesh in which every property has a value, to be spoilt. */
export function fullMesh(): any {
  const settings = {
    ciliumVersion: '1.20.2',
    routingMode: 'native',
    tunnelProtocol: 'vxlan',
    ipv4NativeRoutingCidr: '10.0.0.0/8',
    ipv6NativeRoutingCidr: 'fd00::/8',
    autoDirectNodeRoutes: true,
    encryption: 'wireguard',
    kubeProxyReplacement: true,
    policyEnforcementMode: 'always',
    policyDefaultLocalCluster: true,
    defaultGlobalNamespace: true,
    maxConnectedClusters: 511,
    mcsApi: true,
    endpointSliceSync: true,
    hubble: { relay: true, ui: true, relayNodePort: 31234, uiNodePort: 31235 },
    helmValues: {
      debug: { enabled: true },
      clustermesh: { apiserver: { etcd: { storageMedium: 'Disk' } } },
      podAnnotations: { a: 'b' },
      extraArgs: [],
    },
  };
  return {
    defaults: { ...settings },
    clusters: [
      {
        ...settings,
        name: 'east',
        id: 256,
        podCidrs: ['10.1.0.0/16', 'fd00:1::/64'],
        serviceCidrs: ['10.101.0.0/16', 'fd00:101::/112'],
        nodeCidrs: ['192.168.0.0/16'],
        context: 'kind-east',
        ipamMode: 'kubernetes',
        kind: {
          controlPlanes: 1,
          workers: 2,
          nodeImage: 'kindest/node:v1.29.2',
          portMappings: [{ containerPort: 80, hostPort: 8080, listenAddress: '127.0.0.1', protocol: 'TCP' }],
        },
        kubernetesApi: { host: 'api.example.org', port: 6443 },
        apiserver: { serviceType: 'NodePort', nodePort: 32000, replicas: 2, serviceAnnotations: { a: 'b' } },
      },
      {
        name: 'west',
        id: 2,
        podCidrs: ['10.2.0.0/16', 'fd00:2::/104'],
        ipamMode: 'cluster-pool',
        clusterPoolIpv4MaskSize: 24,
        clusterPoolIpv6MaskSize: 120,
        context: 'west',
      },
    ],
  };
}

/** The path of every value in the full mesh: of maps and lists too. */
export const PATHS: ReadonlyArray<readonly string[]> = pathsOf(fullMesh());

function pathsOf(value: any, path: readonly string[] = []): Array<readonly string[]> {
  return typeof value === 'object' && value !== null
    ? Object.keys(value).flatMap(key => [[...path, key], ...pathsOf(value[key], [...path, key])])
    : [];
}

export function replaced(value: any, [key, ...rest]: readonly string[], junk: unknown): any {
  if (key === undefined) {
    return junk;
  }
  if (typeof value !== 'object' || value === null || !Object.prototype.hasOwnProperty.call(value, key)) {
    return value; // an earlier change took the place away
  }
  const copy = Array.isArray(value) ? [...value] : { ...value };
  copy[key] = replaced(copy[key], rest, junk);
  return copy;
}

/** Any JSON, as a YAML or JSON reader gives it, with the values that matter to some check among them. */
export function json(): fc.Arbitrary<any> {
  return fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom<any>(
      null,
      true,
      false,
      0,
      -1,
      1.5,
      511,
      65536,
      '',
      'default',
      'none',
      '10.1.0.0/16',
      '0.0.0.0/0',
      '::/0',
      '1.9.5',
      '1.20.2',
      'eni',
      'native',
      [],
      {},
      [null],
      [[]],
      [{}],
    ),
    mapOf(
      fc.constantFrom('name', 'id', 'podCidrs', 'kind', 'helmValues', 'hubble', 'apiserver', 'cluster'),
      fc.jsonValue({ maxDepth: 1 }),
    ),
  );
}

/** A map as a YAML or JSON reader makes it. */
function mapOf<T>(key: fc.Arbitrary<string>, value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> {
  return fc.dictionary(key, value, { noNullPrototype: true });
}

/** A map that JSON can write and that has no text: what `String()` and `<` throw at. */
export function mapWithoutText(): any {
  return JSON.parse('{"toString":1,"valueOf":2}');
}

/** A mesh without a fault: each block is somewhere in a /16 or a /32 of its own. */
export function validMesh(): fc.Arbitrary<ClusterMeshProps> {
  const cluster = fc.record({
    name: fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?$/).filter(name => name !== 'default'),
    id: fc.integer({ min: 1, max: 511 }),
    // of pods, Services and nodes: how many of each family
    counts: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.nat(2), fc.nat(2), fc.nat(2), fc.nat(2), fc.nat(2)),
    kind: fc.boolean(),
    settings: fc.record(
      {
        policyEnforcementMode: fc.constantFrom('default', 'always', 'never'),
        kubeProxyReplacement: fc.boolean(),
        mcsApi: fc.boolean(),
        hubble: fc.record(
          { relay: fc.constant(true), ui: fc.boolean(), relayNodePort: fc.integer({ min: 30000, max: 32378 }) },
          { requiredKeys: [] },
        ),
        ciliumVersion: fc.constantFrom('1.19.0', '1.20.2', '1.19.4', '1.20.0-rc.1'),
        apiserver: fc.record(
          {
            replicas: fc.integer({ min: 1, max: 5 }),
            serviceAnnotations: mapOf(fc.stringMatching(/^[a-z]{1,9}$/), fc.string()),
          },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: [] },
    ),
  });
  const defaults = fc.record(
    {
      encryption: fc.constantFrom('none', 'wireguard', 'ipsec'),
      tunnelProtocol: fc.constantFrom('vxlan', 'geneve'),
    },
    { requiredKeys: [] },
  );
  const tail = fc.tuple(fc.integer({ min: 16, max: 24 }), bits(8), fc.integer({ min: 104, max: 120 }), bits(88));
  return fc
    .tuple(
      fc
        .uniqueArray(cluster, { minLength: 2, maxLength: 10, selector: each => each.name })
        .filter(clusters => new Set(clusters.map(({ id }) => id)).size === clusters.length),
      defaults,
      fc.array(tail, { minLength: 160, maxLength: 160 }),
      fc.boolean(),
    )
    .map(([clusters, common, tails, shared]): ClusterMeshProps => {
      let next = 0;
      const take = (family: 'IPv4' | 'IPv6', count: number) =>
        Array.from({ length: count }, () => {
          const [prefix4, tail4, prefix6, tail6] = tails[next];
          const own = (next++).toString(2).padStart(8, '0');
          return family === 'IPv4'
            ? canonical({ family, bits: ('00001010' + own + tail4.padEnd(8, '0')).slice(0, prefix4) })
            : canonical({
              family,
              bits: ('1111110100000000' + own.padStart(16, '0') + tail6.padEnd(88, '0')).slice(0, prefix6),
            });
        });
      return {
        defaults: { ...common, maxConnectedClusters: 511, ...(shared ? { ipamMode: 'kubernetes' } : {}) } as any,
        clusters: clusters.map(({ name, id, counts, kind, settings }) => {
          const one = (count: number) => (kind ? Math.min(count, 1) : count);
          return {
            name,
            id,
            podCidrs: [...take('IPv4', one(counts[0])), ...take('IPv6', one(counts[1]))],
            serviceCidrs: [
              ...take('IPv4', one(counts[2])),
              ...take('IPv6', kind ? Math.min(counts[1], counts[3], 1) : counts[3]),
            ],
            nodeCidrs: [...take('IPv4', counts[4]), ...take('IPv6', counts[5])],
            ...(kind ? { kind: {} } : {}),
            ...settings,
          } as any;
        }),
      };
    });
}

export interface Place {
  readonly cluster: number;
  readonly use: 'podCidrs' | 'serviceCidrs' | 'nodeCidrs';
  readonly index: number;
  readonly text: string;
  readonly ipv4: boolean;
}

export type Relation = 'same' | 'inside' | 'around';

export function blocksOf(mesh: ClusterMeshProps): Place[] {
  return mesh.clusters.flatMap((cluster, index) =>
    (['podCidrs', 'serviceCidrs', 'nodeCidrs'] as const).flatMap(use =>
      (cluster[use] ?? []).map((text, at) => ({ cluster: index, use, index: at, text, ipv4: !text.includes(':') })),
    ),
  );
}

export function withBlock(mesh: ClusterMeshProps, place: Place, text: string): ClusterMeshProps {
  return replaced(mesh, ['clusters', String(place.cluster), place.use, String(place.index)], text);
}

/** A block that shares addresses with another. */
export function related(text: string, relation: Relation): string {
  const [address, prefix] = [text.slice(0, text.indexOf('/')), Number(text.slice(text.indexOf('/') + 1))];
  switch (relation) {
    case 'same':
      return text;
    case 'inside':
      return `${address}/${address.includes(':') ? 128 : 32}`;
    default: {
      const octets = address.includes(':')
        ? address.split(':').slice(0, 1).concat(':')
        : [address.split('.')[0], '0', '0', '0'];
      return prefix < 8 ? text : address.includes(':') ? `${octets[0]}::/16` : `${octets.join('.')}/8`;
    }
  }
}

/** Clusters with few names, IDs and blocks to choose from. */
export function collidingClusters(): fc.Arbitrary<ClusterProps[]> {
  return fc.array(
    fc.record({
      name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      id: fc.constantFrom(1, 2, 3, 4, 5),
      podCidrs: fc
        .constantFrom(
          '10.0.0.0/8',
          '10.1.0.0/16',
          '10.1.2.0/24',
          '10.2.0.0/16',
          '172.16.0.0/16',
          '192.168.0.0/24',
          '::ffff:10.2.0.0/112',
        )
        .map(text => [text]),
      ipamMode: fc.constant('crd' as any),
    }),
    { minLength: 2, maxLength: 8 },
  );
}

export function symmetric(clusters: ClusterProps[]): { [code: string]: number } {
  const found = ClusterMesh.check({ clusters });
  return Object.fromEntries(
    ['cluster-name-duplicate', 'cluster-id-duplicate', 'cidr-overlap'].map(code => [
      code,
      found.filter(fault => fault.code === code).length,
    ]),
  );
}
