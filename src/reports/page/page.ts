import { compress } from './compress';
import { Packer } from './pack';
import { PackedJudges, PackedMesh, PackedPage, PackedProblem } from './packed-page';
import { problemsHtml, summaryHtml } from './summary';
import { PageContent } from './template';
import { CiliumVersion } from '../../cilium/version';
import { FlowSpace } from '../../evaluator/flows/flow-space';
import { ConnectionMatrix } from '../../evaluator/queries/connection-matrix';
import { diffSpaces } from '../../evaluator/queries/diff/diff';
import { memberOf } from '../../evaluator/queries/members';
import { EvaluatedMesh } from '../../evaluator/read/mesh';
import { judgeMesh } from '../../findings/judge-mesh';
import { countedFindings } from '../../findings/judgement';
import { MeshInput } from '../../manifests/input';

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
}

/** The content of a page, and what it says in numbers. */
export interface ReportPage extends PageContent {
  /** Problems that prevent an evaluation. */
  readonly problems: number;
  readonly findings: number;
  /** Changed flows and shares of services; undefined without another mesh. */
  readonly changes?: number;
}

/** The page of a report. The same input is the same page. */
export function pageOf(input: PageInput): ReportPage {
  const { title, version, arguments: words, judges } = input;
  const packer = new Packer();
  const { new: current, old } = input;
  const problems = [...(old?.problems ?? []), ...current.problems];
  const page: Omit<PackedPage, 'manifests'> = { title, version, arguments: words, problems, judges };
  if (!current.mesh || (old && !old.mesh)) {
    const data = compress({ ...page, manifests: [] } satisfies PackedPage);
    return { title, data, summary: problemsHtml(title, problems), problems: problems.length, findings: 0 };
  }
  const options: Pick<PackedMesh, 'version' | 'replicas'> = {
    ...(input.ciliumVersion ? { version: input.ciliumVersion.text } : {}),
  };
  const replicas = Object.fromEntries([...(input.replicas ?? [])].sort());
  const packedOld = old && packer.mesh(old.input, options);
  const packedNew = packer.mesh(current.input, {
    ...options,
    ...(Object.keys(replicas).length === 0 ? {} : { replicas }),
  });
  const packed: PackedPage = {
    ...page,
    manifests: packer.manifests,
    ...(packedOld ? { old: packedOld } : {}),
    new: packedNew,
  };
  const spaces = FlowSpace.of(old?.mesh ? [old.mesh, current.mesh] : [current.mesh]);
  const space = spaces.at(-1)!;
  const members = current.mesh.workloads.map(workload => memberOf(space, workload));
  const judgement = judgeMesh(current.mesh, current.input, {
    configuration: judges.severities ? { severities: judges.severities } : {},
    folder: judges.folder,
    ...(judges.baseline ? { baseline: judges.baseline } : {}),
    ...(input.ciliumVersion ? { version: input.ciliumVersion } : {}),
  });
  const diff = spaces.length > 1 ? diffSpaces(spaces[0], space) : undefined;
  return {
    title,
    data: compress(packed),
    summary: summaryHtml({
      title,
      mesh: current.mesh,
      connections: ConnectionMatrix.ofMembers(space, members, members),
      judgement,
      ...(diff ? { diff } : {}),
    }),
    problems: 0,
    findings: countedFindings(judgement).length,
    ...(diff ? { changes: diff.flows.length + diff.services.length } : {}),
  };
}
