/** Pictures: what their lines mean, that they are bounded, and that names of users stay names. */
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import * as fc from 'fast-check';
import { createColors } from 'picocolors';
import { reportOf, userText } from './arbitraries';
import { CHANGE_KINDS } from '../../src/evaluator/queries/diff/range-changes';
import { dot } from '../../src/reports/formats/dot';
import { Format } from '../../src/reports/formats/format';
import { mermaid } from '../../src/reports/formats/mermaid';
import { svg } from '../../src/reports/formats/svg';
import { layoutPicture } from '../../src/reports/picture/layout';
import { LineKind, Picture } from '../../src/reports/picture/picture';
import { program } from '../support/program';

fc.configureGlobal({ seed: 20261129 });

const MESH = path.join(__dirname, 'mesh');
const cwd = process.cwd();
beforeEach(() => process.chdir(MESH));
afterEach(() => process.chdir(cwd));

const picture: fc.Arbitrary<Picture> = fc
  .array(fc.tuple(userText, fc.array(userText, { maxLength: 2 })), { minLength: 1, maxLength: 6 })
  .chain(boxes =>
    fc.record({
      title: userText,
      boxes: fc.constant(boxes.map(([name, frames], index) => ({ id: `${index} ${name}`, name, frames }))),
      lines: fc.array(
        fc
          .tuple(
            fc.nat(boxes.length - 1),
            fc.nat(boxes.length - 1),
            fc.constantFrom<LineKind>('allowed', 'denied', ...CHANGE_KINDS),
            userText,
          )
          .map(([from, to, kind, label]) => ({
            from: `${from} ${boxes[from][0]}`,
            to: `${to} ${boxes[to][0]}`,
            kind,
            label,
          })),
        { maxLength: 8 },
      ),
      notes: fc.array(userText, { maxLength: 2 }),
    }),
  );

function print(format: Format, shown: Picture): string {
  const report = { ...reportOf(), picture: () => shown, changes: () => shown };
  return [...format(report, { colors: createColors(false), version: '1.0.0', folder: '.' })].join('');
}

