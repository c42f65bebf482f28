/**
 * Findings that further policies may disprove hold only where no such policy can be: a HelmRelease in the namespace of
 * any workload that a finding names makes it info, and one in another namespace changes nothing.
 */
import { policyKindOf } from '../../src/cilium/policy-kinds';
import { Diagnostic } from '../../src/diagnostics/diagnostic';
import { readMesh } from '../../src/evaluator/read/mesh';
import { checkMesh } from '../../src/evaluator/rules/check';
import { POLICY_CODES } from '../../src/evaluator/rules/shared/gaps';
import { MeshInput } from '../../src/manifests/input';
import { FINDING_CASES, inputOf } from '../support/finding-cases';

const WORKLOAD = /(?:([\w-]+)\/)?[\w-]+@[\w-]+/g;

const MESHES = FINDING_CASES.flatMap(({ code, trips }) =>
  trips
    .filter(({ cilium, fromArguments }) => cilium === undefined && !fromArguments)
    .flatMap(each =>
      each.findings.some(finding => finding.severity === 'warning' && POLICY_CODES.has(finding.code))
        ? [[`${code}: ${each.name}`, inputOf(each)] as const]
        : [],
    ),
);

test('all of these codes are among the cases', () => {
  const codes = new Set(MESHES.flatMap(([, input]) => warnings(input).map(each => each.code)));
  expect([...POLICY_CODES].filter(each => !codes.has(each))).toEqual([]);
});

test.each(MESHES)('%s', (_, input) => {
  for (const finding of warnings(input)) {
    const namespaces = new Set([...finding.message.matchAll(WORKLOAD)].map(([, namespace = 'default']) => namespace));
    const still = [...namespaces].filter(each =>
      warnings(withRelease(input, each)).some(other => isSame(other, finding)),
    );
    expect([finding, still]).toEqual([finding, []]);
    if (finding.object && policyKindOf(finding.object)?.namespaced !== false) {
      const unrelated = warnings(withRelease(input, 'other')).some(other => isSame(other, finding));
      expect([finding, unrelated]).toEqual([finding, true]);
    }
  }
});

function warnings(input: MeshInput): Diagnostic[] {
  return checkMesh(readMesh(input), input).filter(
    ({ severity, code }) => severity === 'warning' && POLICY_CODES.has(code),
  );
}

function isSame(one: Diagnostic, other: Diagnostic): boolean {
  return one.code === other.code && one.file === other.file && one.line === other.line;
}

function withRelease(input: MeshInput, namespace: string): MeshInput {
  const object = {
    apiVersion: 'helm.toolkit.fluxcd.io/v2',
    kind: 'HelmRelease',
    metadata: { name: 'more', namespace },
    spec: {},
  };
  const [first, ...others] = input.clusters;
  const manifests = [...first.manifests, { file: 'more.yaml', object, line: () => 1 }];
  return { ...input, clusters: [{ ...first, manifests }, ...others] };
}
