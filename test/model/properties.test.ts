/**
 * Laws of the model, on random inputs.
 *
 * The seed is fixed, so that a run says the same as the run before it; another seed finds new examples:
 * change SEED here and run `npx jest test/model/properties --coverage=false`.
 */
import * as net from 'net';
import * as fc from 'fast-check';
import { ClusterMesh, ClusterMeshProps } from '../../src/mesh/cluster-mesh';
import { Cidr } from '../../src/model/cidr';
import { ClusterProps } from '../../src/model/cluster-settings';

const SEED = 20260;
fc.configureGlobal({ seed: SEED, numRuns: 500 });

// some laws take a second, and more on a busy machine
jest.setTimeout(60_000);

describe('Cidr', () => {
  test('reads what it wrote: family, prefix and addresses are those of the bits', () => {
    fc.assert(fc.property(writtenBlock(), ({ block, text }) => {
      const cidr = parsed(text);

      expect([cidr.family, cidr.prefix, cidr.text]).toEqual([block.family, block.bits.length, text]);
      expect(cidr.covers(parsed(canonical(block))) && parsed(canonical(block)).covers(cidr)).toBe(true);
    }));
  });

  test('overlaps itself and covers itself', () => {
    fc.assert(fc.property(anyBlock(), block => {
      const cidr = parsed(canonical(block));

      expect([cidr.overlaps(cidr), cidr.covers(cidr)]).toEqual([true, true]);
    }));
  });

  test('overlaps() is symmetric', () => {
    fc.assert(fc.property(pairOfBlocks(), ([one, other]) => {
      expect(parsed(canonical(one)).overlaps(parsed(canonical(other)))).toBe(parsed(canonical(other)).overlaps(parsed(canonical(one))));
    }));
  });

  test('covers() implies overlaps(), and both ways only for the same addresses', () => {
    fc.assert(fc.property(pairOfBlocks(), ([one, other]) => {
      const [a, b] = [parsed(canonical(one)), parsed(canonical(other))];

      expect(!a.covers(b) || a.overlaps(b)).toBe(true);
      expect(a.covers(b) && b.covers(a)).toBe(one.family === other.family && one.bits === other.bits);
    }));
  });

  test('covers() is transitive', () => {
    fc.assert(fc.property(anyBlock(), bits(64), bits(64), (outer, more, stillMore) => {
      const limit = outer.family === 'IPv4' ? 32 : 128;
      const middle = { ...outer, bits: (outer.bits + more).slice(0, limit) };
      const inner = { ...outer, bits: (middle.bits + stillMore).slice(0, limit) };

      expect(parsed(canonical(outer)).covers(parsed(canonical(middle)))).toBe(true);
      expect(parsed(canonical(middle)).covers(parsed(canonical(inner)))).toBe(true);
      expect(parsed(canonical(outer)).covers(parsed(canonical(inner)))).toBe(true);
    }));
  });

  test('two blocks overlap exactly when one covers the other', () => {
    fc.assert(fc.property(pairOfBlocks(), ([one, other]) => {
      const [a, b] = [parsed(canonical(one)), parsed(canonical(other))];

      expect(a.overlaps(b)).toBe(a.covers(b) || b.covers(a));
    }));
  });

  test('the two halves of a block share nothing, and are covered by it', () => {
    fc.assert(fc.property(anyBlock().filter(({ family, bits: { length } }) => length < (family === 'IPv4' ? 32 : 128)), block => {
      const [low, high] = ['0', '1'].map(bit => parsed(canonical({ ...block, bits: block.bits + bit })));

      expect([low.overlaps(high), high.overlaps(low)]).toEqual([false, false]);
      expect([parsed(canonical(block)).covers(low), parsed(canonical(block)).covers(high)]).toEqual([true, true]);
    }));
  });

  test('agrees with a reference that compares strings of bits', () => {
    fc.assert(fc.property(pairOfBlocks(), ([one, other]) => {
      const [a, b] = [parsed(canonical(one)), parsed(canonical(other))];
      const sameFamily = one.family === other.family;

      expect(a.covers(b)).toBe(sameFamily && other.bits.startsWith(one.bits));
      expect(a.overlaps(b)).toBe(sameFamily && (other.bits.startsWith(one.bits) || one.bits.startsWith(other.bits)));
    }), { numRuns: 3000 });
  });

  test('an IPv4-mapped IPv6 block relates to every other as its IPv4 block does (RFC 4291, 2.5.5.2)', () => {
    fc.assert(fc.property(ipv4Block(), ipv4Block(), fc.boolean(), (one, other, dotted) => {
      const [plain, mapped, second] = [parsed(canonical(one)), parsed(mappedText(one, dotted)), parsed(canonical(other))];

      expect([mapped.overlaps(plain), mapped.covers(plain), plain.covers(mapped)]).toEqual([true, true, true]);
      expect([mapped.overlaps(second), mapped.covers(second), second.covers(mapped)])
        .toEqual([plain.overlaps(second), plain.covers(second), second.covers(plain)]);
      expect(mapped.overlaps(parsed(mappedText(other, !dotted)))).toBe(plain.overlaps(second));
    }));
  });

  // src/model/cidr.ts: a mapped block is moved into the space of IPv4, so that an IPv6 block around it no longer holds it. The law that nested
  // blocks overlap fails: ::/0 and ::ffff:10.0.0.0/104 as pod CIDRs of two clusters are accepted.
  test.failing('an IPv6 block overlaps the IPv4-mapped blocks inside it', () => {
    expect(parsed('::/0').overlaps(parsed('::ffff:10.0.0.0/104'))).toBe(true);
    expect(parsed('::/64').covers(parsed('::ffff:0:0/96'))).toBe(true);
  });

  // src/model/cidr.ts leaves "::a.b.c.d" to ipaddr.js, which reads it as ::ffff:a.b.c.d. The two texts are one address (RFC 4291, 2.2 and 2.5.5.1;
  // Go's netip prints ::102:304 for both).
  test.failing('an address with a dotted tail after :: is the one with that tail in hexadecimal', () => {
    expect(parsed('::1.2.3.4/128').covers(parsed('::102:304/128'))).toBe(true);
    expect(parsed('::1.2.3.4/128').overlaps(parsed('1.2.3.4/32'))).toBe(false);
  });

  test('parse() returns a Cidr or a reason for any value', () => {
    fc.assert(fc.property(fc.oneof(fc.anything(), fc.string(), nearlyCidr()), value => {
      const result = Cidr.parse(value);

      expect(result instanceof Cidr || (typeof result === 'string' && /^(is|has) \S/.test(result))).toBe(true);
    }), { numRuns: 3000 });
  });

  test('parse() takes exactly the addresses that Node.js takes, with a decimal prefix length', () => {
    fc.assert(fc.property(nearlyCidr(), text => {
      const result = Cidr.parse(text);

      // bits beyond the prefix are another question than whether the address is one
      expect(result instanceof Cidr || result.startsWith('has address bits set')).toBe(readsAsCidr(text));
    }), { numRuns: 5000 });
  });

  test('parse() refuses address bits beyond the prefix, and names the network', () => {
    fc.assert(fc.property(anyBlock(), fc.nat(127), (block, index) => {
      const limit = block.family === 'IPv4' ? 32 : 128;
      const at = block.bits.length + index;
      const address = block.bits.padEnd(limit, '0');
      fc.pre(at < limit);
      const beyond = addressText(block.family, `${address.slice(0, at)}1${address.slice(at + 1)}`);
      const reason = Cidr.parse(`${beyond}/${block.bits.length}`);
      const network = /\(the network is (\S+)\)/.exec(String(reason));

      expect(network).not.toBeNull();
      expect(parsed(network![1]).covers(parsed(canonical(block))) && parsed(canonical(block)).covers(parsed(network![1]))).toBe(true);
    }));
  });
});

