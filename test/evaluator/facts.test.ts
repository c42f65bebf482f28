/**
 * Facts about Cilium, in tables that Cilium's own engine is held against too (oracle/common/facts): here the project's
 * evaluator answers them, for both versions.
 */
import * as fs from 'fs';
import * as path from 'path';
import { parse } from 'yaml';
import { acceptance, answer, Cluster, Config, CaseEndpoint, Service } from '../../test-support/judge';

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
  readonly services?: { readonly [cluster: string]: readonly Service[] };
  readonly accept?: string;
  readonly expect?: { readonly [flow: string]: string };
  readonly refused?: readonly string[];
  readonly failed?: readonly string[];
  readonly stage?: string;
  readonly in?: { readonly [version: string]: Partial<Fact> };
}

interface Mesh {
  readonly config?: Config;
  readonly clusters: readonly Cluster[];
  readonly endpoints: readonly CaseEndpoint[];
}

/** Facts that are not about what reaches Cilium: the evaluator reads documents as the API server lets them through. */
function withoutApiServer(fact: Fact): boolean {
  return fact.schema === false;
}

/** The policy that a fact gives in short, as a document. */
function shorthand(fact: Fact): string | undefined {
  const kinds = [
    ['CiliumNetworkPolicy', 'cilium.io/v2', fact.cnp],
    ['CiliumClusterwideNetworkPolicy', 'cilium.io/v2', fact.ccnp],
    ['NetworkPolicy', 'networking.k8s.io/v1', fact.np],
    ['ClusterNetworkPolicy', 'policy.networking.k8s.io/v1alpha2', fact.kcnp],
  ] as const;
  const [kind, apiVersion, spec] = kinds.find(([, , each]) => each !== undefined) ?? [];
  return kind && JSON.stringify({ apiVersion, kind, metadata: { name: 'p' }, spec });
}

/** Stages as the evaluator knows them: `parse` and `sanitize` are both Cilium. */
const stageOf = (stage: string) => (stage === 'parse' || stage === 'sanitize' ? 'cilium' : stage);

const read = (file: string) =>
  parse(fs.readFileSync(path.join(TABLES, file), 'utf8'), { merge: true, version: '1.1' }) as {
    mesh: Mesh;
    facts: Fact[];
  };
const tables = fs
  .readdirSync(TABLES)
  .filter(name => name.endsWith('.yaml'))
  .map(name => ({ table: name.replace('.yaml', ''), ...read(name) }));

describe.each([
  ['1.20', 20],
  ['1.15', 15],
])('Cilium %s', (version, minor) => {
  const facts = tables.flatMap(({ table, mesh, facts: list }) =>
    list
      .filter(fact => fact.only === undefined || fact.only === version)
      .map(fact => ({
        name: `${table}: ${fact.fact}`,
        mesh,
        fact: { ...fact, ...fact.in?.[version], expect: { ...fact.expect, ...fact.in?.[version]?.expect } } as Fact,
      })),
  );
  const asked = facts.filter(({ fact }) => !withoutApiServer(fact));

  test('all facts are asked but those without the API server', () => {
    expect(asked.length).toBeGreaterThan(140);
    expect(facts.length - asked.length).toBeLessThan(20);
  });

  describe.each(asked.map(each => [each.name, each] as const))('%s', (_, { mesh, fact }) => {
    if (fact.stage !== undefined) {
      test(`is ${fact.stage}`, () => {
        // the judge knows no more of the API server's part for a NetworkPolicy than its fields, and Cilium's parser
        // refuses an unknown protocol
        const wanted = fact.np && fact.stage === 'parse' ? 'schema' : stageOf(fact.stage!);
        expect(acceptance(fact.accept ?? shorthand(fact)!, fact.config, minor)).toBe(wanted);
      });
      return;
    }
    test('has these verdicts', () => {
      const flows = Object.keys(fact.expect ?? {}).map(text => {
        const [, src, dst, protocol, port, method, url] = /^(\S+) -> (\S+) (\w+)\/(\d+)(?: (\S+) (\S+))?$/.exec(text)!;
        return {
          src,
          dst,
          protocol: protocol.replace('ICMPv4', 'ICMP') as 'TCP',
          port: Number(port),
          ...(method === 'DNS' ? { dns: url } : method ? { http: { method, path: url } } : {}),
        };
      });
      const own = shorthand(fact);
      const got = answer(
        {
          config: { ...mesh?.config, ...fact.config },
          clusters: mesh.clusters.map((cluster, index) => ({
            ...cluster,
            config: { ...cluster.config, ...fact.configs?.[cluster.name] },
            policies: [
              ...(cluster.policies ?? []),
              ...(own && index === 0 ? [own] : []),
              ...(fact.policies?.[cluster.name] ? [fact.policies[cluster.name]] : []),
            ],
            services: [...(cluster.services ?? []), ...(fact.services?.[cluster.name] ?? [])],
          })),
          endpoints: mesh.endpoints,
          flows,
        },
        minor,
      );
      expect(
        Object.fromEntries(Object.keys(fact.expect ?? {}).map((flow, index) => [flow, got.verdicts[index]])),
      ).toEqual(
        Object.fromEntries(
          Object.entries(fact.expect ?? {}).map(([flow, verdict]) => [flow, verdict.replace(/\+auth:(\w)[\w-]+/g, '+auth:$1')]),
        ),
      );
      expect(got.failed).toEqual([...(fact.failed ?? [])].sort());
      expect(got.refused.map(each => each.replace(/^\S+ /, ''))).toEqual(
        [...(fact.refused ?? [])].map(each => each.replace(/\S+$/, stageOf)).sort(),
      );
    });
  });
});
