import { compress } from './compress';
import { MOST_SUMMARY_ROWS } from './observed-summary';
import { ObservedFlows, ObservedView } from './observed-view';
import { Packer } from './pack';
import { PackedJudges, PackedPage, PackedProblem } from './packed-page';
import { redactValues } from './redact-settings';
import { problemsHtml, summaryHtml } from './summary';
import { PageContent } from './template';
import { CiliumVersion } from '../../cilium/version';
import { Diagnostic, Severity } from '../../diagnostics/diagnostic';
import { FlowSpace } from '../../evaluator/flows/flow-space';
import { ConnectionMatrix } from '../../evaluator/queries/connection-matrix';
import { diffSpaces } from '../../evaluator/queries/diff/diff';
import { memberOf } from '../../evaluator/queries/members';
import { EvaluatedMesh } from '../../evaluator/read/mesh';
import { judgeMesh } from '../../findings/judge-mesh';
import { countedFindings } from '../../findings/judgement';
import { MeshInput } from '../../manifests/input';
import { FlowDigest } from '../../observed/digest/flow-digest';

/** A mesh of a report, or why it cannot be read. */
export interface PageMesh {
  readonly input: MeshInput;
  readonly mesh?: EvaluatedMesh;
  readonly problems: readonly PackedProblem[];
}

/** What a report is made of. */
export interface PageInput extends Pick<PackedPage, 'title' | 'version' | 'arguments'> {
  readonly new: PageMesh;
  /** The mesh that changes are compared with. */
  readonly old?: PageMesh;
  /** The version that all clusters are evaluated with instead of their own. */
  readonly ciliumVersion?: CiliumVersion;
  /** Numbers of pods that options set, by `cluster/namespace/name`. */
  readonly replicas?: ReadonlyMap<string, number>;
  readonly judges: PackedJudges;
  /** What Hubble recorded, with its ends in the new mesh and then in the old one. */
  readonly observed?: FlowDigest;
}

/** The content of a page, and what it says in numbers. */
export interface ReportPage extends Omit<PageContent, 'engine'> {
  /** Problems that prevent an evaluation. */
  readonly problems: number;
  readonly findings: number;
  /** Changed flows and shares of services; undefined without another mesh. */
  readonly changes?: number;
  /** What becomes of recorded flows; undefined without a recording. */
  readonly observed?: ObservedView;
}

/** The page of a report. The same input is the same page. */
export function pageOf(input: PageInput): ReportPage {
  const { title, judges, new: current, old } = input;
  if (!current.mesh || (old && !old.mesh)) {
    const problems = problemsOf(input);
    const data = compress(packPage(input));
    return { title, data, summary: problemsHtml(title, problems), problems: problems.length, findings: 0 };
  }
  const spaces = FlowSpace.of(old?.mesh ? [old.mesh, current.mesh] : [current.mesh]);
  const space = spaces.at(-1)!;
  const members = current.mesh.workloads.map(workload => memberOf(space, workload));
  const shown = withoutTexts(current.mesh, current.input);
  const judgement = judgeMesh(shown.mesh, shown.input, {
    configuration: judges.severities ? { severities: judges.severities } : {},
    folder: judges.folder,
    ...(judges.baseline ? { baseline: judges.baseline } : {}),
    ...(input.ciliumVersion ? { version: input.ciliumVersion } : {}),
  });
  const findings = countedFindings(judgement);
  const observed = observedOf(input);
  const diff = spaces.length > 1 ? diffSpaces(spaces[0], space) : undefined;
  return {
    title,
    data: compress({ ...packPage(input), findings: countBySeverity(findings) }),
    summary: summaryHtml({
      title,
      mesh: current.mesh,
      connections: ConnectionMatrix.ofMembers(space, members, members),
      judgement,
      ...(diff ? { diff } : {}),
      ...(observed ? { observed } : {}),
    }),
    problems: 0,
    findings: findings.length,
    ...(diff ? { changes: diff.flows.length + diff.services.length } : {}),
    ...(observed ? { observed } : {}),
  };
}

function countBySeverity(findings: readonly Diagnostic[]): NonNullable<PackedPage['findings']> {
  const count = (severity: Severity) => findings.filter(each => each.severity === severity).length;
  return { error: count('error'), warning: count('warning'), info: count('info') };
}

/** Recorded flows, as the page shows them first. */
function observedOf({ new: current, old, observed }: PageInput): ObservedView | undefined {
  if (!observed || !current.mesh) {
    return undefined;
  }
  const meshes = [current.mesh, ...(old?.mesh ? [old.mesh] : [])];
  const [mesh, before] = meshes.map((each, side) => ({ mesh: each, side }));
  return new ObservedFlows(observed, meshes, mesh, before).view({ most: MOST_SUMMARY_ROWS });
}

/** The mesh with the Helm values that a page contains: findings quote some of them. */
function withoutTexts(
  mesh: EvaluatedMesh,
  input: MeshInput,
): { readonly mesh: EvaluatedMesh; readonly input: MeshInput } {
  const redacted = input.clusters.map(({ values, ...cluster }) => ({
    ...cluster,
    values: values && { ...values, values: redactValues(values.values) },
  }));
  const clusters = mesh.clusters.map((cluster, index) => ({ ...cluster, input: redacted[index] }));
  const byName = new Map(clusters.map(cluster => [cluster.name, cluster]));
  return {
    mesh: { ...mesh, clusters, cluster: name => byName.get(name) },
    input: { ...input, clusters: redacted },
  };
}

/** The data of a page. */
export function packPage(input: PageInput): PackedPage {
  const { title, version, arguments: words, judges, new: current, old, ciliumVersion } = input;
  const page = { title, version, arguments: words, problems: problemsOf(input), judges };
  if (!current.mesh || (old && !old.mesh)) {
    return { ...page, manifests: [] };
  }
  const packer = new Packer();
  const options = ciliumVersion ? { version: ciliumVersion.text } : {};
  const replicas = Object.fromEntries([...(input.replicas ?? [])].sort());
  const packedOld = old && packer.mesh(old.input, options);
  const packedNew = packer.mesh(current.input, {
    ...options,
    ...(Object.keys(replicas).length === 0 ? {} : { replicas }),
  });
  return {
    ...page,
    manifests: packer.manifests,
    ...(packedOld ? { old: packedOld } : {}),
    new: packedNew,
    ...(input.observed ? { observed: input.observed } : {}),
  };
}

function problemsOf({ new: current, old }: PageInput): PackedProblem[] {
  return [...(old?.problems ?? []), ...current.problems];
}
