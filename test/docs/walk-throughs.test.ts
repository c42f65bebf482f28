/** The walk-throughs of the lab, the AWS article and KodeKloud's guide tell every step and every variant. */
import * as fs from 'fs';
import * as path from 'path';
import { VARIANTS as AWS } from '../../examples/aws-shared-services/steps';
import { STEPS as LAB, VARIANTS as LAB_VARIANTS } from '../../examples/isovalent-lab/steps';
import { STEPS as KODEKLOUD } from '../../examples/kodekloud/steps';
import { consoleBlocks } from '../../tools/console-blocks';

const ROOT = path.join(__dirname, '..', '..');
const read = (file: string) => fs.readFileSync(path.join(ROOT, file), 'utf8');
const headings = (text: string) => [...text.matchAll(/^##+ (.*)$/gm)].map(([, heading]) => heading);

const LAB_HEADINGS = [
  'Lab Setup',
  'Cluster Mesh Architecture',
  'Deploying an application',
  'Making Services Global',
  'Fault Resilience',
  'Global vs Shared',
  'Disabling Global Service',
  'Global services & latency',
  'Securing Cross-Cluster Communication',
  'Default Deny',
  'Allowing Cross-Cluster traffic',
];
const KODEKLOUD_HEADINGS = [
  '1) Verify cluster mesh and create test frontend/test pods',
  '2) Deploy myapp and mark the Service as global',
  '3) Create a CiliumNetworkPolicy to allow only frontend -> myapp',
  '4) Cluster-scoped policy behavior in a cluster mesh',
  '5) Apply the same policy on cluster2',
  '6) Restrict allowed sources to a specific cluster',
  'Summary / best practices',
];
const AWS_HEADINGS = [
  'Cilium ClusterMesh',
  'ClusterMesh implementation with Amazon EKS',
  'Load balancing with global services',
  'Controlling cross-cluster service access with network policy',
];

describe.each([
  ['kodekloud', Object.keys(KODEKLOUD), KODEKLOUD_HEADINGS],
  ['aws-shared-services', Object.keys(AWS), AWS_HEADINGS],
])('docs/%s.md', (example, variants, expected) => {
  const document = read(`docs/${example}.md`);

  test('has the headings of its source, in their order', () => {
    expect(headings(document).filter(heading => expected.includes(heading))).toEqual(expected);
  });

  test('lists every variant, and shows each outcome', () => {
    expect([...document.matchAll(/^\|.*?`([a-z0-9-]+)`(?: \(default\))? \|/gm)].map(([, name]) => name)).toEqual(
      expect.arrayContaining(variants),
    );
    const shown = consoleBlocks(document).map(block => block.example);
    expect(shown.every(([name]) => name === example)).toBe(true);
    const [byDefault] = variants;
    const unshown = variants.filter(name => !shown.some(([, variant = byDefault]) => variant === name));
    // the same verdict as `today`, with another control plane
    expect(unshown).toEqual(example === 'kodekloud' ? [] : ['legacy']);
  });

  test('is linked by examples/README.md, which lists every variant', () => {
    const readme = read('examples/README.md');
    expect(readme).toContain(`](../docs/${example}.md)`);
    expect(variants.filter(name => !readme.includes(`| \`${name}\``))).toEqual([]);
  });
});

describe('docs/lab.md', () => {
  const document = read('docs/lab.md');

  test('has the headings of the lab, in their order', () => {
    expect(headings(document).filter(heading => LAB_HEADINGS.includes(heading))).toEqual(LAB_HEADINGS);
  });

  test('shows each step of the tour, in its order', () => {
    const shown = consoleBlocks(document).flatMap(
      ({ command }) => /^verify --tour --predict --step (\S+)(?: --requests 10)?$/.exec(command)?.[1] ?? [],
    );
    expect([...shown, 'explicit']).toEqual(Object.keys(LAB));
    expect(consoleBlocks(document).some(({ example }) => example.includes('explicit'))).toBe(true);
  });

  test('lists every variant, as examples/README.md does', () => {
    for (const file of ['docs/lab.md', 'examples/README.md']) {
      const rows = read(file).match(/^\|.*$/gm)!;
      const missing = Object.keys(LAB_VARIANTS).filter(name => !rows.some(row => row.includes(`\`${name}\``)));
      expect([file, missing]).toEqual([file, []]);
    }
    expect(read('examples/README.md')).toContain('](../docs/lab.md)');
  });
});

test('findings that the walk-throughs name have their section', () => {
  const sections = headings(read('docs/findings.md'));
  const named = ['lab', 'kodekloud', 'aws-shared-services', 'concepts'].flatMap(name =>
    [...read(`docs/${name}.md`).matchAll(/\]\(findings\.md#([a-z-]+)\)/g)].map(([, code]) => code),
  );
  expect(named.length).toBeGreaterThan(4);
  expect(named.filter(code => !sections.includes(code))).toEqual([]);
});

test('links to headings of other documents lead to one', () => {
  const anchor = (heading: string) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\- ]/gu, '')
      .replace(/ /g, '-');
  const links = ['lab', 'kodekloud', 'aws-shared-services', 'concepts'].flatMap(name =>
    [...read(`docs/${name}.md`).matchAll(/\]\(([a-z-]+\.md)#([^)]+)\)/g)].map(([, file, target]) => ({ file, target })),
  );
  expect(links.length).toBeGreaterThan(6);
  expect(links.filter(({ file, target }) => !headings(read(`docs/${file}`)).map(anchor).includes(target))).toEqual([]);
});