describe('ClusterMesh.check()', () => {
  test('never throws, whatever stands in the place of any of its values', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.constantFrom(...PATHS), json()), { minLength: 1, maxLength: 4 }), changes => {
      const mesh = changes.reduce((value, [path, junk]) => replaced(value, path, junk), fullMesh());
      fc.pre(!throwsToday(mesh));

      expect(Array.isArray(ClusterMesh.check(mesh))).toBe(true);
    }), { numRuns: 5000 });
  });

  test('never throws for anything that is no mesh at all', () => {
    fc.assert(fc.property(json(), json(), json(), (any, clusters, defaults) => {
      for (const mesh of [any, { clusters }, { clusters: [any, clusters], defaults }, { clusters: fullMesh().clusters, defaults }]) {
        if (!throwsToday(mesh)) {
          expect(Array.isArray(ClusterMesh.check(mesh))).toBe(true);
        }
      }
    }), { numRuns: 2000 });
  });

  // src/model/checks/ports.ts, hostPortFaults: `(portMappings ?? []).entries()` of what is no list, and `mapping[property]` of what is no map
  test.failing.each([['a text'], [{}], [7], [[null]]])('does not throw for port mappings %j', portMappings => {
    const [first, ...rest] = fullMesh().clusters;

    expect(Array.isArray(ClusterMesh.check({ clusters: [{ ...first, kind: { portMappings } }, ...rest] } as any))).toBe(true);
  });

  // A map whose own toString is no function cannot become a text or a number: `String(value)` in closedSetFaults of src/model/checks/settings.ts,
  // schemaFaults of src/model/checks/helm-values.ts and apiserverFaults, `id > 255` in src/model/checks/identity.ts
  test.failing.each([
    [{ id: mapWithoutText() }], [{ ipamMode: mapWithoutText() }], [{ apiserver: { serviceAnnotations: { a: mapWithoutText() } } }],
    [{ helmValues: { clustermesh: { apiserver: { etcd: { storageMedium: mapWithoutText() } } } } }],
  ])('does not throw for %j', change => {
    const [first, ...rest] = fullMesh().clusters;

    expect(Array.isArray(ClusterMesh.check({ clusters: [{ ...first, ...change } as unknown as ClusterProps, ...rest] }))).toBe(true);
  });

  test('gives every fault a code, a path and texts, whatever stands in the place of any value', () => {
    fc.assert(fc.property(fc.constantFrom(...PATHS), json(), (path, junk) => {
      const mesh = replaced(fullMesh(), path, junk);
      fc.pre(!throwsToday(mesh));

      for (const fault of ClusterMesh.check(mesh)) {
        expect(Object.keys(fault).sort()).toEqual(['allowed', 'code', 'fix', 'got', 'message', 'path']);
        expect(Object.values(fault).filter(text => typeof text !== 'string' || text.trim() === '')).toEqual([]);
      }
    }), { numRuns: 2000 });
  });

  test('finds no fault with a mesh of disjoint addresses and unique names and IDs', () => {
    fc.assert(fc.property(validMesh(), mesh => {
      expect(ClusterMesh.check(mesh)).toEqual([]);
    }), { numRuns: 300 });
  });

  test('finds an overlap as soon as one pair of blocks shares addresses', () => {
    fc.assert(fc.property(validMesh(), fc.nat(), fc.nat(), fc.constantFrom<Relation>('same', 'inside', 'around'), (mesh, from, to, relation) => {
      const places = blocksOf(mesh);
      const [one, other] = [places[from % places.length], places[to % places.length]];
      fc.pre(one !== other && one.ipv4 === other.ipv4 && !(one.use === 'nodeCidrs' && other.use === 'nodeCidrs'));
      const faults = ClusterMesh.check(withBlock(mesh, one, related(other.text, relation)));

      expect(faults.map(({ code }) => code)).toContain('cidr-overlap');
      // the fault stands at one of the two, and names the other
      const pair = [one, other].map(place => `${mesh.clusters[place.cluster].name}.${place.use}[${place.index}]`);
      expect(faults.some(({ code, path, message }) => code === 'cidr-overlap' && pair.includes(path) && pair.some(at => message.endsWith(at)))).toBe(true);
    }), { numRuns: 300 });
  });

  test('says the same of duplicates and overlaps whatever the order of the clusters', () => {
    const inTwoOrders = collidingClusters().chain(clusters => fc.tuple(fc.constant(clusters), fc.shuffledSubarray(clusters, { minLength: clusters.length })));
    fc.assert(fc.property(inTwoOrders, ([clusters, shuffled]) => {
      expect(symmetric(shuffled)).toEqual(symmetric(clusters));
    }));
  });

  test('reports as many duplicates and overlaps as there are', () => {
    fc.assert(fc.property(collidingClusters(), clusters => {
      const [names, ids] = [new Set(clusters.map(({ name }) => name)), new Set(clusters.map(({ id }) => id))];
      const pairs = clusters.flatMap((one, index) => clusters.slice(index + 1).map(other => [one.podCidrs[0], other.podCidrs[0]]));

      expect(symmetric(clusters)).toEqual({
        'cluster-name-duplicate': clusters.length - names.size,
        'cluster-id-duplicate': clusters.length - ids.size,
        'cidr-overlap': pairs.filter(([one, other]) => parsed(one).overlaps(parsed(other))).length,
      });
    }));
  });

  test('finds the same faults when what is common to all clusters is said once, in defaults', () => {
    const settings = fc.record({
      routingMode: fc.constantFrom('tunnel', 'native', 'direct'),
      ipv4NativeRoutingCidr: fc.constantFrom('10.0.0.0/8', '10.0.0.0', '10.1.0.0/16'),
      encryption: fc.constantFrom('none', 'ipsec', 'ztunnel', 'tls'),
      maxConnectedClusters: fc.constantFrom(255, 511, 300),
      ciliumVersion: fc.constantFrom('1.20.2', '1.14.0', '1.9.5', '1.21.0'),
      mcsApi: fc.constantFrom(true, false, 'yes'),
      apiserver: fc.record({ nodePort: fc.constantFrom(30000, 99), serviceType: fc.constantFrom('NodePort', 'Nodeport') }, { requiredKeys: [] }),
      helmValues: fc.constantFrom({ debug: { enabled: true } }, { cluster: { id: 3 } }, { hubbel: {} }),
    }, { requiredKeys: [] });
    fc.assert(fc.property(settings, defaults => {
      const { clusters } = fullMesh();
      const plain = clusters.map(({ name, id, podCidrs }) => ({ name, id, podCidrs }));

      expect(ClusterMesh.check({ clusters: plain.map(cluster => ({ ...cluster, ...defaults })) } as any)).toEqual(ClusterMesh.check({ clusters: plain, defaults } as any));
    }));
  });
});

