/**
 * Requests through proxies: the facts of oracle/common/facts/testdata, and what only Envoy and the DNS proxy could
 * judge, from their documentation.
 */
import * as fs from 'fs';
import * as path from 'path';
import { parse } from 'yaml';
import { meshOfCase } from './case-mesh';
import { ProxyVerdict } from '../../src/evaluator/engine/http';
import { decideFlow } from '../../src/evaluator/flows/flow';
import { decideRequest, Request } from '../../src/evaluator/flows/request';

const port = { protocol: 'TCP' as const, port: 80 };
const request = (text: string, headers: { [name: string]: string } = {}): Request => {
  const [, method, host, target] = /^(\S+) (?:http:\/\/([^/]+))?(\S*)$/.exec(text)!;
  return { kind: 'http', http: { method, host, path: target, headers } };
};

/** What becomes of a request at the ingress of `base`, with these rules for everybody. */
function ingress(rules: any, asked: Request, minor: number = 20): ProxyVerdict | undefined {
  const policy = {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNetworkPolicy',
    metadata: { name: 'p' },
    spec: { endpointSelector: { matchLabels: { name: 'base' } }, ingress: rules },
  };
  const { mesh, endpoints } = meshOfCase(
    {
      clusters: [{ name: 'a', id: 1, policies: [JSON.stringify(policy)] }],
      flows: [],
      endpoints: [
        { id: 'base', cluster: 'a', labels: { name: 'base' } },
        { id: 'ship', cluster: 'a', labels: { name: 'ship' } },
      ],
    },
    minor,
  );
  expect(mesh.clusters[0].policies[0].refusals).toEqual([]);
  const [base, ship] = [endpoints.get('base')!, endpoints.get('ship')!];
  return decideRequest(decideFlow(mesh, ship, base, port).ingress, asked);
}

const http = (...rules: any[]) => [{ toPorts: [{ ports: [{ port: '80', protocol: 'TCP' }], rules: { http: rules } }] }];

test.each<[name: string, rules: any, asked: Request, verdict: ProxyVerdict | undefined]>([
  ['the method must match', http({ method: 'GET' }), request('PUT /'), 'denied'],
  ['the whole method', http({ method: 'GE' }), request('GET /'), 'denied'],
  ['the whole path', http({ path: '/v1' }), request('GET /v1/x'), 'denied'],
  ['the path as a regular expression', http({ path: '/v1/.*' }), request('GET /v1/x'), 'allowed'],
  ['an alternative stays within its pattern', http({ path: '/a|/b' }), request('GET /bx'), 'denied'],
  ['any of several rules', http({ method: 'GET' }, { method: 'PUT' }), request('PUT /'), 'allowed'],
  ['an empty rule is every request', http({}), request('PUT /'), 'allowed'],
  ['a host that is not said', http({ host: 'a.example.org' }), request('GET /'), 'unknown'],
  ['the host', http({ host: 'a[.]example[.]org' }), request('GET http://a.example.org/'), 'allowed'],
  ['another host', http({ host: 'a[.]example[.]org' }), request('GET http://b.example.org/'), 'denied'],
  ['a header that is missing', http({ headers: ['X-Key'] }), request('GET /'), 'denied'],
  ['a header in any case', http({ headers: ['X-Key'] }), request('GET /', { 'x-key': '1' }), 'allowed'],
  ['the value of a header', http({ headers: ['X-Key: true'] }), request('GET /', { 'X-Key': 'false' }), 'denied'],
  [
    'a match of a header',
    http({ headerMatches: [{ name: 'X-Key', value: 'true' }] }),
    request('GET /', { 'X-Key': 'true' }),
    'allowed',
  ],
  [
    'a secret',
    http({ headerMatches: [{ name: 'X-Key', secret: { name: 's', namespace: 'n' } }] }),
    request('GET /', { 'X-Key': 'true' }),
    'unknown',
  ],
  ['a class of RE2', http({ path: '/[[:alpha:]]+' }), request('GET /a'), 'allowed'],
  ['no regard to case', http({ path: '(?i)/V1' }), request('GET /v1'), 'allowed'],
  ['an octal escape', http({ path: '/\\101' }), request('GET /A'), 'allowed'],
  ['a flag that is turned off', http({ path: '/(?-i)a' }), request('GET /A'), 'denied'],
  ['nested stars', http({ path: '/(a*)*b' }), request(`GET /${'a'.repeat(100_000)}`), 'denied'],
  [
    'a plain rule lets every request through',
    [...http({ method: 'GET' }), { fromEndpoints: [{}] }],
    request('PUT /'),
    'allowed',
  ],
  [
    'server names',
    [{ toPorts: [{ ports: [{ port: '80', protocol: 'TCP' }], serverNames: ['a.example.org'] }] }],
    request('GET /'),
    'unknown',
  ],
  ['nothing is redirected', [{ fromEndpoints: [{}] }], request('GET /'), undefined],
])('%s', (_, rules, asked, verdict) => {
  expect(ingress(rules, asked)).toBe(verdict);
});

