/** A mesh whose policies name 100,000 CIDRs: reports fold them, and say so. */
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { program } from '../support/program';

// the program reads megabytes of CIDRs
jest.setTimeout(300_000);

const APPS = 20;
const CIDRS = 100_000;

function cidr(number: number): string {
  return `11.${Math.floor(number / 65536)}.${Math.floor(number / 256) % 256}.${number % 256}/32`;
}

let folder: string;

/** Each of the pods may reach its own part of the CIDRs. */
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'many-addresses-'));
  for (const [name, more] of [['old', 0], ['new', 1]] as const) {
    const documents = Array.from({ length: APPS }, (_, app) => {
      const cidrsOf = (first: number) =>
        Array.from({ length: CIDRS / APPS }, (__, index) => cidr(first * (CIDRS / APPS) + index));
      // one pod more may reach the CIDRs of the first one
      const all = app === 1 && more ? [...cidrsOf(app), ...cidrsOf(0)] : cidrsOf(app);
      return `apiVersion: v1
kind: Pod
metadata: {name: app${app}, labels: {app: app${app}}}
spec: {containers: [{name: app, image: x}]}
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: app${app}}
spec:
  endpointSelector: {matchLabels: {app: app${app}}}
  egress:
  - toCIDR: [${all.join(', ')}]
`;
    });
    fs.mkdirSync(path.join(folder, name));
    fs.writeFileSync(path.join(folder, name, 'all.yaml'), documents.join('---\n'));
  }
});

afterAll(() => fs.rmSync(folder, { recursive: true }));

const mesh = (name: string) => `a=${path.join(folder, name)}`;

test('matrix folds them, and says how many it does not show', async () => {
  const { status, out } = await program('matrix', '--from', 'app0', '--to', 'world', '--cluster', mesh('old'));
  expect(status).toBe(0);
  const lines = out.split('\n');
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(500);
  expect(lines.find(line => line.includes('11.0.0.1/32, '))).toMatch(/ 11\.0\.0\.10\/32 and 4989 more +all ports$/);
  expect(lines.find(line => line.includes('world (IPv4)'))).toMatch(
    /world \(IPv4\) except 11\.0\.0\.0\/32 and 11\.0\.0\.1\/32 and 11\.0\.0\.2\/32 and 99997 more, .* and 94990 more /,
  );
  expect(lines).toContain('some rows have more endpoints than they show: --format json or csv lists all');
  expect(lines).toContain('21 pairs, 1 may connect');
});

test('matrix lists all of them as JSON', async () => {
  const { out } = await program('matrix', '--from', 'app0', '--to', 'world', '--format', 'json', '--cluster', mesh('old'));
  const cells: any[] = JSON.parse(out).flows;
  expect(cells.map(({ destination }) => destination.addresses.length).sort((a, b) => a - b)).toEqual([
    1,
    ...Array<number>(APPS).fill(CIDRS / APPS),
  ]);
});

test('diff folds them', async () => {
  const { status, out } = await program('diff', path.join(folder, 'old'), path.join(folder, 'new'));
  expect(status).toBe(1);
  expect(Math.max(...out.split('\n').map(({ length }) => length))).toBeLessThan(500);
  expect(out).toMatch(/^gained {2}app1@default -> 11\.0\.0\.0\/32, 11\.0\.0\.1\/32, 11\.0\.0\.2\/32 and 4997 more {2}all ports$/m);
});