/** A block as its family and the bits of its prefix: what the reference compares. */
interface Bits {
  readonly family: 'IPv4' | 'IPv6';
  readonly bits: string;
}

const MAPPED_PREFIX = '0'.repeat(80) + '1'.repeat(16);

function bits(maxLength: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom('0', '1'), maxLength });
}

function ipv4Block(): fc.Arbitrary<Bits> {
  return bits(32).map(text => ({ family: 'IPv4', bits: text }));
}

/** Not the ones around or inside ::ffff:0:0/96, which have tests of their own. */
function ipv6Block(): fc.Arbitrary<Bits> {
  return fc.oneof(bits(128), fc.nat(128).map(length => '0'.repeat(length)))
    .filter(text => !text.startsWith(MAPPED_PREFIX))
    .map(text => ({ family: 'IPv6', bits: text }));
}

function anyBlock(): fc.Arbitrary<Bits> {
  return fc.oneof(ipv4Block(), ipv6Block());
}

/** Two blocks, often nested or beside each other: two random ones of long prefixes would hardly ever meet. */
function pairOfBlocks(): fc.Arbitrary<[Bits, Bits]> {
  const related_ = fc.tuple(anyBlock(), fc.nat(128), bits(16)).map(([one, keep, tail]): [Bits, Bits] => (
    [one, { ...one, bits: (one.bits.slice(0, keep) + tail).slice(0, one.family === 'IPv4' ? 32 : 128) }]));
  return fc.oneof(fc.tuple(anyBlock(), anyBlock()), related_)
    .filter(([, { family, bits: text }]) => family === 'IPv4' || !text.startsWith(MAPPED_PREFIX));
}