test('svg is markup of its own only, whatever names are', () => {
  fc.assert(
    fc.property(picture, shown => {
      const out = print(svg, shown);
      const tags = new Set([...out.matchAll(/<([^\s>/?]+)/g)].map(([, tag]) => tag));
      expect([...tags].filter(tag => !TAGS.includes(tag))).toEqual([]);
      // eslint-disable-next-line no-control-regex
      expect(out).not.toMatch(/[\u0000-\u0008\u202a-\u202e]|&(?!amp;|lt;|gt;|quot;|#)/);
      expect(out.match(/class="line /g) ?? []).toHaveLength(
        shown.lines.length + new Set(shown.lines.map(({ kind }) => kind)).size,
      );
    }),
  );
});

const TAGS = ['svg', 'title', 'desc', 'style', 'defs', 'marker', 'path', 'rect', 'text', 'g'].flatMap(tag => [tag, `/${tag}`]);

test('dot has one line for each, in quotes', () => {
  fc.assert(
    fc.property(picture, shown => {
      const lines = print(dot, shown).trimEnd().split('\n');
      const outside = lines.map(line => line.replace(/"(?:[^"\\]|\\.)*"/g, 'TEXT'));
      expect(outside.filter(line => line.includes('->'))).toHaveLength(shown.lines.length);
      expect(outside.filter(line => !/^(digraph mesh \{| *[A-Za-z_0-9 \[\]{}=,+.>-]+)$/.test(line))).toEqual([]);
    }),
  );
});

test('mermaid has one line for each, in quotes', () => {
  fc.assert(
    fc.property(picture, shown => {
      const [head, title, ...lines] = print(mermaid, shown).trimEnd().split('\n');
      expect([head, title.startsWith('  accTitle: ')]).toEqual(['flowchart LR', true]);
      const outside = lines.map(line => line.replace(/"[^"\n]+"/g, 'TEXT'));
      expect(outside.filter(line => /-->|==>|-\.->/.test(line))).toHaveLength(shown.lines.length);
      expect(
        outside.filter(
          line =>
            !/^ +(n\d+ (-->|==>|-\.->)(\|TEXT\|)? n\d+|(n|note)\d+\[TEXT\]|subgraph g[\d_g]+\[TEXT\]|end)$/.test(line),
        ),
      ).toEqual([]);
    }),
  );
});

test('neither boxes nor ends of lines overlap', () => {
  fc.assert(
    fc.property(picture, shown => {
      const { boxes, lines } = layoutPicture(shown, ({ label }) => label);
      boxes.forEach((one, index) =>
        boxes.slice(index + 1).forEach(other => {
          const isApart =
            one.x + one.width <= other.x ||
            other.x + other.width <= one.x ||
            one.y + one.height <= other.y ||
            other.y + other.height <= one.y;
          expect([one, other, isApart]).toEqual([one, other, true]);
        }),
      );
      expect(new Set(lines.map(({ y }) => y)).size).toBe(lines.length);
    }),
  );
});

test('the lines of a matrix are its pairs that may connect', async () => {
  const { out } = await program('matrix', '--mesh', 'mesh.yaml', '--format', 'json');
  const allowed = JSON.parse(out).flows.filter((flow: { allowed: unknown[] }) => flow.allowed.length > 0);
  const { out: drawn } = await program('matrix', '--mesh', 'mesh.yaml', '--format', 'dot');
  expect(allowed.length).toBeGreaterThan(0);
  expect(drawn.match(/ -> /g)).toHaveLength(allowed.length);
});

test('a verdict draws its pairs, also those that may not connect', async () => {
  const { out } = await program('matrix', '--mesh', 'mesh.yaml', '--verdict', 'denied', '--format', 'dot');
  const { out: json } = await program('matrix', '--mesh', 'mesh.yaml', '--verdict', 'denied', '--format', 'json');
  expect(JSON.parse(json).flows.length).toBeGreaterThan(0);
  expect(out.match(/style=dashed/g)?.length).toBe(
    JSON.parse(json).flows.filter((flow: { allowed: unknown[] }) => flow.allowed.length === 0).length,
  );
});

test('many changes are drawn between namespaces, and what is left out is counted', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pictures-'));
  const workload = (namespace: string, name: string) => `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template: {metadata: {labels: {app: ${name}}}, spec: {containers: [{name: app, image: app, ports: [{containerPort: 80}]}]}}
`;
  const namespaces = ['one', 'two', 'three'];
  const all = namespaces.flatMap(each => Array.from({ length: 4 }, (_, index) => workload(each, `app${index}`))).join('');
  const deny = namespaces
    .map(
      each => `---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: closed, namespace: ${each}}
spec: {endpointSelector: {}, ingress: [{}]}
`,
    )
    .join('');
  fs.writeFileSync(path.join(folder, 'old.yaml'), all + deny);
  fs.writeFileSync(path.join(folder, 'new.yaml'), all);
  for (const side of ['old', 'new']) {
    fs.writeFileSync(
      path.join(folder, `${side}-mesh.yaml`),
      `apiVersion: cilium-mesh/v1\nclusters: [{name: a, id: 1, manifests: [${side}.yaml]}]\n`,
    );
  }
  process.chdir(folder);
  const draw = async (...args: string[]) =>
    (await program('diff', 'old-mesh.yaml', 'new-mesh.yaml', '--format', 'mermaid', ...args)).out;
  const folded = await draw();
  expect(folded).toContain('each box is a namespace: workloads would be too many lines');
  const lines = folded.match(/==>/g)!.length;
  expect(lines).toBeLessThanOrEqual(20);
  expect(folded).toContain('subgraph g0["a"]');
  const cut = await draw('--group-by', 'workload');
  expect(cut.match(/==>/g)).toHaveLength(20);
  expect(cut).toMatch(/\d+ lines are not drawn: choose --group-by namespace or cluster/);
  process.chdir(cwd);
  fs.rmSync(folder, { recursive: true });
});