test.each<[name: string, dns: any, asked: string, verdict: ProxyVerdict]>([
  ['a name', { matchName: 'api.example.org' }, 'api.example.org', 'allowed'],
  ['a name in another case, with a dot', { matchName: 'API.example.org' }, 'api.Example.org.', 'allowed'],
  ['another name', { matchName: 'api.example.org' }, 'www.example.org', 'denied'],
  ['a pattern within a label', { matchPattern: '*.example.org' }, 'a.example.org', 'allowed'],
  ['a pattern does not cross labels', { matchPattern: '*.example.org' }, 'a.b.example.org', 'denied'],
  ['every name', { matchPattern: '*' }, 'a.b.example.org', 'allowed'],
  ['several labels', { matchPattern: '**.example.org' }, 'a.b.example.org', 'allowed'],
  ['many stars', { matchPattern: `${'*a'.repeat(100)}.example.org` }, `${'a'.repeat(100_000)}.org`, 'denied'],
])('DNS: %s', (_, rule, asked, verdict) => {
  const policy = {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNetworkPolicy',
    metadata: { name: 'p' },
    spec: {
      endpointSelector: { matchLabels: { name: 'ship' } },
      egress: [{ toEndpoints: [{}], toPorts: [{ ports: [{ port: '53', protocol: 'UDP' }], rules: { dns: [rule] } }] }],
    },
  };
  const { mesh, endpoints } = meshOfCase({
    clusters: [{ name: 'a', id: 1, policies: [JSON.stringify(policy)] }],
    flows: [],
    endpoints: [
      { id: 'dns', cluster: 'a', labels: { name: 'dns' } },
      { id: 'ship', cluster: 'a', labels: { name: 'ship' } },
    ],
  });
  const [server, ship] = [endpoints.get('dns')!, endpoints.get('ship')!];
  const udp = { protocol: 'UDP' as const, port: 53 };
  expect(decideRequest(decideFlow(mesh, ship, server, udp).egress, { kind: 'dns', name: asked })).toBe(verdict);
});

describe('facts', () => {
  const { mesh: base, facts } = parse(
    fs.readFileSync(path.join(__dirname, '..', '..', 'oracle', 'common', 'facts', 'testdata', 'l7.yaml'), 'utf8'),
    { merge: true, version: '1.1' },
  );
  const letters: { [letter: string]: ProxyVerdict } = { 'a': 'allowed', 'd': 'denied', '?': 'unknown' };
  const lines = facts
    .filter((fact: any) => fact.only !== '1.15' && fact.cnp && !fact.policies)
    .flatMap((fact: any) =>
      Object.entries({ ...fact.expect, ...fact.in?.['1.20']?.expect }).flatMap(([flow, verdict]) => {
        const [, src, dst, number, text] = /^(\S+) -> (\S+) TCP\/(\d+) (.*)$/.exec(flow) ?? [];
        const [, letter] = / \/ redirected\+http:(.)$/.exec(verdict as string) ?? [];
        return text === undefined || letter === undefined || /[A-Z]+ \S+ /.test(text)
          ? []
          : [[`${fact.fact}: ${flow}`, fact, src, dst, Number(number), text, letters[letter]] as const];
      }),
    );

  test('there are some', () => {
    expect(lines.length).toBeGreaterThan(5);
  });

  test.each(lines as Array<[string, any, string, string, number, string, ProxyVerdict]>)(
    '%s',
    (_, fact, src, dst, number, text, verdict) => {
      const cnp = {
        apiVersion: 'cilium.io/v2',
        kind: 'CiliumNetworkPolicy',
        metadata: { name: 'p', namespace: 'default' },
        spec: fact.cnp,
      };
      const { mesh, endpoints } = meshOfCase({
        ...base,
        config: { ...base.config, ...fact.config },
        flows: [],
        clusters: base.clusters.map((cluster: any, index: number) => ({
          ...cluster,
          policies: index === 0 ? [JSON.stringify(cnp)] : [],
        })),
      });
      const flow = { protocol: 'TCP' as const, port: number };
      const [source, destination] = [endpoints.get(src)!, endpoints.get(dst)!];
      expect(decideRequest(decideFlow(mesh, source, destination, flow).ingress, request(text))).toBe(verdict);
    },
  );
});