/** A block, and one of the ways to write it. */
function writtenBlock(): fc.Arbitrary<{ block: Bits; text: string }> {
  return fc.tuple(anyBlock(), fc.constantFrom('full', 'short', 'upper', 'compressed', 'dotted')).map(([block, style]) => {
    const address = block.bits.padEnd(block.family === 'IPv4' ? 32 : 128, '0');
    // "::a.b.c.d" is a defect of its own, above
    const text = style === 'dotted' && /^0{96}/.test(address) ? addressText(block.family, address) : addressText(block.family, address, style);
    return { block, text: `${text}/${block.bits.length}` };
  });
}

function canonical(block: Bits): string {
  return `${addressText(block.family, block.bits.padEnd(block.family === 'IPv4' ? 32 : 128, '0'))}/${block.bits.length}`;
}

/** An IPv4 block as the IPv6 block that is mapped to it. */
function mappedText(block: Bits, dotted: boolean): string {
  const address = block.bits.padEnd(32, '0');
  const text = dotted ? `::ffff:${addressText('IPv4', address)}` : addressText('IPv6', MAPPED_PREFIX + address);
  return `${text}/${96 + block.bits.length}`;
}

function addressText(family: 'IPv4' | 'IPv6', address: string, style: string = 'full'): string {
  const numbers = (width: number, from: string) => from.match(new RegExp(`.{${width}}`, 'g'))!.map(part => parseInt(part, 2));
  if (family === 'IPv4') {
    return numbers(8, address).join('.');
  }
  const groups = numbers(16, address).map(number => number.toString(16));
  switch (style) {
    case 'full': return groups.map(group => group.padStart(4, '0')).join(':');
    case 'upper': return groups.join(':').toUpperCase();
    case 'compressed': return groups.join(':').replace(/(^|:)0(:0)+(:|$)/, '::');
    case 'dotted': return `${groups.slice(0, 6).join(':')}:${addressText('IPv4', address.slice(96))}`;
    default: return groups.join(':');
  }
}

