/**
 * Facts about Cilium, in tables that Cilium's own engine is held against too (oracle/common/facts): here the project's evaluator answers them.
 */
import * as fs from 'fs';
import * as path from 'path';
import { parse } from 'yaml';
import { acceptance, answer, Config, Endpoint } from './judge';

const TABLES = path.join(__dirname, '..', '..', 'oracle', 'common', 'facts', 'testdata');

interface Fact {
  readonly fact: string;
  readonly only?: string;
  readonly config?: Config;
  readonly configs?: { readonly [cluster: string]: Config };
  readonly schema?: boolean;
  readonly cnp?: any;
  readonly ccnp?: any;
  readonly np?: any;
  readonly kcnp?: any;
  readonly policies?: { readonly [cluster: string]: string };
  readonly services?: any;
  readonly accept?: string;
  readonly expect?: { readonly [flow: string]: string };
  readonly refused?: readonly string[];
  readonly failed?: readonly string[];
  readonly stage?: string;
  readonly in?: { readonly [version: string]: Partial<Fact> };
}

/** What the evaluator does not model yet; it refuses such policies with a reason, and never decides over them. */
function unmodelled(fact: Fact): string | undefined {
  const text = JSON.stringify(fact);
  return fact.kcnp || text.includes('ClusterNetworkPolicy, metadata') || text.includes('kind: ClusterNetworkPolicy') ? 'ClusterNetworkPolicy'
    : fact.services || /toServices/.test(text) ? 'toServices'
      : /(to|from)Nodes|(to|from)Groups|cidrGroupSelector|nodeSelector/.test(text) ? 'nodes, cloud groups, selectors of CIDR groups'
        : fact.schema === false ? 'Cilium without the API server before it'
          : /HTTP\b|http:GET| \?/.test(Object.keys(fact.expect ?? {}).join()) || Object.values(fact.expect ?? {}).some(each => each.includes('http')) ? 'layer 7 decisions'
            : /policyCIDRMatchMode|enableL7Proxy|enableICMPRules|enableNodeSelectorLabels|enableExtendedIPProtocols|enableNonDefaultDenyPolicies|allowLocalhost/.test(text) ? 'settings that are left at their defaults'
              : fact.accept ? 'documents' : undefined;
}

const policy = (kind: string, spec: any) => ({
  apiVersion: kind === 'NetworkPolicy' ? 'networking.k8s.io/v1' : 'cilium.io/v2', kind, metadata: kind === 'CiliumClusterwideNetworkPolicy' ? { name: 'p' } : { name: 'p', namespace: 'default' }, spec,
});

const shorthand = (fact: Fact) => fact.cnp ? policy('CiliumNetworkPolicy', fact.cnp) : fact.ccnp ? policy('CiliumClusterwideNetworkPolicy', fact.ccnp) : fact.np ? policy('NetworkPolicy', fact.np) : undefined;

const tables = fs.readdirSync(TABLES).filter(name => name.endsWith('.yaml')).map(name => [name, parse(fs.readFileSync(path.join(TABLES, name), 'utf8'), { merge: true, version: '1.1' })] as const);
const facts = tables.flatMap(([name, { mesh, facts: list }]) => (list as Fact[]).filter(fact => fact.only === undefined || fact.only === '1.20').map(fact => ({
  name: `${name.replace('.yaml', '')}: ${fact.fact}`, mesh, fact: { ...fact, ...fact.in?.['1.20'], expect: { ...fact.expect, ...fact.in?.['1.20']?.expect } } as Fact,
})));

test('most facts are answered, and the others have a reason', () => {
  const reasons = facts.map(({ fact }) => unmodelled(fact)).filter(reason => reason !== undefined);
  expect(facts.length - reasons.length).toBeGreaterThan(100);
});

describe.each(facts.filter(({ fact }) => unmodelled(fact) === undefined).map(each => [each.name, each] as const))('%s', (_, { mesh, fact }) => {
  if (fact.stage !== undefined) {
    test(`is ${fact.stage}`, () => {
      const wanted = fact.stage === 'parse' || fact.stage === 'sanitize' ? 'cilium' : fact.stage!;
      // the judge knows no more of the API server's part for a NetworkPolicy than its fields
      expect(fact.np ? acceptance(shorthand(fact)) !== 'ok' : acceptance(shorthand(fact))).toBe(fact.np ? wanted !== 'ok' : wanted);
    });
    return;
  }
  test('has these verdicts', () => {
    const flows = Object.keys(fact.expect ?? {}).map(text => {
      const [, src, dst, protocol, port] = /^(\S+) -> (\S+) (\w+)\/(\d+)$/.exec(text)!;
      return { src, dst, protocol: protocol.replace('ICMPv4', 'ICMP') as 'TCP', port: Number(port) };
    });
    const own = shorthand(fact);
    const got = answer({
      config: { ...mesh?.config, ...fact.config },
      clusters: mesh.clusters.map((cluster: any, index: number) => ({
        ...cluster,
        config: { ...cluster.config, ...fact.configs?.[cluster.name] },
        policies: [...cluster.policies ?? [], ...fact.policies?.[cluster.name] ? [fact.policies[cluster.name]] : [], ...own && index === 0 ? [JSON.stringify(own)] : []],
      })),
      endpoints: mesh.endpoints as Endpoint[],
      flows,
    });
    expect(Object.fromEntries(Object.keys(fact.expect ?? {}).map((flow, index) => [flow, got.verdicts[index]])))
      .toEqual(Object.fromEntries(Object.entries(fact.expect ?? {}).map(([flow, verdict]) => [flow, verdict.replace(/\+auth:\w+/g, '')])));
    expect(got.failed).toEqual([...fact.failed ?? []].sort());
    expect(got.refused.map(each => each.split(' ')[1])).toEqual([...fact.refused ?? []].map(each => each.split(' ')[0]).sort());
  });
});
