/** Texts of manifests and recordings that try to leave the generated program and YAML. */
import * as fs from 'fs';
import * as path from 'path';
import * as ts from 'typescript';
import { parseAllDocuments } from 'yaml';
import { policiesOfProgram } from './run-program';
import { evaluate, EvaluatedMesh } from '../../../src/evaluator';
import { Ends } from '../../../src/observed/flows/ends';
import { Recording } from '../../../src/observed/flows/recording';
import { unwrap } from '../../../src/observed/reading/envelopes';
import { comment, constructProgram, text } from '../../../src/observed/suggesting/construct-program';
import { policyFiles } from '../../../src/observed/suggesting/policy-files';
import { suggest, Suggestion } from '../../../src/observed/suggesting/suggestion';
import { temporaryFolder } from '../../support/mesh';

const HOSTILE = [
  "'); process.exit(1); ('",
  '"; evil: true',
  'a\n  evil: true\n---\nkind: Secret',
  'a\r\nimport "evil";',
  'a\u2028evil()',
  'a\u2029evil()',
  '*/ evil() /*',
  '${evil()}',
  '`evil()`',
  '\\',
  '\\\'',
  '\\u0027',
  '\u202eevil',
  '\u0000\u001b[31m',
  '名前',
  '\ud83d\ude80',
  '__proto__',
  'yes',
  '0o17',
];

test.each(HOSTILE)('%j as a literal is itself', value => {
  const literal = text(value);
  expect(literal).toMatch(/^'[\x20-\x7e]*'$/);
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  expect(new Function(`return ${literal};`)()).toBe(value);
});

test.each(HOSTILE)('%j as a comment stays in its line', value => {
  expect(comment(value)).toMatch(/^[\x20-\x7e]*$/);
});

/** Manifests whose names, labels and namespaces are hostile, beside plain ones. */
function hostileMesh(): EvaluatedMesh {
  const deployment = (name: string, namespace: string, labels: { [key: string]: string }) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 80 }] }] } },
    },
  });
  const objects = [
    ...HOSTILE.map((value, index) => deployment(value, 'default', { app: `app${index}`, [value]: value })),
    ...HOSTILE.map(value => deployment('web', value, { app: 'web' })),
    ...['yes', '0o17', '1e3', 'null', '080', '~'].map(value => deployment(`quoted-${value}`, 'quoted', { app: value })),
  ];
  return evaluate({
    clusters: ['paris', 'lyon'].map((name, index) => ({
      name,
      id: index + 1,
      manifests: [{ file: 'm', objects }],
    })),
  }).mesh;
}

function suggestion(mesh: EvaluatedMesh): Suggestion {
  const recording = new Recording(new Ends([mesh]));
  const labelsOf = (which: number) => {
    const { labels, cluster, namespace } = mesh.workloads[which];
    return {
      ID: 1,
      cluster_name: cluster,
      namespace,
      labels: labels.labels.map(({ source, key, value }) => `${source}:${key}=${value}`),
    };
  };
  let second = 0;
  const add = (source: object, destination: object, more: object = {}) =>
    unwrap(
      {
        flow: {
          time: new Date(Date.UTC(2026, 2, 20) + 1000 * second++).toISOString(),
          verdict: 'FORWARDED',
          l4: { TCP: { source_port: 40_000, destination_port: 80, flags: { SYN: true } } },
          source,
          destination,
          event_type: { type: 4 },
          trace_observation_point: 'TO_ENDPOINT',
          is_reply: false,
          node_name: 'paris/a',
          ...more,
        },
      },
      item => recording.add(item),
    );
  mesh.workloads.forEach((_, which) => add(labelsOf(which), labelsOf((which * 5 + 3) % mesh.workloads.length)));
  for (const value of HOSTILE) {
    add(labelsOf(0), { labels: ['reserved:world'] }, { IP: { source: '10.1.0.1', destination: '203.0.113.5' }, destination_names: [value] });
    add(labelsOf(0), { labels: [`k8s:app=${value}`, 'k8s:io.cilium.k8s.policy.cluster=paris'], namespace: value, pod_name: value });
    add(labelsOf(0), { labels: ['reserved:world'] }, { IP: { source: '10.1.0.1', destination: value } });
  }
  return suggest(mesh, recording.finish(), { chosen: mesh.workloads, byWorkload: false, audited: false, http: false });
}

test('the program compiles, is accepted by the library and says the same as the YAML', () => {
  const mesh = hostileMesh();
  const suggested = suggestion(mesh);
  expect(suggested.statements.length).toBeGreaterThan(10);
  const program = constructProgram(suggested, HOSTILE);
  expect(program).toMatch(/^[\x20-\x7e\n]*$/);
  expect(typeErrors(program)).toEqual([]);
  const written = policiesOfProgram(program, mesh);
  const files = policyFiles(suggested, HOSTILE);
  for (const { name } of mesh.clusters) {
    const expected = suggested.policies.filter(({ cluster }) => cluster === name).map(({ object }) => object);
    for (const version of ['1.1', '1.2'] as const) {
      const documents = parseAllDocuments(files.get(name)!, { version });
      expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
      // a file begins with comments, and each policy with its own document
      expect(documents.map(each => each.toJS()).filter(each => each !== null)).toEqual(expected);
    }
    const key = ({ metadata }: any) => `${metadata.namespace}/${metadata.name}`;
    expect([...written.get(name)!].map(key).sort()).toEqual(expected.map(key).sort());
  }
});

test('the names of the outside are rules only where they are DNS names', () => {
  const suggested = suggestion(hostileMesh());
  const names = suggested.statements
    .flatMap(({ destinations }) => destinations)
    .flatMap(({ peer }) => (peer.kind === 'fqdn' ? [peer.name] : []));
  expect(names.every(name => /^[-\w]+(\.[-\w]+)*$/.test(name))).toBe(true);
});

/** What the compiler says about a program, with the strict checks of a project. */
function typeErrors(program: string): string[] {
  const root = path.join(__dirname, '..', '..', '..');
  const file = path.join(temporaryFolder(), 'suggested-policies.ts');
  fs.writeFileSync(file, program);
  const compiled = ts.createProgram([file], {
    noEmit: true,
    strict: true,
    noUnusedLocals: true,
    noUnusedParameters: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.CommonJS,
    moduleResolution: ts.ModuleResolutionKind.Node10,
    esModuleInterop: true,
    baseUrl: root,
    typeRoots: [path.join(root, 'node_modules', '@types')],
    types: ['node'],
    paths: { 'cdk8s-cilium-mesh': ['src/index.ts'], '*': ['node_modules/*', 'node_modules/@types/*'] },
  });
  const source = compiled.getSourceFile(file)!;
  const found = [...compiled.getSyntacticDiagnostics(source), ...compiled.getSemanticDiagnostics(source)];
  return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}