function parsed(text: string): Cidr {
  const cidr = Cidr.parse(text);
  if (typeof cidr === 'string') {
    throw new Error(`${text} ${cidr}`);
  }
  return cidr;
}

/** CIDRs, and texts that are nearly CIDRs. Without dotted tails with leading zeros (test/model/refusals/defect-cidr-dotted-ipv6.yaml). */
function nearlyCidr(): fc.Arbitrary<string> {
  const character = fc.constantFrom(...'0123456789abcdefABCDEFx:./:.% g-+\n');
  const decimal = fc.array(fc.nat(300), { minLength: 3, maxLength: 5 }).map(numbers => numbers.join('.'));
  const head = fc.constantFrom('', '::ffff:', '1::', '64:ff9b::', '1:2:3:4:5:6:', '1:2:3:4:5:6:7:', '1::5:6:', '1:2:3:4:5:');
  return fc.oneof(
    fc.string({ unit: character, maxLength: 24 }),
    fc.string({ unit: fc.constantFrom('1:', '::', ':', 'ab:', '0', '12345', '1.2.3.4', '/', '64', '10.0.0.0/8'), maxLength: 10 }),
    fc.tuple(fc.ipV6(), fc.nat(140)).map(([address, prefix]) => `${address}/${prefix}`),
    fc.tuple(fc.ipV6(), fc.nat(30), character, fc.nat(140)).map(([address, at, by, prefix]) => `${address.slice(0, at)}${by}${address.slice(at + 1)}/${prefix}`),
    fc.tuple(head, decimal, fc.oneof(fc.nat(140).map(String), fc.constantFrom('', '08', '-1', '1.5', ' 8', '8 ', '0x8', '1e1'))).map(([before, address, prefix]) => `${before}${address}/${prefix}`),
  ).filter(text => !/^[^/]*:[^/]*(^|[:.])0[0-9xX][^/:]*\.|^[^/]*:[^/]*\.0[0-9xX]/.test(text) && !/^::[^:]*\./.test(text));
}

/** Whether Node.js takes the address, and the prefix length is one of the family. */
function readsAsCidr(text: string): boolean {
  const match = /^([^/]*)\/(0|[1-9]\d{0,2})$/.exec(text);
  if (!match) {
    return false;
  }
  const family = match[1].includes('%') ? 0 : net.isIP(match[1]);
  return family !== 0 && Number(match[2]) <= (family === 4 ? 32 : 128);
}

/** A valid mesh in which every property has a value, to be spoilt. */
function fullMesh(): any {
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
    helmValues: { debug: { enabled: true }, clustermesh: { apiserver: { etcd: { storageMedium: 'Disk' } } }, podAnnotations: { a: 'b' }, extraArgs: [] },
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
          controlPlanes: 1, workers: 2, nodeImage: 'kindest/node:v1.29.2',
          portMappings: [{ containerPort: 80, hostPort: 8080, listenAddress: '127.0.0.1', protocol: 'TCP' }],
        },
        kubernetesApi: { host: 'api.example.org', port: 6443 },
        apiserver: { serviceType: 'NodePort', nodePort: 32000, replicas: 2, serviceAnnotations: { a: 'b' } },
      },
      { name: 'west', id: 2, podCidrs: ['10.2.0.0/16', 'fd00:2::/104'], ipamMode: 'cluster-pool', clusterPoolIpv4MaskSize: 24, clusterPoolIpv6MaskSize: 120, context: 'west' },
    ],
  };
}

