import { readBaselineFile } from './baseline-file';
import type { LoadedConfiguration } from './configuration-file';
import { CiliumVersion } from '../cilium/version';
import { Diagnostic, Severity } from '../diagnostics/diagnostic';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { checkMesh } from '../evaluator/rules/check';
import { uncertainCodes } from '../evaluator/rules/shared/gaps';
import { judge, Judgement } from '../findings/judgement';
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
  const uncertain = uncertainCodes(input);
  return judge(checkMesh(mesh, input, version), input, {
    more,
    configuration,
    comments,
    // an ignore is written for the versions of the mesh
    mayBeHidden: code => version !== undefined || uncertain.has(code),
    baseline: accepted,
    least,
    folder: process.cwd(),
  });
}
