import { judge, Judgement, Judges } from './judgement';
import { CiliumVersion } from '../cilium/version';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { checkSteps, lastOf } from '../evaluator/rules/check';
import { uncertainCodes } from '../evaluator/rules/shared/gaps';
import { MeshInput } from '../manifests/input';

/** What judges the findings of a mesh. */
export interface MeshJudges extends Omit<Judges, 'mayBeHidden'> {
  /** The version that all clusters are evaluated with instead of their own. */
  readonly version?: CiliumVersion;
}

/** The findings of a mesh, after configuration, ignores and baseline. */
export function judgeMesh(mesh: EvaluatedMesh, input: MeshInput, judges: MeshJudges): Judgement {
  return lastOf(judgeSteps(mesh, input, judges));
}

/** The same in steps, one for each rule. */
export function* judgeSteps(
  mesh: EvaluatedMesh,
  input: MeshInput,
  { version, ...judges }: MeshJudges,
): Generator<void, Judgement> {
  const uncertain = uncertainCodes(input);
  return judge(yield* checkSteps(mesh, input, version), input, {
    ...judges,
    // an ignore is written for the versions of the mesh
    mayBeHidden: code => version !== undefined || uncertain.has(code),
  });
}