/** The path of every value in the full mesh: of maps and lists too. */
const PATHS: ReadonlyArray<readonly string[]> = pathsOf(fullMesh());

function pathsOf(value: any, path: readonly string[] = []): Array<readonly string[]> {
  return typeof value === 'object' && value !== null
    ? Object.keys(value).flatMap(key => [[...path, key], ...pathsOf(value[key], [...path, key])])
    : [];
}

function replaced(value: any, [key, ...rest]: readonly string[], junk: unknown): any {
  if (key === undefined) {
    return junk;
  }
  if (typeof value !== 'object' || value === null) {
    return value; // an earlier change took the place away
  }
  const copy = Array.isArray(value) ? [...value] : { ...value };
  copy[key] = replaced(copy[key], rest, junk);
  return copy;
}

/** Any JSON, as a YAML or JSON reader gives it, with the values that matter to some check among them. */
function json(): fc.Arbitrary<any> {
  return fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom<any>(null, true, false, 0, -1, 1.5, 511, 65536, '', 'default', 'none', '10.1.0.0/16', '0.0.0.0/0', '::/0', '1.9.5', '1.20.2', 'eni', 'native', [], {}, [null], [[]], [{}]),
    fc.dictionary(fc.constantFrom('name', 'id', 'podCidrs', 'kind', 'helmValues', 'hubble', 'apiserver', 'cluster'), fc.jsonValue({ maxDepth: 1 }), { noNullPrototype: true }),
  );
}

/** A map that JSON can write and that has no text: what `String()` and `<` throw at. */
function mapWithoutText(): any {
  return JSON.parse('{"toString":1,"valueOf":2}');
}

/** The inputs of the known defects above, for which check() throws today. Take it out with them. */
function throwsToday(mesh: any): boolean {
  const own = (value: any) => Object.prototype.hasOwnProperty.call(value, 'toString') || Object.prototype.hasOwnProperty.call(value, 'valueOf');
  const strange = (value: any): boolean => typeof value === 'object' && value !== null && (own(value) || Object.values(value).some(strange));
  const clusters: any[] = Array.isArray(mesh?.clusters) ? mesh.clusters : [];
  return strange(mesh) || [...clusters, mesh?.defaults].some(cluster => {
    const mappings = cluster?.kind?.portMappings ?? [];
    return !Array.isArray(mappings) || mappings.some((mapping: unknown) => mapping === null);
  });
}

