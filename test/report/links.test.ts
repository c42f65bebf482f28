/** Links of `diff --report` lead to the explanations of a report of the same meshes, and of later ones. */
import * as path from 'path';
import * as fc from 'fast-check';
import { engineOf } from './page-engine';
import { readRoute, Route, SCREENS, writeRoute } from '../../report/ui/route';
import { isTooLong, LinkedSuppositions, MOST_LINKED } from '../../report/ui/supposed-link';
import { readMesh } from '../../src/evaluator/read/mesh';
import { readMeshFile } from '../../src/manifests/mesh-input';
import { flowLink } from '../../src/reports/page/links';
import { program } from '../support/program';

const MESH = path.join(__dirname, '..', 'reports', 'mesh');
const cwd = process.cwd();
beforeEach(() => process.chdir(MESH));
afterEach(() => process.chdir(cwd));

function read(file: string) {
  const { input } = readMeshFile(file);
  return { input, mesh: readMesh(input) };
}

const ADDRESS = 'https://ci.example/mesh(1).html';

test('each change of Markdown links to its explanation in the report', async () => {
  const { out } = await program('diff', 'mesh.yaml', 'fixed.yaml', '--format', 'markdown', '--report', ADDRESS);
  const links = [...out.matchAll(/\[why\]\(<([^>\n]+)>\)/g)].map(([, link]) => link);
  const { out: json } = await program('diff', 'mesh.yaml', 'fixed.yaml', '--format', 'json');
  const { flows } = JSON.parse(json);
  expect(links).toHaveLength(flows.length);
  expect(links.length).toBeGreaterThan(0);
  const engine = engineOf(read('fixed.yaml'), { old: { ...read('mesh.yaml'), problems: [] } });
  for (const link of links) {
    const [address, hash] = link.split(/(?=#)/);
    expect(address).toBe(ADDRESS);
    const { screen, from, to, port } = readRoute(hash);
    expect(screen).toBe('map');
    const [protocol, number] = port!.split('/');
    const ports = [{ protocol, port: Number(number) }];
    const verdicts = (['old', 'new'] as const).map(side => {
      const answer = engine.answer('explain', { side, from: from!, to: to!, ports });
      return 'flows' in answer ? answer.flows[0].verdict : answer;
    });
    expect(verdicts).toEqual(['denied', 'allowed']);
  }
});

test('text names the whole address, and groups link to the changes', async () => {
  const { out } = await program('diff', 'mesh.yaml', 'fixed.yaml', '--report', 'mesh-report.html');
  expect(out).toMatch(/^ {2}why: mesh-report\.html#\/flow\?from=shop\/shop@paris&to=shop\/prices@lyon&port=TCP\/8080$/m);
  const { out: groups } = await program('diff', 'mesh.yaml', 'fixed.yaml', '--summary', '--report', 'mesh-report.html');
  expect(groups).toContain('the changes in the report: mesh-report.html#/map?view=changes');
});

test.each(['javascript:alert(1)', 'https://a b', 'report.html#/map', ''])('%j is no address', async address => {
  const { status, err } = await program('diff', 'mesh.yaml', 'fixed.yaml', '--report', address);
  expect(status).toBe(2);
  expect(err).toContain('--report must be the address of a report');
});

const word = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }).filter(text => !/[\ud800-\udfff]/u.test(text));

const key = word.filter(text => text !== '__proto__');

test('links are read as they were written, and never end a link of Markdown', () => {
  fc.assert(
    fc.property(word, word, (from, to) => {
      const link = flowLink({ from, to, port: 'TCP/80' });
      expect(readRoute(link)).toEqual({ screen: 'map', from, to, port: 'TCP/80' });
      expect(link).not.toMatch(/[<>\s()]/);
    }),
  );
  const route = fc.record({
    screen: fc.constantFrom(...SCREENS),
    filter: word,
    service: word,
    gone: fc.array(word, { minLength: 1, maxLength: 3 }),
    half: fc.constant(true),
    suppose: fc.record({
      replicas: fc.dictionary(key, fc.nat(999_999), { minKeys: 1, maxKeys: 3 }),
      settings: fc.array(fc.record({ path: word, value: fc.oneof(word, fc.boolean()) }), { minLength: 1 }),
      edited: fc.dictionary(key, word, { minKeys: 1, maxKeys: 2 }),
      deleted: fc.array(word, { minLength: 1, maxLength: 3 }),
      added: fc.array(fc.record({ cluster: word, text: word }), { minLength: 1, maxLength: 2 }),
    }),
  });
  fc.assert(fc.property(route, (written: Route) => expect(readRoute(writeRoute(written))).toEqual(written)));
});

describe('suppositions in links', () => {
  const edited = (length: number): LinkedSuppositions => ({ edited: { policy: 'x'.repeat(length) } });

  test('are there as far as they are not too long', () => {
    expect(readRoute(writeRoute({ screen: 'map', suppose: edited(100) })).suppose).toEqual(edited(100));
    expect(writeRoute({ screen: 'map', suppose: edited(MOST_LINKED) })).toBe('#/map');
    expect([edited(100), edited(MOST_LINKED), {}, undefined].map(isTooLong)).toEqual([false, true, false, false]);
  });

  test.each([
    '[]', 'null', '1', '"x"', '{', '{"deleted":{"a":1}}', '{"replicas":{"a":-1,"b":"2","c":1.5}}', '{"edited":{"a":1}}',
    '{"settings":[{"path":1,"value":true},{"path":"a","value":{}}]}', '{"added":[{"cluster":"a"},5]}',
    '{"edited":{"__proto__":"x"}}', '{"other":true}',
  ])('of another shape are left out: %s', text => {
    expect(readRoute(`#/map?suppose=${encodeURIComponent(text)}`)).toEqual({ screen: 'map' });
  });

  test('are read for a bounded number of objects', () => {
    const deleted = Array.from({ length: 1000 }, (_, index) => String(index));
    const link = `#/map?suppose=${encodeURIComponent(JSON.stringify({ deleted }))}`;
    expect(readRoute(link).suppose!.deleted).toHaveLength(200);
  });
});
