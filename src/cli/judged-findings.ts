import { readBaselineFile } from './baseline-file';
import type { LoadedConfiguration } from './configuration-file';
import { CiliumVersion } from '../cilium/version';
import { Diagnostic, Severity } from '../diagnostics/diagnostic';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { judgeMesh } from '../findings/judge-mesh';
import { Judgement } from '../findings/judgement';
import { IgnoreComment } from '../manifests/ignore-comments';
import { MeshInput } from '../manifests/input';

/** What besides the mesh decides which findings count. */
export interface JudgeSettings {
  readonly configuration: LoadedConfiguration;
  /** The file of the baseline. */
  readonly baseline?: string;
  /** The version that all clusters are evaluated with instead of their own. */
  readonly version?: CiliumVersion;
  /** Findings below it are left out. */
  readonly least?: Severity;
  /** Findings of other sources than the rules. */
  readonly more?: readonly Diagnostic[];
  readonly comments?: readonly IgnoreComment[];
}

/** The findings of a mesh, after configuration, ignores and baseline. */
export function judgedFindings(
  mesh: EvaluatedMesh,
  input: MeshInput,
  { configuration, baseline, version, least, more, comments }: JudgeSettings,
): Judgement {
  const accepted = baseline === undefined ? undefined : readBaselineFile(baseline);
  return judgeMesh(mesh, input, {
    version,
    more,
    configuration,
    comments,
    baseline: accepted,
    least,
    folder: process.cwd(),
  });
}
