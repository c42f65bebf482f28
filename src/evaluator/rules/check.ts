import { RULES } from '.';
import { RuleContext } from './context';
import { asInfo, findingsOf, Unplaced } from './rule';
import { hasOwnWorkloads, isExampleFile, isScaffold } from './shared/example-files';
import { EVIDENT_SETTING_CODES, KUSTOMIZE_CODES, POLICY_CODES, SETTING_CODES, uncertainCodes } from './shared/gaps';
import { UNRENDERED_POLICIES } from './shared/unrendered';
import { variants } from './shared/variants';
import { policyKindOf } from '../../cilium/policy-kinds';
import { CiliumVersion } from '../../cilium/version';
import { Diagnostic, ObjectReference } from '../../diagnostics/diagnostic';
import { grouped } from '../../diagnostics/grouped';
import { ClusterInput, MeshInput } from '../../manifests/input';
import { namespaceName } from '../read/cluster';
import { EvaluatedMesh } from '../read/mesh';

/**
 * Everything that is wrong or surprising in a mesh, in the order of files and lines; `version` is that of all
 * clusters, if the mesh was read
 * for one version.
 */
export function checkMesh(mesh: EvaluatedMesh, input: MeshInput, version?: CiliumVersion): Diagnostic[] {
  return lastOf(checkSteps(mesh, input, version));
}

/** The same rule by rule: it pauses after each, so the page of a report can answer other questions in between. */
export function* checkSteps(
  mesh: EvaluatedMesh,
  input: MeshInput,
  version?: CiliumVersion,
): Generator<void, Diagnostic[]> {
  const context = new RuleContext(mesh, input, version);
  const uncertain = uncertainCodes(input);
  const found: Unplaced[] = [];
  for (const rule of RULES) {
    // not push(...): a call has a limited number of arguments
    findingsOf(rule, context).forEach(each => found.push(each));
    yield;
  }
  return sortedFindings(
    placed(
      found
        .filter(({ finding }) => !uncertain.has(finding.code))
        .map(each => {
          const unknown = unknownReason(context, each);
          return { ...each, finding: unknown === undefined ? each.finding : asInfo(each.finding, unknown) };
        }),
    ),
  );
}

/** What work in steps returns in the end. */
export function lastOf<T>(steps: Generator<void, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) {
      return value;
    }
  }
}

/** What may make a finding untrue, in a sentence; undefined if it holds anyway. */
function unknownReason(context: RuleContext, { finding, namespaces: named }: Unplaced): string | undefined {
  if (finding.severity === 'info') {
    return undefined;
  }
  const own = namespaceOf(finding.object);
  const namespaces = named ?? (own === undefined ? undefined : [own]);
  return mayChangeByPolicies(context, finding, namespaces)
    ? UNRENDERED_POLICIES
    : mayChangeBySettings(context, finding)
      ? 'The Helm values of Cilium are unknown here, and may change this'
      : mayChangeByVariants(context, finding, namespaces)
        ? 'Several files define policies of these pods, and only one may be applied'
        : mayChangeByKustomize(context, finding)
          ? 'A kustomization that is not built may change this'
          : isInExample(context, finding)
            ? 'The file is an example, a test or a template, so this is only info'
            : undefined;
}

/** Of files, no object is known that the cluster runs. */
const FILE_CODES = ['document-duplicate-key', 'document-invalid', 'object-in-two-files'];

/** Whether a finding is about a file of examples, tests or templates, and concerns no workload of other files. */
function isInExample(context: RuleContext, { code, cluster: name, file, object }: Diagnostic): boolean {
  const cluster = name === undefined ? undefined : context.mesh.cluster(name);
  return (
    cluster !== undefined &&
    file !== undefined &&
    isExampleFile(cluster.input, file) &&
    (isScaffold(cluster.input, file) ||
      FILE_CODES.includes(code) ||
      !hasOwnWorkloads(context.mesh, cluster.name, namespaceOf(object)))
  );
}

/** The namespace that a finding is about; undefined if it concerns all of them. */
function namespaceOf(object: ObjectReference | undefined): string | undefined {
  if (object === undefined || policyKindOf(object)?.namespaced === false) {
    return undefined;
  }
  return object.kind === 'Namespace' ? object.name : (object.namespace ?? 'default');
}

/** Whether a finding follows from policies of variants, of which another one than the last may be applied. */
function mayChangeByVariants(
  context: RuleContext,
  { code }: Diagnostic,
  namespaces: readonly string[] | undefined,
): boolean {
  const isNear = (namespace: string) =>
    namespaces === undefined || namespace === '' || namespaces.includes(namespace);
  return (
    POLICY_CODES.has(code) &&
    context.mesh.clusters.some(cluster =>
      variants(cluster).some(({ second }) => policyKindOf(second.object) && isNear(namespaceName(second.object))),
    )
  );
}

/** Whether a finding is about objects that a kustomization may patch. */
function mayChangeByKustomize(context: RuleContext, { code, cluster: name, file }: Diagnostic): boolean {
  const kustomized = name === undefined ? undefined : context.mesh.cluster(name)?.input.kustomized;
  return KUSTOMIZE_CODES.has(code) && file !== undefined && kustomized?.has(file) === true;
}

/** Whether a finding holds only if no policy that is not rendered allows more; one for the whole cluster may. */
function mayChangeByPolicies(
  context: RuleContext,
  { code }: Diagnostic,
  namespaces: readonly string[] | undefined,
): boolean {
  return (
    POLICY_CODES.has(code) &&
    context.mesh.clusters.some(cluster => context.mayHaveMore(cluster, namespaces && [...namespaces, '']))
  );
}

/**
 * Whether a finding holds only with Cilium's default settings, and the values of its cluster may be among what is not
 * rendered, or in a file of values beside the manifests. Without either, the defaults count.
 */
function mayChangeBySettings(context: RuleContext, { code, cluster: name }: Diagnostic): boolean {
  const cluster = name === undefined ? undefined : context.mesh.cluster(name);
  return (
    SETTING_CODES.has(code) &&
    cluster !== undefined &&
    cluster.input.values === undefined &&
    (context.unrenderedIn(cluster).delivered || hasOtherValues(cluster.input) || EVIDENT_SETTING_CODES.has(code))
  );
}

/** Whether a file beside the manifests may hold Helm values of Cilium, which mesh.yaml does not name. */
function hasOtherValues({ notes }: ClusterInput): boolean {
  return notes.some(({ code, file }) => code === 'document-ignored' && VALUES_FILE.test(file ?? ''));
}

const VALUES_FILE = /[^/]*(values|cilium)[^/]*\.ya?ml$/i;

/** Findings with their lines. These are looked up object by object, since each object's text is read again for them. */
function placed(found: readonly Unplaced[]): Diagnostic[] {
  const byObject = grouped(
    found,
    ({ finding: { file, object } }) => `${file} ${object?.kind} ${object?.namespace} ${object?.name}`,
  );
  return [...byObject.values()].flatMap(ofObject =>
    ofObject.map(({ finding, at }) => ({ ...finding, line: at.line(), content: at.content?.() })),
  );
}

/** Findings in the order of files and lines. */
function sortedFindings(findings: readonly Diagnostic[]): Diagnostic[] {
  const key = ({ file, line, code, message }: Diagnostic) =>
    [file ?? '', String(line ?? 0).padStart(9, '0'), code, message].join('\u0000');
  const keyed = findings.map(finding => ({ finding, key: key(finding) }));
  return keyed
    .sort((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0))
    .map(({ finding }) => finding);
}