/** A mesh without a fault: each block is somewhere in a /16 or a /32 of its own. */
function validMesh(): fc.Arbitrary<ClusterMeshProps> {
  const cluster = fc.record({
    name: fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?$/).filter(name => name !== 'default'),
    id: fc.integer({ min: 1, max: 511 }),
    // of pods, Services and nodes: how many of each family
    counts: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.nat(2), fc.nat(2), fc.nat(2), fc.nat(2), fc.nat(2)),
    kind: fc.boolean(),
    settings: fc.record({
      policyEnforcementMode: fc.constantFrom('default', 'always', 'never'),
      kubeProxyReplacement: fc.boolean(),
      mcsApi: fc.boolean(),
      hubble: fc.record({ relay: fc.constant(true), ui: fc.boolean(), relayNodePort: fc.integer({ min: 30000, max: 32378 }) }, { requiredKeys: [] }),
      ciliumVersion: fc.constantFrom('1.19.0', '1.20.2', '1.19.4', '1.20.0-rc.1'),
      apiserver: fc.record({ replicas: fc.integer({ min: 1, max: 5 }), serviceAnnotations: fc.dictionary(fc.stringMatching(/^[a-z]{1,9}$/), fc.string(), { noNullPrototype: true }) }, { requiredKeys: [] }),
    }, { requiredKeys: [] }),
  });
  const defaults = fc.record({
    encryption: fc.constantFrom('none', 'wireguard', 'ipsec'),
    tunnelProtocol: fc.constantFrom('vxlan', 'geneve'),
  }, { requiredKeys: [] });
  const tails = fc.array(fc.tuple(fc.integer({ min: 16, max: 24 }), bits(8), fc.integer({ min: 104, max: 120 }), bits(88)), { minLength: 160, maxLength: 160 });
  return fc.tuple(
    fc.uniqueArray(cluster, { minLength: 2, maxLength: 10, selector: each => each.name })
      .filter(clusters => new Set(clusters.map(({ id }) => id)).size === clusters.length),
    defaults, tails, fc.boolean(),
  ).map(([clusters, common, tail, shared]): ClusterMeshProps => {
    let next = 0;
    const take = (family: 'IPv4' | 'IPv6', count: number) => Array.from({ length: count }, () => {
      const [prefix4, tail4, prefix6, tail6] = tail[next];
      const own = (next++).toString(2).padStart(8, '0');
      return family === 'IPv4'
        ? canonical({ family, bits: ('00001010' + own + tail4.padEnd(8, '0')).slice(0, prefix4) })
        : canonical({ family, bits: ('1111110100000000' + own.padStart(16, '0') + tail6.padEnd(88, '0')).slice(0, prefix6) });
    });
    return {
      defaults: { ...common, maxConnectedClusters: 511, ...(shared ? { ipamMode: 'kubernetes' } : {}) } as any,
      clusters: clusters.map(({ name, id, counts, kind, settings }) => {
        const one = (count: number) => kind ? Math.min(count, 1) : count;
        return {
          name,
          id,
          podCidrs: [...take('IPv4', one(counts[0])), ...take('IPv6', one(counts[1]))],
          serviceCidrs: [...take('IPv4', one(counts[2])), ...take('IPv6', kind ? Math.min(counts[1], counts[3], 1) : counts[3])],
          nodeCidrs: [...take('IPv4', counts[4]), ...take('IPv6', counts[5])],
          ...(kind ? { kind: {} } : {}),
          ...settings,
        } as any;
      }),
    };
  });
}

interface Place {
  readonly cluster: number;
  readonly use: 'podCidrs' | 'serviceCidrs' | 'nodeCidrs';
  readonly index: number;
  readonly text: string;
  readonly ipv4: boolean;
}

type Relation = 'same' | 'inside' | 'around';

function blocksOf(mesh: ClusterMeshProps): Place[] {
  return mesh.clusters.flatMap((cluster, index) => (['podCidrs', 'serviceCidrs', 'nodeCidrs'] as const).flatMap(use => (
    (cluster[use] ?? []).map((text, at) => ({ cluster: index, use, index: at, text, ipv4: !text.includes(':') })))));
}

function withBlock(mesh: ClusterMeshProps, place: Place, text: string): ClusterMeshProps {
  return replaced(mesh, ['clusters', String(place.cluster), place.use, String(place.index)], text);
}

/** A block that shares addresses with another. */
function related(text: string, relation: Relation): string {
  const [address, prefix] = [text.slice(0, text.indexOf('/')), Number(text.slice(text.indexOf('/') + 1))];
  switch (relation) {
    case 'same': return text;
    case 'inside': return `${address}/${address.includes(':') ? 128 : 32}`;
    default: {
      const octets = address.includes(':') ? address.split(':').slice(0, 1).concat(':') : [address.split('.')[0], '0', '0', '0'];
      return prefix < 8 ? text : address.includes(':') ? `${octets[0]}::/16` : `${octets.join('.')}/8`;
    }
  }
}

/** Clusters with few names, IDs and blocks to choose from. */
function collidingClusters(): fc.Arbitrary<ClusterProps[]> {
  return fc.array(fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    id: fc.constantFrom(1, 2, 3, 4, 5),
    podCidrs: fc.constantFrom('10.0.0.0/8', '10.1.0.0/16', '10.1.2.0/24', '10.2.0.0/16', '172.16.0.0/16', '192.168.0.0/24', '::ffff:10.2.0.0/112').map(text => [text]),
    ipamMode: fc.constant('crd' as any),
  }), { minLength: 2, maxLength: 8 });
}

function symmetric(clusters: ClusterProps[]): { [code: string]: number } {
  const codes = ClusterMesh.check({ clusters }).map(({ code }) => code);
  return Object.fromEntries(['cluster-name-duplicate', 'cluster-id-duplicate', 'cidr-overlap'].map(code => [code, codes.filter(each => each === code).length]));
}
