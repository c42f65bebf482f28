/** Differences between Cilium's versions, each by its name. */
import * as fs from 'fs';
import * as path from 'path';
import { firstMinorWith, NEWEST, traitsOf } from '../../src/cilium/traits';
import { CiliumVersion } from '../../src/cilium/version';

test('all clusters of a version share one object', () => {
  expect(CiliumVersion.parse('1.18.0')!.traits).toBe(CiliumVersion.parse('1.18.8')!.traits);
  expect(CiliumVersion.parse('1.20.2')!.traits).toBe(NEWEST);
});

test.each([
  ['egressNamedPortsByPeer', 20],
  ['globalNamespaces', 19],
  ['parserWithoutRulesRedirects', 18],
  ['servicesWithSelector', 17],
  ['emptyPeerListMatchesNothing', 16],
  ['ciliumCliInstalls', 15],
  ['clusterMeshApiserver', 14],
] as const)('%s came with 1.%i', (feature, minor) => {
  expect(firstMinorWith(feature)).toBe(minor);
  expect([traitsOf(minor - 1)[feature], traitsOf(minor)[feature]]).toEqual([false, true]);
});

test('1.14 and older mean by a policy what 1.15 does', () => {
  const others = { ciliumCliInstalls: false, maxConnectedClusters511: false, staticExporter: false };
  expect(traitsOf(14)).toEqual({ ...traitsOf(15), ...others });
});

test('no other folder compares minor versions, but for how far clusters are apart', () => {
  const root = path.join(__dirname, '../../src');
  const files = (fs.readdirSync(root, { recursive: true }) as string[]).filter(file => file.endsWith('.ts'));
  const comparing = files.filter(file =>
    /\bminor\s*([<>]=?|[!=]==)|([<>]=?|[!=]==)\s*[\w.]*\bminor\b/.test(fs.readFileSync(path.join(root, file), 'utf8')),
  );
  const elsewhere = comparing.map(file => file.replace(/\\/g, '/')).filter(file => !file.startsWith('cilium/'));
  expect(elsewhere).toEqual(['model/checks/datapath.ts']);
});
