/** A finding keeps its fingerprint when rules are inserted above it, and when other keys or lines change. */
import * as fc from 'fast-check';
import { stringify, parse } from 'yaml';
import { baselineText, compareWithBaseline } from '../../src/findings/baseline';
import { fingerprints } from '../../src/findings/fingerprint';
import { findingsOf } from '../support/finding-cases';

fc.configureGlobal({ seed: 20261129, numRuns: 40 });

/** Rules with findings (`wbe` is mistyped, the name of the port is unknown), and without. */
const rule = fc.record({
  fromEndpoints: fc.constantFrom('wbe', 'web', 'shpo').map(app => [{ matchLabels: { app } }]),
  toPorts: fc.constantFrom(
    [{ ports: [{ port: '80', protocol: 'TCP' }] }],
    [{ ports: [{ port: 'http', protocol: 'TCP' }] }],
    [{ ports: [{ port: '80', protocol: 'TCP' }, { port: 'grpc', protocol: 'TCP' }] }],
  ),
});

const policy = (rules: readonly unknown[], inSpecs: boolean) => {
  const spec = { endpointSelector: { matchLabels: { app: 'web' } }, ingress: rules };
  return {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNetworkPolicy',
    metadata: { name: 'web' },
    ...(inSpecs ? { specs: [spec] } : { spec }),
  };
};

const check = (rules: readonly unknown[], inSpecs: boolean) =>
  findingsOf({ clusters: [{ name: 'paris', pods: ['web', 'shop'], manifests: stringify(policy(rules, inSpecs)) }] });

test('the fingerprints of all findings survive rules that are inserted anywhere', () => {
  let counted = 0;
  fc.assert(
    fc.property(
      fc.array(rule, { minLength: 1, maxLength: 4 }),
      fc.array(fc.tuple(rule, fc.nat(4)), { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      (rules, inserted, inSpecs) => {
        const more = inserted.reduce<unknown[]>(
          (all, [each, at]) => [...all.slice(0, at), each, ...all.slice(at)],
          rules,
        );
        const [before, after] = [check(rules, inSpecs), check(more, inSpecs)];
        counted += before.length;
        const prints = fingerprints(after, '');
        expect(new Set(prints).size).toBe(prints.length);
        expect(prints).toEqual(expect.arrayContaining(fingerprints(before, '')));
      },
    ),
  );
  // the law says something
  expect(counted).toBeGreaterThan(40);
});

const ofPeer = (app: string, port: string) => ({
  fromEndpoints: [{ matchLabels: { app } }],
  toPorts: [{ ports: [{ port, protocol: 'TCP' }] }],
});

test('a baseline knows the finding of the old rule, not the equal one of a new rule above it', () => {
  const old = check([ofPeer('shop', 'http')], false).filter(({ code }) => code === 'port-name-unknown');
  const now = check([ofPeer('web', 'http'), ofPeer('shop', 'http')], false).filter(
    ({ code }) => code === 'port-name-unknown',
  );
  const { known, gone } = compareWithBaseline(now, parse(baselineText(old, '')), '');
  expect([old.length, now.length, gone]).toEqual([1, 2, []]);
  expect(now.filter(each => known.has(each)).map(each => each.path)).toEqual(['spec.ingress[1].toPorts']);
});

test('the order of keys changes nothing, and the content of the rule does', () => {
  const { fromEndpoints, toPorts } = ofPeer('shop', 'http');
  const prints = [{ fromEndpoints, toPorts }, { toPorts, fromEndpoints }, ofPeer('web', 'http')].map(each =>
    fingerprints(check([each], false).filter(({ code }) => code === 'port-name-unknown'), ''),
  );
  expect(prints.map(each => each.length)).toEqual([1, 1, 1]);
  expect(prints[0]).toEqual(prints[1]);
  expect(prints[0]).not.toEqual(prints[2]);
});

test('a baseline keeps a finding whose rule changed', () => {
  const old = check([ofPeer('shop', 'http')], false);
  const now = check([ofPeer('web', 'http')], false);
  expect(compareWithBaseline(now, parse(baselineText(old, '')), '').gone).toEqual([]);
});
