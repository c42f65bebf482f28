/** A baseline recognizes findings wherever their lines are, whatever a version of the program calls them. */
import * as fc from 'fast-check';
import { parse } from 'yaml';
import { Diagnostic } from '../../src/diagnostics/diagnostic';
import { Baseline, baselineText, compareWithBaseline } from '../../src/findings/baseline';
import { indexedFingerprint, sharedFingerprint } from '../../src/findings/fingerprint';
import { diagnostics } from '../reports/arbitraries';
import { schemaFaults } from '../support/schemas';

const FOLDER = '/home/me/repository';
const read = (text: string): Baseline => parse(text);
const written = (findings: readonly Diagnostic[]) => read(baselineText(findings, FOLDER));
const compare = (findings: readonly Diagnostic[], baseline: Baseline) => {
  const { known, gone } = compareWithBaseline(findings, baseline, FOLDER);
  return { unknown: findings.filter(each => !known.has(each)), gone };
};

fc.configureGlobal({ seed: 20261128 });

test('contains all findings of today, by its published schema', () => {
  fc.assert(
    fc.property(diagnostics, findings => {
      const baseline = written(findings);
      expect(schemaFaults('baseline', baseline)).toEqual([]);
      expect(compare(findings, baseline)).toEqual({ unknown: [], gone: [] });
    }),
  );
});

test('does not depend on the order and the lines of findings, and knows them with other messages', () => {
  fc.assert(
    fc.property(diagnostics, findings => {
      const moved = [...findings].reverse().map(each => ({ ...each, line: (each.line ?? 0) + 7 }));
      expect(baselineText(moved, FOLDER)).toBe(baselineText(findings, FOLDER));
      const renamed = moved.map(each => ({ ...each, message: 'other words', fix: 'other words' }));
      expect(compare(renamed, written(findings))).toEqual({ unknown: [], gone: [] });
    }),
  );
});

test('counts each finding that is added or gone', () => {
  fc.assert(
    fc.property(diagnostics, diagnostics, (old, more) => {
      const [added, removed] = [compare([...old, ...more], written(old)), compare(old, written([...old, ...more]))];
      expect([added.unknown.length, added.gone]).toEqual([more.length, []]);
      expect([removed.unknown, removed.gone.length]).toEqual([[], more.length]);
    }),
  );
});

test('of findings at one place, the one with a new message is new', () => {
  const at = (message: string): Diagnostic => ({
    code: 'half-open',
    severity: 'warning',
    cluster: 'paris',
    object: { apiVersion: 'cilium.io/v2', kind: 'CiliumNetworkPolicy', namespace: 'shop', name: 'shop' },
    path: 'spec.egress[0]',
    message,
    fix: 'allow it',
  });
  const old = [at('to lyon'), at('to nice')];
  expect(compare([at('to brest'), ...old], written(old)).unknown).toEqual([at('to brest')]);
  expect(compare([at('to nice')], written(old)).gone.map(each => each.message)).toEqual(['to lyon']);
});

test('a rule that is inserted above another one changes nothing', () => {
  const at = (index: number): Diagnostic => ({
    code: 'half-open',
    severity: 'warning',
    cluster: 'paris',
    object: { apiVersion: 'cilium.io/v2', kind: 'CiliumNetworkPolicy', namespace: 'shop', name: 'shop' },
    path: `spec.egress[${index}].toPorts[0]`,
    message: 'denied',
    fix: 'allow it',
  });
  expect(compare([at(3)], written([at(2)]))).toEqual({ unknown: [], gone: [] });
  expect(compare([{ ...at(2), path: 'spec.ingress[2].toPorts[0]' }], written([at(2)])).unknown).toHaveLength(1);
});

test('baselines of earlier versions, which fingerprint indices too, are understood', () => {
  fc.assert(
    fc.property(diagnostics, findings => {
      const { apiVersion, findings: entries } = written(findings);
      const earlier = new Map(
        findings.map(each => [sharedFingerprint(each, FOLDER), indexedFingerprint(each, FOLDER)]),
      );
      const old = entries.map(each => ({ ...each, fingerprint: earlier.get(each.fingerprint)! }));
      expect(compare(findings, { apiVersion, findings: old }).unknown).toEqual([]);
    }),
  );
  const finding: Diagnostic = {
    code: 'half-open',
    severity: 'warning',
    cluster: 'paris',
    object: { apiVersion: 'cilium.io/v2', kind: 'CiliumNetworkPolicy', namespace: 'shop', name: 'shop' },
    path: 'spec.egress[2]',
    message: 'denied',
    fix: 'allow it',
  };
  // of a baseline that an earlier version wrote
  expect(indexedFingerprint(finding, FOLDER)).toBe('57b85205eb4a36e716615b9cf62bf746');
});
